//! What became of the connections of HTTP probes: for a service that counts them, since it shows only their sum.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::net::TcpStream;

use crate::net::DialError;
use crate::net::meter::{Watch, Watched};

/// Counts of connections, kept as the Go library `go-conntrack` keeps them, in whose series people know them.
#[derive(Debug, Default)]
pub struct DialCounts {
    attempted: AtomicU64,
    established: AtomicU64,
    closed: AtomicU64,
    refused: AtomicU64,
    timed_out: AtomicU64,
    unknown: AtomicU64,
}

/// What was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dials {
    /// Connections that were tried.
    pub attempted: u64,
    /// Those that came about.
    pub established: u64,
    /// Those of them that are over.
    pub closed: u64,
    /// Attempts that were refused.
    pub refused: u64,
    /// Attempts that took too long.
    pub timed_out: u64,
    /// All attempts that failed.
    pub unknown: u64,
}

impl DialCounts {
    /// The counts at this moment.
    pub fn read(&self) -> Dials {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Dials {
            attempted: read(&self.attempted),
            established: read(&self.established),
            closed: read(&self.closed),
            refused: read(&self.refused),
            timed_out: read(&self.timed_out),
            unknown: read(&self.unknown),
        }
    }
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// One attempt. One that is given up before its end took too long.
pub(super) struct Attempt<'c>(Option<&'c Arc<DialCounts>>);

impl<'c> Attempt<'c> {
    pub(super) fn new(counts: Option<&'c Arc<DialCounts>>) -> Self {
        if let Some(counts) = counts {
            count(&counts.attempted);
        }
        Self(counts)
    }

    /// It came about.
    pub(super) fn established(mut self, stream: TcpStream) -> CountedStream {
        let counts = self.0.take().cloned();
        if let Some(counts) = &counts {
            count(&counts.established);
        }
        Watched::by(Closing(counts), stream)
    }

    /// It failed.
    pub(super) fn failed(mut self, error: &DialError) {
        let Some(counts) = self.0.take() else { return };
        let kind = if let DialError::Connect(error) = error { Some(error.kind()) } else { None };
        match kind {
            Some(io::ErrorKind::ConnectionRefused) => count(&counts.refused),
            Some(io::ErrorKind::TimedOut) => count(&counts.timed_out),
            _ => {}
        }
        count(&counts.unknown);
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if let Some(counts) = self.0 {
            count(&counts.timed_out);
            count(&counts.unknown);
        }
    }
}

/// A connection whose end is counted.
pub(super) type CountedStream = Watched<TcpStream, Closing>;

/// Counts the end of a connection when it goes.
pub(super) struct Closing(Option<Arc<DialCounts>>);

impl Watch for Closing {}

impl Drop for Closing {
    fn drop(&mut self) {
        if let Some(counts) = &self.0 {
            count(&counts.closed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_counted_by_their_reason_and_all_together() {
        let counts = Arc::new(DialCounts::default());
        let failed =
            |kind: io::ErrorKind| Attempt::new(Some(&counts)).failed(&DialError::Connect(kind.into()));
        failed(io::ErrorKind::ConnectionRefused);
        failed(io::ErrorKind::TimedOut);
        failed(io::ErrorKind::HostUnreachable);
        drop(Attempt::new(Some(&counts)));
        let wanted = Dials { attempted: 4, refused: 1, timed_out: 2, unknown: 4, ..Dials::default() };
        assert_eq!(counts.read(), wanted);
    }

    #[tokio::test]
    async fn a_connection_is_counted_until_it_is_over() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("loopback has ports");
        let counts = Arc::new(DialCounts::default());
        let attempt = Attempt::new(Some(&counts));
        let stream =
            TcpStream::connect(listener.local_addr().expect("it is bound")).await.expect("it listens");
        let stream = attempt.established(stream);
        assert_eq!((counts.read().established, counts.read().closed), (1, 0));
        drop(stream);
        assert_eq!(counts.read(), Dials { attempted: 1, established: 1, closed: 1, ..Dials::default() });
    }
}
