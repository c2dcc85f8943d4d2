//! Numbers with the units people expect.

use std::fmt;
use std::time::Duration;

use crate::model::Unit;
use crate::render::GoFloat;

/// Displays a length of time: `0.042 ms`, `12.3 ms`, `1.204 s`.
///
/// Three decimals below ten milliseconds and from a second on, one in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Latency(pub Duration);

impl fmt::Display for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Rounded before the form is chosen: 9.9996 ms is 10.0 ms, not 10.000 ms.
        let nanos = self.0.as_nanos();
        let micros = (nanos + 500) / 1000;
        let tenths = (nanos + 50_000) / 100_000;
        let millis = (nanos + 500_000) / 1_000_000;
        if micros < 10_000 {
            write!(f, "{}.{:03} ms", micros / 1000, micros % 1000)
        } else if tenths < 10_000 {
            write!(f, "{}.{} ms", tenths / 10, tenths % 10)
        } else {
            write!(f, "{}.{:03} s", millis / 1000, millis % 1000)
        }
    }
}

/// A measured number for people, by what its family measures.
pub(super) fn amount(number: f64, unit: Unit) -> String {
    match unit {
        Unit::Seconds => Duration::try_from_secs_f64(number)
            .map_or_else(|_| format!("{} s", plain(number)), |length| Latency(length).to_string()),
        Unit::Bytes => bytes(number),
        Unit::Ratio => percent(number),
        Unit::Flag => if number == 0.0 { "no" } else { "yes" }.to_owned(),
        Unit::Count | Unit::Number => plain(number),
    }
}

/// A share in percent with at most one decimal. Never `0%` for something, never `100%` for not quite all.
pub(super) fn percent(ratio: f64) -> String {
    let tenths = (ratio * 1000.0).round();
    if ratio > 0.0 && tenths < 1.0 {
        "<0.1%".to_owned()
    } else if ratio < 1.0 && tenths >= 1000.0 {
        ">99.9%".to_owned()
    } else {
        format!("{}%", tenths / 10.0)
    }
}

fn bytes(number: f64) -> String {
    const STEP: f64 = 1024.0;
    if !(STEP..).contains(&number) {
        return format!("{} B", plain(number));
    }
    let mut scaled = number;
    let mut unit = "B";
    for larger in ["KiB", "MiB", "GiB", "TiB"] {
        // From 1023.95 on, one decimal would round to 1024.0.
        if scaled < STEP - 0.05 {
            break;
        }
        scaled /= STEP;
        unit = larger;
    }
    format!("{scaled:.1} {unit}")
}

/// Without an exponent as long as that is short: hashes and times since the epoch are read as whole numbers.
fn plain(number: f64) -> String {
    if (1e-4..1e15).contains(&number.abs()) { number.to_string() } else { GoFloat(number).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latencies_have_one_form_each() {
        for (nanos, text) in [
            (0, "0.000 ms"),
            (42_000, "0.042 ms"),
            (42_499, "0.042 ms"),
            (1_204_000, "1.204 ms"),
            (9_999_499, "9.999 ms"),
            (9_999_500, "10.0 ms"),
            (12_340_000, "12.3 ms"),
            (999_949_999, "999.9 ms"),
            (999_950_000, "1.000 s"),
            (1_204_000_000, "1.204 s"),
            (61_000_000_000, "61.000 s"),
        ] {
            assert_eq!(Latency(Duration::from_nanos(nanos)).to_string(), text);
        }
    }

    #[test]
    fn amounts_follow_their_unit() {
        for (number, unit, text) in [
            (0.0123, Unit::Seconds, "12.3 ms"),
            (-2.0, Unit::Seconds, "-2 s"),
            (f64::NAN, Unit::Seconds, "NaN s"),
            (0.0, Unit::Bytes, "0 B"),
            (1023.0, Unit::Bytes, "1023 B"),
            (1536.0, Unit::Bytes, "1.5 KiB"),
            (1_048_575.0, Unit::Bytes, "1.0 MiB"),
            (-1.0, Unit::Bytes, "-1 B"),
            (0.0, Unit::Ratio, "0%"),
            (1.0 / 3.0, Unit::Ratio, "33.3%"),
            (0.0001, Unit::Ratio, "<0.1%"),
            (0.9999, Unit::Ratio, ">99.9%"),
            (1.0, Unit::Ratio, "100%"),
            (1.0, Unit::Flag, "yes"),
            (0.0, Unit::Flag, "no"),
            (20.0, Unit::Count, "20"),
            (3_668_918_509.0, Unit::Number, "3668918509"),
            (1.1, Unit::Number, "1.1"),
            (1e300, Unit::Number, "1e+300"),
        ] {
            assert_eq!(amount(number, unit), text);
        }
    }
}
