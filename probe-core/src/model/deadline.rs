//! When a probe must be over.

use std::time::{Duration, Instant};

/// The instant at which a probe must be over. A *deadline* is an instant, a *timeout* a length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(Instant);

impl Deadline {
    /// The deadline at `instant`.
    pub fn at(instant: Instant) -> Self {
        Self(instant)
    }

    /// The deadline `timeout` after `now`; a timeout too long to represent ends in thirty years.
    pub fn after(now: Instant, timeout: Duration) -> Self {
        const FAR: Duration = Duration::from_secs(30 * 365 * 86_400);
        Self(now.checked_add(timeout.min(FAR)).unwrap_or(now))
    }

    /// The instant itself.
    pub fn instant(self) -> Instant {
        self.0
    }

    /// What is left at `now`; zero once it has passed.
    pub fn remaining(self, now: Instant) -> Duration {
        self.0.saturating_duration_since(now)
    }

    /// Whether it has passed at `now`.
    pub fn has_passed(self, now: Instant) -> bool {
        self.0 <= now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remaining_is_zero_once_passed() {
        let now = Instant::now();
        let deadline = Deadline::after(now, Duration::from_secs(2));
        assert_eq!(deadline.remaining(now), Duration::from_secs(2));
        assert_eq!(deadline.remaining(now + Duration::from_secs(3)), Duration::ZERO);
        assert!(deadline.has_passed(now + Duration::from_secs(2)));
    }

    #[test]
    fn absurd_timeout_does_not_overflow() {
        let now = Instant::now();
        assert!(!Deadline::after(now, Duration::MAX).has_passed(now + Duration::from_secs(86_400)));
    }
}
