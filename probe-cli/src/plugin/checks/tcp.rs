//! `check_tcp`.

use probe_core::model::{Reason, Report, Verdict};
use probe_core::render::threshold::State;

use super::super::line::{judge, number, time_data, why};
use super::{
    CRITICAL, Check, HELP, HOST, IPV4, IPV6, PORT, SNI, TIME, VERBOSE, VERSION, WARNING, common, days_left,
    host, only, state_of, timeout, with_port,
};
use crate::getopt::{Opt, Options};

pub(super) const TCP: Check = Check {
    name: "check_tcp",
    also: None,
    purpose: "Connects to a port, and may say and expect something.",
    options: &[
        HOST,
        PORT,
        WARNING,
        CRITICAL,
        TIME,
        Opt { short: 's', long: "send", value: "TEXT", help: "Send this" },
        Opt {
            short: 'e',
            long: "expect",
            value: "TEXT",
            help: "What an answer must have in it; any of them if there are several",
        },
        Opt { short: 'A', long: "all", value: "", help: "Not any of them: all" },
        Opt {
            short: 'E',
            long: "escape",
            value: "",
            help: r"Take \n, \r, \t and \\ in -s and -e for what they stand for",
        },
        Opt { short: 'q', long: "quit", value: "TEXT", help: "Taken, and without effect" },
        Opt {
            short: 'r',
            long: "refuse",
            value: "STATE",
            help: "What a refusal is: ok, warn or crit [crit]",
        },
        Opt { short: 'M', long: "mismatch", value: "STATE", help: "What another answer is [warn]" },
        Opt {
            short: 'D',
            long: "certificate",
            value: "DAYS[,DAYS]",
            help: "Fewer days left to the certificate are a warning, and critical",
        },
        Opt { short: 'S', long: "ssl", value: "", help: "Speak TLS; any certificate will do" },
        Opt { short: SNI, long: "sni", value: "NAME", help: "The name to ask for in TLS" },
        IPV4,
        IPV6,
        VERBOSE,
        HELP,
        VERSION,
    ],
    line,
    tell,
};

fn port(options: &Options) -> Result<&str, String> {
    options.value('p').ok_or_else(|| "a port is wanted: -p N".to_owned())
}

fn line(options: &Options) -> Result<Vec<String>, String> {
    let mut line = vec!["tcp".to_owned(), with_port(host(options)?, port(options)?)];
    line.extend(common(options)?);
    // Ours always reads escapes.
    let text = |text: &str| if options.has('E') { text.to_owned() } else { text.replace('\\', r"\\") };
    if let Some(sent) = options.value('s') {
        line.extend(["--no-newline".to_owned(), "--send".to_owned(), text(sent)]);
    }
    for expected in options.values('e') {
        line.extend(["--expect-text".to_owned(), text(expected)]);
    }
    if options.has('A') && options.has('e') {
        line.push("--expect-all".to_owned());
    }
    if options.has('S') || options.has('D') {
        line.extend(["--tls".to_owned(), "--insecure".to_owned()]);
    }
    if let Some(name) = options.value(SNI) {
        line.extend(["--server-name".to_owned(), name.to_owned()]);
    }
    Ok(line)
}

fn tell(options: &Options, reports: &[Report]) -> Result<(String, State), String> {
    let report = only(reports)?;
    if let Verdict::Failure { reason, .. } = &report.verdict {
        let state = match reason {
            Reason::Connect => state_of(options.value('r').unwrap_or("crit"))?,
            Reason::Expectation => state_of(options.value('M').unwrap_or("warn"))?,
            _ => State::Critical,
        };
        return Ok((format!("TCP {state} - {}: {}\n", report.target, why(report)), state));
    }
    let time = number(report, "time").unwrap_or_default();
    let (warning, critical) = (options.value('w'), options.value('c'));
    let state = judge(time, warning, critical)?;
    let data = time_data(time, warning, critical, timeout(options)?);
    if let Some(days) = options.value('D') {
        let (warning, critical) = days_left(days)?;
        let (text, of_certificate) = super::ssl::judge_days(report, warning, critical);
        return Ok((format!("{text}|{data}\n"), of_certificate.worst(state)));
    }
    let place = format!("{} port {}", host(options)?, port(options)?);
    Ok((format!("TCP {state} - {time:.3} second response time on {place}|{data}\n"), state))
}
