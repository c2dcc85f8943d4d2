//! TCP as far as half-open probing needs it: a SYN out, and what its answer says (RFC 9293, RFC 7323, RFC 2018).

use std::net::IpAddr;

use pnet_packet::tcp::TcpPacket;

use super::checksum::pseudo_header;
use super::{WireError, number};

/// The length of a header without options, in bytes.
pub const HEADER_LENGTH: usize = 20;

/// The window scale that a SYN offers: windows up to 8 MiB (RFC 7323 section 2.2).
pub const WINDOW_SCALE: u8 = 7;

/// Kinds of options (RFC 9293 section 3.1, RFC 7323 sections 2.2 and 3.2, RFC 2018 section 2).
mod option {
    pub(super) const END: u8 = 0;
    pub(super) const NO_OPERATION: u8 = 1;
    pub(super) const MAXIMUM_SEGMENT_SIZE: u8 = 2;
    pub(super) const WINDOW_SCALE: u8 = 3;
    pub(super) const SACK_PERMITTED: u8 = 4;
    pub(super) const TIMESTAMPS: u8 = 8;
}

/// A request to open a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Syn {
    /// The port to answer to.
    pub source_port: u16,
    /// The port to open.
    pub destination_port: u16,
    /// The initial sequence number.
    pub sequence: u32,
    /// The receive window, in bytes; that of a SYN is never scaled.
    pub window: u16,
    /// The maximum segment size, in bytes.
    pub mss: u16,
    /// The value of the timestamps option; none is sent if absent.
    pub timestamps: Option<u32>,
}

impl Syn {
    /// Writes the segment with its checksum into `into`, replacing what was there.
    ///
    /// Its options are those of an ordinary system: maximum segment size, selective acknowledgements permitted,
    /// timestamps if wanted, window scale. Both addresses are of one family.
    pub fn emit(&self, source: IpAddr, destination: IpAddr, into: &mut Vec<u8>) {
        let length: u8 = if self.timestamps.is_some() { 40 } else { 32 };
        into.clear();
        into.extend_from_slice(&self.source_port.to_be_bytes());
        into.extend_from_slice(&self.destination_port.to_be_bytes());
        into.extend_from_slice(&self.sequence.to_be_bytes());
        into.extend_from_slice(&[0; 4]);
        into.extend_from_slice(&[(length / 4) << 4, Flags::SYN.0]);
        into.extend_from_slice(&self.window.to_be_bytes());
        into.extend_from_slice(&[0; 4]);
        self.emit_options(into);
        let sum = checksum(source, destination, into);
        into[16..18].copy_from_slice(&sum.to_be_bytes());
    }

    fn emit_options(&self, into: &mut Vec<u8>) {
        let [upper, lower] = self.mss.to_be_bytes();
        into.extend_from_slice(&[option::MAXIMUM_SEGMENT_SIZE, 4, upper, lower]);
        if let Some(value) = self.timestamps {
            into.extend_from_slice(&[option::SACK_PERMITTED, 2, option::TIMESTAMPS, 10]);
            into.extend_from_slice(&value.to_be_bytes());
            into.extend_from_slice(&[0; 4]);
        } else {
            into.extend_from_slice(&[option::NO_OPERATION, option::NO_OPERATION, option::SACK_PERMITTED, 2]);
        }
        into.extend_from_slice(&[option::NO_OPERATION, option::WINDOW_SCALE, 3, WINDOW_SCALE]);
    }
}

/// The header of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Segment {
    /// The port it came from.
    pub source_port: u16,
    /// The port it is for.
    pub destination_port: u16,
    /// Its sequence number.
    pub sequence: u32,
    /// What it acknowledges; means something only with [`Flags::ACK`].
    pub acknowledgment: u32,
    /// Its control bits.
    pub flags: Flags,
    /// The receive window, as the header has it.
    pub window: u16,
    /// Its options.
    pub options: Options,
}

/// Control bits (RFC 9293 section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Flags(pub u8);

impl Flags {
    /// No more data from the sender.
    pub const FIN: Self = Self(0x01);
    /// Synchronize sequence numbers: open.
    pub const SYN: Self = Self(0x02);
    /// Reset the connection.
    pub const RST: Self = Self(0x04);
    /// The acknowledgment number means something.
    pub const ACK: Self = Self(0x10);

    /// Whether all of `wanted` are set.
    pub const fn contains(self, wanted: Self) -> bool {
        self.0 & wanted.0 == wanted.0
    }
}

/// The options of a segment that are read; others are skipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Options {
    /// The maximum segment size, in bytes (RFC 9293 section 3.7.1).
    pub mss: Option<u16>,
    /// Whether selective acknowledgements are permitted (RFC 2018).
    pub sack_permitted: bool,
    /// Timestamps (RFC 7323 section 3).
    pub timestamps: Option<Timestamps>,
    /// By how many bits windows are shifted (RFC 7323 section 2).
    pub window_scale: Option<u8>,
}

/// The timestamps option (RFC 7323 section 3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Timestamps {
    /// The sender's clock.
    pub value: u32,
    /// The value it received last.
    pub echo: u32,
}

/// What the answer to a SYN says about the port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Handshake {
    /// Nothing listens.
    Closed,
    /// Something listens.
    Open {
        /// The maximum segment size it offers, in bytes.
        mss: Option<u16>,
        /// Its receive window, in bytes, unscaled.
        window: u16,
    },
}

/// Reads the header of a segment. The checksum is left to [`verify_checksum`].
pub fn decode(segment: &[u8]) -> Result<Segment, WireError> {
    let truncated = |needed| WireError::Truncated { needed, got: segment.len() };
    let view = TcpPacket::new(segment).ok_or(truncated(HEADER_LENGTH))?;
    let length = usize::from(view.get_data_offset()) * 4;
    if length < HEADER_LENGTH {
        return Err(WireError::HeaderLength { length });
    }
    let options = segment.get(HEADER_LENGTH..length).ok_or(truncated(length))?;
    Ok(Segment {
        source_port: view.get_source(),
        destination_port: view.get_destination(),
        sequence: view.get_sequence(),
        acknowledgment: view.get_acknowledgement(),
        flags: Flags(view.get_flags()),
        window: view.get_window(),
        options: decode_options(options)?,
    })
}

/// What `segment` says as an answer to `syn`; `None` if it is not an answer to it (RFC 9293 section 3.10.7.3).
///
/// Everything must fit: both ports, and the acknowledgment of the SYN. A reset without one is anybody's.
pub fn classify(segment: &Segment, syn: &Syn) -> Option<Handshake> {
    let answers = segment.source_port == syn.destination_port
        && segment.destination_port == syn.source_port
        && segment.flags.contains(Flags::ACK)
        && segment.acknowledgment == syn.sequence.wrapping_add(1);
    if !answers {
        return None;
    }
    if segment.flags.contains(Flags::RST) {
        return Some(Handshake::Closed);
    }
    let open = Handshake::Open { mss: segment.options.mss, window: segment.window };
    segment.flags.contains(Flags::SYN).then_some(open)
}

/// Whether the checksum of a whole segment between these addresses is right (RFC 9293 section 3.1).
///
/// Between two addresses of one host it may not be: the kernel leaves out what no wire can damage.
pub fn verify_checksum(source: IpAddr, destination: IpAddr, segment: &[u8]) -> Result<(), WireError> {
    if checksum(source, destination, segment) == 0 { Ok(()) } else { Err(WireError::Checksum) }
}

fn checksum(source: IpAddr, destination: IpAddr, segment: &[u8]) -> u16 {
    let mut sum = pseudo_header(source, destination, number::TCP, segment.len() as u32);
    sum.add(segment);
    sum.finish()
}

/// Walks the options; every step takes at least one byte.
fn decode_options(bytes: &[u8]) -> Result<Options, WireError> {
    let mut options = Options::default();
    let mut rest = bytes;
    while let Some((&kind, after)) = rest.split_first() {
        rest = match kind {
            option::END => break,
            option::NO_OPERATION => after,
            _ => {
                let (value, after) = split_value(kind, after)?;
                options.read(kind, value)?;
                after
            }
        };
    }
    Ok(options)
}

/// The value of an option, and what follows it. `bytes` start at its length, which counts kind and length too.
fn split_value(kind: u8, bytes: &[u8]) -> Result<(&[u8], &[u8]), WireError> {
    let (&length, after) = bytes.split_first().ok_or(WireError::OptionLength { kind, length: 0 })?;
    usize::from(length)
        .checked_sub(2)
        .and_then(|length| after.split_at_checked(length))
        .ok_or(WireError::OptionLength { kind, length })
}

/// The value of an option whose length is always the same.
fn exact<const N: usize>(kind: u8, value: &[u8]) -> Result<[u8; N], WireError> {
    // A value is at most 38 bytes: it lies within a header of at most 60.
    value.try_into().map_err(|_| WireError::OptionLength { kind, length: value.len() as u8 + 2 })
}

impl Options {
    /// Takes one option in, if it is one that is read.
    fn read(&mut self, kind: u8, value: &[u8]) -> Result<(), WireError> {
        match kind {
            option::MAXIMUM_SEGMENT_SIZE => self.mss = Some(u16::from_be_bytes(exact(kind, value)?)),
            option::WINDOW_SCALE => self.window_scale = Some(u8::from_be_bytes(exact(kind, value)?)),
            option::SACK_PERMITTED => self.sack_permitted = exact::<0>(kind, value).map(|_| true)?,
            option::TIMESTAMPS => {
                let both = u64::from_be_bytes(exact(kind, value)?);
                self.timestamps = Some(Timestamps { value: (both >> 32) as u32, echo: both as u32 });
            }
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::samples;
    use proptest::prelude::*;
    use std::net::{Ipv4Addr, Ipv6Addr};

    const SYN: Syn = Syn {
        source_port: 50_000,
        destination_port: 443,
        sequence: 0x1122_3344,
        window: 64_240,
        mss: 1460,
        timestamps: Some(0xdead_beef),
    };

    const SOURCE_V4: IpAddr = IpAddr::V4(samples::SOURCE_V4);
    const DESTINATION_V4: IpAddr = IpAddr::V4(samples::DESTINATION_V4);
    const SOURCE_V6: IpAddr = IpAddr::V6(samples::SOURCE_V6);
    const DESTINATION_V6: IpAddr = IpAddr::V6(samples::DESTINATION_V6);

    /// `SYN_ACK_V4` with other options; up to forty bytes.
    fn with_options(options: &[u8]) -> Vec<u8> {
        let mut segment = samples::SYN_ACK_V4[..20].to_vec();
        segment.extend_from_slice(options);
        segment.resize(segment.len().next_multiple_of(4), option::END);
        segment[12] = ((segment.len() / 4) << 4) as u8;
        segment
    }

    #[test]
    fn syn_is_the_literal_one() {
        let mut segment = vec![0xff; 5];
        SYN.emit(SOURCE_V4, DESTINATION_V4, &mut segment);
        assert_eq!(segment, samples::SYN_V4);
        SYN.emit(SOURCE_V6, DESTINATION_V6, &mut segment);
        assert_eq!(segment, samples::SYN_V6);
        Syn { timestamps: None, ..SYN }.emit(SOURCE_V4, DESTINATION_V4, &mut segment);
        assert_eq!(segment, samples::SYN_V4_WITHOUT_TIMESTAMP);
    }

    #[test]
    fn literal_answer_decodes() {
        let expected = Segment {
            source_port: 443,
            destination_port: 50_000,
            sequence: 0x5566_7788,
            acknowledgment: 0x1122_3345,
            flags: Flags(0x12),
            window: 65_160,
            options: Options {
                mss: Some(1400),
                sack_permitted: true,
                timestamps: Some(Timestamps { value: 12_345, echo: 0xdead_beef }),
                window_scale: Some(9),
            },
        };
        assert_eq!(decode(&samples::SYN_ACK_V4), Ok(expected));
        assert_eq!(verify_checksum(DESTINATION_V4, SOURCE_V4, &samples::SYN_ACK_V4), Ok(()));
        assert_eq!(verify_checksum(DESTINATION_V4, SOURCE_V4, &samples::RST_V4), Ok(()));
    }

    #[test]
    fn every_prefix_is_refused() {
        for length in 0..samples::SYN_ACK_V4.len() {
            let result = decode(&samples::SYN_ACK_V4[..length]);
            let needed = if length < 20 { 20 } else { 40 };
            assert_eq!(result, Err(WireError::Truncated { needed, got: length }));
        }
    }

    #[test]
    fn every_flipped_bit_breaks_the_checksum() {
        for bit in 0..samples::SYN_ACK_V4.len() * 8 {
            let mut flipped = samples::SYN_ACK_V4;
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(
                verify_checksum(DESTINATION_V4, SOURCE_V4, &flipped),
                Err(WireError::Checksum),
                "bit {bit}"
            );
        }
        assert_eq!(
            verify_checksum(DESTINATION_V4, SOURCE_V6, &samples::SYN_ACK_V4),
            Err(WireError::Checksum)
        );
    }

    #[test]
    fn header_shorter_than_a_header_is_refused() {
        let mut segment = samples::RST_V4;
        segment[12] = 0x40;
        assert_eq!(decode(&segment), Err(WireError::HeaderLength { length: 16 }));
    }

    #[test]
    fn lying_options_are_refused() {
        for (options, kind, length) in [
            (&[2, 0, 0, 0][..], 2, 0),
            (&[254, 0, 0, 0], 254, 0),
            (&[254, 1, 0, 0], 254, 1),
            (&[254, 5, 0, 0], 254, 5),
            (&[2, 3, 5, 0], 2, 3),
            (&[2, 255, 5, 0], 2, 255),
            (&[3, 4, 1, 1], 3, 4),
            (&[4, 3, 0, 0], 4, 3),
            (&[8, 4, 0, 0], 8, 4),
            (&[1, 1, 1, 3], 3, 0),
        ] {
            let expected = Err(WireError::OptionLength { kind, length });
            assert_eq!(decode(&with_options(options)), expected, "{options:?}");
        }
    }

    #[test]
    fn nothing_is_read_past_the_end_of_the_options() {
        let options = |bytes: &[u8]| decode(&with_options(bytes)).map(|segment| segment.options);
        assert_eq!(options(&[]), Ok(Options::default()));
        assert_eq!(options(&[0, 2, 4, 5]), Ok(Options::default()));
        let expected = Options { mss: Some(536), ..Options::default() };
        assert_eq!(options(&[254, 4, 9, 9, 1, 2, 4, 2, 24]), Ok(expected));
    }

    #[test]
    fn answers_are_told_apart() {
        let open = decode(&samples::SYN_ACK_V4).expect("a valid segment");
        let closed = decode(&samples::RST_V4).expect("a valid segment");
        assert_eq!(classify(&open, &SYN), Some(Handshake::Open { mss: Some(1400), window: 65_160 }));
        assert_eq!(classify(&closed, &SYN), Some(Handshake::Closed));
    }

    #[test]
    fn acknowledgment_wraps_around() {
        let syn = Syn { sequence: u32::MAX, ..SYN };
        let closed = decode(&samples::RST_V4).expect("a valid segment");
        assert_eq!(classify(&Segment { acknowledgment: 0, ..closed }, &syn), Some(Handshake::Closed));
    }

    #[test]
    fn strangers_are_no_answers() {
        for answer in [&samples::SYN_ACK_V4[..], &samples::RST_V4] {
            let answer = decode(answer).expect("a valid segment");
            for stranger in [
                Segment { source_port: 80, ..answer },
                Segment { destination_port: 50_001, ..answer },
                Segment { acknowledgment: SYN.sequence, ..answer },
                Segment { acknowledgment: SYN.sequence.wrapping_add(2), ..answer },
                Segment { flags: Flags::ACK, ..answer },
                Segment { flags: Flags::SYN, ..answer },
                Segment { flags: Flags::RST, ..answer },
                Segment { flags: Flags(Flags::ACK.0 | Flags::FIN.0), ..answer },
            ] {
                assert_eq!(classify(&stranger, &SYN), None, "{stranger:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn every_syn_survives_the_round_trip(
            (source_port, destination_port, window, mss) in any::<(u16, u16, u16, u16)>(),
            sequence: u32,
            timestamps: Option<u32>,
            v4 in any::<(Ipv4Addr, Ipv4Addr)>(),
            v6 in any::<(Ipv6Addr, Ipv6Addr)>(),
        ) {
            let syn = Syn { source_port, destination_port, sequence, window, mss, timestamps };
            let expected = Segment {
                source_port,
                destination_port,
                sequence,
                acknowledgment: 0,
                flags: Flags::SYN,
                window,
                options: Options {
                    mss: Some(mss),
                    sack_permitted: true,
                    timestamps: timestamps.map(|value| Timestamps { value, echo: 0 }),
                    window_scale: Some(WINDOW_SCALE),
                },
            };
            let mut segment = Vec::new();
            syn.emit(v4.0.into(), v4.1.into(), &mut segment);
            prop_assert_eq!(decode(&segment), Ok(expected));
            let view = TcpPacket::new(&segment).expect("a whole header");
            let sum = pnet_packet::tcp::ipv4_checksum(&view, &v4.0, &v4.1);
            prop_assert_eq!(view.get_checksum(), sum);

            syn.emit(v6.0.into(), v6.1.into(), &mut segment);
            prop_assert_eq!(decode(&segment), Ok(expected));
            let view = TcpPacket::new(&segment).expect("a whole header");
            let sum = pnet_packet::tcp::ipv6_checksum(&view, &v6.0, &v6.1);
            prop_assert_eq!(view.get_checksum(), sum);
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = decode(&bytes);
            let _ = verify_checksum(SOURCE_V4, DESTINATION_V4, &bytes);
        }

        #[test]
        fn no_options_panic(options in proptest::collection::vec(0u8..12, 0..=40)) {
            let _ = decode(&with_options(&options));
        }
    }
}
