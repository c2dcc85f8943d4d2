//! Which series a case has, and with which values.

use std::collections::BTreeMap;
use std::fmt;

use super::exposition::{Exposition, family_of};
use super::series::help_of;

/// What a value must be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// Anything: what cannot be known.
    Any,
    /// At least this: what a server held up.
    AtLeast(f64),
    /// This.
    Exactly(f64),
    /// More than zero: what took some time.
    Positive,
}

/// All series of an answer.
#[derive(Clone, Debug, Default)]
pub struct Expected(BTreeMap<String, Value>);

impl Expected {
    /// Takes in lines, later ones over earlier ones:
    ///
    /// - `probe_success 1`: this value; `+` is a positive one, `?` any, `>=0.3` at least so much
    /// - `!probe_ip_protocol`: no such series; without labels, no series of that family
    ///
    /// # Panics
    /// If a line is none of these.
    #[track_caller]
    pub fn apply(&mut self, lines: &[impl AsRef<str>]) {
        for line in lines {
            let line = line.as_ref();
            if let Some(gone) = line.strip_prefix('!') {
                let before = self.0.len();
                self.0.retain(|series, _| series != gone && family_of(series) != gone);
                assert!(self.0.len() < before, "{gone} is not expected anyway");
                continue;
            }
            let (series, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("no value: {line}"));
            let number = |text: &str| text.parse().unwrap_or_else(|_| panic!("no number: {line}"));
            let value = match value {
                "+" => Value::Positive,
                "?" => Value::Any,
                _ => match value.strip_prefix(">=") {
                    Some(least) => Value::AtLeast(number(least)),
                    None => Value::Exactly(number(value)),
                },
            };
            self.0.insert(series.to_owned(), value);
        }
    }

    /// What is wrong with an exposition, a line each.
    pub fn check(&self, found: &Exposition) -> Vec<String> {
        let mut problems = Vec::new();
        for (series, value) in &self.0 {
            match found.series.get(series) {
                None => problems.push(format!("missing: {series} {value}")),
                Some(number) if !value.holds(*number) => {
                    problems.push(format!("{series} is {number}, expected {value}"));
                }
                Some(_) => {}
            }
        }
        let more = found.series.iter().filter(|(series, _)| !self.0.contains_key(*series));
        problems.extend(more.map(|(series, number)| format!("unexpected: {series} {number}")));
        for (name, (help, kind)) in &found.families {
            match help_of(name) {
                _ if kind != "gauge" => problems.push(format!("{name} is a {kind}")),
                None => problems.push(format!("{name} is no family of the reference exporter")),
                Some(expected) if expected != help => {
                    problems.push(format!("the help of {name} is {help:?}"));
                }
                Some(_) => {}
            }
        }
        problems.extend(impossible_times(found));
        problems
    }
}

impl Value {
    fn holds(self, number: f64) -> bool {
        match self {
            Self::Any => true,
            Self::AtLeast(least) => number >= least,
            Self::Exactly(expected) => number == expected || (number.is_nan() && expected.is_nan()),
            Self::Positive => number > 0.0 && number.is_finite(),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("anything"),
            Self::AtLeast(least) => write!(f, "at least {least}"),
            Self::Exactly(number) => write!(f, "{number}"),
            Self::Positive => f.write_str("more than 0"),
        }
    }
}

/// Durations below zero, and phases that are longer than the probe.
fn impossible_times(found: &Exposition) -> Vec<String> {
    /// Phases are measured one by one, so they may come to a little more.
    const SLACK: f64 = 0.05;

    let times = found.series.iter().filter(|(series, _)| family_of(series).ends_with("_seconds"));
    let times = times.filter(|(series, _)| !family_of(series).contains("timestamp"));
    let mut problems = Vec::new();
    let mut sums: BTreeMap<&str, f64> = BTreeMap::new();
    for (series, seconds) in times {
        if !(0.0..1e9).contains(seconds) {
            problems.push(format!("{series} is {seconds}"));
        }
        *sums.entry(family_of(series)).or_default() += seconds;
    }
    let mut whole = found.series.get("probe_duration_seconds").copied().unwrap_or_default();
    if found.series.get("probe_http_version") == Some(&3.0) {
        // The handshake of QUIC is both connecting and TLS.
        whole *= 2.0;
    }
    let over = sums.iter().filter(|(_, sum)| **sum > whole + SLACK);
    problems.extend(over.map(|(family, sum)| format!("{family} comes to {sum} s of {whole} s")));
    problems
}
