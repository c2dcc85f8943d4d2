//! From arguments to a running server, and to an exit code.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use probe_core::config::{self, Config, LoadError};
use probe_core::net::icmp::Engine;
use probe_core::prober::BUILTIN;
use thiserror::Error;
use tracing::{error, info, warn};

use crate::args::{Arguments, Command};
use crate::modules::Modules;
use crate::route::Exporter;
use crate::self_metrics::SelfMetrics;
use crate::server::{self, ListenError};
use crate::{args, log, process};

/// The modules of an exporter that was given no file.
const BUILTIN_MODULES: &str = "\
modules:
    icmp:
        prober: icmp
    tcp_connect:
        prober: tcp
";

/// Why the exporter cannot serve.
#[derive(Debug, Error)]
enum StartError {
    #[error(transparent)]
    Listen(#[from] ListenError),
    #[error("cannot set up the exporter's own metrics")]
    Metrics(#[from] prometheus::Error),
    #[error("cannot start a worker")]
    Worker(#[from] io::Error),
}

/// Runs the exporter to its end. Help goes to `stdout`, usage errors and, once it has started, the log to the
/// standard error stream.
pub fn run(
    arguments: impl IntoIterator<Item = OsString>,
    stdout: &mut impl Write,
    stderr: &mut impl Write,
) -> ExitCode {
    let written = match args::parse(arguments) {
        Ok(Command::Serve(arguments)) => return start(&arguments),
        Ok(Command::Print(text)) => stdout.write_all(text.as_bytes()).map(|()| ExitCode::SUCCESS),
        Err(error) => {
            writeln!(stderr, "probe-exporter: error: {error}, try --help").map(|()| ExitCode::FAILURE)
        }
    };
    written.unwrap_or(ExitCode::FAILURE)
}

fn start(arguments: &Arguments) -> ExitCode {
    let level = arguments.log_prober.parse();
    log::init(arguments.log_format, arguments.log_level, *level.as_ref().unwrap_or(&log::Level::Info));
    if let Err(error) = level {
        warn!(err = %error, current_level = "info", "Error setting log prober level, log prober level unchanged");
    }
    info!(version = env!("CARGO_PKG_VERSION"), "Starting probe-exporter");
    let Some(config) = load(arguments) else { return ExitCode::FAILURE };
    for warning in &config.warnings {
        warn!(%warning, "Config file has a setting that will not work as written");
    }
    if arguments.config_check {
        info!("Config file is ok exiting...");
        return ExitCode::SUCCESS;
    }
    info!("Loaded config file");
    match serve(arguments, config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            error!(err = %chain(&error), "Error starting HTTP server");
            ExitCode::FAILURE
        }
    }
}

/// The reference's default for `--config.file`; here it may be absent.
const USUAL_FILE: &str = "blackbox.yml";

/// The configuration; every problem is logged on a line of its own.
fn load(arguments: &Arguments) -> Option<Config> {
    let usual = Path::new(USUAL_FILE);
    let loaded = match &arguments.config_file {
        Some(path) => Config::load(path, BUILTIN),
        None if usual.exists() => Config::load(usual, BUILTIN),
        None => config::read(BUILTIN_MODULES, "built-in modules", BUILTIN).map_err(LoadError::from),
    };
    match loaded {
        Ok(config) => return Some(config),
        Err(LoadError::Settings(errors)) => {
            for problem in errors.problems() {
                error!(err = %problem, "Error loading config");
            }
        }
        Err(error) => error!(err = %chain(&error), "Error loading config"),
    }
    None
}

fn serve(arguments: &Arguments, config: Config) -> Result<(), StartError> {
    if let Err(error) = process::raise_descriptor_limit() {
        warn!(err = %error, "Cannot raise the limit of open files; many probes at once may fail");
    }
    let threads = arguments.threads();
    let mut bound = Vec::with_capacity(arguments.listen_addresses.len());
    for address in &arguments.listen_addresses {
        bound.push(server::listen(address, threads)?);
    }
    let cores: Vec<_> = (0..threads).map(|_| Engine::new()).collect();
    let engines = cores.iter().map(|(engine, _)| engine.clone()).collect();
    let metrics = SelfMetrics::new(engines)?;
    let exporter = Arc::new(Exporter {
        modules: Modules::build(&config),
        config,
        timeout_offset: arguments.timeout_offset,
        metrics,
    });
    server::run(&exporter, bound, cores)?;
    Ok(())
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builtin_modules_are_valid_and_without_timeout() {
        let config = config::read(BUILTIN_MODULES, "built-in modules", BUILTIN).expect("valid");
        let names: Vec<_> = config.modules.keys().map(String::as_str).collect();
        assert_eq!(names, ["icmp", "tcp_connect"]);
        assert!(config.modules.values().all(|module| module.common.timeout.is_none()));
        assert_eq!(config.warnings, []);
    }
}
