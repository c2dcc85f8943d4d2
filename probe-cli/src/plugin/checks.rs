//! The plugins, one a table entry: options, the verb that does the work, and the line.

mod dns;
mod http;
mod icmp;
mod ssl;
mod tcp;

use probe_core::model::Report;
use probe_core::render::threshold::State;

use crate::getopt::{Opt, Options};

/// A plugin.
pub(super) struct Check {
    pub(super) name: &'static str,
    /// Another name that others use.
    pub(super) also: Option<&'static str>,
    pub(super) purpose: &'static str,
    pub(super) options: &'static [Opt],
    /// The line of our own that does it, the program's name aside.
    pub(super) line: fn(&Options) -> Result<Vec<String>, String>,
    /// What is said about the reports.
    pub(super) tell: fn(&Options, &[Report]) -> Result<(String, State), String>,
}

/// Every plugin.
pub(super) const CHECKS: [Check; 6] = [icmp::ICMP, icmp::PING, tcp::TCP, http::HTTP, dns::DNS, ssl::SSL];

/// Seconds that a check may take unless told otherwise.
const TIMEOUT: f64 = 10.0;

const HELP: Opt = Opt { short: 'h', long: "help", value: "", help: "Show this" };
const VERSION: Opt = Opt { short: 'V', long: "version", value: "", help: "Show the version" };
const VERBOSE: Opt = Opt { short: 'v', long: "verbose", value: "", help: "Taken, and without effect" };
const HOST: Opt = Opt { short: 'H', long: "hostname", value: "HOST", help: "Name or address" };
const PORT: Opt = Opt { short: 'p', long: "port", value: "N", help: "The port" };
const IPV4: Opt = Opt { short: '4', long: "use-ipv4", value: "", help: "Use IPv4 only" };
const IPV6: Opt = Opt { short: '6', long: "use-ipv6", value: "", help: "Use IPv6 only" };
const WARNING: Opt =
    Opt { short: 'w', long: "warning", value: "RANGE", help: "A time in seconds that is a warning" };
const CRITICAL: Opt =
    Opt { short: 'c', long: "critical", value: "RANGE", help: "A time in seconds that is critical" };
/// The letter that `--sni` does not have.
const SNI: char = '\u{e000}';
const TIME: Opt = Opt { short: 't', long: "timeout", value: "SECS", help: "How long it may take [10]" };

/// Days that are left to a certificate, fewer of which are a warning and critical, as in `30,14`.
fn days_left(text: &str) -> Result<(u32, u32), String> {
    let number = |text: &str| text.trim().parse().map_err(|_| format!("{text:?} is no number of days"));
    match text.split_once(',') {
        Some((warning, critical)) => Ok((number(warning)?, number(critical)?)),
        None => Ok((number(text)?, 0)),
    }
}

/// The state that an option names.
fn state_of(text: &str) -> Result<State, String> {
    match text {
        "ok" => Ok(State::Ok),
        "warn" | "warning" => Ok(State::Warning),
        "crit" | "critical" => Ok(State::Critical),
        other => Err(format!("state {other:?} is none of ok, warn and crit")),
    }
}

/// The seconds that the check may take.
fn timeout(options: &Options) -> Result<f64, String> {
    let Some(text) = options.value('t') else { return Ok(TIMEOUT) };
    // Some give the state behind a colon.
    let text = text.split(':').next().unwrap_or(text);
    text.parse::<f64>()
        .ok()
        .filter(|seconds| *seconds > 0.0)
        .ok_or_else(|| format!("timeout {text:?} is no number of seconds"))
}

/// What all verbs of ours have.
fn common(options: &Options) -> Result<Vec<String>, String> {
    let mut line = vec!["--timeout".to_owned(), timeout(options)?.to_string()];
    if options.has('4') {
        line.push("-4".to_owned());
    }
    if options.has('6') {
        line.push("-6".to_owned());
    }
    Ok(line)
}

/// The host, by option or as a word.
fn host(options: &Options) -> Result<&str, String> {
    let word = options.words.first().map(String::as_str);
    options.value('H').or(word).ok_or_else(|| "a host is wanted: -H HOST".to_owned())
}

/// A host with a port, in brackets where that is needed.
fn with_port(host: &str, port: &str) -> String {
    if host.contains(':') && !host.starts_with('[') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

/// A regular expression that matches this text alone.
fn literally(text: &str) -> String {
    let special = |character: char| r"\.+*?()|[]{}^$".contains(character);
    text.chars()
        .flat_map(|character| special(character).then_some('\\').into_iter().chain([character]))
        .collect()
}

fn only(reports: &[Report]) -> Result<&Report, String> {
    reports.first().ok_or_else(|| "nothing was checked".to_owned())
}
