//! Whole numbers as Go reads them: its bases, its underscores, and its words for what is none.

use std::borrow::Cow;

use thiserror::Error;

use crate::quoting::Quoted;

/// Text that is no number, or too large a one. Displays in Go's words, which are part of the reference's answers.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("strconv.{function}: parsing {}: {problem}", Quoted(text.as_bytes()))]
pub(crate) struct ParseIntegerError {
    function: &'static str,
    text: String,
    problem: &'static str,
}

/// Reads what Go's `strconv.ParseUint` takes with base 0: decimal, `0x1f`, `0b1`, `0o7` and `017`, with underscores
/// between digits.
pub(crate) fn parse_unsigned(text: &str) -> Result<u64, ParseIntegerError> {
    let error = |problem| ParseIntegerError { function: "ParseUint", text: text.to_owned(), problem };
    let (base, digits) = split_base(text);
    let digits = without_underscores(digits, base != 10).ok_or_else(|| error("invalid syntax"))?;
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(base)) {
        return Err(error("invalid syntax"));
    }
    u64::from_str_radix(&digits, base).map_err(|_| error("value out of range"))
}

/// Reads what Go's `strconv.Atoi` takes: digits with a sign or without.
pub(crate) fn parse_decimal(text: &str) -> Option<i64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if unsigned.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

fn split_base(text: &str) -> (u32, &str) {
    let Some(rest) = text.strip_prefix('0').filter(|rest| !rest.is_empty()) else { return (10, text) };
    for (base, letters) in [(16, ['x', 'X']), (2, ['b', 'B']), (8, ['o', 'O'])] {
        if let Some(digits) = rest.strip_prefix(letters) {
            return (base, digits);
        }
    }
    (8, rest)
}

/// Underscores stand between two digits, or between the prefix and a digit.
fn without_underscores(digits: &str, after_prefix: bool) -> Option<Cow<'_, str>> {
    if !digits.contains('_') {
        return Some(Cow::Borrowed(digits));
    }
    let misplaced =
        digits.ends_with('_') || digits.contains("__") || (digits.starts_with('_') && !after_prefix);
    (!misplaced).then(|| Cow::Owned(digits.replace('_', "")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_base_of_go_is_read() {
        for (text, number) in [
            ("0", 0),
            ("100", 100),
            ("0x1F", 31),
            ("0b101", 5),
            ("0o17", 15),
            ("017", 15),
            ("1_000", 1000),
            ("0_7", 7),
            ("0x_1f", 31),
            ("18446744073709551615", u64::MAX),
        ] {
            assert_eq!(parse_unsigned(text), Ok(number), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_named_in_the_words_of_go() {
        for (text, problem) in [
            ("", "invalid syntax"),
            ("-1", "invalid syntax"),
            ("+1", "invalid syntax"),
            ("1s", "invalid syntax"),
            ("08", "invalid syntax"),
            ("_1", "invalid syntax"),
            ("1_", "invalid syntax"),
            ("1__0", "invalid syntax"),
            ("0x", "invalid syntax"),
            ("18446744073709551616", "value out of range"),
        ] {
            let message = format!("strconv.ParseUint: parsing \"{text}\": {problem}");
            assert_eq!(parse_unsigned(text).expect_err(text).to_string(), message);
        }
    }

    #[test]
    fn decimals_have_a_sign_and_nothing_else() {
        for (text, number) in [("0", Some(0)), ("+7", Some(7)), ("-2", Some(-2)), ("007", Some(7))] {
            assert_eq!(parse_decimal(text), number, "{text}");
        }
        for text in ["", "+", "abc", " 1", "1_0", "0x0", "9223372036854775808"] {
            assert_eq!(parse_decimal(text), None, "{text}");
        }
    }
}
