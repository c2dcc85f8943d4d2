//! The HTTP server: one thread per core, each with listeners, engine and resolver of its own.

mod accept;
mod activity;
mod connection;
mod formality;
mod listen;
mod plaintext;
mod shortage;

use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use probe_core::net::SystemResolver;
use probe_core::net::icmp::{Driver, Engine};
use probe_core::prober::Services;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinSet;
use tracing::{error, info};

pub(crate) use listen::{Bound, ListenError, listen};

use self::accept::accept;
use crate::environment::Environment;
use crate::lifecycle::{Asked, Lifecycle, Schedule};
use crate::route::Exporter;
use crate::systemd::Service;
use crate::web::Web;

/// What a server needs besides an exporter and listeners.
pub(crate) struct Plan {
    /// An engine for every thread.
    pub(crate) cores: Vec<(Engine, Driver)>,
    /// What probes take from the environment of the process.
    pub(crate) environment: Environment,
    /// When the configuration is read anew unasked.
    pub(crate) schedule: Schedule,
    /// Where requests to reload arrive.
    pub(crate) asked: mpsc::Receiver<Asked>,
    /// Who wants to know how the server is.
    pub(crate) service: Service,
    /// How long requests in hand may take once the exporter is told to stop.
    pub(crate) drain_timeout: Duration,
}

/// What the connections of one thread share.
struct Worker {
    exporter: Arc<Exporter>,
    services: Services,
    web: Arc<Web>,
    /// Connections that may still be taken, by all threads together.
    free_connections: Arc<Semaphore>,
    drain_timeout: Duration,
}

/// Serves until SIGTERM or SIGINT, then until the requests in hand are answered, but no longer than the plan allows.
/// Needs for every core a listener in each of `bound`.
pub(crate) fn run(exporter: &Arc<Exporter>, bound: Vec<Bound>, web: Web, plan: Plan) -> io::Result<()> {
    let Plan { cores, environment, schedule, asked, service, drain_timeout } = plan;
    let main = runtime()?;
    let (stop, stopped) = watch::channel(());
    let lifecycle = main.block_on(async { Lifecycle::begin(exporter.clone(), schedule, asked, service) })?;

    let web = Arc::new(web);
    let free_connections = Arc::new(Semaphore::new(accept::most_connections()));
    let mut per_address: Vec<_> =
        bound.into_iter().map(|bound| (bound.address, bound.listeners.into_iter())).collect();
    let mut threads = Vec::with_capacity(cores.len());
    for (number, (engine, driver)) in cores.into_iter().enumerate() {
        let runtime = runtime()?;
        let entered = runtime.enter();
        let listeners = per_address.iter_mut().filter_map(|(_, listeners)| listeners.next());
        let listeners = listeners.map(TcpListener::from_std).collect::<io::Result<Vec<_>>>()?;
        drop(entered);
        let mut services =
            environment.equip(Services::new(Arc::new(SystemResolver::new())).with_icmp(engine));
        services.dials = Some(exporter.metrics.dials.clone());
        let worker = Arc::new(Worker {
            exporter: exporter.clone(),
            services,
            web: web.clone(),
            free_connections: free_connections.clone(),
            drain_timeout,
        });
        let stopped = stopped.clone();
        let thread = thread::Builder::new()
            .name(format!("worker-{number}"))
            .spawn(move || runtime.block_on(work(&worker, driver, listeners, &stopped)))?;
        threads.push(thread);
    }
    for (address, _) in &per_address {
        info!(%address, "Listening on");
        if let Some(http2) = web.http2_over_tls() {
            info!(http2, %address, "TLS is enabled.");
        } else {
            info!(http2 = false, %address, "TLS is disabled.");
        }
    }

    main.block_on(lifecycle.until_stopped());
    stop.send_replace(());
    for thread in threads {
        if thread.join().is_err() {
            error!("A worker thread has panicked");
        }
    }
    Ok(())
}

fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_io().enable_time().build()
}

/// One thread's life.
async fn work(
    worker: &Arc<Worker>,
    driver: Driver,
    listeners: Vec<TcpListener>,
    stopped: &watch::Receiver<()>,
) {
    let driver = tokio::spawn(driver);
    let mut accepting = JoinSet::new();
    for listener in listeners {
        accepting.spawn(accept(listener, worker.clone(), stopped.clone()));
    }
    while accepting.join_next().await.is_some() {}
    driver.abort();
}
