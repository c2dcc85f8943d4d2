//! Taking connections, as many as the process has file descriptors for.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::process::{Resource, getrlimit};
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tracing::warn;

use super::Worker;
use super::connection::serve;
use super::shortage::in_short;

/// How long to wait when no connection can be accepted, most likely for want of file descriptors.
const BACK_OFF: Duration = Duration::from_millis(10);
/// How often that is said.
const COMPLAINT_INTERVAL: Duration = Duration::from_secs(1);
/// Connections that are taken however few files may be open.
const FEW: usize = 16;

/// How many connections may be open at once: three quarters of what the limit of open files leaves, beyond those that
/// are open already. The rest is for probes, so that idle clients cannot keep others from being served.
pub(super) fn most_connections() -> usize {
    let limit = getrlimit(Resource::Nofile).current.and_then(|limit| usize::try_from(limit).ok());
    let open = fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
    let most = limit.map_or(usize::MAX, |limit| limit.saturating_sub(open) / 4 * 3);
    most.clamp(FEW, Semaphore::MAX_PERMITS)
}

/// Takes connections of one listener until the exporter stops, and sees them out.
pub(super) async fn accept(listener: TcpListener, worker: Arc<Worker>, mut stopped: watch::Receiver<()>) {
    let mut connections = JoinSet::new();
    let mut complaints = Complaints::default();
    loop {
        let taken = tokio::select! {
            taken = take(&listener, &worker.free_connections, &mut complaints) => taken,
            Some(_) = connections.join_next() => continue,
            _ = stopped.changed() => break,
        };
        match taken {
            Ok((stream, client, place)) => {
                connections.spawn(serve(stream, client, worker.clone(), stopped.clone(), place));
            }
            Err(error) => {
                complaints.make(|| warn!(err = %in_short(&error), "Cannot accept connections"));
                sleep(BACK_OFF).await;
            }
        }
    }
    drop(listener);
    let drained =
        timeout(worker.drain_timeout, async { while connections.join_next().await.is_some() {} }).await;
    if drained.is_err() {
        warn!(connections = connections.len(), "Requests took too long and were cut");
    }
}

/// The next connection, once there is a place for it.
async fn take(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
    complaints: &mut Complaints,
) -> std::io::Result<(tokio::net::TcpStream, std::net::SocketAddr, Option<OwnedSemaphorePermit>)> {
    let place = if let Ok(place) = places.clone().try_acquire_owned() {
        Some(place)
    } else {
        complaints.make(|| {
            let limit = getrlimit(Resource::Nofile).current;
            warn!(
                limit,
                "As many connections are open as the limit of open files leaves room for, new ones wait; raise the \
                 limit (ulimit -n, or LimitNOFILE= in the unit file)"
            );
        });
        // Nobody closes it.
        places.clone().acquire_owned().await.ok()
    };
    let (stream, client) = listener.accept().await?;
    Ok((stream, client, place))
}

/// What is said only every now and then.
#[derive(Default)]
struct Complaints(Option<Instant>);

impl Complaints {
    fn make(&mut self, say: impl FnOnce()) {
        if self.0.is_none_or(|at| at.elapsed() >= COMPLAINT_INTERVAL) {
            say();
            self.0 = Some(Instant::now());
        }
    }
}
