//! `SipHash`-1-3 (Aumasson and Bernstein, 2012) of messages of sixteen bytes: the cookies of pings and sweeps, twice for every packet.
//!
//! The standard library's takes messages of any length piece by piece, which costs three times as much.

use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;

/// A key that nobody else knows.
#[derive(Clone, Copy, Debug)]
pub struct SipKey([u64; 2]);

impl SipKey {
    /// A fresh random key.
    pub fn new() -> Self {
        let random = RandomState::new();
        Self([random.hash_one(0), random.hash_one(1)])
    }

    /// A hash of an address with a number of its own and another one: who does not have the key cannot guess it.
    pub const fn cookie(&self, address: IpAddr, number: u16, other: u64) -> u64 {
        match address {
            IpAddr::V4(address) => self.hash([(address.to_bits() as u64) << 16 | number as u64, other]),
            IpAddr::V6(address) => {
                let bits = address.to_bits();
                let address = self.hash([(bits >> 64) as u64, bits as u64]);
                self.hash([address ^ (number as u64) << 48, other])
            }
        }
    }

    /// The hash of two words, as their bytes in little-endian order.
    pub const fn hash(&self, message: [u64; 2]) -> u64 {
        let [k0, k1] = self.0;
        let mut state = [
            k0 ^ 0x736f_6d65_7073_6575,
            k1 ^ 0x646f_7261_6e64_6f6d,
            k0 ^ 0x6c79_6765_6e65_7261,
            k1 ^ 0x7465_6462_7974_6573,
        ];
        // The last block is the length, modulo 256, in its highest byte.
        let blocks = [message[0], message[1], 16 << 56];
        let mut at = 0;
        while at < blocks.len() {
            state[3] ^= blocks[at];
            state = round(state);
            state[0] ^= blocks[at];
            at += 1;
        }
        state[2] ^= 0xff;
        let [v0, v1, v2, v3] = round(round(round(state)));
        v0 ^ v1 ^ v2 ^ v3
    }
}

impl Default for SipKey {
    fn default() -> Self {
        Self::new()
    }
}

#[inline]
const fn round([mut v0, mut v1, mut v2, mut v3]: [u64; 4]) -> [u64; 4] {
    v0 = v0.wrapping_add(v1);
    v2 = v2.wrapping_add(v3);
    v1 = v1.rotate_left(13) ^ v0;
    v3 = v3.rotate_left(16) ^ v2;
    v0 = v0.rotate_left(32);
    v2 = v2.wrapping_add(v1);
    v0 = v0.wrapping_add(v3);
    v1 = v1.rotate_left(17) ^ v2;
    v3 = v3.rotate_left(21) ^ v0;
    v2 = v2.rotate_left(32);
    [v0, v1, v2, v3]
}

#[cfg(test)]
mod tests {
    use std::hash::{DefaultHasher, Hasher};

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The standard library's hasher is the same function with the key zero.
        #[test]
        fn it_is_the_standard_librarys(first: u64, second: u64) {
            let mut hasher = DefaultHasher::new();
            hasher.write(&[first.to_le_bytes(), second.to_le_bytes()].concat());
            prop_assert_eq!(SipKey([0, 0]).hash([first, second]), hasher.finish());
        }
    }

    #[test]
    fn keys_differ_and_matter() {
        let (one, other) = (SipKey::new(), SipKey::new());
        assert_ne!(one.0, other.0);
        assert_ne!(one.hash([1, 2]), other.hash([1, 2]));
        assert_eq!(one.hash([1, 2]), one.hash([1, 2]));
    }
}
