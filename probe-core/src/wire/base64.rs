//! Base64 (RFC 4648).

const SYMBOLS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Writes base64 with padding (section 4).
pub(crate) fn push(text: &mut String, bytes: &[u8]) {
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for symbol in 0..4 {
            let index = bits >> (18 - 6 * symbol) & 0x3f;
            text.push(if symbol <= group.len() { SYMBOLS[index as usize].into() } else { '=' });
        }
    }
}

/// Base64 with padding (section 4).
#[cfg(any(feature = "dialogue", feature = "http-client", feature = "grpc"))]
pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    push(&mut text, bytes);
    text
}

/// Base64 for URLs, without padding (section 5).
#[cfg(feature = "http-client")]
pub(crate) fn encode_for_url(bytes: &[u8]) -> String {
    encode(bytes).trim_end_matches('=').replace('+', "-").replace('/', "_")
}

/// Reads base64 with padding or without; `None` if it is not base64. Bits that are left over are not looked at.
#[cfg(feature = "grpc")]
pub(crate) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let padding = text.iter().rev().take_while(|byte| **byte == b'=').count();
    if padding > 0 && (padding > 2 || !text.len().is_multiple_of(4)) {
        return None;
    }
    let text = &text[..text.len() - padding];
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    for group in text.chunks(4) {
        let mut bits = 0_u32;
        for byte in group {
            bits = bits << 6 | SYMBOLS.iter().position(|symbol| symbol == byte)? as u32;
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

#[cfg(all(test, feature = "http-client", feature = "grpc"))]
mod tests {
    use super::*;

    #[test]
    fn encodes_the_examples_of_the_rfc() {
        for (bytes, text) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(encode(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn urls_get_other_symbols_and_no_padding() {
        assert_eq!(encode(&[0xfb, 0xff]), "+/8=");
        assert_eq!(encode_for_url(&[0xfb, 0xff]), "-_8");
    }

    #[test]
    fn reads_with_padding_and_without() {
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("fooba", "Zm9vYmE=")]
        {
            for text in [text, text.trim_end_matches('=')] {
                assert_eq!(decode(text.as_bytes()).as_deref(), Some(bytes.as_bytes()), "{text}");
            }
        }
    }

    #[test]
    fn reads_nothing_else() {
        for text in ["Z", "Zg=", "Zg===", "=", "Zm9v=", "Zm9v====", "Z=g=", "Zm 9v", "Zm_-", "!!!"] {
            assert_eq!(decode(text.as_bytes()), None, "{text}");
        }
    }
}
