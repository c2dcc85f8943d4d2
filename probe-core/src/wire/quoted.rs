//! ICMP errors and the packet of ours that they quote (RFC 792, RFC 4443 section 2.4 (c), RFC 4884).

use std::net::IpAddr;

use super::echo::{Echo, echo, request_kind};
use super::ipv4::Ipv4Header;
use super::ipv6::{self, Ipv6Header, upper_layer};
use super::{IpVersion, WireError, number, split_header};

pub use super::error_kind::{ErrorKind, TimeExceeded, Unreachable};

/// An ICMP error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IcmpError<'a> {
    /// What it says.
    pub kind: ErrorKind,
    /// The packet it speaks of.
    pub quoted: Quoted<'a>,
}

/// The start of a packet, as an error quotes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quoted<'a> {
    /// Who sent it.
    pub source: IpAddr,
    /// Whom it was for.
    pub destination: IpAddr,
    /// What was in it.
    pub inner: Inner<'a>,
}

/// What was in a quoted packet. Its payload may be cut anywhere, so checksums are not verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inner<'a> {
    /// An echo request.
    EchoRequest(Echo<'a>),
    /// A TCP segment.
    Tcp {
        /// The port it came from.
        source_port: u16,
        /// The port it was for.
        destination_port: u16,
        /// Its sequence number.
        sequence: u32,
    },
    /// A UDP datagram.
    Udp {
        /// The port it came from.
        source_port: u16,
        /// The port it was for.
        destination_port: u16,
    },
    /// Something else, or a fragment that is not the first.
    Other {
        /// What its IP header says it is.
        protocol: u8,
    },
}

/// Reads an ICMP error, starting at its type; `None` if the message is not an error.
pub fn decode(version: IpVersion, message: &[u8]) -> Result<Option<IcmpError<'_>>, WireError> {
    let (&[kind, code, _, _, rest @ ..], body) = split_header::<8>(message)?;
    let Some(error) = ErrorKind::from_icmp(version, kind, code, u32::from_be_bytes(rest)) else {
        return Ok(None);
    };
    let quoted = decode_quoted_packet(version, original_datagram(version, kind, rest, body))?;
    Ok(Some(IcmpError { kind: error, quoted }))
}

/// Reads a quoted packet, starting at its IP header, through IPv4 options and IPv6 extension headers.
pub fn decode_quoted_packet(version: IpVersion, bytes: &[u8]) -> Result<Quoted<'_>, WireError> {
    match version {
        IpVersion::V4 => {
            let (header, payload) = Ipv4Header::parse_quoted(bytes)?;
            Ok(Quoted {
                source: header.source.into(),
                destination: header.destination.into(),
                inner: inner(version, header.protocol, header.fragment_offset, payload)?,
            })
        }
        IpVersion::V6 => {
            let (header, payload) = Ipv6Header::parse_quoted(bytes)?;
            let upper = upper_layer(header.next_header, payload)?;
            Ok(Quoted {
                source: header.source.into(),
                destination: header.destination.into(),
                inner: inner(version, upper.protocol, upper.fragment_offset, upper.payload)?,
            })
        }
    }
}

/// Reads an echo request of ours, starting at its ICMP header: what the error queue of a ping socket holds.
pub fn decode_echo_header(version: IpVersion, bytes: &[u8]) -> Result<Echo<'_>, WireError> {
    let (&[kind, code], _) = split_header::<2>(bytes)?;
    if is_request(version, kind, code) {
        echo(bytes)
    } else {
        Err(WireError::UnexpectedMessage { kind, code })
    }
}

/// Finds our echo request in a frame whose link-layer header is unknown, and whom the request is for.
///
/// The error queue returns the whole frame with its transmit stamp. A frame that is cut is not searched.
pub fn find_echo_request(frame: &[u8], version: IpVersion) -> Option<(IpAddr, Echo<'_>)> {
    NETWORK_OFFSETS.iter().find_map(|&offset| echo_request_at(frame.get(offset..)?, version))
}

/// Where an IP header may start, the likely places first: Ethernet, no link layer, one VLAN tag, a four-byte header.
const NETWORK_OFFSETS: [usize; 21] =
    [14, 0, 18, 4, 2, 6, 8, 10, 12, 16, 20, 22, 24, 26, 28, 30, 32, 34, 36, 38, 40];

/// No link pads by more: Ethernet fills a payload up to 46 bytes (IEEE 802.3 section 3.2.8).
const LONGEST_PADDING: usize = 46;

/// The echo request in `bytes`, if they are a whole IP packet that holds one.
fn echo_request_at(bytes: &[u8], version: IpVersion) -> Option<(IpAddr, Echo<'_>)> {
    let length = match version {
        IpVersion::V4 => usize::from(Ipv4Header::parse(bytes).ok()?.0.total_length),
        IpVersion::V6 => ipv6::HEADER_LENGTH + Ipv6Header::parse(bytes).ok()?.1.len(),
    };
    if bytes.len().saturating_sub(length) > LONGEST_PADDING {
        return None;
    }
    let packet = decode_quoted_packet(version, bytes).ok()?;
    match packet.inner {
        Inner::EchoRequest(echo) => Some((packet.destination, echo)),
        _ => None,
    }
}

/// The part of an error's body that is the quoted packet, without extensions behind it (RFC 4884 sections 4 and 5).
fn original_datagram(version: IpVersion, kind: u8, rest: [u8; 4], body: &[u8]) -> &[u8] {
    /// Extensions come after at least this many bytes (RFC 4884 section 5.1); a smaller length is not one.
    const SHORTEST: usize = 128;
    let length = match (version, kind) {
        (
            IpVersion::V4,
            number::ICMP_UNREACHABLE | number::ICMP_TIME_EXCEEDED | number::ICMP_PARAMETER_PROBLEM,
        ) => usize::from(rest[1]) * 4,
        (IpVersion::V6, number::ICMPV6_UNREACHABLE | number::ICMPV6_TIME_EXCEEDED) => {
            usize::from(rest[0]) * 8
        }
        _ => 0,
    };
    match body.get(..length) {
        Some(datagram) if length >= SHORTEST => datagram,
        _ => body,
    }
}

fn inner(
    version: IpVersion,
    protocol: u8,
    fragment_offset: u16,
    payload: &[u8],
) -> Result<Inner<'_>, WireError> {
    let other = Inner::Other { protocol };
    if fragment_offset != 0 {
        return Ok(other);
    }
    match (version, protocol) {
        (IpVersion::V4, number::ICMP) | (IpVersion::V6, number::ICMPV6) => {
            let (&[kind, code], _) = split_header::<2>(payload)?;
            if is_request(version, kind, code) { Ok(Inner::EchoRequest(echo(payload)?)) } else { Ok(other) }
        }
        (_, number::TCP) => {
            let (&[a, b, c, d, sequence @ ..], _) = split_header::<8>(payload)?;
            Ok(Inner::Tcp {
                source_port: u16::from_be_bytes([a, b]),
                destination_port: u16::from_be_bytes([c, d]),
                sequence: u32::from_be_bytes(sequence),
            })
        }
        (_, number::UDP) => {
            let (&[a, b, c, d], _) = split_header::<4>(payload)?;
            Ok(Inner::Udp {
                source_port: u16::from_be_bytes([a, b]),
                destination_port: u16::from_be_bytes([c, d]),
            })
        }
        _ => Ok(other),
    }
}

/// Whether this is how our requests begin. Their code is always zero.
fn is_request(version: IpVersion, kind: u8, code: u8) -> bool {
    kind == request_kind(version) && code == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{HopLimit, Identifier, Sequence, ipv4, samples};
    use proptest::prelude::*;

    const ECHO: Echo<'static> =
        Echo { identifier: Identifier(0x1234), sequence: Sequence(7), payload: b"probe" };
    const CUT_ECHO: Echo<'static> = Echo { payload: b"", ..ECHO };

    fn quoted_v4(inner: Inner<'_>) -> Quoted<'_> {
        Quoted { source: samples::SOURCE_V4.into(), destination: samples::DESTINATION_V4.into(), inner }
    }

    fn quoted_v6(inner: Inner<'_>) -> Quoted<'_> {
        Quoted { source: samples::SOURCE_V6.into(), destination: samples::DESTINATION_V6.into(), inner }
    }

    fn packet_v4(protocol: u8, fragment_offset: u16, payload: &[u8]) -> Vec<u8> {
        let header = Ipv4Header {
            source: samples::SOURCE_V4,
            destination: samples::DESTINATION_V4,
            protocol,
            hop_limit: HopLimit(1),
            tos: 0,
            total_length: (ipv4::HEADER_LENGTH + payload.len()) as u16,
            identification: 0,
            dont_fragment: false,
            more_fragments: false,
            fragment_offset,
        };
        [&header.emit()[..], payload].concat()
    }

    #[test]
    fn literal_errors_decode() {
        let host = IcmpError {
            kind: ErrorKind::Unreachable(Unreachable::Host),
            quoted: quoted_v4(Inner::EchoRequest(CUT_ECHO)),
        };
        assert_eq!(decode(IpVersion::V4, &samples::HOST_UNREACHABLE_V4), Ok(Some(host)));
        let too_big = IcmpError {
            kind: ErrorKind::PacketTooBig { mtu: 1400 },
            quoted: quoted_v4(Inner::EchoRequest(ECHO)),
        };
        assert_eq!(decode(IpVersion::V4, &samples::TOO_BIG_V4), Ok(Some(too_big)));
        let too_big = IcmpError {
            kind: ErrorKind::PacketTooBig { mtu: 1280 },
            quoted: quoted_v6(Inner::EchoRequest(ECHO)),
        };
        assert_eq!(decode(IpVersion::V6, &samples::TOO_BIG_V6), Ok(Some(too_big)));
    }

    #[test]
    fn every_prefix_is_refused_or_quotes_the_same_packet() {
        for (version, message, needed) in [
            (IpVersion::V4, &samples::HOST_UNREACHABLE_V4[..], 36),
            (IpVersion::V4, &samples::TOO_BIG_V4, 40),
            (IpVersion::V6, &samples::TOO_BIG_V6, 56),
        ] {
            for length in 0..message.len() {
                match decode(version, &message[..length]) {
                    Ok(Some(error)) => match error.quoted.inner {
                        Inner::EchoRequest(echo) => {
                            assert!(length >= needed);
                            assert_eq!(Echo { payload: b"", ..echo }, CUT_ECHO);
                            assert!(ECHO.payload.starts_with(echo.payload));
                        }
                        other => panic!("{length}: {other:?}"),
                    },
                    other => assert!(length < needed && other.is_err(), "{length}: {other:?}"),
                }
            }
        }
    }

    #[test]
    fn replies_are_no_errors() {
        assert_eq!(decode(IpVersion::V4, &samples::ECHO_REPLY_V4), Ok(None));
        assert_eq!(decode(IpVersion::V6, &samples::ECHO_REPLY_V6), Ok(None));
    }

    #[test]
    fn quoted_segments_and_datagrams_are_known_by_their_ports() {
        let tcp = packet_v4(6, 0, &samples::SYN_V4[..8]);
        let expected = Inner::Tcp { source_port: 50_000, destination_port: 443, sequence: 0x1122_3344 };
        assert_eq!(decode_quoted_packet(IpVersion::V4, &tcp), Ok(quoted_v4(expected)));
        let udp = packet_v4(17, 0, &[0xc3, 0x50, 0x82, 0x9a, 0, 8, 0, 0]);
        let expected = Inner::Udp { source_port: 50_000, destination_port: 33_434 };
        assert_eq!(decode_quoted_packet(IpVersion::V4, &udp), Ok(quoted_v4(expected)));
    }

    #[test]
    fn what_is_not_ours_is_other() {
        for (packet, protocol) in [
            (packet_v4(1, 0, &samples::ECHO_REPLY_V4), 1),
            (packet_v4(58, 0, &samples::ECHO_REQUEST_V6), 58),
            (packet_v4(47, 0, &[]), 47),
            (packet_v4(1, 3, &samples::ECHO_REQUEST_V4), 1),
        ] {
            let expected = quoted_v4(Inner::Other { protocol });
            assert_eq!(decode_quoted_packet(IpVersion::V4, &packet), Ok(expected));
        }
    }

    #[test]
    fn extension_headers_of_the_quoted_packet_are_skipped() {
        let mut packet = samples::PACKET_V6[..40].to_vec();
        packet[6] = 60;
        packet[5] = 8 + 13;
        packet.extend([58, 0, 1, 4, 0, 0, 0, 0]);
        packet.extend(samples::ECHO_REQUEST_V6);
        let expected = quoted_v6(Inner::EchoRequest(ECHO));
        assert_eq!(decode_quoted_packet(IpVersion::V6, &packet), Ok(expected));
        assert_eq!(find_echo_request(&packet, IpVersion::V6), Some((samples::DESTINATION_V6.into(), ECHO)));
    }

    #[test]
    fn extensions_behind_the_quoted_packet_are_not_its_payload() {
        // Made by hand after RFC 4884: a quote cut to 128 bytes, the length in words, then an extension.
        let mut packet = packet_v4(1, 0, &[&samples::ECHO_REQUEST_V4[..], &[b'.'; 300]].concat());
        packet.truncate(128);
        let mut message = vec![11, 0, 0, 0, 0, 32, 0, 0];
        message.extend(&packet);
        message.extend([0x20, 0x00, 0xdf, 0xff]);
        let error = decode(IpVersion::V4, &message).expect("a valid message").expect("an error");
        assert_eq!(error.kind, ErrorKind::TimeExceeded(TimeExceeded::HopLimit));
        match error.quoted.inner {
            Inner::EchoRequest(echo) => assert_eq!(echo.payload, &packet[28..]),
            other => panic!("{other:?}"),
        }
        // A length that is not one, as some routers leave in the unused byte.
        let mut message = samples::HOST_UNREACHABLE_V4;
        message[5] = 1;
        assert!(matches!(decode(IpVersion::V4, &message), Ok(Some(_))));
    }

    #[test]
    fn our_request_is_known_by_its_header() {
        assert_eq!(decode_echo_header(IpVersion::V4, &samples::ECHO_REQUEST_V4), Ok(ECHO));
        assert_eq!(decode_echo_header(IpVersion::V6, &samples::ECHO_REQUEST_V6[..8]), Ok(CUT_ECHO));
        assert_eq!(
            decode_echo_header(IpVersion::V4, &samples::ECHO_REPLY_V4),
            Err(WireError::UnexpectedMessage { kind: 0, code: 0 })
        );
        for length in 0..8 {
            let result = decode_echo_header(IpVersion::V4, &samples::ECHO_REQUEST_V4[..length]);
            assert!(matches!(result, Err(WireError::Truncated { .. })));
        }
    }

    #[test]
    fn request_is_found_behind_any_link_layer_header() {
        for offset in (0..=40).step_by(2) {
            for padding in [0, 13] {
                let frame = [&vec![0; offset][..], &samples::PACKET_V4, &vec![0; padding]].concat();
                let expected = Some((samples::DESTINATION_V4.into(), ECHO));
                assert_eq!(find_echo_request(&frame, IpVersion::V4), expected, "{offset}");
                assert_eq!(find_echo_request(&frame, IpVersion::V6), None);
                let frame = [&vec![0; offset][..], &samples::PACKET_V6, &vec![0; padding]].concat();
                let expected = Some((samples::DESTINATION_V6.into(), ECHO));
                assert_eq!(find_echo_request(&frame, IpVersion::V6), expected, "{offset}");
                assert_eq!(find_echo_request(&frame, IpVersion::V4), None);
            }
        }
    }

    #[test]
    fn nothing_is_found_in_frames_of_others() {
        let reply = packet_v4(1, 0, &samples::ECHO_REPLY_V4);
        let frame = [&[0; 14][..], &reply].concat();
        assert_eq!(find_echo_request(&frame, IpVersion::V4), None);
        let frame = [&[0; 14][..], &samples::PACKET_V4].concat();
        for length in 0..frame.len() {
            assert_eq!(find_echo_request(&frame[..length], IpVersion::V4), None, "{length}");
        }
        let frame = [&samples::PACKET_V4[..], &[0; 47]].concat();
        assert_eq!(find_echo_request(&frame, IpVersion::V4), None);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..160)) {
            for version in [IpVersion::V4, IpVersion::V6] {
                let _ = decode(version, &bytes);
                let _ = decode_quoted_packet(version, &bytes);
                let _ = decode_echo_header(version, &bytes);
                let _ = find_echo_request(&bytes, version);
            }
        }

        #[test]
        fn no_damage_to_an_error_panics(at in 0usize..61, value: u8, length in 0usize..62) {
            for (version, message) in [
                (IpVersion::V4, &samples::TOO_BIG_V4[..]),
                (IpVersion::V6, &samples::TOO_BIG_V6),
            ] {
                let mut message = message.to_vec();
                if let Some(byte) = message.get_mut(at) {
                    *byte = value;
                }
                message.truncate(length);
                let _ = decode(version, &message);
            }
        }
    }
}
