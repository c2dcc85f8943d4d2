//! What a probe says while it runs: the lines of the reference exporter's probe log.

use std::fmt::{self, Display};
use std::panic::Location;
use std::time::SystemTime;

/// How grave a line is, mildest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// A step of a probe.
    Debug,
    /// What is worth knowing about a probe that works.
    Info,
    /// What is odd about a probe.
    Warn,
    /// Why a probe failed.
    Error,
}

impl Severity {
    /// The word in logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
        }
    }
}

impl Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One line that a probe said. Messages are those of the reference exporter, which people grep for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// When, for showing.
    pub at: SystemTime,
    /// How grave.
    pub severity: Severity,
    /// What happened.
    pub message: &'static str,
    /// To what: names and values, in order. A name may be there twice.
    pub fields: Vec<(&'static str, String)>,
    /// Where in the source it is said, for those who want to know what it means.
    pub place: &'static Location<'static>,
}

/// Keeps the lines of at least one severity, in order; the others are never made.
#[derive(Debug, Default)]
pub(crate) struct Log {
    pub(crate) least: Option<Severity>,
    pub(crate) lines: Vec<LogLine>,
}

impl Log {
    pub(crate) fn keeps(&self, severity: Severity) -> bool {
        self.least.is_some_and(|least| severity >= least)
    }

    pub(crate) fn add(
        &mut self,
        severity: Severity,
        message: &'static str,
        fields: &[(&'static str, &dyn Display)],
        place: &'static Location<'static>,
    ) {
        if self.keeps(severity) {
            let fields = fields.iter().map(|(name, value)| (*name, value.to_string())).collect();
            self.lines.push(LogLine { at: SystemTime::now(), severity, message, fields, place });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milder_lines_are_never_made() {
        struct Unprintable;
        impl Display for Unprintable {
            fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
                panic!("nobody asked for it")
            }
        }
        let mut log = Log::default();
        let here = Location::caller();
        log.add(Severity::Error, "no log at all", &[("value", &Unprintable)], here);
        log.least = Some(Severity::Warn);
        log.add(Severity::Info, "too mild", &[("value", &Unprintable)], here);
        log.add(Severity::Warn, "kept", &[("a", &1), ("a", &"b c")], here);
        let [line] = log.lines.as_slice() else { panic!("one line: {log:?}") };
        assert_eq!((line.severity, line.message), (Severity::Warn, "kept"));
        assert_eq!(line.fields, [("a", "1".to_owned()), ("a", "b c".to_owned())]);
    }
}
