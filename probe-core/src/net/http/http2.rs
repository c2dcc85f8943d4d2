//! One request and its answer over HTTP/2 (RFC 9113).

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker, ready};

use bytes::Bytes;
use h2::client::{Builder, Connection, ResponseFuture};
use h2::{RecvStream, SendStream};
use http::header::CONTENT_LENGTH;
use tokio::time::Instant;

use super::{HttpError, LONGEST_HEAD, Request, RequestContent, Response, ResponseBody, Times};
use crate::net::meter::{Meter, Reading};
use crate::net::stream::BoxStream;
use crate::wire::http1::{RequestBody, Version};

/// How much of a body may be under way.
const WINDOW: u32 = 1 << 20;
/// How much may arrive beside bodies: settings, pings, resets, heads, padding.
const LARGEST_OVERHEAD: u64 = 8 << 20;

/// A connection in use. It lives by being asked for the body.
pub(super) struct Http2 {
    driver: Driver,
    upload: Option<Upload>,
    body: RecvStream,
    /// How long the body is by what was announced.
    announced: Option<u64>,
    /// Why the body ends, once what had arrived of it is given out.
    failure: Option<h2::Error>,
}

/// Sends the request and reads the head of the answer.
pub(super) async fn exchange(
    stream: BoxStream,
    mut request: Request<'_>,
    times: &mut Times,
) -> Result<Response, HttpError> {
    let content = std::mem::take(&mut request.content);
    let head = request.to_http(&content)?;
    let (stream, arrived) = Meter::new(stream);
    let (mut requests, connection) = Builder::new()
        .enable_push(false)
        .initial_window_size(WINDOW)
        .initial_connection_window_size(WINDOW)
        .max_header_list_size(LONGEST_HEAD as u32)
        .handshake(stream)
        .await?;
    let has_body = content.framing() != RequestBody::Empty;
    let (mut response, stream) = requests.send_request(head, !has_body)?;
    let mut upload = has_body.then_some(Upload { stream, content, pending: Bytes::new() });
    let mut driver = Driver { connection: Box::new(connection), arrived, received: 0, is_over: false };
    let answer = poll_fn(|task| poll_head(&mut driver, &mut upload, &mut response, task)).await?;
    times.first_byte = Some(Instant::now());

    let (head, body) = answer.into_parts();
    let is_over = body.is_end_stream() && request.method != "HEAD";
    let announced = head.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    let length = if is_over { Some(0) } else { announced };
    let body = ResponseBody::Http2(Box::new(Http2 { driver, upload, body, announced, failure: None }));
    Ok(Response::new(Version::HTTP_2, head.status.as_u16(), head.headers, length, body))
}

fn poll_head(
    driver: &mut Driver,
    upload: &mut Option<Upload>,
    response: &mut ResponseFuture,
    task: &mut Context<'_>,
) -> Poll<Result<http::Response<RecvStream>, HttpError>> {
    driver.poll(task)?;
    poll_upload(upload, task)?;
    match Pin::new(response).poll(task) {
        Poll::Ready(answer) => Poll::Ready(answer.map_err(HttpError::from)),
        Poll::Pending => match driver.arrived.goaway() {
            // After an error the server closes (RFC 9113 section 5.4.1), sooner or later.
            Some(code) => Poll::Ready(Err(h2::Error::from(h2::Reason::from(code)).into())),
            None if driver.is_over => Poll::Ready(Err(HttpError::Closed)),
            None => Poll::Pending,
        },
    }
}

impl Http2 {
    /// The next bytes of the body; `None` at its end.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, HttpError> {
        poll_fn(|task| self.poll_next(task)).await
    }

    fn poll_next(&mut self, task: &mut Context<'_>) -> Poll<Result<Option<Bytes>, HttpError>> {
        // First what is there: a connection that is broken by now has still delivered it.
        if let Poll::Ready(data) = self.poll_data(task) {
            return Poll::Ready(data);
        }
        self.driver.poll(task)?;
        // An answer need not wait for the rest of the request, and the rest may no longer be wanted.
        if poll_upload(&mut self.upload, task).is_err() {
            self.upload = None;
        }
        match self.poll_data(task) {
            Poll::Pending if self.driver.is_over => Poll::Ready(Err(HttpError::Closed)),
            data => data,
        }
    }

    fn poll_data(&mut self, task: &mut Context<'_>) -> Poll<Result<Option<Bytes>, HttpError>> {
        if let Some(failure) = self.failure.take() {
            return Poll::Ready(Err(failure.into()));
        }
        let data = match ready!(self.body.poll_data(task)) {
            None => return Poll::Ready(Ok(None)),
            Some(Ok(data)) => data,
            Some(Err(error)) => return Poll::Ready(self.refused(error)),
        };
        self.body.flow_control().release_capacity(data.len())?;
        self.driver.received += data.len() as u64;
        Poll::Ready(Ok(Some(data)))
    }

    /// A body that is not as long as announced is refused with the frame that tells. The bytes of that have arrived all the same, and
    /// count as far as they were announced.
    fn refused(&mut self, error: h2::Error) -> Result<Option<Bytes>, HttpError> {
        let is_ours = error.is_library() && error.reason() == Some(h2::Reason::PROTOCOL_ERROR);
        let room = self.announced.map_or(0, |announced| announced.saturating_sub(self.driver.received));
        let mut rest =
            if is_ours { self.driver.arrived.undelivered(self.driver.received) } else { Vec::new() };
        rest.truncate(usize::try_from(room).unwrap_or(usize::MAX));
        if rest.is_empty() {
            return Err(error.into());
        }
        self.driver.received += rest.len() as u64;
        self.failure = Some(error);
        Ok(Some(rest.into()))
    }

    /// Takes leave of the peer, as far as that is possible without waiting.
    pub(super) fn close(self) {
        let Self { mut driver, body, .. } = self;
        drop(body);
        // Without streams the connection says goodbye, on both layers.
        let _ = pin!(&mut driver.connection).poll(&mut Context::from_waker(Waker::noop()));
    }
}

/// Moves frames in and out.
struct Driver {
    connection: Box<Connection<Meter<BoxStream>>>,
    arrived: Reading,
    /// How much of what arrived was body.
    received: u64,
    is_over: bool,
}

impl Driver {
    /// Fails if the server sends a lot and none of it is an answer. Other failures show in the streams.
    fn poll(&mut self, task: &mut Context<'_>) -> Result<(), HttpError> {
        if !self.is_over {
            self.is_over = Pin::new(&mut self.connection).poll(task).is_ready();
        }
        let under_way = u64::from(WINDOW);
        if self.arrived.bytes() > self.received.saturating_mul(2) + under_way + LARGEST_OVERHEAD {
            return Err(HttpError::Flood);
        }
        Ok(())
    }
}

/// A body on its way to the server.
struct Upload {
    stream: SendStream<Bytes>,
    content: RequestContent,
    pending: Bytes,
}

/// Sends what the server takes.
fn poll_upload(upload: &mut Option<Upload>, task: &mut Context<'_>) -> Result<(), HttpError> {
    let Some(Upload { stream, content, pending }) = upload else { return Ok(()) };
    loop {
        if pending.is_empty() {
            let Some(next) = content.next().map_err(HttpError::File)? else {
                stream.send_data(Bytes::new(), true)?;
                *upload = None;
                return Ok(());
            };
            *pending = next;
            stream.reserve_capacity(pending.len());
        }
        match stream.poll_capacity(task) {
            Poll::Pending => return Ok(()),
            Poll::Ready(Some(Ok(room))) => {
                let piece = pending.split_to(room.min(pending.len()));
                stream.send_data(piece, false)?;
            }
            Poll::Ready(Some(Err(_)) | None) => {
                // The server wants no more of it; what it says to that is yet to come.
                *upload = None;
                return Ok(());
            }
        }
    }
}
