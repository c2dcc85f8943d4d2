//! Sends a request over HTTP/1, piece by piece, as far as the connection takes it.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, Bytes};
use tokio::io::AsyncWrite;
use tokio::time::{Sleep, sleep};

use super::{Fields, HttpError, Request, RequestContent};
use crate::net::stream::BoxStream;
use crate::wire::http1::{Connection, RequestBody, RequestHead};

/// How long a server may think about a body before it is sent all the same; the reference exporter's.
const PATIENCE: Duration = Duration::from_secs(1);
/// A body up to this size travels with the head, in one write.
const SMALL: usize = 16 << 10;

/// How the connection is used.
#[derive(Clone, Debug, Default)]
pub(super) struct Usage {
    /// Whether a proxy at the other end is told the whole URL.
    pub(super) absolute_form: bool,
    /// What that proxy is told about us.
    pub(super) proxy_authorization: Option<String>,
}

/// What is left to be sent of a request.
pub(super) struct Sending {
    pending: Bytes,
    content: RequestContent,
    is_chunked: bool,
    is_last_sent: bool,
    /// Set while the server is asked whether it wants the body at all (`Expect: 100-continue`).
    waiting: Option<Pin<Box<Sleep>>>,
}

impl Sending {
    pub(super) fn new(mut request: Request<'_>, usage: &Usage) -> Self {
        let framing = request.content.framing();
        let asks_first = framing != RequestBody::Empty
            && request
                .fields
                .first("Expect")
                .is_some_and(|value| value.eq_ignore_ascii_case(b"100-continue"));
        let mut pending = Vec::with_capacity(512);
        emit(&request, usage, framing, &mut pending);
        if let RequestContent::Bytes(bytes) = &mut request.content
            && bytes.len() <= SMALL
            && !asks_first
        {
            pending.extend_from_slice(&std::mem::take(bytes));
        }
        Self {
            pending: pending.into(),
            content: request.content,
            is_chunked: framing == RequestBody::Chunked,
            is_last_sent: false,
            waiting: asks_first.then(|| Box::pin(sleep(PATIENCE))),
        }
    }

    /// Whether the body is held back until the server asks for it.
    pub(super) fn is_waiting(&self) -> bool {
        self.waiting.is_some()
    }

    /// The server said `100 Continue`.
    pub(super) fn go_on(&mut self) {
        self.waiting = None;
    }

    /// Sends what the connection takes. Ready once everything is sent.
    pub(super) fn poll(
        &mut self,
        stream: &mut BoxStream,
        task: &mut Context<'_>,
    ) -> Poll<Result<(), HttpError>> {
        loop {
            while !self.pending.is_empty() {
                match ready!(Pin::new(&mut *stream).poll_write(task, &self.pending)).map_err(HttpError::Io)? {
                    0 => return Poll::Ready(Err(HttpError::Io(io::ErrorKind::WriteZero.into()))),
                    written => self.pending.advance(written),
                }
            }
            ready!(Pin::new(&mut *stream).poll_flush(task)).map_err(HttpError::Io)?;
            if let Some(patience) = &mut self.waiting {
                ready!(patience.as_mut().poll(task));
                self.waiting = None;
            }
            match self.next().map_err(HttpError::File)? {
                Some(piece) => self.pending = piece,
                None => return Poll::Ready(Ok(())),
            }
        }
    }

    /// The next bytes, in a chunk of their own if the body is chunked.
    fn next(&mut self) -> io::Result<Option<Bytes>> {
        let piece = self.content.next()?;
        if !self.is_chunked || self.is_last_sent {
            return Ok(piece);
        }
        self.is_last_sent = piece.is_none();
        let last = || Bytes::from_static(b"0\r\n\r\n");
        let chunk =
            |piece: Bytes| [format!("{:x}\r\n", piece.len()).as_bytes(), &piece, b"\r\n"].concat().into();
        Ok(Some(piece.map_or_else(last, chunk)))
    }
}

fn emit(request: &Request<'_>, usage: &Usage, body: RequestBody, out: &mut Vec<u8>) {
    let host = request.ascii_host();
    let mut target = request.url.request_target();
    if usage.absolute_form && request.url.opaque.is_empty() {
        let origin = format!("{}://{host}", request.url.scheme);
        target.splice(0..0, origin.into_bytes());
    }
    let mut told = Fields::default();
    let fields = match &usage.proxy_authorization {
        Some(authorization) => {
            told.clone_from(request.fields);
            told.set("Proxy-Authorization", authorization.as_bytes());
            &told
        }
        None => request.fields,
    };
    let head = RequestHead {
        method: request.method,
        target: &target,
        host: &host,
        fields: fields.as_slice(),
        body,
        connection: Connection::Close,
    };
    head.emit(out);
}
