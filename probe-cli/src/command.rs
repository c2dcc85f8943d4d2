//! The verbs, one a file, and what they share: the runtime and the services of the probes.

mod batch;
mod check;
mod completions;
mod config;
mod doctor;
mod first_address;
mod interrupt;
mod module;
mod push;
mod send;
mod state_file;
mod sweep;
mod watch;

use std::mem::ManuallyDrop;
use std::sync::Arc;

use probe_core::model::Report;
use probe_core::net::SystemResolver;
use probe_core::net::icmp::Engine;
use probe_core::net::tls::SystemRoots;
use probe_core::prober::{Services, run};

use crate::args::Command;
use crate::output::Output;
use crate::plan;
use crate::{Exit, Surroundings};

pub(crate) use batch::batch;
pub(crate) use check::{Details, icmp, probe};
pub(crate) use completions::{completions, man};
pub(crate) use config::config;
pub(crate) use doctor::doctor;
pub(crate) use module::module;
pub(crate) use push::{push, push_verb};
pub(crate) use send::send;
pub(crate) use sweep::sweep;

/// The reports of a line that probes, without showing them; in words why there are none.
pub(crate) fn reports(
    command: &Command,
    surroundings: &Surroundings,
    output: &mut Output<'_>,
) -> Result<Vec<Report>, String> {
    let planned = match command {
        Command::Icmp(args) => plan::icmp(args),
        Command::Tcp(args) => plan::tcp(args),
        Command::Dns(args) => plan::dns(args),
        Command::Http(args) => plan::http(args),
        Command::Tls(args) => plan::tls(args),
        _ => return Err("this verb does not probe".to_owned()),
    };
    let mut reports = Vec::with_capacity(planned.len());
    block_on(output, async |_| {
        let services = services(true, surroundings);
        let tasks: Vec<_> = planned
            .into_iter()
            .map(|probe| {
                let services = services.clone();
                tokio::spawn(
                    async move { run(&*probe.prober, &probe.target, &probe.options, &services).await },
                )
            })
            .collect();
        for task in tasks {
            reports.push(joined(task).await);
        }
        Exit::Success
    });
    Ok(reports)
}

/// Runs on this thread alone: waking another core costs more than a ping.
fn block_on(output: &mut Output<'_>, work: impl AsyncFnOnce(&mut Output<'_>) -> Exit) -> Exit {
    match tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .max_io_events_per_tick(64)
        .build()
    {
        Ok(runtime) => {
            // The process ends next, and the kernel takes everything back faster than destructors would.
            let runtime = ManuallyDrop::new(runtime);
            runtime.block_on(work(output))
        }
        Err(error) => {
            output.say(&format!("cannot start: {error}"));
            Exit::Usage
        }
    }
}

/// Runs as `fping`, with the engine it pings by.
pub(crate) fn fping(work: impl AsyncFnOnce(Engine, &mut Output<'_>) -> u8, output: &mut Output<'_>) -> u8 {
    block_on(output, async |output| Exit::Fping(work(engine(), output).await)).code()
}

/// An engine whose driver runs on this runtime.
fn engine() -> Engine {
    let (engine, driver) = Engine::new();
    tokio::spawn(driver);
    engine
}

/// Names as the system resolves them, all addresses, and ICMP if it is wanted. Certificate authorities are read when a
/// probe needs them.
fn services(icmp: bool, surroundings: &Surroundings) -> Services {
    let mut services = Services::new(Arc::new(SystemResolver::new())).with_icmp(icmp.then(engine));
    let Surroundings { certificate_file: file, certificate_directory: directory, .. } = surroundings;
    if file.is_some() || directory.is_some() {
        services.roots = SystemRoots::in_places(file.clone(), directory.clone());
    }
    services.proxies = Arc::new(surroundings.proxies.clone());
    services
}

/// What this host is called, if it knows.
fn host_name() -> Option<String> {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok()?;
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}

/// Waits for a task of ours. It is never cancelled before; if it panics, so do we.
async fn joined<T>(task: tokio::task::JoinHandle<T>) -> T {
    match task.await {
        Ok(value) => value,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}
