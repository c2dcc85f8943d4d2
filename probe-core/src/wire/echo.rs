//! ICMP echo (RFC 792 "Echo or Echo Reply Message") and ICMPv6 echo (RFC 4443 section 4), and what an ICMP socket
//! receives beside it.

use std::net::{IpAddr, Ipv6Addr};

use super::checksum::{checksum, pseudo_header};
use super::quoted::{self, IcmpError};
use super::{Identifier, IpVersion, Sequence, WireError, number, split_header};

/// The length of an echo's header, in bytes. What follows is its payload.
pub const HEADER_LENGTH: usize = 8;

/// An echo request or reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Echo<'a> {
    /// Which process asked.
    pub identifier: Identifier,
    /// Which of its requests this is.
    pub sequence: Sequence,
    /// What the request carried and the reply brings back.
    pub payload: &'a [u8],
}

/// An ICMP message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// Someone's request.
    EchoRequest(Echo<'a>),
    /// Someone's reply. Its code is not looked at, as no receiver does.
    EchoReply(Echo<'a>),
    /// What became of a packet that someone sent.
    Error(IcmpError<'a>),
    /// A message that no probe reads.
    Other {
        /// Its type.
        kind: u8,
        /// Its code.
        code: u8,
    },
}

/// Whether [`decode`] verifies the checksum of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChecksumPolicy {
    /// Do not: someone else has, or the message is one of ours.
    Skip,
    /// Verify ICMP. The checksum of ICMPv6 covers addresses that are not in the message; the kernel has verified it
    /// before a socket receives it.
    Verify,
    /// Verify ICMP and ICMPv6, the latter with these addresses of the packet.
    VerifyBetween {
        /// Who sent it.
        source: Ipv6Addr,
        /// Whom it is for.
        destination: Ipv6Addr,
    },
}

/// Writes an echo request into `into`, replacing what was there.
///
/// The checksum of ICMP is filled in. That of ICMPv6 is left zero: the kernel fills it in on every `IPPROTO_ICMPV6`
/// socket (RFC 3542 section 3.1).
///
/// ```
/// use probe_core::wire::{ChecksumPolicy, Identifier, IpVersion, Message, Sequence, echo};
///
/// let mut request = Vec::new();
/// echo::emit_request(IpVersion::V4, Identifier(7), Sequence(1), b"hello", &mut request);
/// match echo::decode(IpVersion::V4, &request, ChecksumPolicy::Verify) {
///     Ok(Message::EchoRequest(echo)) => assert_eq!(echo.payload, b"hello"),
///     other => panic!("{other:?}"),
/// }
/// ```
pub fn emit_request(
    version: IpVersion,
    identifier: Identifier,
    sequence: Sequence,
    payload: &[u8],
    into: &mut Vec<u8>,
) {
    write_request(version, identifier, sequence, payload, into);
    if version == IpVersion::V4 {
        let sum = checksum(into);
        into[2..4].copy_from_slice(&sum.to_be_bytes());
    }
}

/// Writes an ICMPv6 echo request with its checksum into `into`, replacing what was there: for sockets below the
/// kernel's ICMPv6, where nobody else fills it in.
pub fn emit_request_v6_with_checksum(
    source: Ipv6Addr,
    destination: Ipv6Addr,
    identifier: Identifier,
    sequence: Sequence,
    payload: &[u8],
    into: &mut Vec<u8>,
) {
    write_request(IpVersion::V6, identifier, sequence, payload, into);
    let sum = checksum_v6(source, destination, into);
    into[2..4].copy_from_slice(&sum.to_be_bytes());
}

/// Reads an ICMP or ICMPv6 message, starting at its type.
pub fn decode(
    version: IpVersion,
    message: &[u8],
    checksum: ChecksumPolicy,
) -> Result<Message<'_>, WireError> {
    let (&[kind, code, ..], _) = split_header::<HEADER_LENGTH>(message)?;
    verify(version, message, checksum)?;
    if kind == reply_kind(version) {
        return Ok(Message::EchoReply(echo(message)?));
    }
    if kind == request_kind(version) {
        return Ok(Message::EchoRequest(echo(message)?));
    }
    let error = quoted::decode(version, message)?;
    Ok(error.map_or(Message::Other { kind, code }, Message::Error))
}

/// The type of an echo request: 8, or 128 for ICMPv6.
pub(crate) const fn request_kind(version: IpVersion) -> u8 {
    match version {
        IpVersion::V4 => number::ICMP_ECHO_REQUEST,
        IpVersion::V6 => number::ICMPV6_ECHO_REQUEST,
    }
}

/// Identifier, sequence and payload of an echo, whose type is known already.
pub(super) fn echo(message: &[u8]) -> Result<Echo<'_>, WireError> {
    let (&[_, _, _, _, a, b, c, d], payload) = split_header::<HEADER_LENGTH>(message)?;
    Ok(Echo {
        identifier: Identifier(u16::from_be_bytes([a, b])),
        sequence: Sequence(u16::from_be_bytes([c, d])),
        payload,
    })
}

/// The type of an echo reply: 0, or 129 for ICMPv6.
pub(crate) const fn reply_kind(version: IpVersion) -> u8 {
    match version {
        IpVersion::V4 => number::ICMP_ECHO_REPLY,
        IpVersion::V6 => number::ICMPV6_ECHO_REPLY,
    }
}

fn write_request(
    version: IpVersion,
    identifier: Identifier,
    sequence: Sequence,
    payload: &[u8],
    into: &mut Vec<u8>,
) {
    let [a, b] = identifier.0.to_be_bytes();
    let [c, d] = sequence.0.to_be_bytes();
    into.clear();
    into.reserve(HEADER_LENGTH + payload.len());
    into.extend_from_slice(&[request_kind(version), 0, 0, 0, a, b, c, d]);
    into.extend_from_slice(payload);
}

fn verify(version: IpVersion, message: &[u8], policy: ChecksumPolicy) -> Result<(), WireError> {
    let sum = match (version, policy) {
        (_, ChecksumPolicy::Skip) | (IpVersion::V6, ChecksumPolicy::Verify) => return Ok(()),
        (IpVersion::V4, _) => checksum(message),
        (IpVersion::V6, ChecksumPolicy::VerifyBetween { source, destination }) => {
            checksum_v6(source, destination, message)
        }
    };
    if sum == 0 { Ok(()) } else { Err(WireError::Checksum) }
}

/// The checksum of ICMPv6 covers a pseudo header (RFC 4443 section 2.3).
fn checksum_v6(source: Ipv6Addr, destination: Ipv6Addr, message: &[u8]) -> u16 {
    let (source, destination) = (IpAddr::V6(source), IpAddr::V6(destination));
    let mut sum = pseudo_header(source, destination, number::ICMPV6, message.len() as u32);
    sum.add(message);
    sum.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::samples;
    use pnet_packet::icmp::IcmpPacket;
    use pnet_packet::icmpv6::Icmpv6Packet;
    use proptest::prelude::*;

    const ECHO: Echo<'static> =
        Echo { identifier: Identifier(0x1234), sequence: Sequence(7), payload: b"probe" };

    const FROM_DESTINATION: ChecksumPolicy =
        ChecksumPolicy::VerifyBetween { source: samples::DESTINATION_V6, destination: samples::SOURCE_V6 };

    #[test]
    fn request_is_the_literal_one() {
        let mut request = vec![0xff; 3];
        emit_request(IpVersion::V4, ECHO.identifier, ECHO.sequence, ECHO.payload, &mut request);
        assert_eq!(request, samples::ECHO_REQUEST_V4);
    }

    #[test]
    fn request_of_icmpv6_leaves_the_checksum_to_the_kernel() {
        let mut request = Vec::new();
        emit_request(IpVersion::V6, ECHO.identifier, ECHO.sequence, ECHO.payload, &mut request);
        let mut expected = samples::ECHO_REQUEST_V6;
        expected[2..4].fill(0);
        assert_eq!(request, expected);
    }

    #[test]
    fn request_of_icmpv6_with_checksum_is_the_literal_one() {
        let (source, destination) = (samples::SOURCE_V6, samples::DESTINATION_V6);
        let mut request = Vec::new();
        emit_request_v6_with_checksum(
            source,
            destination,
            ECHO.identifier,
            ECHO.sequence,
            ECHO.payload,
            &mut request,
        );
        assert_eq!(request, samples::ECHO_REQUEST_V6);
    }

    #[test]
    fn literal_echoes_decode() {
        let verify = ChecksumPolicy::Verify;
        for (version, message, policy, expected) in [
            (IpVersion::V4, samples::ECHO_REQUEST_V4, verify, Message::EchoRequest(ECHO)),
            (IpVersion::V4, samples::ECHO_REPLY_V4, verify, Message::EchoReply(ECHO)),
            (IpVersion::V6, samples::ECHO_REQUEST_V6, verify, Message::EchoRequest(ECHO)),
            (IpVersion::V6, samples::ECHO_REPLY_V6, FROM_DESTINATION, Message::EchoReply(ECHO)),
        ] {
            assert_eq!(decode(version, &message, policy), Ok(expected));
        }
    }

    #[test]
    fn literal_error_decodes() {
        let between =
            ChecksumPolicy::VerifyBetween { source: samples::ROUTER_V6, destination: samples::SOURCE_V6 };
        let message = decode(IpVersion::V6, &samples::TOO_BIG_V6, between);
        assert!(matches!(message, Ok(Message::Error(_))), "{message:?}");
    }

    #[test]
    fn wrong_checksum_is_refused_unless_skipped() {
        let mut reply = samples::ECHO_REPLY_V4;
        reply[3] ^= 0xff;
        assert_eq!(decode(IpVersion::V4, &reply, ChecksumPolicy::Verify), Err(WireError::Checksum));
        assert_eq!(decode(IpVersion::V4, &reply, ChecksumPolicy::Skip), Ok(Message::EchoReply(ECHO)));
        let reply = samples::ECHO_REPLY_V6;
        let elsewhere =
            ChecksumPolicy::VerifyBetween { source: samples::ROUTER_V6, destination: samples::SOURCE_V6 };
        assert_eq!(decode(IpVersion::V6, &reply, elsewhere), Err(WireError::Checksum));
    }

    #[test]
    fn every_flipped_bit_of_a_reply_is_noticed() {
        for (version, reply, policy) in [
            (IpVersion::V4, samples::ECHO_REPLY_V4, ChecksumPolicy::Verify),
            (IpVersion::V6, samples::ECHO_REPLY_V6, FROM_DESTINATION),
        ] {
            for bit in 0..reply.len() * 8 {
                let mut flipped = reply;
                flipped[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(decode(version, &flipped, policy), Err(WireError::Checksum), "bit {bit}");
            }
        }
    }

    #[test]
    fn every_prefix_is_refused_or_a_shorter_echo() {
        for length in 0..samples::ECHO_REPLY_V4.len() {
            let prefix = &samples::ECHO_REPLY_V4[..length];
            assert!(decode(IpVersion::V4, prefix, ChecksumPolicy::Verify).is_err(), "{length}");
            match decode(IpVersion::V4, prefix, ChecksumPolicy::Skip) {
                Ok(Message::EchoReply(echo)) => assert_eq!(echo.payload, &ECHO.payload[..length - 8]),
                other => assert_eq!(other, Err(WireError::Truncated { needed: 8, got: length })),
            }
        }
    }

    #[test]
    fn types_mean_nothing_in_the_other_version() {
        let skip = ChecksumPolicy::Skip;
        let other = Message::Other { kind: 129, code: 0 };
        assert_eq!(decode(IpVersion::V4, &samples::ECHO_REPLY_V6, skip), Ok(other));
        let other = Message::Other { kind: 0, code: 0 };
        assert_eq!(decode(IpVersion::V6, &samples::ECHO_REPLY_V4, skip), Ok(other));
    }

    proptest! {
        #[test]
        fn every_request_survives_the_round_trip(
            identifier: u16,
            sequence: u16,
            payload in proptest::collection::vec(any::<u8>(), 0..100),
            (source, destination) in any::<(Ipv6Addr, Ipv6Addr)>(),
        ) {
            let (identifier, sequence) = (Identifier(identifier), Sequence(sequence));
            let expected = Ok(Message::EchoRequest(Echo { identifier, sequence, payload: &payload }));
            let mut request = Vec::new();
            emit_request(IpVersion::V4, identifier, sequence, &payload, &mut request);
            prop_assert_eq!(decode(IpVersion::V4, &request, ChecksumPolicy::Verify), expected);
            let view = IcmpPacket::new(&request).expect("at least eight bytes");
            prop_assert_eq!(view.get_checksum(), pnet_packet::icmp::checksum(&view));

            emit_request_v6_with_checksum(source, destination, identifier, sequence, &payload, &mut request);
            let policy = ChecksumPolicy::VerifyBetween { source, destination };
            prop_assert_eq!(decode(IpVersion::V6, &request, policy), expected);
            let view = Icmpv6Packet::new(&request).expect("at least eight bytes");
            prop_assert_eq!(
                view.get_checksum(),
                pnet_packet::icmpv6::checksum(&view, &source, &destination)
            );
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
            for version in [IpVersion::V4, IpVersion::V6] {
                let _ = decode(version, &bytes, ChecksumPolicy::Skip);
                let _ = decode(version, &bytes, FROM_DESTINATION);
            }
        }
    }
}
