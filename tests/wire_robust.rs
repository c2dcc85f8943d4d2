//! Whatever bytes arrive, no decoder panics; and no damaged packet passes for the packet it was.

#[path = "wire_robust/packets.rs"]
mod packets;

use std::fmt::Debug;

use packets::{DESTINATION_V4, DESTINATION_V6, SOURCE_V4, SOURCE_V6, SYN};
use probe_core::wire::checksum::{Checksum, checksum};
use probe_core::wire::echo::{self, ChecksumPolicy};
use probe_core::wire::ipv4::{self, Ipv4Header};
use probe_core::wire::ipv6::{self, Ipv6Header};
use probe_core::wire::{ErrorKind, IpVersion, WireError, dns, pending, quoted, tcp};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// The longest packets that decoders are tried with, in bytes.
const LONGEST: usize = 2048;
/// How an answer over IPv6 is verified.
const ANSWER_V6: ChecksumPolicy =
    ChecksumPolicy::VerifyBetween { source: DESTINATION_V6, destination: SOURCE_V6 };

/// What a packet means, as text; or why it means nothing.
type Meaning = Result<String, WireError>;

#[test]
fn damaged_echo_reply_is_not_that_reply() {
    damaged_differs(&packets::echo_reply_v4(), icmp);
    damaged_differs(&packets::echo_reply_v6(), icmpv6);
}

#[test]
fn damaged_error_does_not_quote_that_request() {
    damaged_differs(&packets::unreachable_v4(), icmp);
    damaged_differs(&packets::unreachable_v6(), icmpv6);
}

#[test]
fn damaged_segment_is_not_that_answer() {
    damaged_differs(&packets::syn_ack(), segment);
}

#[test]
fn damaged_packet_with_ip_options_does_not_hold_that_reply() {
    damaged_differs(&packets::echo_reply_with_options(), packet_v4);
}

#[test]
fn damaged_packets_panic_no_decoder() {
    for packet in packets::all() {
        damaged(&packet, every_decoder);
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_panic_no_decoder(bytes in vec(any::<u8>(), 0..=LONGEST)) {
        every_decoder(&bytes);
    }

    /// Such bytes get further into the decoders than bytes without any order.
    #[test]
    fn rewritten_packets_panic_no_decoder(
        packet in select(packets::all().to_vec()),
        changes in vec((any::<Index>(), any::<u8>()), 0..16),
        tail in vec(any::<u8>(), 0..64),
        length in any::<Index>(),
    ) {
        let mut bytes = packet;
        bytes.extend_from_slice(&tail);
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        bytes.truncate(length.index(bytes.len() + 1));
        every_decoder(&bytes);
    }

    #[test]
    fn checksum_does_not_depend_on_where_the_bytes_are_cut(
        bytes in vec(any::<u8>(), 0..=LONGEST),
        cuts in vec(any::<Index>(), 0..4),
    ) {
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        cuts.sort_unstable();
        let mut sum = Checksum::new();
        let mut start = 0;
        for cut in cuts {
            sum.add(&bytes[start..cut]);
            start = cut;
        }
        sum.add(&bytes[start..]);
        prop_assert_eq!(sum.finish(), checksum(&bytes));
    }
}

/// Neither a proper prefix of a valid packet nor the packet with one bit flipped means what the packet means.
#[track_caller]
fn damaged_differs(valid: &[u8], meaning: fn(&[u8]) -> Meaning) {
    let whole = meaning(valid);
    assert!(whole.is_ok(), "the packet is not valid: {whole:?}");
    damaged(valid, |bytes| assert_ne!(meaning(bytes), whole, "{bytes:02x?}"));
}

/// Hands out every proper prefix of a packet, and the packet with each of its bits flipped.
fn damaged(valid: &[u8], mut see: impl FnMut(&[u8])) {
    for length in 0..valid.len() {
        see(&valid[..length]);
    }
    for bit in 0..valid.len() * 8 {
        let mut flipped = valid.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        see(&flipped);
    }
}

fn icmp(message: &[u8]) -> Meaning {
    echo::decode(IpVersion::V4, message, ChecksumPolicy::Verify).map(text)
}

fn icmpv6(message: &[u8]) -> Meaning {
    echo::decode(IpVersion::V6, message, ANSWER_V6).map(text)
}

fn segment(segment: &[u8]) -> Meaning {
    tcp::verify_checksum(DESTINATION_V4.into(), SOURCE_V4.into(), segment)?;
    let segment = tcp::decode(segment)?;
    Ok(text((segment, tcp::classify(&segment, &SYN))))
}

fn packet_v4(packet: &[u8]) -> Meaning {
    ipv4::verify_checksum(packet)?;
    let (header, message) = Ipv4Header::parse(packet)?;
    Ok(text((header, icmp(message)?)))
}

fn text(value: impl Debug) -> String {
    format!("{value:?}")
}

/// Puts bytes through everything that reads bytes.
fn every_decoder(bytes: &[u8]) {
    for version in [IpVersion::V4, IpVersion::V6] {
        for policy in [ChecksumPolicy::Skip, ChecksumPolicy::Verify, ANSWER_V6] {
            let _ = echo::decode(version, bytes, policy);
        }
        let _ = quoted::decode(version, bytes);
        let _ = quoted::decode_quoted_packet(version, bytes);
        let _ = quoted::decode_echo_header(version, bytes);
        let _ = quoted::find_echo_request(bytes, version);
        if let &[kind, code, a, b, c, d, ..] = bytes {
            let _ = ErrorKind::from_icmp(version, kind, code, u32::from_be_bytes([a, b, c, d]));
        }
    }
    let _ = Ipv4Header::parse(bytes);
    let _ = Ipv4Header::parse_quoted(bytes);
    let _ = ipv4::verify_checksum(bytes);
    let _ = Ipv6Header::parse(bytes);
    let _ = Ipv6Header::parse_quoted(bytes);
    for next_header in 0..=u8::MAX {
        let _ = ipv6::upper_layer(next_header, bytes);
    }
    let _ = tcp::verify_checksum(SOURCE_V6.into(), DESTINATION_V6.into(), bytes);
    if let Ok(segment) = tcp::decode(bytes) {
        let _ = tcp::classify(&segment, &SYN);
    }
    let _ = dns::Message::parse(bytes);
    let _ = pending::is_pattern(bytes);
    let _ = pending::CookieKey::matches([0; pending::COOKIE_LENGTH], bytes);
}
