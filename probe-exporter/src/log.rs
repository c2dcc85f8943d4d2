//! The log on the standard error stream, one line a message, in the reference exporter's formats.
//!
//! There are two levels: the program's, and that of single probes. What the library says belongs to the latter.

mod fields;
mod layout;

use std::io;
use std::str::FromStr;

use thiserror::Error;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{fmt, registry};

use self::fields::FieldText;
use self::layout::Line;

/// The tracing target of messages about single probes.
pub(crate) const PROBES: &str = "probe_exporter::probes";

/// The library's own frame around a probe; ours says the same in the reference's words.
const LIBRARY_FRAME: &str = "probe_core::prober::run";

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// A JSON object a line.
    Json,
    /// `key=value` pairs.
    Logfmt,
}

/// The least severity that is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// Every step.
    Debug,
    /// The life of the program.
    Info,
    /// Degraded service.
    Warn,
    /// Lost service.
    Error,
}

/// A word that is not one of those allowed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("unrecognized log {what} {word}")]
pub(crate) struct Unrecognized {
    what: &'static str,
    word: String,
}

impl FromStr for Level {
    type Err = Unrecognized;

    fn from_str(word: &str) -> Result<Self, Unrecognized> {
        match word.to_ascii_lowercase().as_str() {
            "debug" => Ok(Self::Debug),
            "info" => Ok(Self::Info),
            "warn" => Ok(Self::Warn),
            "error" => Ok(Self::Error),
            _ => Err(Unrecognized { what: "level", word: word.to_owned() }),
        }
    }
}

impl FromStr for Format {
    type Err = Unrecognized;

    fn from_str(word: &str) -> Result<Self, Unrecognized> {
        match word {
            "json" => Ok(Self::Json),
            "logfmt" => Ok(Self::Logfmt),
            _ => Err(Unrecognized { what: "format", word: word.to_owned() }),
        }
    }
}

impl From<Level> for LevelFilter {
    fn from(level: Level) -> Self {
        match level {
            Level::Debug => Self::DEBUG,
            Level::Info => Self::INFO,
            Level::Warn => Self::WARN,
            Level::Error => Self::ERROR,
        }
    }
}

/// Starts logging, for the rest of the process. A second call changes nothing.
pub(crate) fn init(format: Format, program: Level, probes: Level) {
    let levels = Targets::new()
        .with_default(LevelFilter::ERROR)
        .with_target("probe_exporter", program)
        .with_target(PROBES, probes)
        .with_target("probe_core", probes)
        .with_target(LIBRARY_FRAME, LevelFilter::OFF);
    let lines = fmt::layer().event_format(Line(format)).fmt_fields(FieldText(format)).with_writer(io::stderr);
    // Fails only if there is a log already.
    let _ = registry().with(levels).with(lines).try_init();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_recognized() {
        assert_eq!("Warn".parse(), Ok(Level::Warn));
        assert_eq!("json".parse(), Ok(Format::Json));
        let unknown = "loud".parse::<Level>().expect_err("not a level");
        assert_eq!(unknown.to_string(), "unrecognized log level loud");
    }
}
