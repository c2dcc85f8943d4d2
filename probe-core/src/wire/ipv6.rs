//! The IPv6 header (RFC 8200 section 3) and the way through its extension headers (section 4).

use std::net::Ipv6Addr;

use super::{HopLimit, WireError, skip, split_header};

/// The length of the fixed header, in bytes.
pub const HEADER_LENGTH: usize = 40;

pub(super) const HOP_BY_HOP: u8 = 0;
pub(super) const ROUTING: u8 = 43;
pub(super) const FRAGMENT: u8 = 44;
pub(super) const DESTINATION_OPTIONS: u8 = 60;

/// The fixed IPv6 header (RFC 8200 section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ipv6Header {
    /// Who sent it.
    pub source: Ipv6Addr,
    /// Whom it is for.
    pub destination: Ipv6Addr,
    /// What follows: an extension header or the upper-layer protocol.
    pub next_header: u8,
    /// How many more routers may forward it.
    pub hop_limit: HopLimit,
    /// The traffic class: DSCP and ECN (RFC 2474, RFC 3168).
    pub traffic_class: u8,
    /// The flow label, 20 bits.
    pub flow_label: u32,
    /// The length of everything after this header, in bytes, as the header has it.
    pub payload_length: u16,
}

impl Ipv6Header {
    /// Reads a whole packet: its header and its payload, without what follows the payload length.
    pub fn parse(packet: &[u8]) -> Result<(Self, &[u8]), WireError> {
        let (header, body) = Self::read(packet)?;
        let length = usize::from(header.payload_length);
        let payload = body
            .get(..length)
            .ok_or(WireError::Truncated { needed: HEADER_LENGTH + length, got: packet.len() })?;
        Ok((header, payload))
    }

    /// Reads the start of a packet, as ICMPv6 errors quote it (RFC 4443 section 2.4 (c)); the payload is what is left.
    pub fn parse_quoted(packet: &[u8]) -> Result<(Self, &[u8]), WireError> {
        let (header, body) = Self::read(packet)?;
        let payload = body.get(..usize::from(header.payload_length)).unwrap_or(body);
        Ok((header, payload))
    }

    /// The header's bytes.
    pub fn emit(&self) -> [u8; HEADER_LENGTH] {
        let first = 0x6000_0000 | u32::from(self.traffic_class) << 20 | self.flow_label & 0x000f_ffff;
        let mut header = [0; HEADER_LENGTH];
        header[0..4].copy_from_slice(&first.to_be_bytes());
        header[4..6].copy_from_slice(&self.payload_length.to_be_bytes());
        header[6] = self.next_header;
        header[7] = self.hop_limit.0;
        header[8..24].copy_from_slice(&self.source.octets());
        header[24..40].copy_from_slice(&self.destination.octets());
        header
    }

    fn read(packet: &[u8]) -> Result<(Self, &[u8]), WireError> {
        let (first, rest) = split_header::<8>(packet)?;
        let (source, rest) = address(packet, rest)?;
        let (destination, body) = address(packet, rest)?;
        let version = first[0] >> 4;
        if version != 6 {
            return Err(WireError::Version { found: version });
        }
        let word = u32::from_be_bytes([first[0], first[1], first[2], first[3]]);
        let header = Self {
            source,
            destination,
            next_header: first[6],
            hop_limit: HopLimit(first[7]),
            traffic_class: (word >> 20 & 0xff) as u8,
            flow_label: word & 0x000f_ffff,
            payload_length: u16::from_be_bytes([first[4], first[5]]),
        };
        Ok((header, body))
    }
}

/// What comes after the extension headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UpperLayer<'a> {
    /// The upper-layer protocol, or an extension header of a kind not known here.
    pub protocol: u8,
    /// Where this fragment belongs, in units of eight bytes; 0 for the first one and for whole packets.
    pub fragment_offset: u16,
    /// Its bytes. In a fragment other than the first they are not the start of a header.
    pub payload: &'a [u8],
}

/// Walks the hop-by-hop, routing, fragment and destination options headers (RFC 8200 sections 4.3 to 4.6).
///
/// `next_header` and `payload` are those of the fixed header. Headers that end early are an error.
pub fn upper_layer(next_header: u8, payload: &[u8]) -> Result<UpperLayer<'_>, WireError> {
    let mut protocol = next_header;
    let mut payload = payload;
    loop {
        match protocol {
            HOP_BY_HOP | ROUTING | DESTINATION_OPTIONS => {
                let (&[next, units, ..], _) = split_header::<8>(payload)?;
                // The length is in units of eight bytes, not counting the first eight.
                payload = skip(payload, (usize::from(units) + 1) * 8)?;
                protocol = next;
            }
            FRAGMENT => {
                let (&[next, _, upper, lower, ..], rest) = split_header::<8>(payload)?;
                payload = rest;
                protocol = next;
                let fragment_offset = u16::from_be_bytes([upper, lower]) >> 3;
                if fragment_offset != 0 {
                    return Ok(UpperLayer { protocol, fragment_offset, payload });
                }
            }
            _ => return Ok(UpperLayer { protocol, fragment_offset: 0, payload }),
        }
    }
}

/// The address at the start of `rest`, and what follows it; both within `packet`.
fn address<'a>(packet: &[u8], rest: &'a [u8]) -> Result<(Ipv6Addr, &'a [u8]), WireError> {
    let (octets, rest) = rest
        .split_first_chunk::<16>()
        .ok_or(WireError::Truncated { needed: HEADER_LENGTH, got: packet.len() })?;
    Ok((Ipv6Addr::from(*octets), rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::samples;
    use pnet_packet::ipv6::Ipv6Packet;
    use proptest::prelude::*;

    #[test]
    fn literal_packet_is_read_and_written_back() {
        let (header, payload) = Ipv6Header::parse(&samples::PACKET_V6).expect("a valid packet");
        let expected = Ipv6Header {
            source: samples::SOURCE_V6,
            destination: samples::DESTINATION_V6,
            next_header: 58,
            hop_limit: HopLimit(64),
            traffic_class: 0,
            flow_label: 0,
            payload_length: 13,
        };
        assert_eq!(header, expected);
        assert_eq!(payload, samples::ECHO_REQUEST_V6);
        assert_eq!(header.emit(), samples::PACKET_V6[..40]);
    }

    #[test]
    fn every_prefix_is_refused_and_quoted_ones_keep_what_is_there() {
        for length in 0..samples::PACKET_V6.len() {
            let prefix = &samples::PACKET_V6[..length];
            assert!(matches!(Ipv6Header::parse(prefix), Err(WireError::Truncated { .. })), "{length}");
            match Ipv6Header::parse_quoted(prefix) {
                Ok((_, payload)) => assert_eq!(payload, &prefix[HEADER_LENGTH..]),
                Err(error) => assert!(length < HEADER_LENGTH, "{length}: {error}"),
            }
        }
    }

    #[test]
    fn other_versions_are_refused() {
        let mut packet = samples::PACKET_V6;
        packet[0] = 0x45;
        assert_eq!(Ipv6Header::parse(&packet), Err(WireError::Version { found: 4 }));
    }

    /// Made by hand after RFC 8200: hop-by-hop (8 bytes), routing (16), first fragment, destination options, payload.
    const CHAIN: [u8; 43] = [
        43, 0, 1, 4, 0, 0, 0, 0, // next routing; PadN option
        44, 1, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, // next fragment; one unit more
        60, 0, 0, 1, 0, 0, 0, 9, // next destination options; offset 0, more fragments
        58, 0, 1, 4, 0, 0, 0, 0, // next ICMPv6
        128, 0, 0,
    ];

    #[test]
    fn walks_every_extension_header() {
        let expected = UpperLayer { protocol: 58, fragment_offset: 0, payload: &[128, 0, 0] };
        assert_eq!(upper_layer(HOP_BY_HOP, &CHAIN), Ok(expected));
        assert_eq!(upper_layer(6, &[1, 2]).map(|upper| upper.protocol), Ok(6));
    }

    #[test]
    fn stops_at_a_later_fragment() {
        let mut chain = CHAIN;
        chain[26..28].copy_from_slice(&(7u16 << 3 | 1).to_be_bytes());
        let expected = UpperLayer { protocol: 60, fragment_offset: 7, payload: &CHAIN[32..] };
        assert_eq!(upper_layer(HOP_BY_HOP, &chain), Ok(expected));
    }

    #[test]
    fn cut_extension_headers_are_errors() {
        for length in 0..40 {
            let result = upper_layer(HOP_BY_HOP, &CHAIN[..length]);
            assert!(matches!(result, Err(WireError::Truncated { .. })), "{length}: {result:?}");
        }
    }

    proptest! {
        #[test]
        fn every_header_survives_the_round_trip(
            addresses in any::<(Ipv6Addr, Ipv6Addr)>(),
            (next_header, hop_limit, traffic_class) in any::<(u8, u8, u8)>(),
            flow_label in 0u32..1 << 20,
            payload_length: u16,
        ) {
            let header = Ipv6Header {
                source: addresses.0,
                destination: addresses.1,
                next_header,
                hop_limit: HopLimit(hop_limit),
                traffic_class,
                flow_label,
                payload_length,
            };
            let bytes = header.emit();
            prop_assert_eq!(Ipv6Header::parse_quoted(&bytes).map(|(header, _)| header), Ok(header));
            let view = Ipv6Packet::new(&bytes).expect("forty bytes");
            prop_assert_eq!(view.get_traffic_class(), traffic_class);
            prop_assert_eq!(view.get_flow_label(), flow_label);
            prop_assert_eq!(view.get_payload_length(), payload_length);
            prop_assert_eq!(view.get_source(), header.source);
            prop_assert_eq!(view.get_destination(), header.destination);
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80), next_header: u8) {
            let _ = Ipv6Header::parse(&bytes);
            let _ = Ipv6Header::parse_quoted(&bytes);
            let _ = upper_layer(next_header, &bytes);
        }
    }
}
