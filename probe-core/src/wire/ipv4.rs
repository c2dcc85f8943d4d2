//! The IPv4 header (RFC 791 section 3.1).

use std::net::Ipv4Addr;
#[cfg(feature = "sweep")]
use std::ops::Range;

use super::checksum::checksum;
use super::{HopLimit, WireError, skip, split_header};

/// The length of a header without options, in bytes.
pub const HEADER_LENGTH: usize = 20;

/// Where the total length is in a header, the checksum, and the destination.
#[cfg(feature = "sweep")]
pub(crate) const TOTAL_LENGTH: Range<usize> = 2..4;
#[cfg(feature = "sweep")]
pub(crate) const CHECKSUM: Range<usize> = 10..12;
#[cfg(feature = "sweep")]
pub(crate) const DESTINATION: Range<usize> = 16..20;

const DONT_FRAGMENT: u16 = 0x4000;
const MORE_FRAGMENTS: u16 = 0x2000;
const FRAGMENT_OFFSET: u16 = 0x1fff;

/// The fixed part of an IPv4 header (RFC 791 section 3.1). Options are skipped when reading and never written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ipv4Header {
    /// Who sent it.
    pub source: Ipv4Addr,
    /// Whom it is for.
    pub destination: Ipv4Addr,
    /// What the payload is.
    pub protocol: u8,
    /// Its time to live.
    pub hop_limit: HopLimit,
    /// The type-of-service octet: DSCP and ECN (RFC 2474, RFC 3168).
    pub tos: u8,
    /// The length of header, options and payload, in bytes, as the header has it.
    pub total_length: u16,
    /// What the fragments of one packet have in common.
    pub identification: u16,
    /// Whether routers must not fragment it.
    pub dont_fragment: bool,
    /// Whether it is a fragment and not the last one.
    pub more_fragments: bool,
    /// Where this fragment belongs, in units of eight bytes.
    pub fragment_offset: u16,
}

impl Ipv4Header {
    /// Reads a whole packet: its header and its payload, without what follows the total length.
    ///
    /// The header's checksum is left to [`verify_checksum`]; raw sockets deliver nothing whose checksum is wrong.
    pub fn parse(packet: &[u8]) -> Result<(Self, &[u8]), WireError> {
        let (header, body) = Self::read(packet)?;
        let header_length = packet.len() - body.len();
        let total_length = usize::from(header.total_length);
        let length = total_length
            .checked_sub(header_length)
            .ok_or(WireError::TotalLength { length: total_length, header: header_length })?;
        let payload =
            body.get(..length).ok_or(WireError::Truncated { needed: total_length, got: packet.len() })?;
        Ok((header, payload))
    }

    /// Reads the start of a packet, as ICMP errors quote it (RFC 1812 section 4.3.2.3).
    ///
    /// The payload is what is left of it. A total length that is less than the header's is ignored: there are
    /// routers that swap or shorten that field before they quote it.
    pub fn parse_quoted(packet: &[u8]) -> Result<(Self, &[u8]), WireError> {
        let (header, body) = Self::read(packet)?;
        let header_length = packet.len() - body.len();
        let length = usize::from(header.total_length).checked_sub(header_length);
        let payload = length.and_then(|length| body.get(..length)).unwrap_or(body);
        Ok((header, payload))
    }

    /// The header's bytes, without options, with its checksum.
    pub fn emit(&self) -> [u8; HEADER_LENGTH] {
        let mut header = [0; HEADER_LENGTH];
        header[0] = 0x45;
        header[1] = self.tos;
        header[2..4].copy_from_slice(&self.total_length.to_be_bytes());
        header[4..6].copy_from_slice(&self.identification.to_be_bytes());
        header[6..8].copy_from_slice(&self.fragment_word().to_be_bytes());
        header[8] = self.hop_limit.0;
        header[9] = self.protocol;
        header[12..16].copy_from_slice(&self.source.octets());
        header[16..20].copy_from_slice(&self.destination.octets());
        let sum = checksum(&header);
        header[10..12].copy_from_slice(&sum.to_be_bytes());
        header
    }

    /// The header, and everything behind it and its options.
    fn read(packet: &[u8]) -> Result<(Self, &[u8]), WireError> {
        let (header, _) = split_header::<HEADER_LENGTH>(packet)?;
        let body = skip(packet, header_length(header)?)?;
        let fragment = u16::from_be_bytes([header[6], header[7]]);
        let header = Self {
            source: Ipv4Addr::new(header[12], header[13], header[14], header[15]),
            destination: Ipv4Addr::new(header[16], header[17], header[18], header[19]),
            protocol: header[9],
            hop_limit: HopLimit(header[8]),
            tos: header[1],
            total_length: u16::from_be_bytes([header[2], header[3]]),
            identification: u16::from_be_bytes([header[4], header[5]]),
            dont_fragment: fragment & DONT_FRAGMENT != 0,
            more_fragments: fragment & MORE_FRAGMENTS != 0,
            fragment_offset: fragment & FRAGMENT_OFFSET,
        };
        Ok((header, body))
    }

    fn fragment_word(&self) -> u16 {
        let mut word = self.fragment_offset & FRAGMENT_OFFSET;
        if self.dont_fragment {
            word |= DONT_FRAGMENT;
        }
        if self.more_fragments {
            word |= MORE_FRAGMENTS;
        }
        word
    }
}

/// Whether the checksum of the header at the start of `packet` is right, options included.
pub fn verify_checksum(packet: &[u8]) -> Result<(), WireError> {
    let (header, _) = split_header::<HEADER_LENGTH>(packet)?;
    let length = header_length(header)?;
    let header = packet.get(..length).ok_or(WireError::Truncated { needed: length, got: packet.len() })?;
    if checksum(header) == 0 { Ok(()) } else { Err(WireError::Checksum) }
}

/// The length of the header with its options, in bytes, from its first byte.
fn header_length(header: &[u8; HEADER_LENGTH]) -> Result<usize, WireError> {
    let version = header[0] >> 4;
    if version != 4 {
        return Err(WireError::Version { found: version });
    }
    let length = usize::from(header[0] & 0x0f) * 4;
    if length < HEADER_LENGTH { Err(WireError::HeaderLength { length }) } else { Ok(length) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::samples;
    use pnet_packet::ipv4::Ipv4Packet;
    use proptest::prelude::*;

    fn sample() -> Ipv4Header {
        Ipv4Header {
            source: samples::SOURCE_V4,
            destination: samples::DESTINATION_V4,
            protocol: 1,
            hop_limit: HopLimit(64),
            tos: 0,
            total_length: 33,
            identification: 0x1c46,
            dont_fragment: true,
            more_fragments: false,
            fragment_offset: 0,
        }
    }

    #[test]
    fn literal_packet_is_read_and_written_back() {
        let (header, payload) = Ipv4Header::parse(&samples::PACKET_V4).expect("a valid packet");
        assert_eq!(header, sample());
        assert_eq!(payload, samples::ECHO_REQUEST_V4);
        assert_eq!(header.emit(), samples::PACKET_V4[..20]);
    }

    #[test]
    fn options_are_skipped() {
        let (header, payload) = Ipv4Header::parse(&samples::PACKET_V4_WITH_OPTION).expect("a valid packet");
        assert_eq!(header, Ipv4Header { total_length: 37, ..sample() });
        assert_eq!(payload, samples::ECHO_REQUEST_V4);
    }

    #[test]
    fn bytes_past_the_total_length_are_padding() {
        let mut padded = samples::PACKET_V4.to_vec();
        padded.extend([0xee; 13]);
        let (_, payload) = Ipv4Header::parse(&padded).expect("a valid packet");
        assert_eq!(payload, samples::ECHO_REQUEST_V4);
        let (_, payload) = Ipv4Header::parse_quoted(&padded).expect("a valid packet");
        assert_eq!(payload, samples::ECHO_REQUEST_V4);
    }

    #[test]
    fn every_prefix_is_refused_and_quoted_ones_keep_what_is_there() {
        for packet in [&samples::PACKET_V4[..], &samples::PACKET_V4_WITH_OPTION] {
            let header_length = usize::from(packet[0] & 0x0f) * 4;
            for length in 0..packet.len() {
                let prefix = &packet[..length];
                assert!(matches!(Ipv4Header::parse(prefix), Err(WireError::Truncated { .. })), "{length}");
                match Ipv4Header::parse_quoted(prefix) {
                    Ok((_, payload)) => assert_eq!(payload, &packet[header_length..length]),
                    Err(error) => assert!(length < header_length, "{length}: {error}"),
                }
            }
        }
    }

    #[test]
    fn lying_headers_are_refused() {
        let with = |at: usize, value: u8| {
            let mut packet = samples::PACKET_V4;
            packet[at] = value;
            packet
        };
        assert_eq!(Ipv4Header::parse(&with(0, 0x65)), Err(WireError::Version { found: 6 }));
        assert_eq!(Ipv4Header::parse(&with(0, 0x44)), Err(WireError::HeaderLength { length: 16 }));
        assert_eq!(Ipv4Header::parse(&with(0, 0x4f)), Err(WireError::Truncated { needed: 60, got: 33 }));
        assert_eq!(Ipv4Header::parse(&with(3, 19)), Err(WireError::TotalLength { length: 19, header: 20 }));
        assert_eq!(Ipv4Header::parse(&with(3, 34)), Err(WireError::Truncated { needed: 34, got: 33 }));
        let quoted = with(3, 19);
        assert_eq!(
            Ipv4Header::parse_quoted(&quoted).map(|(_, payload)| payload),
            Ok(&samples::ECHO_REQUEST_V4[..])
        );
    }

    #[test]
    fn every_flipped_bit_of_the_header_breaks_its_checksum() {
        for packet in [&samples::PACKET_V4[..], &samples::PACKET_V4_WITH_OPTION] {
            assert_eq!(verify_checksum(packet), Ok(()));
            for bit in 0..usize::from(packet[0] & 0x0f) * 32 {
                let mut flipped = packet.to_vec();
                flipped[bit / 8] ^= 1 << (bit % 8);
                assert!(verify_checksum(&flipped).is_err(), "bit {bit}");
            }
        }
    }

    prop_compose! {
        fn headers()(
            addresses in any::<(Ipv4Addr, Ipv4Addr)>(),
            (protocol, hop_limit, tos) in any::<(u8, u8, u8)>(),
            (total_length, identification) in (20u16.., any::<u16>()),
            (dont_fragment, more_fragments) in any::<(bool, bool)>(),
            fragment_offset in 0u16..=FRAGMENT_OFFSET,
        ) -> Ipv4Header {
            Ipv4Header {
                source: addresses.0,
                destination: addresses.1,
                protocol,
                hop_limit: HopLimit(hop_limit),
                tos,
                total_length,
                identification,
                dont_fragment,
                more_fragments,
                fragment_offset,
            }
        }
    }

    proptest! {
        #[test]
        fn every_header_survives_the_round_trip(header in headers()) {
            let bytes = header.emit();
            prop_assert_eq!(verify_checksum(&bytes), Ok(()));
            prop_assert_eq!(Ipv4Header::parse_quoted(&bytes).map(|(header, _)| header), Ok(header));
        }

        #[test]
        fn pnet_reads_the_same(header in headers()) {
            let bytes = header.emit();
            let view = Ipv4Packet::new(&bytes).expect("twenty bytes");
            prop_assert_eq!(view.get_source(), header.source);
            prop_assert_eq!(view.get_destination(), header.destination);
            prop_assert_eq!(view.get_next_level_protocol().0, header.protocol);
            prop_assert_eq!(view.get_ttl(), header.hop_limit.0);
            prop_assert_eq!(view.get_total_length(), header.total_length);
            prop_assert_eq!(view.get_fragment_offset(), header.fragment_offset);
            prop_assert_eq!(view.get_checksum(), pnet_packet::ipv4::checksum(&view));
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = Ipv4Header::parse(&bytes);
            let _ = Ipv4Header::parse_quoted(&bytes);
            let _ = verify_checksum(&bytes);
        }
    }
}
