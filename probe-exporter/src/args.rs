//! The command line: the reference exporter's flags, in its dialect and with its words for what is wrong with them.

mod dialect;
mod flags;
mod help;
mod version;

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread::available_parallelism;
use std::time::Duration;

use thiserror::Error;

use self::dialect::Given;
use self::flags::{FLAGS, Print};
use crate::log::{Format, Level};

pub(crate) use self::version::{BUILD, Build, VERSION};

/// The name of a program that was started without one.
const PROGRAM: &str = "probe-exporter";

/// The command line, read and valid.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own on the command line")]
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Arguments {
    /// Module configuration file; `blackbox.yml` or else built-in modules without it.
    pub(crate) config_file: Option<PathBuf>,
    /// Whether to check the configuration and exit.
    pub(crate) config_check: bool,
    /// Whether to read the configuration anew every [`Self::reload_interval`].
    pub(crate) auto_reload: bool,
    /// How long to wait between two readings; zero is for ever.
    pub(crate) reload_interval: Duration,
    /// Whether to read the configuration anew as soon as the file changes.
    pub(crate) config_watch: bool,
    /// Seconds to subtract from Prometheus' scrape timeout.
    pub(crate) timeout_offset: f64,
    /// How many probes the history keeps, and how many failures beyond those.
    pub(crate) history_limit: usize,
    /// The least severity of the program's log.
    pub(crate) log_level: Level,
    /// The same of single probes, as written: a bad word is no usage error.
    pub(crate) log_prober: String,
    /// How log lines are written.
    pub(crate) log_format: Format,
    /// Whether the log has what the library tells developers.
    pub(crate) log_library: bool,
    /// Addresses to listen on.
    pub(crate) listen_addresses: Vec<String>,
    /// Whether the service manager hands over the listeners.
    pub(crate) systemd_socket: bool,
    /// The file with TLS, users and limits of the web interface; empty for none.
    pub(crate) web_config_file: PathBuf,
    /// Where the outside reaches the exporter; empty for not given.
    pub(crate) external_url: String,
    /// What every path begins with; empty for the path of the external URL.
    pub(crate) route_prefix: String,
    /// How long requests in hand may take once the exporter is told to stop.
    pub(crate) drain_timeout: Duration,
    /// Whether the exporter's own series have those of single modules.
    pub(crate) module_metrics: bool,
    /// How many targets one request to `/batch` may have.
    pub(crate) most_batch_targets: usize,
    /// Whether series are sent as `OpenMetrics` where that is asked for.
    pub(crate) openmetrics: bool,
    /// How many probes run at once; any number if absent.
    pub(crate) max_in_flight: Option<NonZeroUsize>,
    /// Whether to give up what will not be needed once everything is open.
    pub(crate) sandbox: bool,
    /// Files and folders that stay readable then.
    pub(crate) sandbox_read: Vec<PathBuf>,
    /// Threads that serve and probe, if given.
    pub(crate) runtime_threads: Option<NonZeroUsize>,
}

impl Default for Arguments {
    fn default() -> Self {
        Self {
            config_file: None,
            config_check: false,
            auto_reload: false,
            reload_interval: Duration::from_secs(30),
            config_watch: false,
            timeout_offset: 0.5,
            history_limit: 100,
            log_level: Level::Info,
            log_prober: "info".to_owned(),
            log_format: Format::Logfmt,
            log_library: false,
            listen_addresses: Vec::new(),
            systemd_socket: false,
            web_config_file: PathBuf::new(),
            external_url: String::new(),
            route_prefix: String::new(),
            drain_timeout: Duration::from_millis(750),
            module_metrics: true,
            most_batch_targets: 1000,
            openmetrics: false,
            max_in_flight: None,
            sandbox: false,
            sandbox_read: Vec::new(),
            runtime_threads: None,
        }
    }
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

/// What is wrong with the command line. Displays as the line that the reference exporter prints.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("{program}: error: {problem}, try --help")]
pub(crate) struct UsageError {
    program: String,
    problem: String,
}

/// Reads the command line; the first of `arguments` is the program.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, UsageError> {
    let mut arguments = arguments.into_iter().map(|argument| argument.to_string_lossy().into_owned());
    let program = arguments.next().unwrap_or_default();
    let program = program.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or(PROGRAM);
    interpret(program, arguments.collect())
        .map_err(|problem| UsageError { program: program.to_owned(), problem })
}

/// The order of things is the reference's: version and long help win over every mistake after them, help wins over bad
/// values, and of those the first is named.
fn interpret(program: &str, arguments: Vec<String>) -> Result<Command, String> {
    let Given { flags, problem } = dialect::read(arguments);
    for (flag, _) in &flags {
        match flag.prints {
            Some(Print::Version) => return Ok(Command::Print(version::text())),
            Some(Print::HelpLong) => return Ok(Command::Print(help::long(program))),
            Some(Print::HelpMan) => return Ok(Command::Print(help::manual(program))),
            Some(Print::Help) | None => {}
        }
    }
    if let Some(problem) = problem {
        return Err(problem);
    }
    if flags.iter().any(|(flag, _)| flag.prints.is_some()) {
        return Ok(Command::Print(help::short(program)));
    }
    let mut read = Arguments::default();
    let mut seen = Vec::with_capacity(FLAGS.len());
    for (flag, value) in flags {
        if seen.contains(&flag.name) && !flag.repeatable {
            return Err(format!("flag '{}' cannot be repeated", flag.name));
        }
        seen.push(flag.name);
        (flag.set)(&mut read, &value)?;
    }
    if read.listen_addresses.is_empty() {
        read.listen_addresses.push(flags::LISTEN_ADDRESS.to_owned());
    }
    Ok(Command::Serve(Box::new(read)))
}

#[cfg(test)]
mod tests;
