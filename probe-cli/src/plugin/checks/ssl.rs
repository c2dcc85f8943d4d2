//! `check_ssl`: how long a certificate is good.

use probe_core::model::Report;
use probe_core::render::threshold::State;

use super::super::line::{number, why};
use super::{Check, HELP, HOST, IPV4, IPV6, PORT, TIME, VERBOSE, VERSION, common, host, only, with_port};
use crate::getopt::{Opt, Options};

pub(super) const SSL: Check = Check {
    name: "check_ssl",
    also: Some("check_ssl_validity"),
    purpose: "Checks a certificate: whether it holds, and how many days are left.",
    options: &[
        HOST,
        PORT,
        Opt { short: 'w', long: "warning", value: "DAYS", help: "Fewer days are a warning [30]" },
        Opt { short: 'c', long: "critical", value: "DAYS", help: "Fewer days are critical [7]" },
        Opt {
            short: 'S',
            long: "starttls",
            value: "NAME",
            help: "Agree on TLS as smtp, imap, pop3, ftp or postgresql do",
        },
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

fn days(options: &Options, short: char, usual: u32) -> Result<u32, String> {
    let Some(text) = options.value(short) else { return Ok(usual) };
    text.parse().map_err(|_| format!("{text:?} is no number of days"))
}

fn line(options: &Options) -> Result<Vec<String>, String> {
    let place = with_port(host(options)?, options.value('p').unwrap_or("443"));
    let mut line = vec!["tls".to_owned(), place];
    line.extend(common(options)?);
    // Judged here, so that what is left is told in any case.
    line.extend(["--warn-days", "0", "--crit-days", "0"].map(str::to_owned));
    if let Some(name) = options.value('S') {
        line.extend(["--starttls".to_owned(), name.to_owned()]);
    }
    Ok(line)
}

fn tell(options: &Options, reports: &[Report]) -> Result<(String, State), String> {
    let report = only(reports)?;
    let (warning, critical) = (days(options, 'w', 30)?, days(options, 'c', 7)?);
    let left = number(report, "cert_days");
    let data = left.map_or_else(String::new, |left| format!("|days={left};{warning}:;{critical}:"));
    if !report.is_success() {
        return Ok((format!("SSL CRITICAL - {}: {}{data}\n", report.target, why(report)), State::Critical));
    }
    let (text, state) = judge_days(report, warning, critical);
    Ok((format!("{text}{data}\n"), state))
}

/// What is said of the days that are left to a certificate.
pub(super) fn judge_days(report: &Report, warning: u32, critical: u32) -> (String, State) {
    let Some(left) = number(report, "cert_days") else {
        return (format!("SSL CRITICAL - {} has shown no certificate", report.target), State::Critical);
    };
    let state = match left {
        left if left < f64::from(critical) => State::Critical,
        left if left < f64::from(warning) => State::Warning,
        _ => State::Ok,
    };
    let verb = if left < 0.0 { "has expired, days ago:" } else { "is good for days:" };
    (format!("SSL {state} - the certificate of {} {verb} {}", report.target, left.abs()), state)
}
