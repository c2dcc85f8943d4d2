//! The security policy of our pages: nothing but their own style and script, known by their sums.

use std::fmt::Write;

use aws_lc_rs::digest::{SHA256, digest};
use hyper::header::HeaderValue;

/// The alphabet of base64 (RFC 4648 section 4).
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// A policy that allows this style, this script, and forms to ourselves.
pub(super) fn allowing(style: &str, script: &str) -> HeaderValue {
    let mut policy =
        String::from("default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'");
    for (kind, text) in [("style-src", style), ("script-src", script)] {
        // Writing to a string cannot fail.
        let _ = write!(policy, "; {kind} 'sha256-{}'", base64(digest(&SHA256, text.as_bytes()).as_ref()));
    }
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

fn base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let byte = |at: usize| group.get(at).copied().map_or(0, u32::from);
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let digit = ALPHABET[(bits >> (18 - 6 * at) & 63) as usize];
            text.push(if at > group.len() { '=' } else { char::from(digit) });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_the_standard() {
        // RFC 6234 section 8.5, first test, in base64.
        let sum = digest(&SHA256, b"abc");
        assert_eq!(base64(sum.as_ref()), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
        for (bytes, text) in [(&b""[..], ""), (b"f", "Zg=="), (b"fo", "Zm8="), (b"foo", "Zm9v")] {
            assert_eq!(base64(bytes), text);
        }
    }

    #[test]
    fn a_policy_allows_nothing_else() {
        let policy = allowing("a", "b");
        let policy = policy.to_str().expect("text");
        assert!(policy.starts_with("default-src 'none'; "), "{policy}");
        assert_eq!(policy.matches("'sha256-").count(), 2, "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
    }
}
