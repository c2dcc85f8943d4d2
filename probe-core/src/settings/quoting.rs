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

/// What the reference exporter does not write as it is: above all, all that is beyond the basic plane.
fn needs_escape(character: char) -> bool {
    !matches!(character, ' '..='~' | '\u{A0}'..='\u{2027}' | '\u{202A}'..='\u{FEFE}' | '\u{FF00}'..='\u{FFFD}')
}

fn double_quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            other if !needs_escape(other) => quoted.push(other),
            other => match SHORT.iter().find(|(short, _)| *short == other) {
                Some((_, letter)) => quoted.extend(['\\', *letter]),
                None => quoted.push_str(&by_number(other)),
            },
        }
    }
    quoted.push('"');
    quoted
}

/// Escapes of one letter (YAML 1.1 section 5.6).
const SHORT: [(char, char); 13] = [
    ('\0', '0'),
    ('\u{7}', 'a'),
    ('\u{8}', 'b'),
    ('\t', 't'),
    ('\n', 'n'),
    ('\u{B}', 'v'),
    ('\u{C}', 'f'),
    ('\r', 'r'),
    ('\u{1B}', 'e'),
    ('\u{85}', 'N'),
    ('\u{A0}', '_'),
    ('\u{2028}', 'L'),
    ('\u{2029}', 'P'),
];

fn by_number(character: char) -> String {
    match u32::from(character) {
        number @ ..=0xFF => format!("\\x{number:02X}"),
        number @ ..=0xFFFF => format!("\\u{number:04X}"),
        number => format!("\\U{number:08X}"),
    }
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
            ("a\"\\\u{7}", "\"a\\\"\\\\\\a\""),
            ("\u{1}\0é\u{a0}\u{2028}🎉\u{feff}\u{7f}", "\"\\x01\\0é\u{a0}\\L\\U0001F389\\uFEFF\\x7F\""),
        ];
        for (text, written) in cases {
            assert_eq!(quoted(text), written);
        }
    }
}
