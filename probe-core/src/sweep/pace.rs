//! How fast a sweep sends: a rate that is kept smoothly, and slowing down where packets are lost on our own side.

use std::time::{Duration, Instant};

/// How many packets leave in a second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rate {
    /// As many as this host and the kernel take without losing any.
    #[default]
    Unlimited,
    /// So many packets a second.
    Packets(u64),
    /// So many bits a second, counted from the IP header on.
    Bits(u64),
}

/// What a pace begins with after packets were lost, if there was no rate.
const AFTER_LOSS: f64 = 100_000.0;
/// No slower than this many packets a second, however much is lost on our side.
const SLOWEST: f64 = 1000.0;
/// How much of a second's packets may leave at once.
const BURST: Duration = Duration::from_millis(2);
/// How often the rate changes at most.
const PATIENCE: Duration = Duration::from_millis(100);

/// Says how many packets may leave now.
///
/// Without a rate all of them may. Where the kernel has no room for a packet or has dropped a reply, the pace is halved,
/// and grows back by a tenth in each tenth of a second that nothing is lost.
#[derive(Clone, Debug)]
pub struct Pace {
    /// Packets a second that were asked for.
    ceiling: Option<f64>,
    /// Packets a second at present.
    rate: Option<f64>,
    /// Packets that may leave; below zero after a burst.
    credit: f64,
    at: Instant,
    changed: Instant,
}

impl Pace {
    /// A pace for packets of `length` bytes from the IP header on, beginning at `now`.
    pub fn new(rate: Rate, length: usize, now: Instant) -> Self {
        let ceiling = match rate {
            Rate::Unlimited => None,
            Rate::Packets(number) => Some(number as f64),
            Rate::Bits(number) => Some(number as f64 / (length.max(1) * 8) as f64),
        };
        let ceiling = ceiling.map(|rate| rate.max(0.001));
        Self { ceiling, rate: ceiling, credit: 1.0, at: now, changed: now }
    }

    /// How many packets may leave at `now`, and at most `wanted`.
    pub fn allowance(&mut self, now: Instant, wanted: usize) -> usize {
        self.recover(now);
        let Some(rate) = self.rate else {
            self.at = now;
            return wanted;
        };
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.at = now;
        let burst = (rate * BURST.as_secs_f64()).max(1.0);
        self.credit = (self.credit + passed * rate).min(burst);
        (self.credit.max(0.0) as usize).min(wanted)
    }

    /// Tells that packets have left.
    pub fn spend(&mut self, packets: usize) {
        if self.rate.is_some() {
            self.credit -= packets as f64;
        }
    }

    /// When the next packet may leave.
    pub fn next(&self, now: Instant) -> Instant {
        match self.rate {
            Some(rate) if self.credit < 1.0 => self.at + Duration::from_secs_f64((1.0 - self.credit) / rate),
            _ => now,
        }
    }

    /// Tells that packets or their answers were lost on this host for want of room.
    pub fn slow_down(&mut self, now: Instant) {
        if now.saturating_duration_since(self.changed) < PATIENCE && self.rate != self.ceiling {
            return;
        }
        self.rate = Some(self.rate.map_or(AFTER_LOSS, |rate| (rate / 2.0).max(SLOWEST.min(rate))));
        self.credit = self.credit.min(1.0);
        self.changed = now;
        self.at = now;
    }

    /// Packets a second at present; `None` for as many as can be.
    pub fn rate(&self) -> Option<f64> {
        self.rate
    }

    fn recover(&mut self, now: Instant) {
        if self.rate == self.ceiling || now.saturating_duration_since(self.changed) < PATIENCE {
            return;
        }
        self.changed = now;
        self.rate = self.rate.map(|rate| rate * 1.1);
        match (self.rate, self.ceiling) {
            (Some(rate), Some(ceiling)) if rate >= ceiling => self.rate = self.ceiling,
            (Some(rate), None) if rate >= 20.0 * AFTER_LOSS => self.rate = None,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends whatever may be sent, in steps of virtual time; the number of packets of each step.
    fn send(pace: &mut Pace, start: Instant, steps: u32, step: Duration) -> Vec<usize> {
        (1..=steps)
            .map(|at| {
                let sent = pace.allowance(start + step * at, 32);
                pace.spend(sent);
                sent
            })
            .collect()
    }

    #[test]
    fn rate_is_kept_without_bursts() {
        let start = Instant::now();
        let mut pace = Pace::new(Rate::Packets(1000), 44, start);
        let sent = send(&mut pace, start, 10_000, Duration::from_micros(100));
        assert!((999..=1001).contains(&sent.iter().sum::<usize>()));
        assert!(sent.iter().all(|number| *number <= 2), "a burst: {sent:?}");
        // After a pause there is no catching up.
        assert!(pace.allowance(start + Duration::from_secs(60), 1000) <= 2);
    }

    #[test]
    fn bits_are_packets_of_a_length() {
        let start = Instant::now();
        let mut pace = Pace::new(Rate::Bits(80_000), 100, start);
        let sent = send(&mut pace, start, 1000, Duration::from_millis(10));
        assert!((999..=1001).contains(&sent.iter().sum::<usize>()));
    }

    #[test]
    fn next_packet_is_due_when_it_is_allowed() {
        let start = Instant::now();
        let mut pace = Pace::new(Rate::Packets(100), 44, start);
        assert_eq!(pace.allowance(start, 32), 1);
        pace.spend(1);
        let next = pace.next(start);
        assert_eq!(pace.allowance(start + Duration::from_millis(9), 32), 0);
        assert_eq!(pace.allowance(next + Duration::from_nanos(10), 32), 1);
    }

    #[test]
    fn loss_of_our_own_halves_the_pace_and_quiet_brings_it_back() {
        let start = Instant::now();
        let mut pace = Pace::new(Rate::Unlimited, 44, start);
        assert_eq!(pace.allowance(start, 32), 32);
        pace.slow_down(start);
        assert_eq!(pace.rate(), Some(AFTER_LOSS));
        // News of the same loss comes late.
        pace.slow_down(start + Duration::from_millis(1));
        assert_eq!(pace.rate(), Some(AFTER_LOSS));
        let later = start + PATIENCE;
        pace.slow_down(later);
        assert_eq!(pace.rate(), Some(AFTER_LOSS / 2.0));
        send(&mut pace, later, 100, Duration::from_millis(100));
        assert_eq!(pace.rate(), None);
    }

    #[test]
    fn pace_never_stops() {
        let start = Instant::now();
        let mut pace = Pace::new(Rate::Packets(10), 44, start);
        for at in 1..100 {
            pace.slow_down(start + PATIENCE * at);
        }
        assert!(pace.rate().is_some_and(|rate| rate >= 10.0));
    }
}
