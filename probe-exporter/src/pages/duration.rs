//! Lengths of time as people read them.

use std::fmt;
use std::time::{Duration, SystemTime};

/// Displays a length of time with three digits: `1.23 ms`, `45.6 s`.
pub(super) struct Short(pub(super) Duration);

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs_f64();
        let (value, unit) = match seconds {
            _ if seconds >= 1.0 => (seconds, "s"),
            _ if seconds >= 1e-3 => (seconds * 1e3, "ms"),
            _ => (seconds * 1e6, "µs"),
        };
        let decimals = match value {
            _ if value >= 100.0 => 0,
            _ if value >= 10.0 => 1,
            _ => 2,
        };
        write!(f, "{value:.decimals$} {unit}")
    }
}

/// Displays how long ago something was, in the largest unit that fits: `12 s`, `3 h`.
pub(super) struct Age(pub(super) Duration);

impl Age {
    /// Since this instant; nothing if it is yet to come.
    pub(super) fn of(instant: SystemTime) -> Self {
        Self(SystemTime::now().duration_since(instant).unwrap_or_default())
    }
}

impl fmt::Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        match seconds {
            0..60 => write!(f, "{seconds} s"),
            60..3600 => write!(f, "{} min", seconds / 60),
            3600..86_400 => write!(f, "{} h", seconds / 3600),
            _ => write!(f, "{} d", seconds / 86_400),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_three_digits() {
        for (nanoseconds, text) in [
            (0, "0.00 µs"),
            (84_849, "84.8 µs"),
            (377_211, "377 µs"),
            (1_234_567, "1.23 ms"),
            (2_003_000_000, "2.00 s"),
            (119_500_000_000, "120 s"),
        ] {
            assert_eq!(Short(Duration::from_nanos(nanoseconds)).to_string(), text);
        }
    }

    #[test]
    fn ages_have_one_unit() {
        for (seconds, text) in [(0, "0 s"), (59, "59 s"), (60, "1 min"), (7_200, "2 h"), (200_000, "2 d")] {
            assert_eq!(Age(Duration::from_secs(seconds)).to_string(), text);
        }
    }
}
