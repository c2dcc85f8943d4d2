//! Sizes as the reference exporter writes them: `10MiB`, `1MB512KB`. Both kinds of unit are powers of 1024.

use thiserror::Error;

/// Names of the units, from 1 up, each 1024 times the one before.
const BINARY: [&str; 7] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
/// The same units by the names of the decimal ones.
const DECIMAL: [&str; 7] = ["B", "KB", "MB", "GB", "TB", "PB", "EB"];

/// From here on another digit would not fit, as the reference exporter's reader judges it.
const LARGEST_WITH_MORE_DIGITS: i64 = (i64::MAX - 9) / 10;

/// Why a text is no size. Displays with the words of the reference exporter.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SizeError {
    /// No number where one is needed, or one that is too large.
    #[error("units: invalid {text}")]
    Number {
        /// The whole text.
        text: String,
    },
    /// More than 8 EiB.
    #[error("units: overflow parsing unit")]
    Overflow,
    /// A number without a unit, or with one that is unknown or of the other kind.
    #[error("units: unknown unit {unit} in {text}")]
    Unit {
        /// What stands for the unit.
        unit: String,
        /// The whole text.
        text: String,
    },
}

/// Reads a size in bytes: an optional sign, then numbers with units. Only zero may come without one.
///
/// ```
/// use probe_core::settings::size;
/// assert_eq!(size::parse("1.5MiB"), Ok(1_572_864));
/// assert_eq!(size::parse("1MB512KB"), Ok(1_572_864));
/// ```
pub fn parse(text: &str) -> Result<i64, SizeError> {
    parse_with(&BINARY, text).or_else(|_| parse_with(&DECIMAL, text))
}

/// Writes a size in bytes: `10MiB`, `1MiB512KiB`.
pub fn render(bytes: i64) -> String {
    let mut left = bytes;
    let mut parts = Vec::new();
    for unit in BINARY {
        if left % 1024 != 0 || bytes == 0 {
            parts.push(format!("{}{unit}", left % 1024));
        }
        left /= 1024;
        if left == 0 {
            break;
        }
    }
    parts.reverse();
    parts.concat()
}

fn parse_with(units: &[&str; 7], text: &str) -> Result<i64, SizeError> {
    let invalid = || SizeError::Number { text: text.to_owned() };
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total = 0.0;
    while !rest.is_empty() {
        let (number, after) = number(rest).ok_or_else(invalid)?;
        let end = after.find(|next: char| next == '.' || next.is_ascii_digit()).unwrap_or(after.len());
        let (name, after) = after.split_at(end);
        let (power, _) = (0..)
            .zip(units)
            .find(|(_, unit)| **unit == name)
            .ok_or_else(|| SizeError::Unit { unit: name.to_owned(), text: text.to_owned() })?;
        total += number * 1024_f64.powi(power);
        rest = after;
    }
    if total > i64::MAX as f64 {
        return Err(SizeError::Overflow);
    }
    // Two to the 63rd passes the check above and wraps, as in the reference exporter.
    let wraps = total >= i64::MAX as f64;
    Ok(if wraps {
        i64::MIN
    } else if text.starts_with('-') {
        -total as i64
    } else {
        total as i64
    })
}

/// Digits, with a fraction or without, and the text after them.
fn number(text: &str) -> Option<(f64, &str)> {
    let (whole, rest) = split_digits(text);
    let (fraction, rest) = rest.strip_prefix('.').map_or(("", rest), split_digits);
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let scale = fraction.bytes().fold(1.0, |scale, _| scale * 10.0);
    Some((integer(whole)? + integer(fraction)? / scale, rest))
}

fn split_digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|next: char| !next.is_ascii_digit()).unwrap_or(text.len()))
}

fn integer(digits: &str) -> Option<f64> {
    let mut value = 0_i64;
    for digit in digits.bytes() {
        if value >= LARGEST_WITH_MORE_DIGITS {
            return None;
        }
        value = value * 10 + i64::from(digit - b'0');
    }
    Some(value as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_reference_reads() {
        let cases = [
            ("0", 0),
            ("-0", 0),
            ("0B", 0),
            ("0.4B", 0),
            ("5B", 5),
            ("+1B", 1),
            ("1.B", 1),
            ("1KB", 1 << 10),
            ("1KiB", 1 << 10),
            ("1.5MB", 3 << 19),
            (".5MB", 1 << 19),
            ("-1.5MB", -(3 << 19)),
            ("1MB512KB", (1 << 20) + (512 << 10)),
            ("1B1MB", (1 << 20) + 1),
            ("1MB1MB", 2 << 20),
            ("1MiB1B", (1 << 20) + 1),
            ("7EiB", 7 << 60),
            ("8EiB", i64::MIN),
        ];
        for (text, bytes) in cases {
            assert_eq!(parse(text), Ok(bytes), "{text}");
        }
    }

    #[test]
    fn refuses_with_the_words_of_the_reference() {
        let cases = [
            ("5", "units: unknown unit  in 5"),
            ("", "units: invalid "),
            (".", "units: invalid ."),
            ("B", "units: invalid B"),
            ("-", "units: invalid -"),
            ("10kB", "units: unknown unit kB in 10kB"),
            ("10mb", "units: unknown unit mb in 10mb"),
            ("10 MB", "units: unknown unit  MB in 10 MB"),
            ("1Ei", "units: unknown unit Ei in 1Ei"),
            ("1e3B", "units: unknown unit e in 1e3B"),
            ("1MB1KiB", "units: unknown unit KiB in 1MB1KiB"),
            ("1MiB1KB", "units: unknown unit MiB in 1MiB1KB"),
            ("9EiB", "units: unknown unit EiB in 9EiB"),
            ("9EB", "units: overflow parsing unit"),
            ("9223372036854775807B", "units: invalid 9223372036854775807B"),
            ("99999999999999999999B", "units: invalid 99999999999999999999B"),
        ];
        for (text, message) in cases {
            assert_eq!(parse(text).map_err(|error| error.to_string()), Err(message.to_owned()), "{text}");
        }
    }

    #[test]
    fn writes_what_the_reference_writes() {
        let cases = [
            (0, "0B"),
            (5, "5B"),
            (1536, "1KiB512B"),
            (10 << 20, "10MiB"),
            (3 << 19, "1MiB512KiB"),
            (i64::MAX - 1, "7EiB1023PiB1023TiB1023GiB1023MiB1023KiB1022B"),
        ];
        for (bytes, text) in cases {
            assert_eq!(render(bytes), text);
        }
    }
}
