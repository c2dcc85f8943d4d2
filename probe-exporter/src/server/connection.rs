//! One connection: perhaps a handshake, then requests, until the client or the exporter ends it.

use std::convert::Infallible;
use std::error::Error;
use std::net::{IpAddr, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::rt::bounds::Http2ServerConnExec;
use hyper::server::conn::{http1, http2};
use hyper::service::{HttpService, service_fn};
use hyper::{Request, StatusCode, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tracing::{debug, error};

use super::Worker;
use super::activity::{Activity, IDLE, Watched};
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
    place: Option<OwnedSemaphorePermit>,
) {
    // Held until the connection ends.
    let _place = place;
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
    let agreed = stream.is_http2();
    let activity = Activity::new(agreed == Some(true));
    let mut stream = Watched::new(stream, activity.clone());
    let begun = tokio::select! {
        begun = timeout(IDLE, begins_http2(agreed, &mut stream)) => begun,
        _ = stopped.changed() => return,
    };
    let is_http2 = match begun {
        Ok(Ok(is_http2)) => is_http2,
        Ok(Err(err)) => return debug!(%err, "Connection ended early"),
        Err(_) => return debug!(%client, "Connection was idle for too long"),
    };
    let stream = TokioIo::new(stream);
    let service = service_fn(|request: Request<Incoming>| {
        let worker = worker.clone();
        let answering = activity.answering(request.version() == Version::HTTP_2);
        async move {
            let answer = answer(&worker, client, request).await;
            drop(answering);
            Ok::<_, Infallible>(answer)
        }
    });
    if is_http2 {
        // On the heap, for few clients speak it and all would have to hold the room.
        Box::pin(attend(http2().serve_connection(stream, service), &activity, client, stopped)).await;
    } else {
        attend(http1().serve_connection(stream, service), &activity, client, stopped).await;
    }
}

/// Whether HTTP/2 is spoken: as agreed, or as the client begins.
async fn begins_http2<S: AsyncRead + Unpin>(
    agreed: Option<bool>,
    stream: &mut Watched<S>,
) -> std::io::Result<bool> {
    match agreed {
        Some(is_http2) => Ok(is_http2),
        None => stream.begins_http2().await,
    }
}

/// Sees a connection to its end, and ends it where it must not go on.
async fn attend<C: Ending>(
    connection: C,
    activity: &Activity,
    client: IpAddr,
    mut stopped: watch::Receiver<()>,
) {
    let mut connection = pin!(connection);
    let mut is_ending = false;
    let mut next_look = pin!(sleep_until(Instant::now() + LOOK));
    let ended = loop {
        tokio::select! {
            biased;
            ended = connection.as_mut() => break ended,
            _ = stopped.changed(), if !is_ending => {
                is_ending = true;
                connection.as_mut().end_gracefully();
            }
            () = next_look.as_mut() => {
                let now = Instant::now();
                if activity.deadline().is_some_and(|deadline| deadline <= now) {
                    connection.as_mut().end_gracefully();
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

/// A connection in either version of HTTP.
trait Ending: Future<Output = Result<(), hyper::Error>> {
    /// Takes no further requests.
    fn end_gracefully(self: Pin<&mut Self>);
}

impl<I, S> Ending for http1::Connection<I, S>
where
    I: hyper::rt::Read + hyper::rt::Write + Unpin,
    S: HttpService<Incoming, ResBody = Full<Bytes>>,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
{
    fn end_gracefully(self: Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}

impl<I, S> Ending for http2::Connection<I, S, TokioExecutor>
where
    I: hyper::rt::Read + hyper::rt::Write + Unpin,
    S: HttpService<Incoming, ResBody = Full<Bytes>>,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    TokioExecutor: Http2ServerConnExec<S::Future, Full<Bytes>>,
{
    fn end_gracefully(self: Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}

/// HTTP/1 within bounds.
fn http1() -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder.half_close(false).max_headers(MOST_HEADERS).max_buf_size(LONGEST_HEAD);
    builder
}

/// HTTP/2 within bounds.
fn http2() -> http2::Builder<TokioExecutor> {
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder
        .max_concurrent_streams(MOST_STREAMS)
        .max_header_list_size(LONGEST_HEAD as u32)
        .initial_stream_window_size(WINDOW)
        .initial_connection_window_size(WINDOW);
    builder
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
    let path = request.uri().path().to_owned();
    let answering = pin!(route::answer(&worker.exporter, &worker.services, request));
    let mut answer = match caught(answering).await {
        Ok(answer) => answer,
        Err(Panic(panic)) => {
            error!(path, %panic, "Request panicked");
            route::refused(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
        }
    };
    admitted.add_headers(&mut answer);
    answer
}

#[cfg(test)]
mod tests;
