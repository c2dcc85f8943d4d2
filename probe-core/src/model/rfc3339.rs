//! Wall-clock time as RFC 3339 writes it.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

const MICROS_PER_DAY: i128 = 86_400_000_000;
/// The Gregorian calendar repeats after 400 years.
const DAYS_PER_ERA: i64 = 146_097;
/// From 0000-03-01 to 1970-01-01. Years that begin in March have their leap day at the end.
const EPOCH: i64 = 719_468;
/// The lengths of the months from March on; February last, as long as it can be.
const MONTHS: [i64; 12] = [31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 31, 29];

/// Displays an instant in UTC with microseconds: `2024-02-29T12:00:00.000001Z`.
///
/// ```
/// use probe_core::model::Rfc3339;
///
/// assert_eq!(Rfc3339(std::time::UNIX_EPOCH).to_string(), "1970-01-01T00:00:00.000000Z");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rfc3339(pub SystemTime);

impl fmt::Display for Rfc3339 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = micros_since_epoch(self.0);
        let (year, month, day) = civil_date(micros.div_euclid(MICROS_PER_DAY) as i64);
        let micros = micros.rem_euclid(MICROS_PER_DAY);
        let seconds = micros / 1_000_000;
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:06}Z",
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60,
            micros % 1_000_000
        )
    }
}

/// Rounded down, also before the epoch.
fn micros_since_epoch(time: SystemTime) -> i128 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => after.as_micros().cast_signed(),
        Err(before) => -before.duration().as_nanos().div_ceil(1000).cast_signed(),
    }
}

/// Year, month and day of a number of days since the epoch.
fn civil_date(days: i64) -> (i64, usize, i64) {
    let era = (days + EPOCH).div_euclid(DAYS_PER_ERA);
    let day = (days + EPOCH).rem_euclid(DAYS_PER_ERA);
    // The last century of an era and the last year of a leap cycle are a day longer than the division thinks.
    let century = (day / 36_524).min(3);
    let day = day - century * 36_524;
    let cycle = day / 1461;
    let day = day - cycle * 1461;
    let single = (day / 365).min(3);
    let mut day = day - single * 365;
    let mut month = 0;
    while day >= MONTHS[month] {
        day -= MONTHS[month];
        month += 1;
    }
    let year = era * 400 + century * 100 + cycle * 4 + single;
    if month < 10 { (year, month + 3, day + 1) } else { (year + 1, month - 9, day + 1) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn writes_known_instants() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00.000000Z"),
            (951_782_400, "2000-02-29T00:00:00.000000Z"),
            (951_868_800, "2000-03-01T00:00:00.000000Z"),
            (1_709_208_000, "2024-02-29T12:00:00.000000Z"),
            (1_735_689_599, "2024-12-31T23:59:59.000000Z"),
            (4_107_542_399, "2100-02-28T23:59:59.000000Z"),
            (4_107_542_400, "2100-03-01T00:00:00.000000Z"),
        ] {
            assert_eq!(Rfc3339(UNIX_EPOCH + Duration::from_secs(seconds)).to_string(), text);
        }
    }

    #[test]
    fn rounds_down_to_microseconds_on_both_sides_of_the_epoch() {
        let nanos = Duration::from_nanos(1_999);
        assert_eq!(Rfc3339(UNIX_EPOCH + nanos).to_string(), "1970-01-01T00:00:00.000001Z");
        assert_eq!(Rfc3339(UNIX_EPOCH - nanos).to_string(), "1969-12-31T23:59:59.999998Z");
    }

    #[test]
    fn every_day_follows_the_one_before() {
        let mut last = civil_date(-800_000);
        for days in -799_999..800_000 {
            let date = civil_date(days);
            let next_day = (date.0, date.1) == (last.0, last.1) && date.2 == last.2 + 1;
            let next_month = date.0 == last.0 && date.1 == last.1 + 1 && date.2 == 1 && last.2 >= 28;
            let next_year = date == (last.0 + 1, 1, 1) && (last.1, last.2) == (12, 31);
            assert!(next_day || next_month || next_year, "{last:?} then {date:?}");
            last = date;
        }
    }
}
