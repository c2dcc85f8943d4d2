//! Text in double quotes, escaped as Go's `%q` does it: log values and error bodies look like the reference's.

use std::fmt::{self, Write};

/// Displays bytes in double quotes; what is not UTF-8 is shown as `\xff`.
pub(crate) struct Quoted<'a>(pub(crate) &'a [u8]);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for chunk in self.0.utf8_chunks() {
            for character in chunk.valid().chars() {
                write_character(character, f)?;
            }
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        f.write_char('"')
    }
}

fn write_character(character: char, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match character {
        '"' => f.write_str("\\\""),
        '\\' => f.write_str("\\\\"),
        '\x07' => f.write_str("\\a"),
        '\x08' => f.write_str("\\b"),
        '\t' => f.write_str("\\t"),
        '\n' => f.write_str("\\n"),
        '\x0b' => f.write_str("\\v"),
        '\x0c' => f.write_str("\\f"),
        '\r' => f.write_str("\\r"),
        _ if is_printable(character) => f.write_char(character),
        _ if character.is_ascii() => write!(f, "\\x{:02x}", u32::from(character)),
        '\0'..='\u{ffff}' => write!(f, "\\u{:04x}", u32::from(character)),
        _ => write!(f, "\\U{:08x}", u32::from(character)),
    }
}

/// Whether it is shown as it is. Of the blanks that is the ordinary one alone.
pub(crate) fn is_printable(character: char) -> bool {
    match character {
        ' ' | '\'' | '"' | '\\' => true,
        _ => !character.is_whitespace() && character.escape_debug().len() == 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_as_the_reference_does() {
        for (bytes, quoted) in [
            (&b"nope"[..], r#""nope""#),
            (b"", r#""""#),
            (b"it's \"so\" \\", r#""it's \"so\" \\""#),
            (b"a\xff\"\n\xc3\xa9", r#""a\xff\"\né""#),
            (b"\x00\x1f\x7f\t", r#""\x00\x1f\x7f\t""#),
            ("\u{a0}\u{200b}\u{e0001}".as_bytes(), r#""\u00a0\u200b\U000e0001""#),
        ] {
            assert_eq!(Quoted(bytes).to_string(), quoted);
        }
    }
}
