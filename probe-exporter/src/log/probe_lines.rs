//! What single probes said, as lines of the log: on the standard error stream, on the debug page and in the history.

use std::io::{self, Write};

use probe_core::model::{LogLine, Report, Severity};
use probe_core::render::GoFloat;

use super::fields::{write_attribute, write_plain};
use super::layout::write_head;
use super::{Format, Level};

/// Fields whose values the reference exporter has as numbers.
const NUMBERS: [&str; 14] = [
    "dial_timeout",
    "duration_seconds",
    "entry_number",
    "id",
    "known_rcode",
    "rcode",
    "roundtrip",
    "seq",
    "status_code",
    "timeout_seconds",
    "ttl",
    "value_count",
    "length",
    "size",
];

/// How the log of probes is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ProbeLog {
    /// The format of a line.
    pub(crate) format: Format,
    /// The least severity of lines that are kept.
    pub(crate) least: Severity,
}

impl ProbeLog {
    /// Lines of at least `level`.
    pub(crate) fn new(format: Format, level: Level) -> Self {
        let least = match level {
            Level::Debug => Severity::Debug,
            Level::Info => Severity::Info,
            Level::Warn => Severity::Warn,
            Level::Error => Severity::Error,
        };
        Self { format, least }
    }

    /// Everything that the probe said, one line each.
    pub(crate) fn text(self, report: &Report) -> String {
        let mut text = String::new();
        for line in &report.log {
            self.write_line(&mut text, report, line);
        }
        text
    }

    /// Writes what the probe said to the standard error stream, in one piece.
    pub(crate) fn emit(self, report: &Report) {
        if !report.log.is_empty() {
            // Nobody is left to tell if the log cannot be written.
            let _ = io::stderr().write_all(self.text(report).as_bytes());
        }
    }

    /// Module and target come first; a field of the same name later on stays, as in the reference.
    fn write_line(self, text: &mut String, report: &Report, line: &LogLine) {
        let place = (line.place.file(), line.place.line());
        write_head(text, self.format, line.at, line.severity.as_str(), place, line.message);
        write_attribute(text, self.format, "module", &report.module);
        write_attribute(text, self.format, "target", report.target.as_str());
        for (name, value) in &line.fields {
            match number(name, value) {
                Some(number) => write_plain(text, self.format, name, GoFloat(number)),
                None => write_attribute(text, self.format, name, value),
            }
        }
        text.push_str(self.format.line_end());
    }
}

/// The value of a field that is a number.
fn number(name: &str, value: &str) -> Option<f64> {
    if NUMBERS.contains(&name) { value.parse().ok().filter(|number: &f64| number.is_finite()) } else { None }
}
