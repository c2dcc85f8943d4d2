//! What a backslash means, outside of classes and within.

use super::class;
use super::error::{PatternError, Problem};

/// What a backslash and its followers stand for.
pub(super) enum Escaped {
    /// A place in the text.
    Assertion(&'static str),
    /// A character; none for a number that is no character (a surrogate), which matches nothing.
    Character(Option<char>),
    /// The inside of a class.
    Class(String),
}

/// Reads what begins with a backslash, `\Q` excepted.
pub(super) fn read(text: &str) -> Result<(Escaped, &str), PatternError> {
    let assertion = match text.as_bytes().get(1) {
        Some(b'A') => Some(r"\A"),
        Some(b'b') => Some(r"(?-u:\b)"),
        Some(b'B') => Some(r"(?-u:\B)"),
        Some(b'z') => Some(r"\z"),
        _ => None,
    };
    if let Some(syntax) = assertion {
        return Ok((Escaped::Assertion(syntax), &text[2..]));
    }
    if let Some((class, rest)) = class::escaped(text)? {
        return Ok((Escaped::Class(class), rest));
    }
    let (code, rest) = character(text)?;
    Ok((Escaped::Character(char::from_u32(code)), rest))
}

/// Reads a backslash that stands for one character: its code point.
pub(super) fn character(text: &str) -> Result<(u32, &str), PatternError> {
    let mut after = text[1..].chars();
    let Some(first) = after.next() else {
        return Err(Problem::TrailingBackslash.in_fragment(""));
    };
    let rest = after.as_str();
    let named = match first {
        'a' => Some(0x07),
        'f' => Some(0x0c),
        'n' => Some(0x0a),
        'r' => Some(0x0d),
        't' => Some(0x09),
        'v' => Some(0x0b),
        _ if first.is_ascii() && !first.is_ascii_alphanumeric() => Some(first.into()),
        _ => None,
    };
    let read = match (named, first) {
        (Some(code), _) => Some((code, rest)),
        (None, 'x') => hexadecimal(rest),
        // A single digit would be a back-reference.
        (None, '0') => Some(octal(&text[1..])),
        (None, '1'..='7') if rest.starts_with(|next| ('0'..='7').contains(&next)) => Some(octal(&text[1..])),
        _ => None,
    };
    read.ok_or_else(|| Problem::Escape.in_fragment(&text[..text.len() - rest.len()]))
}

/// Up to three digits.
fn octal(text: &str) -> (u32, &str) {
    let most = &text.as_bytes()[..text.len().min(3)];
    let digits = most.iter().take_while(|byte| (b'0'..=b'7').contains(byte)).count();
    let code = most[..digits].iter().fold(0, |code, digit| code * 8 + u32::from(digit - b'0'));
    (code, &text[digits..])
}

/// Two digits, or any number of them in braces.
fn hexadecimal(text: &str) -> Option<(u32, &str)> {
    let (digits, rest) = match text.strip_prefix('{') {
        Some(inside) => inside.split_once('}')?,
        None => text.split_at_checked(2)?,
    };
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let significant = digits.trim_start_matches('0');
    let code = if significant.is_empty() && !digits.is_empty() {
        0
    } else {
        u32::from_str_radix(significant, 16).ok()?
    };
    (code <= u32::from(char::MAX)).then_some((code, rest))
}
