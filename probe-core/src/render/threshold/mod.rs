//! Limits on what was measured, as Nagios plugins have them: `rtt=200ms,loss=40%,cert_days=@0:14`.

mod range;
mod selector;

use std::fmt;

use thiserror::Error;

pub(super) use range::sign;
pub use range::{Range, RangeError};
pub use selector::{Reading, Selector, SelectorError};

use crate::model::Report;

/// How good a report is, best first, by the numbers of the exit codes of plugins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Everything is as it should be.
    Ok,
    /// A warning limit is broken.
    Warning,
    /// The probe failed, or a critical limit is broken.
    Critical,
    /// It could not be checked.
    Unknown,
}

impl State {
    /// The word in output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Warning => "WARNING",
            Self::Critical => "CRITICAL",
            Self::Unknown => "UNKNOWN",
        }
    }

    /// The exit code of a plugin.
    pub const fn exit_code(self) -> u8 {
        self as u8
    }

    /// The worse of two, as plugins have it: critical, then warning, then unknown.
    #[must_use]
    pub fn worst(self, other: Self) -> Self {
        const fn badness(state: State) -> u8 {
            match state {
                State::Ok => 0,
                State::Unknown => 1,
                State::Warning => 2,
                State::Critical => 3,
            }
        }
        if badness(other) > badness(self) { other } else { self }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A limit on one measurement.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// The measurement.
    pub selector: Selector,
    /// What alerts.
    pub range: Range,
}

/// Limits on what was measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Thresholds {
    /// What makes a report a warning.
    pub warning: Vec<Limit>,
    /// What makes it critical.
    pub critical: Vec<Limit>,
}

/// What the limits make of a report.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// How good it is.
    pub state: State,
    /// The limits that are broken, in words: `rtt 0.312s breaks 200ms`.
    pub broken: Vec<String>,
}

impl Thresholds {
    /// Reads a list such as `rtt=200ms,loss=40%`. Commas inside braces belong to a selector.
    pub fn limits(text: &str) -> Result<Vec<Limit>, LimitError> {
        let mut limits = Vec::new();
        for item in split(text) {
            let at = item.rfind('}').unwrap_or(0);
            let equals = item[at..].find('=').map(|found| at + found);
            let (name, range) = equals
                .map(|equals| (&item[..equals], &item[equals + 1..]))
                .ok_or_else(|| LimitError::NoRange { text: item.into() })?;
            limits.push(Limit { selector: name.trim().parse()?, range: range.trim().parse()? });
        }
        Ok(limits)
    }

    /// Holds a report against the limits. A measurement that the report does not have breaks no limit; a failed probe is
    /// critical whatever was measured.
    pub fn judge(&self, report: &Report) -> Judgement {
        let mut state = if report.is_success() { State::Ok } else { State::Critical };
        let mut broken = Vec::new();
        for (limits, level) in [(&self.critical, State::Critical), (&self.warning, State::Warning)] {
            for limit in limits {
                let Some(reading) = limit.selector.read(report) else { continue };
                if limit.range.alerts(reading.number) {
                    state = state.worst(level);
                    broken.push(limit.in_words(reading));
                }
            }
        }
        Judgement { state, broken }
    }
}

impl Limit {
    fn in_words(&self, reading: Reading) -> String {
        let (scale, unit) = sign(reading.unit);
        let number = super::decimal(reading.number * scale);
        format!("{} {number}{unit} breaks {}", self.selector.name(), self.range.as_str())
    }
}

fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_u32;
    text.split(move |character| {
        match character {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == ',' && depth == 0
    })
    .filter(|item| !item.trim().is_empty())
}

/// Why a text is no list of limits.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum LimitError {
    /// A measurement without a range.
    #[error("{text:?} has no range, allowed MEASUREMENT=RANGE")]
    NoRange {
        /// The item.
        text: String,
    },
    /// A range that is none.
    #[error(transparent)]
    Range(#[from] RangeError),
    /// A measurement that is none.
    #[error(transparent)]
    Selector(#[from] SelectorError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples;

    #[test]
    fn lists_are_read() {
        let limits =
            Thresholds::limits(r#"rtt=200ms, loss=40%,probe_icmp_duration_seconds{phase="rtt",}=1s,"#);
        let limits = limits.expect("a list");
        let names: Vec<&str> = limits.iter().map(|limit| limit.selector.name()).collect();
        assert_eq!(names, ["rtt", "loss", "probe_icmp_duration_seconds"]);
        for text in ["rtt", "rtt=x", "bogus=1", "=1"] {
            assert!(Thresholds::limits(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_worst_limit_decides_and_failures_are_critical() {
        let limits = |text| Thresholds::limits(text).expect("a list");
        let thresholds = Thresholds { warning: limits("rtt=0.000001s,loss=1%"), critical: limits("rtt=99s") };
        let judgement = thresholds.judge(&samples::success());
        assert_eq!(judgement.state, State::Warning);
        assert!(
            judgement.broken[0].starts_with("rtt ") && judgement.broken[0].ends_with("s breaks 0.000001s")
        );
        assert_eq!(thresholds.judge(&samples::refused_connection()).state, State::Critical);
        let none = Thresholds::default().judge(&samples::success());
        assert_eq!(none, Judgement { state: State::Ok, broken: vec![] });
    }

    #[test]
    fn warnings_outweigh_what_could_not_be_checked() {
        assert_eq!(State::Unknown.worst(State::Warning), State::Warning);
        assert_eq!(State::Critical.worst(State::Unknown), State::Critical);
        assert_eq!(State::Ok.worst(State::Unknown), State::Unknown);
        assert_eq!(State::Unknown.exit_code(), 3);
    }
}
