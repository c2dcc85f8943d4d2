//! What became of everything that a sweep sent: nothing is lost without being counted.

use std::ops::AddAssign;

use super::hit::HitState;

/// Counts of a sweep, or of a part of one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Account {
    /// Targets that were to be asked: an address, or a port of one.
    pub targets: u64,
    /// Targets that the policy forbids; nothing was sent to them.
    pub forbidden: u64,
    /// Packets that the kernel took, retries included.
    pub sent: u64,
    /// Those of them that were a further try.
    pub retries: u64,
    /// Packets that the kernel refused.
    pub refused: u64,
    /// Targets that answered, whatever they said; every answer, where no mark is kept of who did.
    pub answered: u64,
    /// Targets that are up, or ports that are open.
    pub open: u64,
    /// Ports that are closed.
    pub closed: u64,
    /// Targets that an ICMP error was about.
    pub unreachable: u64,
    /// Answers that came after the time for them was over; their targets are counted as answered all the same.
    pub late: u64,
    /// Further answers of targets that had answered.
    pub duplicates: u64,
    /// Packets that look like answers and are to nothing that was sent: foreign or forged.
    pub foreign: u64,
    /// Answers that the kernel dropped, since this process did not read fast enough. Who asks again finds their targets.
    pub dropped: u64,
}

impl Account {
    /// Targets that said nothing.
    pub fn silent(&self) -> u64 {
        self.targets.saturating_sub(self.answered).saturating_sub(self.forbidden)
    }

    /// Counts a target that answered.
    pub(super) fn count(&mut self, state: HitState) {
        self.answered += 1;
        match state {
            HitState::Open => self.open += 1,
            HitState::Closed => self.closed += 1,
            HitState::Unreachable { .. } => self.unreachable += 1,
        }
    }

    /// Whether every silence is the network's: nothing was lost on this host.
    pub fn is_complete(&self) -> bool {
        self.dropped == 0 && self.refused == 0
    }
}

impl AddAssign for Account {
    fn add_assign(&mut self, other: Self) {
        self.targets += other.targets;
        self.forbidden += other.forbidden;
        self.sent += other.sent;
        self.retries += other.retries;
        self.refused += other.refused;
        self.answered += other.answered;
        self.open += other.open;
        self.closed += other.closed;
        self.unreachable += other.unreachable;
        self.late += other.late;
        self.duplicates += other.duplicates;
        self.foreign += other.foreign;
        self.dropped += other.dropped;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up_and_silence_is_what_is_left() {
        let part = Account { targets: 10, forbidden: 1, answered: 4, dropped: 1, ..Account::default() };
        let mut sum = Account { targets: 5, answered: 5, ..Account::default() };
        assert!(sum.is_complete());
        sum += part;
        assert_eq!((sum.silent(), sum.is_complete()), (5, false));
    }
}
