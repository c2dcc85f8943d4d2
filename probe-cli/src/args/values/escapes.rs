//! Text with escapes, for what cannot be typed.

/// Bytes to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Text(pub(crate) Vec<u8>);

/// Text in which `\r`, `\n`, `\t`, `\0`, `\xNN` and `\\` stand for single bytes.
pub(crate) fn text(text: &str) -> Result<Text, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        if *first != b'\\' {
            bytes.push(*first);
            continue;
        }
        let (byte, length) = match after {
            [b'r', ..] => (b'\r', 1),
            [b'n', ..] => (b'\n', 1),
            [b't', ..] => (b'\t', 1),
            [b'0', ..] => (0, 1),
            [b'\\', ..] => (b'\\', 1),
            [b'x', high, low, ..] => (hexadecimal(*high, *low).ok_or_else(unknown)?, 3),
            _ => return Err(unknown()),
        };
        bytes.push(byte);
        rest = &after[length..];
    }
    Ok(Text(bytes))
}

fn unknown() -> String {
    r"not an escape; write \r, \n, \t, \0, \xNN with two hexadecimal digits, or \\ for a backslash".to_owned()
}

fn hexadecimal(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    Some((digit(high)? * 16 + digit(low)?) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_stand_for_bytes() {
        for (written, bytes) in [
            ("", &b""[..]),
            ("PING", b"PING"),
            (r"a\r\n\t\0\\b", b"a\r\n\t\0\\b"),
            (r"\xff\x00\x4A", b"\xff\0J"),
            ("ä", "ä".as_bytes()),
        ] {
            assert_eq!(text(written), Ok(Text(bytes.to_vec())), "{written}");
        }
    }

    #[test]
    fn other_escapes_are_refused() {
        for written in [r"\", r"\q", r"\x", r"\x1", r"\xg0", r"a\"] {
            assert!(text(written).is_err_and(|problem| problem.contains(r"\xNN")), "{written}");
        }
    }
}
