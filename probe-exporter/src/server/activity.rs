//! What a connection is doing, so that one that does nothing for too long can be closed.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::time::Instant;

/// How long the head of a request may take once it has begun.
const HEAD: Duration = Duration::from_secs(60);
/// How long a connection may stay without a request. Longer than Prometheus keeps one, so that it is the one that closes.
pub(super) const IDLE: Duration = Duration::from_secs(6 * 60);

/// What a connection is doing; clones are of the same one.
#[derive(Clone)]
pub(super) struct Activity(Arc<Mutex<State>>);

struct State {
    since: Instant,
    is_reading: bool,
    /// HTTP/2 has more to say than requests, so bytes are no sign of one.
    is_multiplexed: bool,
    answering: usize,
}

impl Activity {
    /// Of a connection that has just begun. Over HTTP/2 only whole requests count.
    pub(super) fn new(is_multiplexed: bool) -> Self {
        let state = State { since: Instant::now(), is_reading: false, is_multiplexed, answering: 0 };
        Self(Arc::new(Mutex::new(state)))
    }

    /// When the connection has done too little for too long; `None` while a request is answered.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let state = self.lock();
        (state.answering == 0).then(|| state.since + if state.is_reading { HEAD } else { IDLE })
    }

    /// A request is answered until the value is dropped.
    pub(super) fn answering(&self, is_multiplexed: bool) -> Answering {
        let mut state = self.lock();
        state.answering += 1;
        state.is_reading = false;
        state.is_multiplexed |= is_multiplexed;
        drop(state);
        Answering(self.clone())
    }

    fn has_read(&self) {
        let mut state = self.lock();
        if state.answering == 0 && !state.is_reading && !state.is_multiplexed {
            state.is_reading = true;
            state.since = Instant::now();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request that is being answered.
pub(super) struct Answering(Activity);

impl Drop for Answering {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.answering -= 1;
        state.since = Instant::now();
    }
}

/// How every HTTP/2 connection begins (RFC 9113 section 3.4), as far as no request of HTTP/1 does.
const HTTP2: &[u8; 3] = b"PRI";

/// A stream that tells what it reads, and what it begins with.
pub(super) struct Watched<S> {
    stream: S,
    activity: Activity,
    /// What was looked at and not yet read.
    start: [u8; HTTP2.len()],
    length: usize,
}

impl<S> Watched<S> {
    pub(super) fn new(stream: S, activity: Activity) -> Self {
        Self { stream, activity, start: [0; HTTP2.len()], length: 0 }
    }
}

impl<S: AsyncRead + Unpin> Watched<S> {
    /// Whether the client begins to speak HTTP/2. Waits for its first bytes, which remain to be read.
    pub(super) async fn begins_http2(&mut self) -> io::Result<bool> {
        while self.length < HTTP2.len() && HTTP2.starts_with(&self.start[..self.length]) {
            match self.stream.read(&mut self.start[self.length..]).await? {
                0 => break,
                length => self.length += length,
            }
        }
        Ok(self.start[..self.length] == HTTP2[..])
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        // Together with what follows, so that a head that came at once is read at once.
        let held = self.length.min(buf.remaining());
        buf.put_slice(&self.start[..held]);
        self.start.rotate_left(held);
        self.length -= held;
        if self.length > 0 {
            return Poll::Ready(Ok(()));
        }
        let polled = Pin::new(&mut self.stream).poll_read(cx, buf);
        if buf.filled().len() == before {
            return polled;
        }
        self.activity.has_read();
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_head_has_less_time_than_a_rest_and_an_answer_has_all() {
        let activity = Activity::new(false);
        let begun = Instant::now();
        assert_eq!(activity.deadline(), Some(begun + IDLE));

        let (mut client, server) = tokio::io::duplex(64);
        let mut server = Watched::new(server, activity.clone());
        advance(Duration::from_secs(10)).await;
        client.write_all(b"GE").await.expect("there is room");
        let mut bytes = [0; 2];
        server.read_exact(&mut bytes).await.expect("they are there");
        let reading = Instant::now();
        assert_eq!(activity.deadline(), Some(reading + HEAD));
        advance(Duration::from_secs(10)).await;
        client.write_all(b"T ").await.expect("there is room");
        server.read_exact(&mut bytes).await.expect("they are there");
        assert_eq!(activity.deadline(), Some(reading + HEAD), "a trickle buys no time");

        let answering = activity.answering(false);
        assert_eq!(activity.deadline(), None);
        advance(Duration::from_secs(10)).await;
        drop(answering);
        assert_eq!(activity.deadline(), Some(Instant::now() + IDLE));
    }

    #[tokio::test]
    async fn what_was_looked_at_is_read_all_the_same() {
        for (sent, is_http2) in [("PRI * HTTP/2.0\r\n", true), ("PUT / HTTP/1.1\r\n", false), ("P", false)] {
            let (mut client, server) = tokio::io::duplex(64);
            let mut server = Watched::new(server, Activity::new(false));
            for byte in sent.as_bytes() {
                client.write_all(&[*byte]).await.expect("there is room");
            }
            drop(client);
            assert_eq!(server.begins_http2().await.expect("it can be read"), is_http2, "{sent}");
            let mut first = [0];
            assert_eq!(server.read(&mut first).await.expect("it can be read"), 1);
            let mut rest = String::new();
            server.read_to_string(&mut rest).await.expect("it can be read");
            assert_eq!(format!("{}{rest}", first[0] as char), sent);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn over_http2_only_requests_count() {
        let activity = Activity::new(true);
        let begun = Instant::now();
        advance(Duration::from_secs(10)).await;
        activity.has_read();
        assert_eq!(activity.deadline(), Some(begun + IDLE));
        let (one, other) = (activity.answering(true), activity.answering(true));
        drop(one);
        assert_eq!(activity.deadline(), None);
        drop(other);
        assert_eq!(activity.deadline(), Some(Instant::now() + IDLE));
    }
}
