//! The packets of one target that are on their way.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use probe_core::net::icmp::{Event, Pinger};
use tokio::time::Instant;

use super::super::inbox::Bell;

/// As many packets as an error may still come for.
const REMEMBERED: usize = 64;

pub(super) struct Flights {
    pinger: Pinger,
    waker: Waker,
    pub(super) bell: Arc<Bell>,
    pub(super) address: IpAddr,
    /// How many packets were handed to the engine.
    pub(super) sent: u64,
    timeout: Duration,
    /// When the time of the latest packets is over.
    ends: VecDeque<(u64, Instant)>,
}

impl Flights {
    pub(super) fn new(pinger: Pinger, bell: Arc<Bell>, address: IpAddr, timeout: Duration) -> Self {
        let waker = Waker::from(bell.clone());
        let mut flights = Self { pinger, waker, bell, address, sent: 0, timeout, ends: VecDeque::new() };
        // Nothing can have come yet, but from now on its bell rings.
        let _ = flights.next();
        flights
    }

    pub(super) fn send(&mut self, now: Instant) {
        let index = self.pinger.send(self.timeout);
        self.sent += 1;
        if self.ends.len() == REMEMBERED {
            self.ends.pop_front();
        }
        self.ends.push_back((index, now + self.timeout));
    }

    /// The next event that is there.
    pub(super) fn next(&mut self) -> Option<Event> {
        match self.pinger.poll_event(&mut Context::from_waker(&self.waker)) {
            Poll::Ready(event) => event,
            Poll::Pending => None,
        }
    }

    /// When the time of a packet is over.
    pub(super) fn end_of(&self, index: u64) -> Instant {
        let known = self.ends.iter().find(|(known, _)| *known == index);
        known.map_or_else(Instant::now, |(_, end)| *end)
    }

    /// The next packet is waited for longer.
    pub(super) fn wait_longer(&mut self, factor: f64) {
        self.timeout =
            Duration::try_from_secs_f64(self.timeout.as_secs_f64() * factor).unwrap_or(self.timeout);
    }
}
