//! One connection: requests one after the other, until the client or the exporter ends it.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;

use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tracing::debug;

use super::Worker;
use crate::route;

/// Answers the requests of one connection. A client that goes away takes its probe with it: hyper drops the answer's
/// future.
pub(super) async fn serve(stream: TcpStream, worker: Arc<Worker>, mut stopped: watch::Receiver<()>) {
    // Without it the answer may wait for an acknowledgement. A socket that refuses works all the same.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: Request<Incoming>| {
        let worker = worker.clone();
        async move { Ok::<_, Infallible>(route::answer(&worker.exporter, &worker.services, &request).await) }
    });
    let mut connection =
        pin!(http1::Builder::new().half_close(false).serve_connection(TokioIo::new(stream), service));
    let ended = tokio::select! {
        biased;
        ended = connection.as_mut() => ended,
        _ = stopped.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        debug!(err = %error, "Connection ended early");
    }
}
