//! Entering answers: whose they are, whether they are the first, and how long they took.

use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use super::account::Account;
use super::departures::{Departures, Tag};
use super::hit::{Hit, HitState};
use super::marks::Marks;
use super::message::{Answer, Finding, Mark};
use super::space::Space;

/// Where answers are entered.
pub(super) struct Book<'s> {
    pub(super) space: &'s Space,
    pub(super) ports: &'s [u16],
    pub(super) has_ports: bool,
    pub(super) timeout: Duration,
    pub(super) departures: &'s Departures,
    pub(super) marks: &'s mut Option<Marks>,
    pub(super) account: &'s mut Account,
    pub(super) found: &'s mut Vec<Hit>,
}

impl Book<'_> {
    /// Enters an answer that arrived so many nanoseconds after the Unix epoch, and keeps it if it is the first.
    pub(super) fn enter(&mut self, answer: &Answer, arrived: u64) {
        let sent = answer.tag.and_then(|tag| match tag {
            Mark::Whole(tag) => self.departures.find(tag),
            Mark::Short(tag) => self.departures.find_short(tag),
        });
        let state = match answer.finding {
            Finding::Open => HitState::Open,
            Finding::Closed => HitState::Closed,
            Finding::Unreachable(kind) => HitState::Unreachable { kind, from: answer.from },
        };
        self.enter_as(state, answer.target.ip(), answer.target.port(), sent, arrived);
    }

    /// Enters an echo reply from `address` to the request with this tag.
    pub(super) fn enter_reply(&mut self, address: IpAddr, tag: Tag, arrived: u64) {
        self.enter_as(HitState::Open, address, 0, self.departures.find(tag), arrived);
    }

    #[inline]
    fn enter_as(&mut self, state: HitState, address: IpAddr, port: u16, sent: Option<u64>, arrived: u64) {
        let place = if self.has_ports { self.ports.binary_search(&port).ok() } else { Some(0) };
        let (Some(number), Some(place)) = (self.space.number(address), place) else {
            self.account.foreign += 1;
            return;
        };
        let target = number * self.ports.len() as u64 + place as u64;
        if self.marks.as_mut().is_some_and(|marks| marks.set(target)) {
            self.account.duplicates += 1;
            return;
        }
        let rtt = sent.map(|sent| Duration::from_nanos(arrived.saturating_sub(sent)));
        self.account.count(state);
        self.account.late += u64::from(rtt.is_some_and(|rtt| rtt > self.timeout));
        self.found.push(Hit { address, port: self.has_ports.then_some(port), state, rtt });
    }
}

/// The wall clock in nanoseconds since the Unix epoch, as the kernel's stamps count.
pub(super) fn since_epoch() -> u64 {
    nanoseconds(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default())
}

/// A time since the Unix epoch in nanoseconds, of which 64 bits hold those of five centuries.
pub(super) const fn nanoseconds(time: Duration) -> u64 {
    time.as_secs().wrapping_mul(1_000_000_000).wrapping_add(time.subsec_nanos() as u64)
}
