//! Base64 (RFC 4648).

/// Writes base64 with padding (section 4).
pub(crate) fn push(text: &mut String, bytes: &[u8]) {
    const SYMBOLS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for symbol in 0..4 {
            let index = bits >> (18 - 6 * symbol) & 0x3f;
            text.push(if symbol <= group.len() { SYMBOLS[index as usize].into() } else { '=' });
        }
    }
}

/// Base64 with padding (section 4).
#[cfg(feature = "http-client")]
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

#[cfg(all(test, feature = "http-client"))]
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
}
