//! Keeps account of the packets of one probe and judges what came back.

use super::said;
use super::series::{DURATION, HOP_LIMIT, record};
use super::settings::IcmpSettings;
use crate::model::{Exchange, Outcome, Phase, ProbeError, Reason, Recorder, RoundTrips};
use crate::net::Clock;
use crate::net::icmp::{Event, PacketError};
use crate::wire::HopLimit;

/// The packets of one probe, from a pinger's events to a verdict.
#[derive(Clone, Debug, Default)]
pub struct Packets {
    trips: RoundTrips,
    worst_clock: Option<Clock>,
    open: Open,
    /// What was recorded last.
    hop_limit: Option<HopLimit>,
    /// Nobody reads what is said of packets that are sent and answered.
    is_unheard: bool,
}

impl Packets {
    /// No packets yet. The quantiles of their round-trip times are wanted too.
    pub fn with_spread() -> Self {
        Self { trips: RoundTrips::with_spread(), ..Self::default() }
    }

    /// For a recorder that keeps nothing of single packets: then it is not looked at for each of them, which whoever watches ten
    /// thousand hosts would wait for.
    #[must_use]
    pub fn told_to(self, out: &Recorder) -> Self {
        Self { is_unheard: !out.hears_packets(), ..self }
    }

    /// Counts a packet that was given to the pinger, by what [`Pinger::send`](crate::net::icmp::Pinger::send) returned.
    pub fn queued(&mut self, index: u64) {
        self.open.add(index);
    }

    /// How many packets have not come to their end.
    pub fn open(&self) -> usize {
        self.open.len()
    }

    /// What the packets came to so far.
    pub fn trips(&self) -> &RoundTrips {
        &self.trips
    }

    /// Counts an event and records the exchange that it ends.
    ///
    /// # Errors
    /// What the error of a packet means for a probe that lets the first one decide.
    pub fn account(&mut self, event: Event, out: &mut Recorder) -> Result<(), ProbeError> {
        match event {
            Event::Sent { index } => {
                if !self.is_unheard {
                    said::sent(out);
                }
                self.trips.sent();
                self.open.count(index);
            }
            Event::Reply(reply) => {
                self.open.end(reply.index);
                self.trips.reply(reply.index, reply.rtt);
                self.worst_clock = self.worst_clock.max(Some(reply.clock));
                if let Some(limit) = reply.hop_limit.filter(|limit| self.hop_limit != Some(*limit)) {
                    self.hop_limit = Some(limit);
                    out.put(&HOP_LIMIT, f64::from(limit.0));
                }
                if self.is_unheard {
                    return Ok(());
                }
                said::answered(reply.hop_limit.is_some(), out);
                let hop_limit = reply.hop_limit.map(|limit| limit.0);
                let outcome = Outcome::Reply { rtt: reply.rtt, hop_limit, bytes: reply.bytes };
                out.exchange(Exchange { sequence: reply.index, outcome });
            }
            Event::Duplicate(reply) => {
                self.trips.duplicates += 1;
                let outcome = Outcome::Duplicate { rtt: reply.rtt };
                out.exchange(Exchange { sequence: reply.index, outcome });
            }
            Event::Late(reply) => {
                self.trips.late += 1;
                out.exchange(Exchange { sequence: reply.index, outcome: Outcome::Late { rtt: reply.rtt } });
            }
            Event::Lost { index } => {
                self.open.end(index);
                out.exchange(Exchange { sequence: index, outcome: Outcome::Lost });
            }
            Event::Failed { index, error } => {
                self.open.end(index);
                self.trips.errors += 1;
                let was_sent = matches!(error, PacketError::Icmp { .. });
                let error = failure(error);
                if was_sent {
                    said::refused_by_network(&error.chain(), out);
                } else {
                    // The kernel did not take it, so there was no event that it was sent.
                    self.trips.sent();
                    said::not_sent(&error.chain(), out);
                }
                out.exchange(Exchange { sequence: index, outcome: Outcome::Error(error.chain()) });
                return Err(error);
            }
        }
        Ok(())
    }

    /// Gives up the packets that are still open: at the deadline they are lost.
    pub(super) fn lose_open(&mut self, out: &mut Recorder) {
        for (sequence, _) in self.open.drain() {
            out.exchange(Exchange { sequence, outcome: Outcome::Lost });
        }
    }

    /// Leaves out the packets that are still open: whoever stops early has not lost them.
    pub fn forget_open(&mut self) {
        let counted = self.open.drain().filter(|(_, counted)| *counted).count() as u64;
        self.trips.sent = self.trips.sent.saturating_sub(counted);
    }

    /// Whether there is an answer to none of them.
    pub(super) fn are_unanswered(&self) -> bool {
        self.trips.mean().is_none()
    }

    /// Records what the packets came to and judges it by the limits of the settings.
    pub fn conclude(&self, settings: &IcmpSettings, out: &mut Recorder) -> Result<(), ProbeError> {
        if let Some(mean) = self.trips.mean() {
            out.set(&DURATION, ["rtt"], mean);
        }
        if let Some(clock) = self.worst_clock {
            out.note("clock", clock.as_str());
        }
        if settings.count != 1 {
            record(&self.trips, out);
        }
        self.judge(settings)
    }

    fn judge(&self, settings: &IcmpSettings) -> Result<(), ProbeError> {
        let Some(mean) = self.trips.mean() else {
            let detail = match self.trips.sent {
                1 => "no answer in time".to_owned(),
                sent => format!("no answer in time to any of {sent} packets"),
            };
            return Err(ProbeError::new(Reason::Timeout, Phase::Rtt, detail));
        };
        let unmet = |detail: String| Err(ProbeError::new(Reason::Expectation, Phase::Validate, detail));
        let loss = self.trips.loss_ratio();
        if let Some(most) = settings.max_loss_ratio
            && loss > most
        {
            return unmet(format!("packet loss of {loss:.3} is over max_loss_ratio {most}"));
        }
        if let Some(longest) = settings.max_rtt
            && mean > longest
        {
            return unmet(format!("mean round trip of {mean:?} is over max_rtt {longest:?}"));
        }
        Ok(())
    }
}

/// The packets that have not come to their end, oldest first, each with whether it was counted as sent.
///
/// Mostly it is one, and that one is kept in place: whoever watches ten thousand hosts would wait for the memory of a list.
#[derive(Clone, Debug, Default)]
struct Open {
    first: Option<(u64, bool)>,
    others: Vec<(u64, bool)>,
}

impl Open {
    fn add(&mut self, index: u64) {
        if self.first.is_none() && self.others.is_empty() {
            self.first = Some((index, false));
        } else {
            self.others.push((index, false));
        }
    }

    fn count(&mut self, index: u64) {
        let mut all = self.first.iter_mut().chain(&mut self.others);
        if let Some((_, is_counted)) = all.find(|(open, _)| *open == index) {
            *is_counted = true;
        }
    }

    fn end(&mut self, index: u64) {
        if self.first.is_some_and(|(first, _)| first == index) {
            self.first = None;
        } else if !self.others.is_empty() {
            self.others.retain(|(open, _)| *open != index);
        }
    }

    fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.others.len()
    }

    fn drain(&mut self) -> impl Iterator<Item = (u64, bool)> + '_ {
        self.first.take().into_iter().chain(self.others.drain(..))
    }
}

/// What a packet's error means for the probe.
fn failure(error: PacketError) -> ProbeError {
    let reason = match &error {
        PacketError::Icmp { .. } | PacketError::TooBig { .. } => Reason::Network,
        PacketError::NoSequence => Reason::Resource,
        PacketError::Send(refused) => match refused.raw_os_error() {
            Some(libc::EINVAL | libc::ENODEV | libc::EACCES | libc::EADDRNOTAVAIL) => Reason::Configuration,
            Some(libc::ENOMEM | libc::EMFILE | libc::ENFILE) => Reason::Resource,
            _ => Reason::Network,
        },
    };
    let detail = error.to_string();
    match error {
        PacketError::Send(cause) => ProbeError::new(reason, Phase::Rtt, detail).caused_by(cause),
        _ => ProbeError::new(reason, Phase::Rtt, detail),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_packets_end_in_any_order_and_leave_in_theirs() {
        for ended in [vec![], vec![0], vec![1], vec![2, 0], vec![0, 1, 2], vec![0, 3]] {
            let mut open = Open::default();
            (0..4).for_each(|index| open.add(index));
            open.count(1);
            open.count(9);
            for index in &ended {
                open.end(*index);
            }
            open.add(4);
            let left: Vec<u64> = (0..5).filter(|index| !ended.contains(index)).collect();
            assert_eq!(open.len(), left.len());
            let drained: Vec<(u64, bool)> = open.drain().collect();
            assert_eq!(drained, left.iter().map(|index| (*index, *index == 1)).collect::<Vec<_>>());
            assert_eq!(open.len(), 0);
        }
    }
}
