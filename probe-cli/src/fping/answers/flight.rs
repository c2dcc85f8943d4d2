//! The packets of one target that are on their way.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::Duration;

use probe_core::net::icmp::{Member, PingGroup};
use tokio::time::Instant;

/// As many packets as an error may still come for.
const REMEMBERED: usize = 64;

pub(super) struct Flights {
    member: Member,
    pub(super) address: IpAddr,
    /// How many packets were handed to the engine.
    pub(super) sent: u64,
    timeout: Duration,
    /// When the time of the latest packets is over.
    ends: VecDeque<(u64, Instant)>,
}

impl Flights {
    pub(super) fn new(member: Member, address: IpAddr, timeout: Duration) -> Self {
        Self { member, address, sent: 0, timeout, ends: VecDeque::new() }
    }

    pub(super) fn send(&mut self, group: &mut PingGroup, now: Instant) {
        let Some(index) = group.send(self.member, self.timeout) else { return };
        self.sent += 1;
        if self.ends.len() == REMEMBERED {
            self.ends.pop_front();
        }
        self.ends.push_back((index, now + self.timeout));
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
