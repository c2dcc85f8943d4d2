//! Numbers as Go reads them, which differs from Rust: underscores, hexadecimal, and too large is an error.

use std::borrow::Cow;

use thiserror::Error;

use crate::quoting::Quoted;

/// Text that is no number. Displays in Go's words, which are part of the reference's answers.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("strconv.ParseFloat: parsing {}: {problem}", Quoted(text.as_bytes()))]
pub(crate) struct ParseFloatError {
    text: String,
    problem: &'static str,
}

/// Reads a floating-point number as Go's `strconv.ParseFloat` does.
pub(crate) fn parse(text: &str) -> Result<f64, ParseFloatError> {
    let error = |problem| ParseFloatError { text: text.to_owned(), problem };
    let syntax = || error("invalid syntax");
    let (sign, unsigned) = match text.as_bytes().first() {
        Some(b'-') => (-1.0, &text[1..]),
        Some(b'+') => (1.0, &text[1..]),
        _ => (1.0, text),
    };
    let digits = without_underscores(unsigned).ok_or_else(syntax)?;
    let hexadecimal = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X"));
    let number = match hexadecimal {
        Some(hexadecimal) => parse_hexadecimal(hexadecimal).ok_or_else(syntax)?,
        // A second sign is not a number; NaN has none at all.
        None if digits.starts_with(['+', '-']) => return Err(syntax()),
        None => digits.parse::<f64>().map_err(|_| syntax())?,
    };
    if number.is_nan() && unsigned.len() < text.len() {
        return Err(syntax());
    }
    let is_word = digits.starts_with(['i', 'I']);
    if number.is_infinite() && !is_word {
        return Err(error("value out of range"));
    }
    Ok(sign * number)
}

/// Underscores stand between two digits, or between the `0x` and a digit.
fn without_underscores(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('_') {
        return Some(Cow::Borrowed(text));
    }
    let bytes = text.as_bytes();
    let hexadecimal = text.starts_with("0x") || text.starts_with("0X");
    let is_digit = |byte: &u8| if hexadecimal { byte.is_ascii_hexdigit() } else { byte.is_ascii_digit() };
    let separates = |at: usize| {
        let before = at.checked_sub(1).and_then(|before| bytes.get(before));
        let prefix_before = hexadecimal && at == 2;
        (prefix_before || before.is_some_and(is_digit)) && bytes.get(at + 1).is_some_and(is_digit)
    };
    let proper = bytes.iter().enumerate().all(|(at, byte)| *byte != b'_' || separates(at));
    proper.then(|| Cow::Owned(text.replace('_', "")))
}

/// What follows the `0x`: digits, and an exponent of two, which is not optional.
fn parse_hexadecimal(text: &str) -> Option<f64> {
    let (mantissa, exponent) = text.split_once(['p', 'P'])?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut value = 0.0;
    for digit in whole.chars().chain(fraction.chars()) {
        value = value * 16.0 + f64::from(digit.to_digit(16)?);
    }
    let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if unsigned.is_empty() || !unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // An exponent with too many digits is as good as one that is far too large.
    let size: i32 = unsigned.parse().map_or(100_000, |size: i32| size.min(100_000));
    let exponent = if exponent.starts_with('-') { -size } else { size };
    let scale = 4 * i32::try_from(fraction.len()).ok()?;
    Some(if value == 0.0 { 0.0 } else { value * 2_f64.powi(exponent - scale) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_go_reads() {
        for (text, number) in [
            ("1e3", 1000.0),
            ("1_0", 10.0),
            ("1_0e1_0", 1e11),
            ("5.", 5.0),
            (".5", 0.5),
            ("+5", 5.0),
            ("-5", -5.0),
            ("1e-400", 0.0),
            ("0x1p-2", 0.25),
            ("0X1_0P0", 16.0),
            ("0x_1p0", 1.0),
            ("0x.8p1", 1.0),
            ("inf", f64::INFINITY),
            ("+Inf", f64::INFINITY),
            ("-infinity", f64::NEG_INFINITY),
        ] {
            assert_eq!(parse(text).map(f64::to_bits), Ok(number.to_bits()), "{text}");
        }
        assert!(parse("NaN").expect("a number, in a way").is_nan());
    }

    #[test]
    fn refuses_what_go_refuses_in_its_words() {
        for text in [
            "", "abc", "_1", "1_", "1__0", "1_.5", "0x10", "0xp1", "0x1p", "0b1", "-nan", "--5", ".", "1e",
            "5 ",
        ] {
            let error = parse(text).expect_err(text).to_string();
            assert_eq!(error, format!("strconv.ParseFloat: parsing {text:?}: invalid syntax"));
        }
        for text in ["1e999", "1e400000000000", "0x1p99999", "-1e999"] {
            let error = parse(text).expect_err(text).to_string();
            assert_eq!(error, format!("strconv.ParseFloat: parsing {text:?}: value out of range"));
        }
    }
}
