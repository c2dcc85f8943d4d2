//! Durations as Go writes them: `300ms`, `2.5s`, `1h30m`.

use std::time::Duration;

use thiserror::Error;

/// Each unit with its length in nanoseconds. Both signs for micro are in use.
const UNITS: [(&str, u64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// Go keeps durations in 64 bits with a sign.
const LONGEST: u64 = i64::MAX as u64;

/// A duration that may be below zero, as the reference exporter accepts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signed {
    /// Whether it is below zero.
    pub negative: bool,
    /// Its length without the sign.
    pub length: Duration,
}

impl Signed {
    /// The duration, unless it is below zero.
    pub fn not_negative(self) -> Option<Duration> {
        (!self.negative || self.length.is_zero()).then_some(self.length)
    }
}

/// Why a text is no duration.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum DurationError {
    /// No number where one is needed.
    #[error("a number is missing")]
    Number,
    /// Longer than about 292 years.
    #[error("the duration is too long")]
    TooLong,
    /// A number without one of the units, or with an unknown one.
    #[error("a unit is missing or unknown, allowed ns, us, ms, s, m, h")]
    Unit,
}

/// Reads a duration: an optional sign, then numbers with units. Only zero may come without a unit.
///
/// ```
/// use std::time::Duration;
/// use probe_core::settings::duration;
/// let read = duration::parse("1m2.5s").expect("a duration");
/// assert_eq!(read.not_negative(), Some(Duration::from_millis(62_500)));
/// ```
pub fn parse(text: &str) -> Result<Signed, DurationError> {
    let negative = text.starts_with('-');
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if rest == "0" {
        return Ok(Signed { negative: false, length: Duration::ZERO });
    }
    if rest.is_empty() {
        return Err(DurationError::Number);
    }
    let mut total = 0_u64;
    while !rest.is_empty() {
        let (part, after) = parse_part(rest)?;
        total = total.checked_add(part).filter(|&sum| sum <= LONGEST).ok_or(DurationError::TooLong)?;
        rest = after;
    }
    Ok(Signed { negative, length: Duration::from_nanos(total) })
}

/// Writes a duration: `0s`, `1.5ms`, `2.5s`, `1h0m0s`.
pub fn render(duration: Duration) -> String {
    let nanoseconds = duration.as_nanos();
    let below_a_second = match nanoseconds {
        0 => return "0s".to_owned(),
        1..1_000 => Some(("ns", 1)),
        1_000..1_000_000 => Some(("µs", 1_000)),
        1_000_000..1_000_000_000 => Some(("ms", 1_000_000)),
        _ => None,
    };
    if let Some((unit, length)) = below_a_second {
        return format!("{}{unit}", decimal(nanoseconds, length));
    }
    let seconds = decimal(nanoseconds % 60_000_000_000, 1_000_000_000);
    let minutes = duration.as_secs() / 60;
    match (minutes / 60, minutes % 60) {
        (0, 0) => format!("{seconds}s"),
        (0, minutes) => format!("{minutes}m{seconds}s"),
        (hours, minutes) => format!("{hours}h{minutes}m{seconds}s"),
    }
}

/// One number with its unit, in nanoseconds, and the text after it.
fn parse_part(text: &str) -> Result<(u64, &str), DurationError> {
    let (whole, rest) = split_digits(text);
    let (fraction, rest) = rest.strip_prefix('.').map_or(("", rest), split_digits);
    if whole.is_empty() && fraction.is_empty() {
        return Err(DurationError::Number);
    }
    let unit_ends = rest.find(|next: char| next == '.' || next.is_ascii_digit()).unwrap_or(rest.len());
    let (unit, rest) = rest.split_at(unit_ends);
    let (_, length) = UNITS.iter().find(|(name, _)| *name == unit).ok_or(DurationError::Unit)?;
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| DurationError::TooLong)? };
    let nanoseconds = whole
        .checked_mul(*length)
        .and_then(|sum| sum.checked_add(fraction_of(*length, fraction)))
        .ok_or(DurationError::TooLong)?;
    Ok((nanoseconds, rest))
}

fn split_digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|next: char| !next.is_ascii_digit()).unwrap_or(text.len()))
}

/// `0.DIGITS` of `length`, rounded down.
fn fraction_of(length: u64, digits: &str) -> u64 {
    // An hour has 13 decimal digits of nanoseconds; 18 are enough and cannot overflow.
    let digits = &digits[..digits.len().min(18)];
    let numerator: u128 = digits.parse().unwrap_or(0);
    let denominator = 10_u128.pow(digits.len() as u32);
    (u128::from(length) * numerator / denominator) as u64
}

/// `value / unit` with as many decimals as it has.
fn decimal(value: u128, unit: u128) -> String {
    let (whole, fraction) = (value / unit, value % unit);
    if fraction == 0 {
        return whole.to_string();
    }
    let digits = format!("{:0width$}", fraction, width = unit.ilog10() as usize);
    format!("{whole}.{}", digits.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_go_reads() {
        let cases = [
            ("300ms", 300_000_000),
            ("2.5s", 2_500_000_000),
            ("1m30s", 90_000_000_000),
            ("1h0m0s", 3_600_000_000_000),
            (".5s", 500_000_000),
            ("5.s", 5_000_000_000),
            ("1.5h", 5_400_000_000_000),
            ("+7ns", 7),
            ("1us", 1_000),
            ("1µs", 1_000),
            ("1μs", 1_000),
            ("0.3333333333333333333h", 1_199_999_999_999),
            ("0", 0),
            ("-0", 0),
            ("0s", 0),
        ];
        for (text, nanoseconds) in cases {
            let read = parse(text).ok().and_then(Signed::not_negative);
            assert_eq!(read, Some(Duration::from_nanos(nanoseconds)), "{text}");
        }
        assert_eq!(parse("-5s"), Ok(Signed { negative: true, length: Duration::from_secs(5) }));
    }

    #[test]
    fn refuses_what_go_refuses() {
        let cases = [
            ("", DurationError::Number),
            ("-", DurationError::Number),
            (".s", DurationError::Number),
            ("s", DurationError::Number),
            ("1s-1s", DurationError::Unit),
            ("5", DurationError::Unit),
            ("00", DurationError::Unit),
            ("1d", DurationError::Unit),
            ("1S", DurationError::Unit),
            ("1 s", DurationError::Unit),
            ("1s 2s", DurationError::Unit),
            ("3000000h", DurationError::TooLong),
            ("99999999999999999999s", DurationError::TooLong),
        ];
        for (text, error) in cases {
            assert_eq!(parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn writes_as_go_writes() {
        let cases = [
            (0, "0s"),
            (7, "7ns"),
            (1_500, "1.5µs"),
            (1_050_000, "1.05ms"),
            (2_500_000_000, "2.5s"),
            (10_000_000_000, "10s"),
            (90_000_000_000, "1m30s"),
            (60_000_000_001, "1m0.000000001s"),
            (3_600_000_000_000, "1h0m0s"),
        ];
        for (nanoseconds, text) in cases {
            assert_eq!(render(Duration::from_nanos(nanoseconds)), text);
        }
    }
}
