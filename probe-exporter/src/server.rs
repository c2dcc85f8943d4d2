//! The HTTP server: one thread per core, each with listeners, engine and resolver of its own.

mod connection;
mod listen;

use std::io;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use probe_core::net::SystemResolver;
use probe_core::net::icmp::{Driver, Engine};
use probe_core::prober::Services;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tracing::{error, info, warn};

pub(crate) use listen::{Bound, ListenError, listen};

use self::connection::serve;
use crate::lifecycle::{Asked, Lifecycle, Schedule};
use crate::route::Exporter;
use crate::systemd::Service;

/// How long to wait when no connection can be accepted, most likely for want of file descriptors.
const BACK_OFF: Duration = Duration::from_millis(10);
/// How often that is said.
const COMPLAINT_INTERVAL: Duration = Duration::from_secs(1);

/// What a server needs besides an exporter and listeners.
pub(crate) struct Plan {
    /// An engine for every thread.
    pub(crate) cores: Vec<(Engine, Driver)>,
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
    drain_timeout: Duration,
}

/// Serves until SIGTERM or SIGINT, then until the requests in hand are answered, but no longer than the plan allows.
/// Needs for every core a listener in each of `bound`.
pub(crate) fn run(exporter: &Arc<Exporter>, bound: Vec<Bound>, plan: Plan) -> io::Result<()> {
    let Plan { cores, schedule, asked, service, drain_timeout } = plan;
    let main = runtime()?;
    let (stop, stopped) = watch::channel(());
    let lifecycle = main.block_on(async { Lifecycle::begin(exporter.clone(), schedule, asked, service) })?;

    let mut per_address: Vec<_> =
        bound.into_iter().map(|bound| (bound.address, bound.listeners.into_iter())).collect();
    let mut threads = Vec::with_capacity(cores.len());
    for (number, (engine, driver)) in cores.into_iter().enumerate() {
        let runtime = runtime()?;
        let entered = runtime.enter();
        let listeners = per_address.iter_mut().filter_map(|(_, listeners)| listeners.next());
        let listeners = listeners.map(TcpListener::from_std).collect::<io::Result<Vec<_>>>()?;
        drop(entered);
        let services = Services::new(Arc::new(SystemResolver::new())).with_icmp(engine);
        let worker = Arc::new(Worker { exporter: exporter.clone(), services, drain_timeout });
        let stopped = stopped.clone();
        let thread = thread::Builder::new()
            .name(format!("worker-{number}"))
            .spawn(move || runtime.block_on(work(&worker, driver, listeners, &stopped)))?;
        threads.push(thread);
    }
    for (address, _) in &per_address {
        info!(%address, "Listening on");
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

/// Takes connections of one listener until the exporter stops, and sees them out.
async fn accept(listener: TcpListener, worker: Arc<Worker>, mut stopped: watch::Receiver<()>) {
    let mut connections = JoinSet::new();
    let mut complained: Option<Instant> = None;
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve(stream, worker.clone(), stopped.clone()));
                }
                Err(error) => {
                    if complained.is_none_or(|at| at.elapsed() >= COMPLAINT_INTERVAL) {
                        warn!(err = %error, "Cannot accept connections");
                        complained = Some(Instant::now());
                    }
                    sleep(BACK_OFF).await;
                }
            },
            Some(_) = connections.join_next() => {}
            _ = stopped.changed() => break,
        }
    }
    drop(listener);
    let drained =
        timeout(worker.drain_timeout, async { while connections.join_next().await.is_some() {} }).await;
    if drained.is_err() {
        warn!(connections = connections.len(), "Requests took too long and were cut");
    }
}
