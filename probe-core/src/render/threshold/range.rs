//! Ranges as Nagios plugins write them.

use std::str::FromStr;

use thiserror::Error;

use crate::model::Unit;

/// Which numbers alert: `[@]start:end` of the plugin guidelines.
///
/// `10` alerts outside 0 to 10, `10:` below 10, `~:10` above 10, `10:20` outside, `@10:20` inside. A number equal to a bound
/// is inside. Numbers may have units, which say what they are of: `200ms`, `40%`, `16MB`.
///
/// ```
/// use probe_core::render::threshold::Range;
///
/// let range: Range = "~:200ms".parse().expect("a range");
/// assert!(range.alerts(0.201) && !range.alerts(0.2));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Range {
    text: String,
    start: f64,
    end: f64,
    inside: bool,
}

impl Range {
    /// Whether a number, in the base unit of its measurement, alerts. What is no number always does.
    pub fn alerts(&self, number: f64) -> bool {
        let is_inside = (self.start..=self.end).contains(&number);
        number.is_nan() || is_inside == self.inside
    }

    /// The range as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The range without units, every bound as `show` writes it: what performance data has.
    pub fn plain(&self, show: impl Fn(f64) -> String) -> String {
        let mut text = String::new();
        if self.inside {
            text.push('@');
        }
        if self.start == f64::NEG_INFINITY {
            text.push_str("~:");
        } else if self.start != 0.0 || self.end == f64::INFINITY {
            text.push_str(&show(self.start));
            text.push(':');
        }
        if self.end != f64::INFINITY {
            text.push_str(&show(self.end));
        }
        text
    }
}

impl FromStr for Range {
    type Err = RangeError;

    fn from_str(text: &str) -> Result<Self, RangeError> {
        let (inside, bounds) = text.strip_prefix('@').map_or((false, text), |rest| (true, rest));
        let (start, end) = match bounds.split_once(':') {
            Some(("~", end)) => (f64::NEG_INFINITY, end),
            Some(("", end)) => (0.0, end),
            Some((start, end)) => (number(start)?, end),
            None => (0.0, bounds),
        };
        let end = if end.is_empty() && bounds.contains(':') { f64::INFINITY } else { number(end)? };
        if start > end {
            return Err(RangeError::Backwards { text: text.into() });
        }
        Ok(Self { text: text.into(), start, end, inside })
    }
}

/// Why a text is no range.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum RangeError {
    /// It ends before it starts.
    #[error("the range {text:?} ends before it starts")]
    Backwards {
        /// The range.
        text: String,
    },
    /// A bound is no number with a unit.
    #[error(
        "{text:?} is not a number, with or without one of the units us, ms, s, m, h, d, %, B, KB, MB, GB, TB"
    )]
    Number {
        /// The bound.
        text: String,
    },
}

/// Units in which bounds may be written, and what they are in the base unit. The longest first, so that `ms` is not `m` and `s`.
const UNITS: [(&str, f64); 12] = [
    ("us", 1e-6),
    ("ms", 1e-3),
    ("KB", 1024.0),
    ("MB", 1_048_576.0),
    ("GB", 1_073_741_824.0),
    ("TB", 1_099_511_627_776.0),
    ("B", 1.0),
    ("s", 1.0),
    ("m", 60.0),
    ("h", 3600.0),
    ("d", 86_400.0),
    ("%", 0.01),
];

fn number(text: &str) -> Result<f64, RangeError> {
    let (digits, scale) = UNITS
        .iter()
        .find_map(|(unit, scale)| Some((text.strip_suffix(unit)?, *scale)))
        .unwrap_or((text, 1.0));
    let plain = |byte: u8| byte.is_ascii_digit() || b"+-.".contains(&byte);
    let parsed = digits.bytes().all(plain).then(|| digits.parse::<f64>().ok()).flatten();
    parsed.map(|number| number * scale).ok_or_else(|| RangeError::Number { text: text.into() })
}

/// How plugins write a number of a unit: the scale to multiply with, and the unit's sign.
pub(in crate::render) const fn sign(unit: Unit) -> (f64, &'static str) {
    match unit {
        Unit::Seconds => (1.0, "s"),
        Unit::Bytes => (1.0, "B"),
        Unit::Ratio => (100.0, "%"),
        Unit::Flag | Unit::Count | Unit::Number => (1.0, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alerts_as_the_plugin_guidelines_say() {
        for (text, alerting, quiet) in [
            ("10", &[-0.1, 10.1][..], &[0.0, 10.0][..]),
            ("10:", &[9.9], &[10.0, 1e9]),
            ("~:10", &[10.1], &[-1e9, 10.0]),
            ("10:20", &[9.9, 20.1], &[10.0, 20.0]),
            ("@10:20", &[10.0, 20.0], &[9.9, 20.1]),
            ("@0:14", &[0.0, 14.0], &[-1.0, 15.0]),
            ("200ms", &[0.21, -0.1], &[0.2]),
            ("40%", &[0.41], &[0.4]),
            ("1KB:2KB", &[1023.0, 2049.0], &[1024.0, 2048.0]),
            ("0", &[1.0, f64::NAN], &[0.0]),
        ] {
            let range: Range = text.parse().expect(text);
            assert!(alerting.iter().all(|number| range.alerts(*number)), "{text}");
            assert!(!quiet.iter().any(|number| range.alerts(*number)), "{text}");
        }
    }

    #[test]
    fn texts_that_are_no_range_are_refused() {
        for text in ["", "a", "10:5", "1:2:3", "@", "~", "1e3", "5 ms", "ms", "~:-"] {
            assert!(text.parse::<Range>().is_err(), "{text}");
        }
    }

    #[test]
    fn plain_form_has_no_units() {
        let show = |number: f64| format!("{}", number * 1000.0);
        for (text, plain) in
            [("200ms", "200"), ("~:1s", "~:1000"), ("@1s:2s", "@1000:2000"), ("1s:", "1000:"), ("0:", "0:")]
        {
            assert_eq!(text.parse::<Range>().expect(text).plain(show), plain);
        }
    }
}
