//! `check_icmp` and `check_ping`.

use probe_core::model::Report;
use probe_core::render::threshold::State;

use super::super::line::{number, why};
use super::{Check, HELP, HOST, IPV4, IPV6, TIME, VERBOSE, VERSION, common};
use crate::getopt::{Opt, Options};

const RTA_WARNING: Opt =
    Opt { short: 'w', long: "warning", value: "MS,LOSS%", help: "Round trip or loss that is a warning" };
const RTA_CRITICAL: Opt =
    Opt { short: 'c', long: "critical", value: "MS,LOSS%", help: "Round trip or loss that is critical" };

pub(super) const ICMP: Check = Check {
    name: "check_icmp",
    also: None,
    purpose: "Pings hosts, and judges the mean round trip and the loss.",
    options: &[
        HOST,
        RTA_WARNING,
        RTA_CRITICAL,
        Opt { short: 'n', long: "packets", value: "N", help: "Packets for each host [5]" },
        Opt { short: 'i', long: "interval", value: "MS", help: "Time from one packet to the next [80]" },
        Opt { short: 'm', long: "min-hosts", value: "N", help: "Hosts that must be well [all]" },
        Opt { short: 'b', long: "bytes", value: "N", help: "Payload of a packet [56]" },
        Opt { short: 'l', long: "ttl", value: "N", help: "Hops that a packet may take" },
        Opt { short: 's', long: "source", value: "ADDRESS", help: "Source address" },
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

pub(super) const PING: Check = Check {
    name: "check_ping",
    also: None,
    purpose: "Pings a host, and judges the mean round trip and the loss.",
    options: &[
        HOST,
        RTA_WARNING,
        RTA_CRITICAL,
        Opt { short: 'p', long: "packets", value: "N", help: "Packets [5]" },
        TIME,
        IPV4,
        IPV6,
        VERBOSE,
        HELP,
        VERSION,
    ],
    line,
    tell: tell_ping,
};

/// A round trip in milliseconds and a loss in per cent that are too much: a value equal to a limit is.
struct Limits {
    rta: f64,
    loss: f64,
}

impl Limits {
    fn read(text: Option<&str>, rta: f64, loss: f64) -> Result<Self, String> {
        let Some(text) = text else { return Ok(Self { rta, loss }) };
        let wrong = || format!("limits {text:?}: milliseconds and per cent are wanted, as in 200,40%");
        let (first, second) = text.split_once(',').ok_or_else(wrong)?;
        let read = |part: &str| {
            part.trim().trim_end_matches('%').trim_end_matches("ms").parse::<f64>().map_err(|_| wrong())
        };
        Ok(Self { rta: read(first)?, loss: read(second)? })
    }

    fn are_broken(&self, rta: Option<f64>, loss: f64) -> bool {
        loss >= self.loss || rta.is_some_and(|rta| rta >= self.rta)
    }
}

fn line(options: &Options) -> Result<Vec<String>, String> {
    let hosts: Vec<String> =
        options.values('H').map(str::to_owned).chain(options.words.iter().cloned()).collect();
    if hosts.is_empty() {
        return Err("a host is wanted: -H HOST".to_owned());
    }
    let count = options.value('n').or(options.value('p')).unwrap_or("5");
    let interval = options.value('i').unwrap_or("80").trim_end_matches("ms");
    let mut line = vec!["icmp".to_owned()];
    line.extend(hosts);
    line.extend(["-c".to_owned(), count.to_owned(), "-i".to_owned(), format!("{interval}ms")]);
    line.extend(common(options)?);
    for (short, option) in [('b', "--size"), ('s', "--source"), ('l', "--ttl")] {
        if let Some(value) = options.value(short) {
            line.extend([option.to_owned(), value.to_owned()]);
        }
    }
    // One packet has no loss to judge otherwise.
    line.extend(["--max-loss".to_owned(), "1".to_owned()]);
    Ok(line)
}

/// Mean, least and greatest round trip in milliseconds, and the loss in per cent.
fn figures(report: &Report) -> (Option<f64>, Option<f64>, Option<f64>, f64) {
    let milliseconds =
        |word: &str| number(report, word).filter(|seconds| *seconds > 0.0).map(|seconds| seconds * 1000.0);
    let rta = milliseconds("rtt");
    let least = milliseconds("probe_icmp_rtt_seconds{statistic=\"min\"}").or(rta);
    let most = milliseconds("rtt_max").or(rta);
    let loss = number(report, "loss").unwrap_or_else(|| if rta.is_some() { 0.0 } else { 1.0 });
    (rta, least, most, (loss * 100.0).round())
}

fn tell(options: &Options, reports: &[Report]) -> Result<(String, State), String> {
    let (mut text, mut data, mut states) = (Vec::new(), Vec::new(), Vec::new());
    let warning = Limits::read(options.value('w'), 200.0, 40.0)?;
    let critical = Limits::read(options.value('c'), 500.0, 80.0)?;
    for report in reports {
        let (rta, least, most, loss) = figures(report);
        let state = state(rta, loss, &warning, &critical);
        states.push(state);
        let prefix = if reports.len() > 1 { report.target.to_string() } else { String::new() };
        let shown = rta.map_or_else(|| "nan".to_owned(), |rta| format!("{rta:.3}ms"));
        let reason = if rta.is_none() { format!(", {}", why(report)) } else { String::new() };
        text.push(format!("{}: rta {shown}, lost {loss}%{reason}", report.target));
        if let Some(rta) = rta {
            data.push(format!("{prefix}rta={rta:.3}ms;{:.3};{:.3};0;", warning.rta, critical.rta));
        }
        data.push(format!("{prefix}pl={loss}%;{};{};;", warning.loss, critical.loss));
        if let (Some(least), Some(most)) = (least, most) {
            data.push(format!("{prefix}rtmax={most:.3}ms;;;; {prefix}rtmin={least:.3}ms;;;;"));
        }
    }
    let well = states.iter().filter(|state| **state == State::Ok).count();
    let enough =
        options.value('m').map(str::parse::<usize>).transpose().map_err(|_| "min-hosts wants a number")?;
    let worst = states.into_iter().reduce(State::worst).unwrap_or(State::Unknown);
    let state = if enough.is_some_and(|enough| well >= enough) { State::Ok } else { worst };
    Ok((format!("{state} - {}|{}\n", text.join(" :: "), data.join(" ")), state))
}

fn state(rta: Option<f64>, loss: f64, warning: &Limits, critical: &Limits) -> State {
    if rta.is_none() || critical.are_broken(rta, loss) {
        State::Critical
    } else if warning.are_broken(rta, loss) {
        State::Warning
    } else {
        State::Ok
    }
}

fn tell_ping(options: &Options, reports: &[Report]) -> Result<(String, State), String> {
    if options.value('w').is_none() || options.value('c').is_none() {
        return Err("both limits are wanted: -w MS,LOSS% -c MS,LOSS%".to_owned());
    }
    let report = super::only(reports)?;
    let warning = Limits::read(options.value('w'), 0.0, 0.0)?;
    let critical = Limits::read(options.value('c'), 0.0, 0.0)?;
    let (rta, _, _, loss) = figures(report);
    let state = state(rta, loss, &warning, &critical);
    let pl = format!("pl={loss}%;{};{};0;", warning.loss, critical.loss);
    let (shown, data) = match rta {
        Some(rta) => {
            let data = format!("rta={rta:.6}ms;{:.6};{:.6};0.000000 {pl}", warning.rta, critical.rta);
            (format!(", RTA = {rta:.2} ms"), data)
        }
        None => (
            format!(", {}", why(report)),
            format!("rta={:.6}ms;{:.6};{:.6};0.000000 {pl}", critical.rta, warning.rta, critical.rta),
        ),
    };
    Ok((format!("PING {state} - Packet loss = {loss}%{shown}|{data}\n"), state))
}
