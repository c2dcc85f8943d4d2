//! SHA-256 (FIPS 180-4).

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{self, SHA256};

/// A digest.
pub(super) type Digest = [u8; 32];

/// The digest of all parts, each with its length before it, so that no two lists of parts are the same text.
pub(super) fn of_parts(parts: &[&[u8]]) -> Digest {
    let mut text = Vec::with_capacity(parts.iter().map(|part| part.len() + 8).sum());
    for part in parts {
        text.extend_from_slice(&(part.len() as u64).to_be_bytes());
        text.extend_from_slice(part);
    }
    of(&text)
}

/// The digest of a text.
pub(super) fn of(text: &[u8]) -> Digest {
    let mut digest = [0; 32];
    digest.copy_from_slice(digest::digest(&SHA256, text).as_ref());
    digest
}

/// Whether two digests are the same, in a time that does not tell where they differ.
pub(super) fn same(one: &Digest, other: &Digest) -> bool {
    verify_slices_are_equal(one, other).is_ok()
}

/// Reads 64 hexadecimal digits.
pub(super) fn from_hexadecimal(text: &str) -> Option<Digest> {
    let digits: Vec<u8> =
        text.chars().map(|digit| digit.to_digit(16).map(|digit| digit as u8)).collect::<Option<_>>()?;
    let bytes: Vec<u8> = digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect();
    bytes.try_into().ok().filter(|_| digits.len() == 64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_the_standard() {
        // RFC 6234 section 8.5, first test.
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(from_hexadecimal(expected), Some(of(b"abc")));
        assert_eq!(from_hexadecimal(&expected.to_uppercase()), Some(of(b"abc")));
    }

    #[test]
    fn every_bit_counts() {
        let digest = of(b"abc");
        for at in 0..256 {
            let mut other = digest;
            other[at / 8] ^= 1 << (at % 8);
            assert!(!same(&digest, &other), "bit {at}");
        }
        assert!(same(&digest, &of(b"abc")));
    }

    #[test]
    fn parts_cannot_be_shifted() {
        assert_ne!(of_parts(&[b"ab", b"c"]), of_parts(&[b"a", b"bc"]));
        assert_ne!(of_parts(&[b"", b"a"]), of_parts(&[b"a", b""]));
    }

    #[test]
    fn only_64_digits_are_a_digest() {
        for text in ["", "ab", &"0".repeat(63), &"0".repeat(65), &"g".repeat(64), &"é".repeat(32)] {
            assert_eq!(from_hexadecimal(text), None, "{text}");
        }
    }
}
