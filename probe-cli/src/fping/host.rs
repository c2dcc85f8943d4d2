//! What became of the pings of one target, and of all of them.

use std::time::Duration;

/// Answers among pings whose end is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) sent: u32,
    pub(super) received: u32,
    pub(super) total: Duration,
    /// Both 0 until something is received.
    pub(super) least: Duration,
    pub(super) most: Duration,
}

impl Tally {
    pub(super) fn add(&mut self, trip: Option<Duration>) {
        self.sent += 1;
        let Some(trip) = trip else { return };
        self.least = if self.received == 0 { trip } else { self.least.min(trip) };
        self.most = self.most.max(trip);
        self.total += trip;
        self.received += 1;
    }

    pub(super) fn mean(&self) -> Option<Duration> {
        (self.received > 0).then(|| self.total / self.received)
    }

    pub(super) fn lost(&self) -> u32 {
        self.sent.saturating_sub(self.received)
    }

    /// Whole per cent, cut off.
    pub(super) fn loss(&self) -> u32 {
        let share = u64::from(self.lost()) * 100 / u64::from(self.sent.max(1));
        u32::try_from(share).unwrap_or(100)
    }
}

/// One target and its pings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) name: String,
    pub(super) tally: Tally,
    /// Since the last summary.
    pub(super) interim: Tally,
    /// By sequence, as far as their end is known; kept only where they are shown.
    pub(super) values: Vec<Option<Duration>>,
}

/// All targets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) hosts: Vec<Record>,
    pub(super) alive: u32,
    pub(super) timeouts: u32,
    pub(super) sent: u32,
    pub(super) received: u32,
    /// ICMP that is no answer.
    pub(super) other: u32,
    pub(super) trips: Tally,
    pub(super) elapsed: Duration,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loss_is_cut_off_and_means_are_of_answers() {
        let mut tally = Tally::default();
        assert_eq!((tally.mean(), tally.loss()), (None, 0));
        for trip in [Some(30), None, Some(10)] {
            tally.add(trip.map(Duration::from_millis));
        }
        assert_eq!((tally.sent, tally.received, tally.loss()), (3, 2, 33));
        assert_eq!(tally.mean(), Some(Duration::from_millis(20)));
        assert_eq!((tally.least, tally.most), (Duration::from_millis(10), Duration::from_millis(30)));
    }
}
