//! One connection: perhaps a handshake, then requests, until the client or the exporter ends it.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, StatusCode, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tracing::{debug, error};

use super::Worker;
use super::activity::{Activity, Watched};
use super::formality;
use super::plaintext::begins_tls;
use crate::route::{self, Answer, Panic, caught};

/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(30);
/// How often a connection is looked at that may have done nothing for too long.
const LOOK: Duration = Duration::from_secs(30);
/// How long a client may take to see that a connection ends.
const FAREWELL: Duration = Duration::from_secs(5);

/// Headers of a request.
const MOST_HEADERS: usize = 200;
/// Bytes of a request's head: room for a long target, but not for floods of ten thousand clients.
const LONGEST_HEAD: usize = 128 * 1024;
/// Requests at once over one connection.
const MOST_STREAMS: u32 = 200;
/// Bytes of a body that are taken before anybody wants them; most requests have none.
const WINDOW: u32 = 64 * 1024;

/// Answers the requests of one connection. A client that goes away takes its probes with it: hyper drops the answers'
/// futures.
pub(super) async fn serve(
    stream: TcpStream,
    client: SocketAddr,
    worker: Arc<Worker>,
    stopped: watch::Receiver<()>,
) {
    // Without it the answer may wait for an acknowledgement. A socket that refuses works all the same.
    let _ = stream.set_nodelay(true);
    match worker.web.tls() {
        None => speak(stream, client.ip(), worker, stopped).await,
        // On the heap, for connections without TLS need no room for it.
        Some(Ok(tls)) => Box::pin(serve_over_tls(stream, client, tls, worker, stopped)).await,
        // What is wrong is in the log.
        Some(Err(_)) => {}
    }
}

async fn serve_over_tls(
    stream: TcpStream,
    client: SocketAddr,
    tls: Arc<ServerConfig>,
    worker: Arc<Worker>,
    mut stopped: watch::Receiver<()>,
) {
    let greeted = tokio::select! {
        greeted = timeout(HANDSHAKE, greet(stream, tls)) => greeted,
        _ = stopped.changed() => return,
    };
    match greeted {
        Ok(Ok(Some(stream))) => speak(stream, client.ip(), worker, stopped).await,
        Ok(Ok(None)) => debug!(%client, "Client does not speak TLS"),
        Ok(Err(err)) => debug!(%client, %err, "TLS handshake failed"),
        Err(_) => debug!(%client, "TLS handshake took too long"),
    }
}

/// Does the handshake; `None` if the client wants none.
async fn greet(
    mut stream: TcpStream,
    tls: Arc<ServerConfig>,
) -> std::io::Result<Option<TlsStream<TcpStream>>> {
    if !begins_tls(&mut stream).await? {
        return Ok(None);
    }
    TlsAcceptor::from(tls).accept(stream).await.map(Some)
}

/// A stream that may have agreed on a protocol.
trait Agreed {
    /// Whether it is HTTP/2; `None` if nothing was agreed on.
    fn is_http2(&self) -> Option<bool>;
}

impl Agreed for TcpStream {
    fn is_http2(&self) -> Option<bool> {
        None
    }
}

impl Agreed for TlsStream<TcpStream> {
    fn is_http2(&self) -> Option<bool> {
        Some(self.get_ref().1.alpn_protocol() == Some(b"h2"))
    }
}

/// Answers requests until the connection ends, has done nothing for too long, or the exporter stops.
async fn speak<S: AsyncRead + AsyncWrite + Agreed + Unpin + Send + 'static>(
    stream: S,
    client: IpAddr,
    worker: Arc<Worker>,
    mut stopped: watch::Receiver<()>,
) {
    let is_http2 = stream.is_http2();
    let activity = Activity::new(is_http2 == Some(true));
    let stream = TokioIo::new(Watched::new(stream, activity.clone()));
    let service = service_fn(|request: Request<Incoming>| {
        let worker = worker.clone();
        let answering = activity.answering(request.version() == Version::HTTP_2);
        async move {
            let answer = answer(&worker, client, request).await;
            drop(answering);
            Ok::<_, Infallible>(answer)
        }
    });
    let protocol = protocol(is_http2);
    let mut connection = pin!(protocol.serve_connection(stream, service));
    let mut is_ending = false;
    let mut next_look = pin!(sleep_until(Instant::now() + LOOK));
    let ended = loop {
        tokio::select! {
            biased;
            ended = connection.as_mut() => break ended,
            _ = stopped.changed(), if !is_ending => {
                is_ending = true;
                connection.as_mut().graceful_shutdown();
            }
            () = next_look.as_mut() => {
                let now = Instant::now();
                if activity.deadline().is_some_and(|deadline| deadline <= now) {
                    connection.as_mut().graceful_shutdown();
                    // Whoever has not even sent a whole request gets no answer.
                    let _ = timeout(FAREWELL, connection).await;
                    return debug!(%client, "Connection was idle for too long");
                }
                next_look.as_mut().reset(now + LOOK);
            }
        }
    };
    if let Err(err) = ended {
        debug!(%err, "Connection ended early");
    }
}

/// HTTP in its versions, within bounds. Where nothing was agreed on, the client's first bytes tell which it is.
fn protocol(is_http2: Option<bool>) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().half_close(false).max_headers(MOST_HEADERS).max_buf_size(LONGEST_HEAD);
    builder
        .http2()
        .max_concurrent_streams(MOST_STREAMS)
        .max_header_list_size(LONGEST_HEAD as u32)
        .initial_stream_window_size(WINDOW)
        .initial_connection_window_size(WINDOW);
    match is_http2 {
        None => builder,
        Some(true) => builder.http2_only(),
        Some(false) => builder.http1_only(),
    }
}

/// Answers a request, whatever becomes of it.
async fn answer(worker: &Worker, client: IpAddr, mut request: Request<Incoming>) -> Answer {
    if let Some(answer) = formality::answer(&request) {
        return answer;
    }
    let admitted = match worker.web.admit(&request, client).await {
        Ok(admitted) => admitted,
        Err(refusal) => return refusal,
    };
    request.extensions_mut().insert(admitted.visitor.clone());
    let mut answer = match caught(route::answer(&worker.exporter, &worker.services, &request)).await {
        Ok(answer) => answer,
        Err(Panic(panic)) => {
            error!(path = request.uri().path(), %panic, "Request panicked");
            route::refused(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
        }
    };
    admitted.add_headers(&mut answer);
    answer
}

#[cfg(test)]
mod tests;
