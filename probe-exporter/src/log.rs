//! The log on the standard error stream, one line a message, in the reference exporter's formats.
//!
//! There are two levels: the program's, and that of single probes, whose lines come with their reports. What the library
//! tells its developers by the way is logged only when asked for.

mod fields;
mod layout;
mod probe_lines;

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

pub(crate) use self::probe_lines::ProbeLog;

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// A JSON object a line.
    Json,
    /// `key=value` pairs.
    Logfmt,
}

impl Format {
    /// What a line ends with.
    fn line_end(self) -> &'static str {
        match self {
            Self::Json => "}\n",
            Self::Logfmt => "\n",
        }
    }
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
pub(crate) fn init(format: Format, program: Level, library: bool) {
    let levels = Targets::new()
        .with_default(LevelFilter::ERROR)
        .with_target("probe_exporter", program)
        .with_target("probe_core", if library { LevelFilter::DEBUG } else { LevelFilter::OFF });
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
