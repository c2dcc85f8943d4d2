//! Entering answers: whose they are, whether they are the first, and how long they took.

use std::time::{Duration, SystemTime};

use super::account::Account;
use super::departures::Departures;
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
}

impl Book<'_> {
    /// Enters an answer that arrived at `arrived` since the Unix epoch, and tells of it if it is the first.
    pub(super) fn enter(&mut self, answer: &Answer, arrived: Duration, on: &mut impl FnMut(Hit)) {
        let port =
            if self.has_ports { self.ports.binary_search(&answer.target.port()).ok() } else { Some(0) };
        let (Some(number), Some(port)) = (self.space.number(answer.target.ip()), port) else {
            self.account.foreign += 1;
            return;
        };
        let target = number * self.ports.len() as u64 + port as u64;
        if self.marks.as_mut().is_some_and(|marks| marks.set(target)) {
            self.account.duplicates += 1;
            return;
        }
        let sent = answer.tag.and_then(|tag| match tag {
            Mark::Whole(tag) => self.departures.find(tag),
            Mark::Short(tag) => self.departures.find_short(tag),
        });
        let rtt = sent.map(|sent| arrived.saturating_sub(sent));
        self.account.answered += 1;
        self.account.late += u64::from(rtt.is_some_and(|rtt| rtt > self.timeout));
        let state = match answer.finding {
            Finding::Open => {
                self.account.open += 1;
                HitState::Open
            }
            Finding::Closed => {
                self.account.closed += 1;
                HitState::Closed
            }
            Finding::Unreachable(kind) => {
                self.account.unreachable += 1;
                HitState::Unreachable { kind, from: answer.from }
            }
        };
        let port = self.has_ports.then(|| answer.target.port());
        on(Hit { address: answer.target.ip(), port, state, rtt });
    }
}

/// The wall clock, as the kernel's stamps count.
pub(super) fn since_epoch() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}
