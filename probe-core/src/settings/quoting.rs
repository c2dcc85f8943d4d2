//! How a text is written in YAML so that readers of version 1.1 and 1.2 read the same text back.

use super::scalar::{Resolved, Scalar, old_boolean};

/// Characters that mean something to YAML at the start of a value.
const INDICATORS: &str = "#,[]{}&*!|>'\"%@`";

/// Writes a text on one line: bare where it can be, in quotes where it must.
pub(super) fn quoted(text: &str) -> String {
    if text.is_empty() || text.chars().any(needs_escape) || reads_as_something_else(text) {
        return double_quoted(text);
    }
    if is_bare(text) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "''"))
}

/// Whether a text of several lines can be written as a block: nothing in it would be lost.
pub(super) fn fits_a_block(text: &str) -> bool {
    let mut lines = text.split('\n');
    !text.starts_with([' ', '\n'])
        && !text.ends_with("\n\n")
        && lines.all(|line| !line.ends_with(' ') && !line.chars().any(needs_escape))
}

/// Whether a reader would take the bare word for a boolean, a number, a date or nothing.
fn reads_as_something_else(text: &str) -> bool {
    let scalar = Scalar::plain(text);
    scalar.is_null()
        || text == "<<"
        || old_boolean(text).is_some()
        || !matches!(scalar.resolved(), Resolved::Text(_))
        || is_sexagesimal(text)
        || is_date(text)
}

/// `1:30` is ninety to YAML 1.1.
fn is_sexagesimal(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    digits.contains(':')
        && digits.starts_with(|first: char| first.is_ascii_digit())
        && digits.chars().all(|character| character.is_ascii_digit() || "_:.".contains(character))
}

fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 8 && bytes[4] == b'-' && bytes[..4].iter().all(u8::is_ascii_digit)
}

fn is_bare(text: &str) -> bool {
    starts_bare(text) && !text.ends_with([' ', ':']) && !text.contains(": ") && !text.contains(" #")
}

fn starts_bare(text: &str) -> bool {
    let mut characters = text.chars();
    match characters.next() {
        None | Some(' ') => false,
        Some('-' | '?' | ':') => {
            !text.starts_with("---") && characters.next().is_some_and(|second| second != ' ')
        }
        Some(first) => !INDICATORS.contains(first) && !text.starts_with("..."),
    }
}

fn needs_escape(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}' | '\u{2029}' | '\u{FEFF}')
}

fn double_quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            other if needs_escape(other) => quoted.extend(format!("\\u{:04X}", u32::from(other)).chars()),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_only_what_would_be_read_otherwise() {
        let cases = [
            ("http", "http"),
            ("ip4", "ip4"),
            ("a b", "a b"),
            ("a:b", "a:b"),
            ("http://x/#y", "http://x/#y"),
            ("-x", "-x"),
            ("é", "é"),
            ("<secret>", "<secret>"),
            ("", "\"\""),
            ("yes", "\"yes\""),
            ("n", "\"n\""),
            ("true", "\"true\""),
            ("5", "\"5\""),
            ("0x1f", "\"0x1f\""),
            ("1.5", "\"1.5\""),
            ("null", "\"null\""),
            ("~", "\"~\""),
            ("<<", "\"<<\""),
            ("1:30", "\"1:30\""),
            ("2001-01-01", "\"2001-01-01\""),
            ("- x", "'- x'"),
            ("-", "'-'"),
            ("a: b", "'a: b'"),
            ("a:", "'a:'"),
            ("a #b", "'a #b'"),
            ("[a]", "'[a]'"),
            ("*", "'*'"),
            (" a", "' a'"),
            ("'a", "'''a'"),
            ("---", "'---'"),
            ("a\tb", "\"a\\tb\""),
            ("a\"\\\u{7}", "\"a\\\"\\\\\\u0007\""),
        ];
        for (text, written) in cases {
            assert_eq!(quoted(text), written);
        }
    }
}
