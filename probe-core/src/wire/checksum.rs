//! The Internet checksum (RFC 1071), in one go and piece by piece.

use std::net::IpAddr;

/// The Internet checksum of `bytes` (RFC 1071), ready to be put into a header whose checksum field is zero.
///
/// Over bytes that already hold their right checksum the result is zero, which is how a checksum is verified.
///
/// ```
/// use probe_core::wire::checksum::checksum;
///
/// let mut message = [8, 0, 0, 0, 0, 1, 0, 2];
/// let sum = checksum(&message);
/// message[2..4].copy_from_slice(&sum.to_be_bytes());
/// assert_eq!(checksum(&message), 0);
/// ```
#[inline]
pub fn checksum(bytes: &[u8]) -> u16 {
    let mut checksum = Checksum::new();
    checksum.add(bytes);
    checksum.finish()
}

/// The same of bytes that are at hand as words in network order, which needs no loop.
#[cfg(feature = "sweep")]
#[inline]
pub(crate) const fn checksum_of_words<const N: usize>(words: [u64; N]) -> u16 {
    let mut checksum = Checksum::new();
    let mut at = 0;
    while at < N {
        checksum.add_word(words[at]);
        at += 1;
    }
    checksum.finish()
}

/// The pseudo header of IPv4 (RFC 9293 section 3.1) or IPv6 (RFC 8200 section 8.1), already added up.
///
/// `length` is that of the upper-layer header and payload together. Both addresses are of one family.
pub fn pseudo_header(source: IpAddr, destination: IpAddr, protocol: u8, length: u32) -> Checksum {
    let mut checksum = Checksum::new();
    checksum.add_address(source);
    checksum.add_address(destination);
    // The two families order and widen these fields differently, but their sums are the same.
    checksum.add_word(u64::from(protocol));
    checksum.add_word(u64::from(length));
    checksum
}

/// A checksum being added up from pieces, each of any length, odd ones included.
#[derive(Clone, Copy, Debug, Default)]
pub struct Checksum {
    /// The ones' complement sum. Because 2¹⁶ ≡ 1 modulo 2¹⁶ − 1, wide sums fold to the same 16 bits.
    sum: u64,
    /// Whether an odd number of bytes was added: the next byte is the lower half of a word.
    odd: bool,
}

impl Checksum {
    /// The sum of nothing.
    pub const fn new() -> Self {
        Self { sum: 0, odd: false }
    }

    /// Adds bytes, as if they followed those added before.
    #[inline]
    pub fn add(&mut self, bytes: &[u8]) {
        let mut bytes = bytes;
        if self.odd
            && let Some((&first, rest)) = bytes.split_first()
        {
            self.add_word(u64::from(first));
            self.odd = false;
            bytes = rest;
        }
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.add_word(u64::from_be_bytes(*word));
        }
        if !rest.is_empty() {
            let mut last = [0; 8];
            last[..rest.len()].copy_from_slice(rest);
            self.add_word(u64::from_be_bytes(last));
            self.odd = rest.len() % 2 == 1;
        }
    }

    /// The checksum: the complement of the sum, folded to 16 bits.
    #[inline]
    pub const fn finish(self) -> u16 {
        // Twice for each width: what is carried over may carry once more.
        let sum = (self.sum & 0xffff_ffff) + (self.sum >> 32);
        let sum = (sum & 0xffff_ffff) + (sum >> 32);
        let sum = (sum & 0xffff) + (sum >> 16);
        let sum = (sum & 0xffff) + (sum >> 16);
        !(sum as u16)
    }

    fn add_address(&mut self, address: IpAddr) {
        match address {
            IpAddr::V4(address) => self.add(&address.octets()),
            IpAddr::V6(address) => self.add(&address.octets()),
        }
    }

    /// Adds with end-around carry. After a carry the sum is at most 2⁶⁴ − 2, so adding it cannot overflow.
    #[inline]
    const fn add_word(&mut self, word: u64) {
        let (sum, carried) = self.sum.overflowing_add(word);
        self.sum = sum + carried as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pnet_packet::util;
    use proptest::prelude::*;
    use std::net::{Ipv4Addr, Ipv6Addr};

    #[test]
    fn adds_up_the_example_of_rfc_1071() {
        // RFC 1071 section 3: the words 0001 f203 f4f5 f6f7 sum to ddf2.
        assert_eq!(checksum(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]), !0xddf2);
    }

    #[test]
    fn last_odd_byte_is_the_upper_half_of_a_word() {
        assert_eq!(checksum(&[0x12]), !0x1200);
        assert_eq!(checksum(&[0x12, 0x34, 0x56]), !(0x1234 + 0x5600));
        assert_eq!(checksum(&[]), 0xffff);
    }

    #[test]
    fn carries_go_around_the_end() {
        assert_eq!(checksum(&[0xff; 64]), 0);
        assert_eq!(checksum(&[0xff, 0xff, 0x00, 0x01]), !0x0001);
    }

    proptest! {
        #[test]
        fn agrees_with_pnet(bytes in proptest::collection::vec(any::<u8>(), 1..200)) {
            // pnet skips one word, where the checksum field would be; past the end it skips nothing.
            // Of no bytes at all it says 0, which is not the complement of their sum.
            prop_assert_eq!(checksum(&bytes), util::checksum(&bytes, usize::MAX));
        }

        #[test]
        #[cfg(feature = "sweep")]
        fn words_are_bytes(words: [u64; 5]) {
            let bytes = words.map(u64::to_be_bytes).concat();
            prop_assert_eq!(checksum_of_words(words), checksum(&bytes));
        }

        #[test]
        fn pieces_add_up_to_the_whole(bytes in proptest::collection::vec(any::<u8>(), 0..100), cuts in any::<[u8; 3]>()) {
            let mut cuts = cuts.map(|cut| usize::from(cut) % (bytes.len() + 1));
            cuts.sort_unstable();
            let mut sum = Checksum::new();
            sum.add(&bytes[..cuts[0]]);
            sum.add(&bytes[cuts[0]..cuts[1]]);
            sum.add(&bytes[cuts[1]..cuts[2]]);
            sum.add(&bytes[cuts[2]..]);
            prop_assert_eq!(sum.finish(), checksum(&bytes));
        }

        #[test]
        fn pseudo_headers_agree_with_pnet(
            v4 in any::<(Ipv4Addr, Ipv4Addr)>(),
            v6 in any::<(Ipv6Addr, Ipv6Addr)>(),
            protocol: u8,
            bytes in proptest::collection::vec(any::<u8>(), 0..100),
        ) {
            use pnet_packet::ip::IpNextHeaderProtocol;
            let next = IpNextHeaderProtocol::new(protocol);
            let mut sum = pseudo_header(v4.0.into(), v4.1.into(), protocol, bytes.len() as u32);
            sum.add(&bytes);
            prop_assert_eq!(sum.finish(), util::ipv4_checksum(&bytes, usize::MAX, &[], &v4.0, &v4.1, next));
            let mut sum = pseudo_header(v6.0.into(), v6.1.into(), protocol, bytes.len() as u32);
            sum.add(&bytes);
            prop_assert_eq!(sum.finish(), util::ipv6_checksum(&bytes, usize::MAX, &[], &v6.0, &v6.1, next));
        }
    }
}
