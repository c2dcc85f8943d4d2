//! Looks at a connection beneath what speaks over it.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::wire::http2::FrameWatch;

/// What looks at a connection for as long as it lasts: it is dropped with it.
pub(crate) trait Watch {
    /// Bytes that arrived.
    fn arrived(&self, _: &[u8]) {}
}

/// A connection that is looked at.
pub(crate) struct Watched<S, W> {
    stream: S,
    watch: W,
}

/// A connection that counts what arrives and notices how it is ended, beneath a protocol that does not tell: HTTP/2.
pub(crate) type Meter<S> = Watched<S, Reading>;

/// What a [`Meter`] has seen.
#[derive(Clone, Default)]
pub(crate) struct Reading(Arc<Mutex<Seen>>);

#[derive(Default)]
struct Seen {
    bytes: u64,
    frames: FrameWatch,
}

impl Reading {
    /// How many bytes arrived.
    pub(crate) fn bytes(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).bytes
    }

    #[cfg_attr(not(feature = "http-client"), expect(dead_code, reason = "what only HTTP clients ask"))]
    /// The code of the error with which the server ends the connection.
    pub(crate) fn goaway(&self) -> Option<u32> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).frames.error()
    }

    #[cfg_attr(not(feature = "http-client"), expect(dead_code, reason = "what only HTTP clients ask"))]
    /// The bytes of a body behind the first `received`, if they are of the last frame with such.
    pub(crate) fn undelivered(&self, received: u64) -> Vec<u8> {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match seen.frames.last_data() {
            (before, last) if before == received => last.to_vec(),
            _ => Vec::new(),
        }
    }
}

impl Watch for Reading {
    fn arrived(&self, bytes: &[u8]) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.bytes += bytes.len() as u64;
        seen.frames.feed(bytes);
    }
}

impl<S> Meter<S> {
    pub(crate) fn new(stream: S) -> (Self, Reading) {
        let reading = Reading::default();
        (Self { stream, watch: reading.clone() }, reading)
    }
}

impl<S, W> Watched<S, W> {
    #[cfg_attr(not(feature = "http-client"), expect(dead_code, reason = "what only HTTP clients count"))]
    pub(crate) fn by(watch: W, stream: S) -> Self {
        Self { stream, watch }
    }
}

impl<S: AsyncRead + Unpin, W: Watch + Unpin> AsyncRead for Watched<S, W> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(task, buf))?;
        self.watch.arrived(&buf.filled()[before..]);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin, W: Watch + Unpin> AsyncWrite for Watched<S, W> {
    fn poll_write(mut self: Pin<&mut Self>, task: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(task, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(task)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(task)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(task, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
