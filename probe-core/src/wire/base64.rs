//! Base64 with the usual alphabet (RFC 4648 section 4).

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Writes bytes, with padding at the end or without.
pub fn encode(bytes: &[u8], padded: bool) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits =
            group.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for place in 0..4 {
            if place <= group.len() {
                text.push(char::from(ALPHABET[(bits >> (18 - 6 * place)) as usize & 63]));
            } else if padded {
                text.push('=');
            }
        }
    }
    text
}

/// Reads text with or without padding; `None` if it is not base64. Bits that are left over are not looked at.
pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let padding = text.iter().rev().take_while(|byte| **byte == b'=').count();
    if padding > 0 && (padding > 2 || text.len() % 4 != 0) {
        return None;
    }
    let text = &text[..text.len() - padding];
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    for group in text.chunks(4) {
        let mut bits = 0_u32;
        for byte in group {
            bits = bits << 6 | ALPHABET.iter().position(|letter| letter == byte)? as u32;
        }
        let whole = match group.len() {
            4 => 3,
            3 => 2,
            2 => 1,
            _ => return None,
        };
        bits <<= 6 * (4 - group.len());
        bytes.extend_from_slice(&bits.to_be_bytes()[1..=whole]);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4648 section 10.
    const VECTORS: [(&[u8], &str); 7] = [
        (b"", ""),
        (b"f", "Zg=="),
        (b"fo", "Zm8="),
        (b"foo", "Zm9v"),
        (b"foob", "Zm9vYg=="),
        (b"fooba", "Zm9vYmE="),
        (b"foobar", "Zm9vYmFy"),
    ];

    #[test]
    fn writes_and_reads_with_padding_and_without() {
        for (bytes, text) in VECTORS {
            let bare = text.trim_end_matches('=');
            assert_eq!((encode(bytes, true), encode(bytes, false)), (text.to_owned(), bare.to_owned()));
            assert_eq!(decode(text.as_bytes()).as_deref(), Some(bytes));
            assert_eq!(decode(bare.as_bytes()).as_deref(), Some(bytes));
        }
        assert_eq!(encode(&[0xfb, 0xff], true), "+/8=");
    }

    #[test]
    fn everything_else_is_refused() {
        for text in ["Z", "Zg=", "Zg===", "=", "Zm9v=", "Zm9v====", "Z=g=", "Zm 9v", "Zm_-", "!!!"] {
            assert_eq!(decode(text.as_bytes()), None, "{text}");
        }
    }
}
