//! From arguments to a running server, and to an exit code.

#[cfg(feature = "sandbox")]
use std::env;
use std::ffi::OsString;
use std::io::{self, Write};
#[cfg(feature = "sandbox")]
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use probe_core::net::icmp::Engine;
use thiserror::Error;
use tracing::{debug, error, info, warn};

use crate::args::{Arguments, BUILD, Build, Command, VERSION};
use crate::environment::Environment;
use crate::external_url::{ExternalUrl, host_name};
use crate::history::History;
use crate::in_flight::InFlight;
use crate::lifecycle::{Reloads, Schedule};
use crate::live_config::{LiveConfig, Source};
use crate::log::{Level, ProbeLog};
use crate::os_words::{OsWords, chain};
use crate::paths::Paths;
use crate::route::Exporter;
#[cfg(feature = "sandbox")]
use crate::sandbox;
use crate::self_metrics::SelfMetrics;
use crate::server::{self, Bound, ListenError, Plan};
use crate::systemd::{self, HandoverError, Service};
use crate::web::{Web, WebError};
use crate::{args, log, process};

/// Why the exporter cannot serve.
#[derive(Debug, Error)]
enum StartError {
    #[error(transparent)]
    Handover(#[from] HandoverError),
    #[error(transparent)]
    Listen(#[from] ListenError),
    #[cfg(not(feature = "sandbox"))]
    #[error("this build has no sandbox, leave --sandbox out")]
    NoSandbox,
    #[cfg(feature = "sandbox")]
    #[error(transparent)]
    Sandbox(#[from] sandbox::SandboxError),
    #[error("vsock addresses are not supported by this exporter: {0}")]
    Vsock(String),
    #[error(transparent)]
    Web(#[from] WebError),
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
        Err(error) => writeln!(stderr, "{error}").map(|()| ExitCode::FAILURE),
    };
    written.unwrap_or(ExitCode::FAILURE)
}

/// The order of things, and of what is logged about them, is the reference's.
fn start(arguments: &Arguments) -> ExitCode {
    let started = Instant::now();
    log::init(arguments.log_format, arguments.log_level, arguments.log_library);
    let level = arguments.log_prober.parse().unwrap_or_else(|error| {
        warn!(err = %error, current_level = "info", "Error setting log prober level, log prober level unchanged");
        Level::Info
    });
    log_build();
    let metrics = Arc::default();
    let live = match LiveConfig::load(Source::at(arguments.config_file.clone()), Arc::clone(&metrics)) {
        Ok(live) => live,
        Err(error) => {
            for err in error.messages() {
                error!(err, "Error loading config");
            }
            return ExitCode::FAILURE;
        }
    };
    if arguments.config_check {
        info!("Config file is ok exiting...");
        return ExitCode::SUCCESS;
    }
    if live.source().file().is_some() {
        info!("Loaded config file");
    } else {
        info!("Loaded built-in modules, there is no config file");
    }
    let Some(paths) = paths(arguments) else { return ExitCode::FAILURE };
    let threads = arguments.threads();
    let cores: Vec<_> = (0..threads).map(|_| Engine::new()).collect();
    let engines = cores.iter().map(|(engine, _)| engine.clone()).collect();
    let (reloads, asked) = Reloads::channel();
    let exporter = Arc::new(Exporter {
        live: Arc::new(live),
        in_flight: InFlight::new(arguments.max_in_flight),
        history: History::new(arguments.history_limit),
        metrics: SelfMetrics::new(engines, metrics, arguments.module_metrics),
        paths,
        most_batch_targets: arguments.most_batch_targets,
        openmetrics: arguments.openmetrics,
        timeout_offset: arguments.timeout_offset,
        log: ProbeLog::new(arguments.log_format, level),
        reloads,
        started,
        stopping: AtomicBool::new(false),
    });
    let every = arguments.auto_reload.then_some(arguments.reload_interval);
    let plan = Plan {
        cores,
        environment: Environment::read(),
        schedule: Schedule { every, watch: arguments.config_watch },
        asked,
        service: Service::from_environment(),
        drain_timeout: arguments.drain_timeout,
    };
    match serve(arguments, &exporter, plan) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            error!(err = %chain(&error), "Error starting HTTP server");
            ExitCode::FAILURE
        }
    }
}

fn log_build() {
    let Build { branch, revision, user, date, tags } = BUILD;
    let version = format!("(version={VERSION}, branch={branch}, revision={revision})");
    info!(version, "Starting blackbox_exporter");
    let platform = Build::platform();
    info!("(runtime=rust, platform={platform}, user={user}, date={date}, tags={tags})");
}

/// What is served where; `None` if that cannot be told, which is logged.
fn paths(arguments: &Arguments) -> Option<Paths> {
    if arguments.systemd_socket && arguments.external_url.is_empty() {
        error!(
            "Cannot automatically infer external URL with systemd socket listener. Please provide --web.external-url"
        );
        return None;
    }
    if arguments.external_url.is_empty() && arguments.listen_addresses.len() > 1 {
        info!("Inferring external URL from first provided listen address");
    }
    let first = arguments.listen_addresses.first().map_or("", String::as_str);
    let failed = |err: &dyn std::fmt::Display| error!(%err, "failed to determine external URL");
    let host = match host_name() {
        Ok(host) => host,
        Err(error) if arguments.external_url.is_empty() => {
            failed(&OsWords(&error));
            return None;
        }
        Err(_) => String::new(),
    };
    match ExternalUrl::determine(&arguments.external_url, first, &host) {
        Ok(url) => {
            let paths = Paths::new(&url, &arguments.route_prefix);
            debug!("{}", paths.external);
            debug!("{}", paths.prefix);
            Some(paths)
        }
        Err(error) => {
            failed(&error);
            None
        }
    }
}

fn serve(arguments: &Arguments, exporter: &Arc<Exporter>, plan: Plan) -> Result<(), StartError> {
    if let Err(error) = process::raise_descriptor_limit() {
        warn!(err = %error, "Cannot raise the limit of open files; many probes at once may fail");
    }
    let bound = listeners(arguments)?;
    let file = &arguments.web_config_file;
    let web = if file.as_os_str().is_empty() { Web::open() } else { Web::load(file)? };
    if arguments.sandbox {
        confine(arguments, exporter, &plan)?;
    }
    server::run(exporter, bound, web, plan)?;
    Ok(())
}

/// Gives up what will not be needed.
#[cfg(feature = "sandbox")]
fn confine(arguments: &Arguments, exporter: &Exporter, plan: &Plan) -> Result<(), StartError> {
    let engines: Vec<Engine> = plan.cores.iter().map(|(engine, _)| engine.clone()).collect();
    let configuration = exporter.live.source().file().map(Path::to_owned);
    let web = Some(&arguments.web_config_file).filter(|file| !file.as_os_str().is_empty()).cloned();
    let certificates =
        ["SSL_CERT_FILE", "SSL_CERT_DIR"].into_iter().filter_map(env::var_os).map(PathBuf::from);
    let readable =
        configuration.into_iter().chain(web).chain(certificates).chain(arguments.sandbox_read.clone());
    Ok(sandbox::enter(&exporter.live.current().config, &engines, readable)?)
}

#[cfg(not(feature = "sandbox"))]
fn confine(_: &Arguments, _: &Exporter, _: &Plan) -> Result<(), StartError> {
    Err(StartError::NoSandbox)
}

fn listeners(arguments: &Arguments) -> Result<Vec<Bound>, StartError> {
    let threads = arguments.threads();
    if arguments.systemd_socket {
        info!("Listening on systemd activated listeners instead of port listeners.");
        return Ok(systemd::inherited(threads)?);
    }
    let mut bound = Vec::with_capacity(arguments.listen_addresses.len());
    for address in &arguments.listen_addresses {
        if address.starts_with("vsock://") {
            return Err(StartError::Vsock(address.clone()));
        }
        bound.push(server::listen(address, threads)?);
    }
    Ok(bound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_named_with_their_causes() {
        let source = io::Error::from_raw_os_error(98);
        let error = ListenError::Socket { address: "127.0.0.1:80".into(), source };
        assert_eq!(chain(&StartError::from(error)), "listen tcp 127.0.0.1:80: address already in use");
    }
}
