//! One request and its answer over HTTP/3 (RFC 9114).

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use h3::client::{Connection, RequestStream, SendRequest};
use h3::error::StreamError;
use h3_quinn::{OpenStreams, RecvStream, SendStream};
use http::header::CONTENT_LENGTH;
use tokio::time::Instant;

use super::{Endpoint, HttpError, LONGEST_HEAD, Request, RequestContent, Response, ResponseBody, Times};
use crate::net::QuicConnection;
use crate::net::tls::{TlsClient, TlsFacts};
use crate::wire::http1::{BodyError, RequestBody, Version};

/// How much may arrive beside bodies: heads, settings, what retransmission repeats.
const LARGEST_OVERHEAD: u64 = 8 << 20;

type Upload = Pin<Box<dyn Future<Output = Result<(), HttpError>> + Send>>;

/// A connection in use. It lives by being asked for the body.
pub(super) struct Http3 {
    body: RequestStream<RecvStream, Bytes>,
    drivers: Drivers,
}

/// What has to be polled beside the body. Dropped after it, so that the connection is closed last.
struct Drivers {
    upload: Option<Upload>,
    connection: Connection<h3_quinn::Connection, Bytes>,
    /// Dropping the last of these would close the connection.
    _requests: SendRequest<OpenStreams, Bytes>,
    quic: QuicConnection,
    /// Bytes of the body so far.
    received: u64,
    /// Bytes of the body that were announced.
    announced: Option<u64>,
}

/// Connects, asks, and reads the head of the answer. Not bound in time: whoever waits watches the deadline.
pub async fn exchange(
    endpoint: &Endpoint,
    tls: &TlsClient,
    server_name: &str,
    mut request: Request<'_>,
    times: &mut Times,
) -> Result<(Response, TlsFacts), HttpError> {
    request.check()?;
    let content = std::mem::take(&mut request.content);
    let head = request.to_http(&content)?;
    times.tls_started = times.resolved;
    let quic = QuicConnection::open(endpoint.address, &endpoint.egress, tls, server_name, &[b"h3"]).await?;
    let now = Some(Instant::now());
    (times.connected, times.tls_done, times.ready) = (now, now, now);
    let facts = quic.tls_facts().clone();

    let mut builder = h3::client::builder();
    builder.max_field_section_size(LONGEST_HEAD as u64);
    let (connection, mut requests) = quic
        .run(builder.build(h3_quinn::Connection::new(quic.connection.clone())))
        .await
        .map_err(|error| HttpError::Http3(Box::new(error)))?;
    let has_body = content.framing() != RequestBody::Empty;
    let (upload, mut body) = quic.run(requests.send_request(head)).await?.split();
    let upload: Upload = Box::pin(send(upload, content, has_body));
    let mut drivers =
        Drivers { upload: Some(upload), connection, _requests: requests, quic, received: 0, announced: None };
    let answer = loop {
        let answer = {
            let mut response = std::pin::pin!(body.recv_response());
            poll_fn(|task| drivers.poll(task, |task| response.as_mut().poll(task))).await??
        };
        times.first_byte.get_or_insert_with(Instant::now);
        if !answer.status().is_informational() {
            break answer;
        }
    };
    let (head, ()) = answer.into_parts();
    let length = head.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    drivers.announced = length.filter(|_| request.method != "HEAD");
    let body = ResponseBody::Http3(Box::new(Http3 { body, drivers }));
    Ok((Response::new(Version::HTTP_3, head.status.as_u16(), head.headers, length, body), facts))
}

async fn send(
    mut stream: RequestStream<SendStream<Bytes>, Bytes>,
    mut content: RequestContent,
    has_body: bool,
) -> Result<(), HttpError> {
    if has_body {
        while let Some(piece) = content.next().map_err(HttpError::File)? {
            stream.send_data(piece).await?;
        }
    }
    Ok(stream.finish().await?)
}

impl Http3 {
    /// The next bytes of the body; `None` at its end.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, HttpError> {
        let Self { body, drivers } = self;
        let data = poll_fn(|task| {
            drivers.poll(task, |task| {
                body.poll_recv_data(task)
                    .map_ok(|data| data.map(|mut data| data.copy_to_bytes(data.remaining())))
            })
        });
        let mut data = data.await??;
        let left = self.drivers.announced.map(|announced| announced - self.drivers.received);
        match (&mut data, left) {
            // The library does not compare (RFC 9114 section 4.1.2).
            (Some(data), Some(0)) if !data.is_empty() => return Err(HttpError::Body(BodyError::Excess)),
            (Some(data), Some(left)) => data.truncate(usize::try_from(left).unwrap_or(usize::MAX)),
            (None, Some(1..)) => return Err(HttpError::Body(BodyError::Truncated)),
            (_, Some(0) | None) => {}
        }
        self.drivers.received += data.as_ref().map_or(0, |data| data.len() as u64);
        Ok(data)
    }
}

impl Drivers {
    /// Polls `step`, and what it waits for.
    fn poll<T>(
        &mut self,
        task: &mut Context<'_>,
        step: impl FnOnce(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<Result<T, HttpError>> {
        self.quic.drive(task);
        let closed = self.connection.poll_close(task);
        if let Some(upload) = &mut self.upload
            && let Poll::Ready(sent) = upload.as_mut().poll(task)
        {
            self.upload = None;
            // A server may answer without reading the rest.
            if let Err(error @ HttpError::File(_)) = sent {
                return Poll::Ready(Err(error));
            }
        }
        if self.quic.received() > self.received.saturating_mul(2) + LARGEST_OVERHEAD {
            return Poll::Ready(Err(HttpError::Flood));
        }
        match (step(task), closed) {
            (Poll::Ready(output), _) => Poll::Ready(Ok(output)),
            (Poll::Pending, Poll::Ready(error)) => Poll::Ready(Err(HttpError::Http3(Box::new(error)))),
            (Poll::Pending, Poll::Pending) => Poll::Pending,
        }
    }
}

impl From<StreamError> for HttpError {
    fn from(error: StreamError) -> Self {
        match error {
            StreamError::HeaderTooBig { .. } => Self::HeadTooLarge,
            other => Self::Http3(Box::new(other)),
        }
    }
}
