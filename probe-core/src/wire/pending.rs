//! Which request does this reply answer? Sequence numbers in use, and the cookie that proves a reply is ours.

use std::fmt;
use std::net::IpAddr;

use super::Sequence;
use super::sip::SipKey;

/// How many requests one identifier can tell apart.
pub const SEQUENCES: usize = 1 << 16;

/// Longest cookie, in bytes; a shorter payload carries as much of it as fits.
pub const COOKIE_LENGTH: usize = 8;

/// The 65,536 sequence numbers of one identifier and the request that holds each. Claim, look up and release are O(1)
/// while less than all of them are in use.
pub struct SequenceSpace {
    /// Request number plus one; 0 is free. Zeroed memory costs nothing until it is touched.
    holders: Box<[u32]>,
    next: u16,
    used: usize,
}

impl SequenceSpace {
    /// An empty space that hands out sequence numbers from `first` on.
    pub fn new(first: Sequence) -> Self {
        Self { holders: vec![0; SEQUENCES].into_boxed_slice(), next: first.0, used: 0 }
    }

    /// Gives the next free sequence number to `request`, or `None` if all are in use.
    pub fn claim(&mut self, request: u32) -> Option<Sequence> {
        if self.used == SEQUENCES {
            return None;
        }
        while self.holders[usize::from(self.next)] != 0 {
            self.next = self.next.wrapping_add(1);
        }
        let sequence = Sequence(self.next);
        self.holders[usize::from(self.next)] = request + 1;
        self.next = self.next.wrapping_add(1);
        self.used += 1;
        Some(sequence)
    }

    /// The request that holds `sequence`.
    pub fn holder(&self, sequence: Sequence) -> Option<u32> {
        self.holders[usize::from(sequence.0)].checked_sub(1)
    }

    /// Frees `sequence`.
    pub fn release(&mut self, sequence: Sequence) {
        let holder = &mut self.holders[usize::from(sequence.0)];
        if *holder != 0 {
            *holder = 0;
            self.used -= 1;
        }
    }

    /// Sequence numbers in use.
    pub fn used(&self) -> usize {
        self.used
    }
}

impl fmt::Debug for SequenceSpace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SequenceSpace")
            .field("next", &self.next)
            .field("used", &self.used)
            .finish_non_exhaustive()
    }
}

/// Makes the cookies of one engine: a keyed hash (SipHash) over what a reply must match. Who cannot see the request
/// cannot guess it.
#[derive(Clone, Debug, Default)]
pub struct CookieKey(SipKey);

impl CookieKey {
    /// A fresh random key.
    pub fn new() -> Self {
        Self::default()
    }

    /// The cookie of the request with this sequence number to this destination; `generation` tells apart requests that
    /// hold the same sequence number one after the other.
    pub fn cookie(&self, destination: IpAddr, sequence: Sequence, generation: u32) -> [u8; COOKIE_LENGTH] {
        self.0.cookie(destination, sequence.0, generation.into()).to_be_bytes()
    }

    /// Whether `payload` begins with as much of `cookie` as a payload of its length carries.
    pub fn matches(cookie: [u8; COOKIE_LENGTH], payload: &[u8]) -> bool {
        let length = payload.len().min(COOKIE_LENGTH);
        payload[..length] == cookie[..length]
    }

    /// A number nobody can predict, for identifiers and first sequence numbers.
    pub fn random(&self) -> u64 {
        self.0.hash([0, 0])
    }
}

/// Writes the payload of a request into `into`: the cookie, then a fixed pattern up to `length` bytes.
pub fn fill_payload(cookie: [u8; COOKIE_LENGTH], length: usize, into: &mut Vec<u8>) {
    let start = into.len();
    into.extend_from_slice(&cookie[..length.min(COOKIE_LENGTH)]);
    into.resize(start + length, 0);
    for (at, byte) in into[start..].iter_mut().enumerate().skip(COOKIE_LENGTH) {
        *byte = at as u8;
    }
}

/// Whether `payload`, cut off or not, is what [`fill_payload`] wrote after the cookie.
pub fn is_pattern(payload: &[u8]) -> bool {
    payload.iter().enumerate().skip(COOKIE_LENGTH).all(|(at, &byte)| byte == at as u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::net::Ipv4Addr;

    const HOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    #[test]
    fn all_sequences_are_handed_out_once_and_wrap() {
        let mut space = SequenceSpace::new(Sequence(65_530));
        let mut seen = vec![false; SEQUENCES];
        for request in 0..SEQUENCES as u32 {
            let sequence = space.claim(request).expect("free");
            assert!(!std::mem::replace(&mut seen[usize::from(sequence.0)], true));
            assert_eq!(space.holder(sequence), Some(request));
        }
        assert_eq!(space.claim(7), None);
        space.release(Sequence(12));
        space.release(Sequence(12));
        assert_eq!(space.used(), SEQUENCES - 1);
        assert_eq!(space.claim(99), Some(Sequence(12)));
    }

    #[test]
    fn cookie_depends_on_everything_a_reply_must_match() {
        let key = CookieKey::new();
        let cookie = key.cookie(HOST, Sequence(1), 0);
        assert_eq!(cookie, key.cookie(HOST, Sequence(1), 0));
        assert_ne!(cookie, key.cookie(HOST, Sequence(2), 0));
        assert_ne!(cookie, key.cookie(HOST, Sequence(1), 1));
        assert_ne!(cookie, key.cookie(Ipv4Addr::new(127, 0, 0, 2).into(), Sequence(1), 0));
        assert_ne!(cookie, CookieKey::new().cookie(HOST, Sequence(1), 0));
    }

    proptest! {
        #[test]
        fn payload_of_any_length_is_recognised(length in 0_usize..2000) {
            let cookie = CookieKey::new().cookie(HOST, Sequence(3), 4);
            let mut payload = Vec::new();
            fill_payload(cookie, length, &mut payload);
            prop_assert_eq!(payload.len(), length);
            prop_assert!(CookieKey::matches(cookie, &payload) && is_pattern(&payload));
        }

        #[test]
        fn payload_with_one_changed_byte_is_not(length in 1_usize..200, at in 0_usize..200, bit in 0_u8..8) {
            let cookie = CookieKey::new().cookie(HOST, Sequence(3), 4);
            let mut payload = Vec::new();
            fill_payload(cookie, length, &mut payload);
            payload[at % length] ^= 1 << bit;
            prop_assert!(!(CookieKey::matches(cookie, &payload) && is_pattern(&payload)));
        }
    }
}
