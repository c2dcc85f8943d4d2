//! Floating-point numbers written the way the Prometheus text format is used to seeing them.

use std::fmt::{self, Write};

/// Numbers of at least this magnitude, and of less than [`PLAIN_FROM`], are written with an exponent.
/// The bounds are those of Go's `%g` with the fewest digits, which the reference exporter prints with.
const EXPONENT_FROM: f64 = 1e6;
/// The smallest magnitude, zero apart, that is written without an exponent.
const PLAIN_FROM: f64 = 1e-4;

/// Displays a number as the reference exporter does: the fewest digits that read back as the same number.
///
/// ```
/// use probe_core::render::GoFloat;
///
/// assert_eq!(GoFloat(20_000.0).to_string(), "20000");
/// assert_eq!(GoFloat(1.7e9).to_string(), "1.7e+09");
/// assert_eq!(GoFloat(f64::INFINITY).to_string(), "+Inf");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GoFloat(pub f64);

impl fmt::Display for GoFloat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.0;
        let magnitude = number.abs();
        if number.is_nan() {
            f.write_str("NaN")
        } else if number.is_infinite() {
            f.write_str(if number > 0.0 { "+Inf" } else { "-Inf" })
        } else if magnitude < EXPONENT_FROM && number.fract() == 0.0 {
            // The usual case, and the one where a negative zero loses its sign.
            write!(f, "{}", number as i32)
        } else if (PLAIN_FROM..EXPONENT_FROM).contains(&magnitude) {
            write!(f, "{number}")
        } else {
            with_exponent(number, f)
        }
    }
}

/// Rust writes `1.7e9` where Go writes `1.7e+09`: a sign always, and at least two digits.
fn with_exponent(number: f64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut digits = Digits::default();
    write!(digits, "{number:e}")?;
    let (mantissa, exponent) = digits.as_str().split_once('e').ok_or(fmt::Error)?;
    let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |rest| ('-', rest));
    write!(f, "{mantissa}e{sign}{exponent:0>2}")
}

/// Room for the longest number, `-2.2250738585072014e-308`, without an allocation.
#[derive(Default)]
struct Digits {
    bytes: [u8; 24],
    length: usize,
}

impl Digits {
    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.length]).unwrap_or_default()
    }
}

impl Write for Digits {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.length + text.len();
        self.bytes.get_mut(self.length..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn writes_what_the_reference_writes() {
        for (number, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (1.0, "1"),
            (-1.0, "-1"),
            (0.5, "0.5"),
            (4.0, "4"),
            (20_000.0, "20000"),
            (100_000.0, "100000"),
            (123_456.789, "123456.789"),
            (999_999.0, "999999"),
            (999_999.999_999_999_9, "999999.9999999999"),
            (1_000_000.0, "1e+06"),
            (-1_000_000.0, "-1e+06"),
            (1_234_567.5, "1.2345675e+06"),
            (123_456_789.0, "1.23456789e+08"),
            (3_668_918_509.0, "3.668918509e+09"),
            (1.7e9, "1.7e+09"),
            (-6.213_559_68e10, "-6.21355968e+10"),
            (1e21, "1e+21"),
            (1e100, "1e+100"),
            (0.000_206_931, "0.000206931"),
            (0.000_377_211, "0.000377211"),
            (0.0001, "0.0001"),
            (0.000_099_999_999_999_999_99, "9.999999999999999e-05"),
            (8.4849e-5, "8.4849e-05"),
            (3.554e-6, "3.554e-06"),
            (1e-5, "1e-05"),
            (0.1 + 0.2, "0.30000000000000004"),
            (f64::MAX, "1.7976931348623157e+308"),
            (-f64::MIN_POSITIVE, "-2.2250738585072014e-308"),
            (5e-324, "5e-324"),
            (f64::INFINITY, "+Inf"),
            (f64::NEG_INFINITY, "-Inf"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(GoFloat(number).to_string(), text);
        }
    }

    proptest! {
        #[test]
        fn reads_back_as_the_same_number(number in proptest::num::f64::NORMAL | proptest::num::f64::SUBNORMAL) {
            let text = GoFloat(number).to_string();
            prop_assert_eq!(text.parse::<f64>().expect("a number").to_bits(), number.to_bits());
        }
    }
}
