//! The command line: the reference exporter's flags, and its words for what is wrong with them.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread::available_parallelism;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgAction, CommandFactory, FromArgMatches, Parser};
use thiserror::Error;

use crate::go_float;
use crate::log::{Format, Level};

/// Probes endpoints on request and serves the results to Prometheus.
#[derive(Clone, Debug, Parser)]
#[command(name = "probe-exporter", disable_version_flag = true)]
pub(crate) struct Arguments {
    /// Module configuration file; without it `blackbox.yml` if that is here, and else the modules `icmp` and `tcp_connect`.
    #[arg(long = "config.file", value_name = "PATH")]
    pub(crate) config_file: Option<PathBuf>,

    /// Check the configuration and exit: 0 if it is valid, 1 if not.
    #[arg(long = "config.check")]
    pub(crate) config_check: bool,

    /// Seconds to subtract from Prometheus' scrape timeout.
    #[arg(long = "timeout-offset", value_name = "SECONDS", default_value = "0.5", value_parser = go_float::parse, allow_hyphen_values = true)]
    pub(crate) timeout_offset: f64,

    /// Address to listen on; repeatable. Without a host, all addresses.
    #[arg(long = "web.listen-address", value_name = "ADDRESS", default_value = ":9115")]
    pub(crate) listen_addresses: Vec<String>,

    /// Log messages of at least this severity: debug, info, warn, error.
    #[arg(long = "log.level", value_name = "LEVEL", default_value = "info")]
    pub(crate) log_level: Level,

    /// Log messages about single probes of at least this severity: debug, info, warn, error.
    #[arg(long = "log.prober", value_name = "LEVEL", default_value = "info")]
    pub(crate) log_prober: String,

    /// How log messages are written: logfmt, json.
    #[arg(long = "log.format", value_name = "FORMAT", default_value = "logfmt")]
    pub(crate) log_format: Format,

    /// Threads that serve and probe; one per core by default.
    #[arg(long = "runtime.threads", value_name = "NUMBER")]
    runtime_threads: Option<NonZeroUsize>,

    /// Show the version.
    #[arg(long, action = ArgAction::SetTrue)]
    version: bool,
}

impl Arguments {
    /// How many threads serve and probe.
    pub(crate) fn threads(&self) -> usize {
        self.runtime_threads.or_else(|| available_parallelism().ok()).map_or(1, NonZeroUsize::get)
    }
}

/// What the command line asks for.
#[derive(Debug)]
pub(crate) enum Command {
    /// This text on the standard output.
    Print(String),
    /// Serving, or checking the configuration.
    Serve(Box<Arguments>),
}

/// What is wrong with the command line, in one line.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("{0}")]
pub(crate) struct UsageError(String);

/// Reads the command line; the first of `arguments` is the program.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, UsageError> {
    let parsed = Arguments::command()
        .try_get_matches_from(arguments)
        .and_then(|matches| Arguments::from_arg_matches(&matches));
    match parsed {
        Ok(arguments) if arguments.version => Ok(Command::Print(version())),
        Ok(arguments) => Ok(Command::Serve(Box::new(arguments))),
        Err(error) if error.kind() == ErrorKind::DisplayHelp => Ok(Command::Print(error.to_string())),
        Err(error) => Err(UsageError(reason(&error))),
    }
}

/// The first line has the form of the reference exporter's.
fn version() -> String {
    format!(
        "probe-exporter, version {}\n  platform:         {}/{}\n",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH
    )
}

/// The reference exporter's words where it has any.
fn reason(error: &clap::Error) -> String {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.as_str(),
        Some(ContextValue::Strings(texts)) => texts.first().map_or("", String::as_str),
        _ => "",
    };
    let argument = context(ContextKind::InvalidArg);
    let flag = argument.split([' ', '=']).next().unwrap_or_default();
    let value = context(ContextKind::InvalidValue);
    match error.kind() {
        ErrorKind::UnknownArgument if argument.starts_with("--") => format!("unknown long flag '{flag}'"),
        ErrorKind::UnknownArgument if argument.starts_with('-') => format!("unknown short flag '{flag}'"),
        ErrorKind::UnknownArgument => format!("unexpected {argument}"),
        ErrorKind::TooManyValues => format!("unexpected {value}"),
        ErrorKind::InvalidValue if value.is_empty() => format!("expected argument for flag '{flag}'"),
        ErrorKind::ArgumentConflict => {
            format!("flag '{}' cannot be repeated", flag.trim_start_matches('-'))
        }
        ErrorKind::ValueValidation => match std::error::Error::source(error) {
            // The reference's words name the value themselves.
            Some(cause) if argument.contains("log.") || argument.contains("offset") => cause.to_string(),
            Some(cause) => format!("flag '{flag}': {value:?}: {cause}"),
            None => format!("flag '{flag}': invalid value {value:?}"),
        },
        _ => error.kind().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &[&str]) -> Result<Command, UsageError> {
        let program = std::iter::once("probe-exporter");
        parse(program.chain(arguments.iter().copied()).map(Into::into))
    }

    #[track_caller]
    fn serves(arguments: &[&str]) -> Arguments {
        match parsed(arguments).expect("valid arguments") {
            Command::Serve(arguments) => *arguments,
            Command::Print(text) => panic!("prints {text}"),
        }
    }

    #[test]
    fn defaults_are_those_of_the_reference() {
        let arguments = serves(&[]);
        assert_eq!(arguments.listen_addresses, [":9115"]);
        assert!((arguments.timeout_offset - 0.5).abs() < f64::EPSILON);
        assert_eq!((arguments.log_level, arguments.log_format), (Level::Info, Format::Logfmt));
        assert_eq!(arguments.config_file, None);
        assert!(arguments.threads() >= 1);
    }

    #[test]
    fn listen_addresses_replace_the_default() {
        let arguments = serves(&["--web.listen-address=:1", "--web.listen-address", "[::1]:2"]);
        assert_eq!(arguments.listen_addresses, [":1", "[::1]:2"]);
    }

    #[test]
    fn levels_are_read_in_any_case_and_offsets_as_go_does() {
        let arguments = serves(&["--log.level=WARN", "--timeout-offset", "-1e-1", "--log.prober=odd"]);
        assert_eq!(arguments.log_level, Level::Warn);
        assert!((arguments.timeout_offset + 0.1).abs() < f64::EPSILON);
        assert_eq!(arguments.log_prober, "odd");
    }

    #[test]
    fn usage_errors_are_those_of_the_reference() {
        for (arguments, reason) in [
            (&["--bogus"][..], "unknown long flag '--bogus'"),
            (&["--bogus=1"], "unknown long flag '--bogus'"),
            (&["-c"], "unknown short flag '-c'"),
            (&["extra"], "unexpected extra"),
            (&["--web.listen-address"], "expected argument for flag '--web.listen-address'"),
            (&["--log.level=foo"], "unrecognized log level foo"),
            (&["--log.format=xml"], "unrecognized log format xml"),
            (&["--config.check=true"], "unexpected true"),
            (&["--config.check", "--config.check"], "flag 'config.check' cannot be repeated"),
            (&["--config.file=a", "--config.file=b"], "flag 'config.file' cannot be repeated"),
            (&["--timeout-offset=abc"], "strconv.ParseFloat: parsing \"abc\": invalid syntax"),
        ] {
            assert_eq!(parsed(arguments).expect_err(reason).to_string(), reason);
        }
    }

    #[test]
    fn our_own_flags_are_named() {
        let error = parsed(&["--runtime.threads=0"]).expect_err("no threads").to_string();
        assert_eq!(error, "flag '--runtime.threads': \"0\": number would be zero for non-zero type");
    }

    #[test]
    fn help_and_version_are_printed() {
        for (flag, text) in [
            ("--help", "--web.listen-address"),
            ("-h", "--config.file"),
            ("--version", "probe-exporter, version "),
        ] {
            match parsed(&[flag]) {
                Ok(Command::Print(printed)) => assert!(printed.contains(text), "{printed}"),
                other => panic!("{flag}: {other:?}"),
            }
        }
    }
}
