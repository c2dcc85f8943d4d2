//! When each step of a request was over.

use std::time::Duration;

use tokio::time::Instant;

use crate::model::Phase;

/// When each step of a request was over; `None` for a step not reached. Lent to what does the steps, so that it survives
/// when they are cut short.
#[derive(Clone, Copy, Debug, Default)]
pub struct Times {
    /// How long names were looked up. Set by the caller.
    pub lookup: Duration,
    /// The names were looked up, or there was nothing to look up. Set by the caller.
    pub resolved: Option<Instant>,
    /// TCP was connected.
    pub connected: Option<Instant>,
    /// The TLS handshake with the origin began.
    pub tls_started: Option<Instant>,
    /// It was over.
    pub tls_done: Option<Instant>,
    /// The connection was ready for the request.
    pub ready: Option<Instant>,
    /// The first byte of the answer was there.
    pub first_byte: Option<Instant>,
    /// The body was read, as far as it was. Set by the caller.
    pub ended: Option<Instant>,
}

impl Times {
    /// How long it took to connect: over TLS until TCP was, otherwise until the request could be sent, proxies included.
    /// `None` if the request never could be sent.
    pub fn connecting(&self) -> Option<Duration> {
        let ready = self.ready?;
        let connected = if self.tls_started.is_some() { self.connected? } else { ready };
        Some(connected.duration_since(self.resolved?))
    }

    /// How long the TLS handshake took. `None` without one, and if the request never could be sent.
    pub fn tls(&self) -> Option<Duration> {
        self.ready?;
        Some(self.tls_done?.duration_since(self.tls_started?))
    }

    /// How long the first byte of the answer was waited for.
    pub fn processing(&self) -> Option<Duration> {
        Some(self.first_byte?.duration_since(self.ready?))
    }

    /// How long the rest of the answer took.
    pub fn transfer(&self) -> Option<Duration> {
        Some(self.ended?.duration_since(self.first_byte?))
    }

    /// The step under way.
    pub fn phase(&self) -> Phase {
        match self {
            Self { first_byte: Some(_), .. } => Phase::Transfer,
            Self { ready: Some(_), .. } => Phase::Processing,
            Self { tls_started: Some(_), .. } => Phase::Tls,
            Self { resolved: Some(_), .. } => Phase::Connect,
            _ => Phase::Resolve,
        }
    }
}
