//! One request and its answer over HTTP/1.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderValue};
use tokio::io::{AsyncReadExt, AsyncWrite};
use tokio::time::Instant;

use super::head::{Head, HeadReader};
use super::sending::{Sending, Usage};
use super::{HttpError, Request, Response, ResponseBody, Times};
use crate::net::stream::BoxStream;
use crate::wire::http1::{BodyDecoder, Framing, Piece};

/// Room for the first read: a head, and most bodies that are probed.
const FIRST_READ: usize = 4 << 10;
/// Room for every further one.
const READ: usize = 64 << 10;

/// A connection in use. What is left of the request is sent while the answer is read.
pub(super) struct Http1 {
    stream: BoxStream,
    is_tls: bool,
    buf: BytesMut,
    is_closed: bool,
    sending: Option<Sending>,
    decoder: BodyDecoder,
}

/// Sends the request and reads the head of the answer.
pub(super) async fn exchange(
    stream: BoxStream,
    is_tls: bool,
    request: Request<'_>,
    usage: &Usage,
    times: &mut Times,
) -> Result<Response, HttpError> {
    let answers_head = request.method == "HEAD";
    let mut connection = Http1 {
        stream,
        is_tls,
        buf: BytesMut::with_capacity(FIRST_READ),
        is_closed: false,
        sending: Some(Sending::new(request, usage)),
        decoder: BodyDecoder::new(Framing::Length(0)),
    };
    let mut reader = HeadReader::default();
    loop {
        let head = connection.head(&mut reader, times).await?;
        match (head.status, &mut connection.sending) {
            (101, _) => return connection.upgraded(head, answers_head),
            (100, Some(sending)) => sending.go_on(),
            (100..200, _) => {}
            _ => return connection.answered(head, answers_head),
        }
    }
}

impl Http1 {
    async fn head(&mut self, reader: &mut HeadReader, times: &mut Times) -> Result<Head, HttpError> {
        loop {
            if let Some(head) = reader.read(&mut self.buf)? {
                return Ok(head);
            }
            if self.is_closed {
                return Err(HttpError::Closed);
            }
            poll_fn(|task| self.poll_receive(task)).await?;
            if times.first_byte.is_none() && !self.is_closed {
                times.first_byte = Some(Instant::now());
            }
        }
    }

    fn answered(mut self, head: Head, answers_head: bool) -> Result<Response, HttpError> {
        // An answer without the body it was asked about is final (RFC 9110 section 10.1.1).
        self.sending.take_if(|sending| sending.is_waiting());
        let Head { version, status, mut headers, .. } = head;
        let encodings = values(&headers, "transfer-encoding");
        let lengths = values(&headers, "content-length");
        let (framing, length) =
            Framing::of(status, version, answers_head, &encodings, &lengths).map_err(HttpError::Framing)?;
        // What only frames the message is not shown to rules, as in the reference exporter.
        headers.remove("transfer-encoding");
        if framing == Framing::Chunked {
            headers.remove("content-length");
        }
        self.decoder = BodyDecoder::new(framing);
        Ok(Response::new(version, status, headers, length, ResponseBody::Http1(Box::new(self))))
    }

    /// The server speaks another protocol from here on: all that it says until it closes is the body.
    fn upgraded(mut self, head: Head, answers_head: bool) -> Result<Response, HttpError> {
        let Head { version, status, headers, .. } = head;
        let lengths = values(&headers, "content-length");
        let (_, length) =
            Framing::of(status, version, answers_head, &[], &lengths).map_err(HttpError::Framing)?;
        let mut words =
            values(&headers, "connection").into_iter().flat_map(|value| value.split(|&byte| byte == b','));
        let is_upgrade = words.any(|word| word.trim_ascii().eq_ignore_ascii_case(b"upgrade"));
        if is_upgrade && headers.get("upgrade").is_some_and(|value| !value.is_empty()) {
            self.decoder = BodyDecoder::new(Framing::UntilClose);
        }
        Ok(Response::new(version, status, headers, length, ResponseBody::Http1(Box::new(self))))
    }

    /// The next bytes of the body; `None` at its end.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, HttpError> {
        loop {
            match self.decoder.next(&self.buf, self.is_closed).map_err(HttpError::Body)? {
                Piece::Skip(length) => drop(self.buf.split_to(length)),
                Piece::Take(length) => return Ok(Some(self.buf.split_to(length).freeze())),
                Piece::End => return Ok(None),
                Piece::Receive => poll_fn(|task| self.poll_receive(task)).await?,
            }
        }
    }

    /// The connection, and what has arrived over it.
    #[cfg(feature = "websocket")]
    pub(super) fn into_stream(self) -> (BoxStream, Bytes) {
        (self.stream, self.buf.freeze())
    }

    /// Takes leave of a peer that speaks TLS, as far as that is possible without waiting.
    pub(super) fn close(mut self) {
        if self.is_tls {
            let _ = Pin::new(&mut self.stream).poll_shutdown(&mut Context::from_waker(Waker::noop()));
        }
    }

    /// Takes what has arrived, sending meanwhile what can be sent.
    fn poll_receive(&mut self, task: &mut Context<'_>) -> Poll<Result<(), HttpError>> {
        if let Some(sending) = &mut self.sending {
            match sending.poll(&mut self.stream, task) {
                Poll::Pending => {}
                Poll::Ready(Err(error @ HttpError::File(_))) => return Poll::Ready(Err(error)),
                // A server may answer and close without reading the rest: whether it did is seen by reading.
                Poll::Ready(_) => self.sending = None,
            }
        }
        self.poll_read(task)
    }

    fn poll_read(&mut self, task: &mut Context<'_>) -> Poll<Result<(), HttpError>> {
        if self.buf.capacity() == self.buf.len() {
            self.buf.reserve(READ);
        }
        let read = pin!(self.stream.read_buf(&mut self.buf)).poll(task);
        read.map_ok(|length| self.is_closed = length == 0).map_err(HttpError::Io)
    }
}

fn values<'h>(headers: &'h HeaderMap, name: &str) -> Vec<&'h [u8]> {
    headers.get_all(name).iter().map(HeaderValue::as_bytes).collect()
}
