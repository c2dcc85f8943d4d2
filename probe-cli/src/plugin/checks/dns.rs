//! `check_dns`.

use probe_core::model::Report;
use probe_core::render::threshold::State;

use super::super::line::{judge, number, time_data, why};
use super::{
    CRITICAL, Check, HELP, HOST, IPV4, IPV6, TIME, VERBOSE, VERSION, WARNING, common, host, only, timeout,
};
use crate::getopt::{Opt, Options};

pub(super) const DNS: Check = Check {
    name: "check_dns",
    also: None,
    purpose: "Asks a name server about a name.",
    options: &[
        HOST,
        Opt { short: 's', long: "server", value: "SERVER", help: "The name server to ask" },
        Opt { short: 'q', long: "querytype", value: "TYPE", help: "Which records to ask for [A]" },
        Opt { short: 'a', long: "expected-address", value: "TEXT", help: "Fail unless a record has this" },
        Opt { short: 'n', long: "expect-nxdomain", value: "", help: "Fail unless there is no such name" },
        WARNING,
        CRITICAL,
        TIME,
        IPV4,
        IPV6,
        VERBOSE,
        HELP,
        VERSION,
    ],
    line,
    tell,
};

fn line(options: &Options) -> Result<Vec<String>, String> {
    let server = options.value('s').map_or_else(systems_server, |server| Ok(server.to_owned()))?;
    let mut line = vec!["dns".to_owned(), server, "--name".to_owned(), host(options)?.to_owned()];
    line.extend(["--type".to_owned(), options.value('q').unwrap_or("A").to_owned()]);
    line.extend(common(options)?);
    if options.has('n') {
        line.extend(["--rcode", "NXDOMAIN"].map(str::to_owned));
    }
    for text in options.values('a') {
        let words = text.split(',').map(super::literally).collect::<Vec<_>>().join("|");
        line.extend(["--match".to_owned(), format!(r"\s({words})$")]);
    }
    Ok(line)
}

/// The first server that this system asks.
fn systems_server() -> Result<String, String> {
    const FILE: &str = "/etc/resolv.conf";
    let text = std::fs::read_to_string(FILE)
        .map_err(|error| format!("{FILE}: {error}; name a server: -s SERVER"))?;
    text.lines()
        .filter_map(|line| line.trim().strip_prefix("nameserver"))
        .map(|rest| rest.trim().to_owned())
        .find(|server| !server.is_empty())
        .ok_or_else(|| format!("{FILE} names no server; name one: -s SERVER"))
}

fn tell(options: &Options, reports: &[Report]) -> Result<(String, State), String> {
    let report = only(reports)?;
    if !report.is_success() {
        return Ok((format!("DNS CRITICAL - {}\n", why(report)), State::Critical));
    }
    if number(report, "probe_dns_answer_rrs") == Some(0.0) && !options.has('n') {
        let name = host(options)?;
        return Ok((format!("DNS CRITICAL - {name} has no records of this type\n"), State::Critical));
    }
    let time = number(report, "time").unwrap_or_default();
    let (warning, critical) = (options.value('w'), options.value('c'));
    let state = judge(time, warning, critical)?;
    let data = time_data(time, warning, critical, timeout(options)?);
    Ok((
        format!("DNS {state}: {time:.3} seconds response time. {} is answered|{data}\n", host(options)?),
        state,
    ))
}
