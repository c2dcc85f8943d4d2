//! The time before a line.

use std::time::{Duration, SystemTime};

use jiff::ZonedDateTime;

/// How a time looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StampFormat {
    /// Seconds since 1970, with five digits behind the point.
    Unix,
    /// As C's `ctime`, without the line's end.
    Ctime,
    /// With the offset of the time zone.
    Iso,
    /// Date and time.
    Rfc3339,
}

impl StampFormat {
    /// The present time.
    pub(super) fn now(self) -> String {
        match self {
            Self::Unix => format!("{:.5}", since_1970().as_secs_f64()),
            _ => self.of(&ZonedDateTime::now()),
        }
    }

    fn of(self, time: &ZonedDateTime) -> String {
        let pattern = match self {
            Self::Unix => "%s",
            Self::Ctime => "%a %b %e %H:%M:%S %Y",
            Self::Iso => "%Y-%m-%dT%H:%M:%S%z",
            Self::Rfc3339 => "%Y-%m-%d %H:%M:%S",
        };
        time.strftime(pattern).to_string()
    }
}

/// The time of day, for the heading of a summary.
pub(super) fn time_of_day() -> String {
    ZonedDateTime::now().strftime("%H:%M:%S").to_string()
}

/// The present time, in whole seconds.
pub(super) fn unix_seconds() -> u64 {
    since_1970().as_secs()
}

fn since_1970() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_look_as_those_of_fping() {
        let time: ZonedDateTime = "2024-06-01T07:50:00+02:00[+02:00]".parse().expect("a time");
        for (format, wanted) in [
            (StampFormat::Ctime, "Sat Jun  1 07:50:00 2024"),
            (StampFormat::Iso, "2024-06-01T07:50:00+0200"),
            (StampFormat::Rfc3339, "2024-06-01 07:50:00"),
        ] {
            assert_eq!(format.of(&time), wanted);
        }
    }
}
