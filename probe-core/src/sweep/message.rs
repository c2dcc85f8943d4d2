//! The packets of a sweep, and what their answers prove. Each carries all that is needed to know its answer again.

use std::net::{IpAddr, SocketAddr};

use super::departures::Tag;
use crate::net::bulk::{Arrival, Notice};
use crate::wire::checksum::{checksum_of_words, pseudo_header};
use crate::wire::quoted::{self, Inner};
use crate::wire::sip::SipKey;
use crate::wire::tcp::{self, Flags};
use crate::wire::{ChecksumPolicy, ErrorKind, IpVersion, Message, echo};

/// The payload of an echo request: its [`Tag`], and a keyed hash of that and the destination.
pub(super) const ECHO_PAYLOAD: usize = 16;

/// Longest message of ours that is not the user's payload.
const LONGEST: usize = 40;

/// What a packet says about a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Finding {
    /// It is up, or its port is open.
    Open,
    /// Its port is closed.
    Closed,
    /// There is an error about it.
    Unreachable(ErrorKind),
}

/// As much of a request's tag as an answer has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Whole(Tag),
    /// Its lower 32 bits.
    Short(u32),
}

/// A packet that answers one of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) target: SocketAddr,
    pub(super) finding: Finding,
    /// The tag of the request, if the answer has it.
    pub(super) tag: Option<Mark>,
    /// Who reported an error, or who answered.
    pub(super) from: IpAddr,
}

/// Writes and reads the packets of one kind and family.
#[derive(Clone, Debug)]
pub(super) struct Codec {
    pub(super) version: IpVersion,
    /// Tells our answers from those of others, without remembering what was sent.
    pub(super) key: SipKey,
    pub(super) kind: Kind,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    Echo { identifier: u16 },
    Syn { source: IpAddr, source_port: u16 },
    Udp { payload: Vec<u8> },
}

impl Codec {
    /// Bytes of a packet, from the IP header on.
    pub(super) fn length(&self) -> usize {
        let below = match self.version {
            IpVersion::V4 => 20,
            IpVersion::V6 => 40,
        };
        below
            + match &self.kind {
                Kind::Echo { .. } => echo::HEADER_LENGTH + ECHO_PAYLOAD,
                Kind::Syn { .. } => SYN_LENGTH,
                Kind::Udp { payload } => 8 + payload.len(),
            }
    }

    fn cookie(&self, target: SocketAddr, tag: u64) -> u64 {
        self.key.cookie(target.ip(), target.port(), tag)
    }

    /// Whether a request to `target` had these marks and this sequence number.
    fn proves(&self, target: SocketAddr, tag: u64, cookie: u64, sequence: u16) -> bool {
        self.cookie(target, tag) == cookie && sequence_of(cookie) == sequence
    }

    /// Hands the packet for a target to `take`.
    pub(super) fn write(&self, target: SocketAddr, tag: Tag, take: impl FnOnce(&[u8])) {
        let mut bytes = [0; LONGEST];
        match &self.kind {
            Kind::Echo { identifier } => {
                let cookie = self.cookie(target, tag.0);
                let mut header =
                    u64::from(echo::request_kind(self.version)) << 56 | u64::from(*identifier) << 16;
                header |= u64::from(sequence_of(cookie));
                if self.version == IpVersion::V4 {
                    header |= u64::from(checksum_of_words([header, tag.0, cookie])) << 32;
                }
                let message = &mut bytes[..echo::HEADER_LENGTH + ECHO_PAYLOAD];
                message[..8].copy_from_slice(&header.to_be_bytes());
                message[8..16].copy_from_slice(&tag.0.to_be_bytes());
                message[16..24].copy_from_slice(&cookie.to_be_bytes());
                take(message);
            }
            Kind::Syn { source, source_port } => {
                let sequence = self.cookie(target, 0) as u32;
                let message = &mut bytes[..SYN_LENGTH];
                write_syn(message, *source_port, target.port(), sequence, tag.short());
                let mut sum = pseudo_header(*source, target.ip(), TCP, SYN_LENGTH as u32);
                sum.add(message);
                message[16..18].copy_from_slice(&sum.finish().to_be_bytes());
                take(message);
            }
            Kind::Udp { payload } => take(payload),
        }
    }

    /// The tag of an echo reply that brings back all of a request of ours, as nearly every answer does; what else a packet may
    /// be is for [`read`](Self::read).
    pub(super) fn read_reply(&self, from: IpAddr, message: &[u8]) -> Option<Tag> {
        let Kind::Echo { identifier: ours } = self.kind else { return None };
        let (words, []) = message.as_chunks::<8>() else { return None };
        let &[header, tag, cookie] = words else { return None };
        let [header, tag, cookie] = [header, tag, cookie].map(u64::from_be_bytes);
        let is_ours = header >> 56 == u64::from(echo::reply_kind(self.version))
            && (header >> 16) as u16 == ours
            && self.proves(SocketAddr::new(from, 0), tag, cookie, header as u16);
        // The kernel has verified the checksum of ICMPv6.
        let is_whole = self.version == IpVersion::V6 || checksum_of_words([header, tag, cookie]) == 0;
        (is_ours && is_whole).then_some(Tag(tag))
    }

    /// What a packet answers; `None` if nothing of ours.
    pub(super) fn read(&self, arrival: &Arrival<'_>) -> Option<Answer> {
        let from = arrival.from.ip();
        match &self.kind {
            Kind::Echo { .. } => self.read_icmp(from, arrival.message),
            Kind::Syn { source_port, .. } if arrival.is_icmp => {
                self.read_error(from, *source_port, arrival.message)
            }
            Kind::Syn { source_port, .. } => self.read_segment(from, *source_port, arrival),
            Kind::Udp { .. } => {
                Some(Answer { target: arrival.from, finding: Finding::Open, tag: None, from })
            }
        }
    }

    fn read_icmp(&self, from: IpAddr, message: &[u8]) -> Option<Answer> {
        match echo::decode(self.version, message, ChecksumPolicy::Verify).ok()? {
            Message::EchoReply(echo) => {
                let target = SocketAddr::new(from, 0);
                // A reply brings back everything.
                let tag = Some(self.proof(target, &echo)??);
                Some(Answer { target, finding: Finding::Open, tag, from })
            }
            Message::Error(error) => {
                let Inner::EchoRequest(echo) = error.quoted.inner else { return None };
                let target = SocketAddr::new(error.quoted.destination, 0);
                self.failure(target, echo, error.kind, from)
            }
            _ => None,
        }
    }

    /// What an entry of the error queue is about.
    pub(super) fn read_notice(&self, notice: &Notice<'_>) -> Option<Answer> {
        let target = notice.destination;
        let from = notice.from.unwrap_or(target.ip());
        match &self.kind {
            Kind::Echo { .. } => {
                let echo = quoted::decode_echo_header(self.version, notice.quoted).ok()?;
                self.failure(SocketAddr::new(target.ip(), 0), echo, notice.kind, from)
            }
            Kind::Syn { source_port, .. } => {
                // Both ports and the sequence number.
                let (ports, rest) = notice.quoted.split_first_chunk::<4>()?;
                let sequence = rest.first_chunk::<4>()?;
                let target = SocketAddr::new(target.ip(), u16::from_be_bytes([ports[2], ports[3]]));
                let is_ours = u16::from_be_bytes([ports[0], ports[1]]) == *source_port
                    && u32::from_be_bytes(*sequence) == self.cookie(target, 0) as u32;
                let finding = Finding::Unreachable(notice.kind);
                is_ours.then_some(Answer { target, finding, tag: None, from })
            }
            Kind::Udp { .. } => {
                let is_port = notice.kind == ErrorKind::Unreachable(quoted::Unreachable::Port);
                let finding = if is_port { Finding::Closed } else { Finding::Unreachable(notice.kind) };
                Some(Answer { target, finding, tag: None, from })
            }
        }
    }

    fn failure(
        &self,
        target: SocketAddr,
        echo: echo::Echo<'_>,
        kind: ErrorKind,
        from: IpAddr,
    ) -> Option<Answer> {
        if kind.is_advice() {
            return None;
        }
        // Some quote eight bytes of our packet and no more; the sequence number is then what proves it.
        let tag = self.proof(target, &echo)?;
        Some(Answer { target, finding: Finding::Unreachable(kind), tag, from })
    }

    /// Whether these are the marks of a request to `target`; and its tag, if enough of it is there.
    #[expect(clippy::option_option, reason = "no proof is another thing than a proof without a tag")]
    fn proof(&self, target: SocketAddr, echo: &echo::Echo<'_>) -> Option<Option<Mark>> {
        let Kind::Echo { identifier: ours } = self.kind else { return None };
        if echo.identifier.0 != ours {
            return None;
        }
        let Some((marks, _)) = echo.payload.split_first_chunk::<ECHO_PAYLOAD>() else {
            return echo.payload.is_empty().then_some(None);
        };
        let [tag, cookie] =
            [&marks[..8], &marks[8..]].map(|half| u64::from_be_bytes(half.try_into().unwrap_or_default()));
        let is_ours = self.proves(target, tag, cookie, echo.sequence.0);
        is_ours.then_some(Some(Mark::Whole(Tag(tag))))
    }

    /// The error that an ICMP message reports about one of our SYNs.
    fn read_error(&self, from: IpAddr, source_port: u16, message: &[u8]) -> Option<Answer> {
        let Message::Error(error) = echo::decode(self.version, message, ChecksumPolicy::Verify).ok()? else {
            return None;
        };
        let Inner::Tcp { source_port: quoted_port, destination_port, sequence } = error.quoted.inner else {
            return None;
        };
        let target = SocketAddr::new(error.quoted.destination, destination_port);
        let is_ours = quoted_port == source_port && sequence == self.cookie(target, 0) as u32;
        let finding = Finding::Unreachable(error.kind);
        (is_ours && !error.kind.is_advice()).then_some(Answer { target, finding, tag: None, from })
    }

    fn read_segment(&self, from: IpAddr, source_port: u16, arrival: &Arrival<'_>) -> Option<Answer> {
        let segment = tcp::decode(arrival.message).ok()?;
        let target = SocketAddr::new(from, segment.source_port);
        let is_ours = segment.destination_port == source_port
            && segment.flags.contains(Flags::ACK)
            && segment.acknowledgment == (self.cookie(target, 0) as u32).wrapping_add(1);
        if !is_ours {
            return None;
        }
        let finding = match segment.flags {
            flags if flags.contains(Flags::RST) => Finding::Closed,
            flags if flags.contains(Flags::SYN) => Finding::Open,
            _ => return None,
        };
        let echoed = segment.options.timestamps.map(|stamps| stamps.echo).filter(|echo| *echo != 0);
        Some(Answer { target, finding, tag: echoed.map(Mark::Short), from })
    }
}

/// A short number out of a cookie: what eight quoted bytes still prove.
const fn sequence_of(cookie: u64) -> u16 {
    (cookie >> 48) as u16 ^ cookie as u16
}

const TCP: u8 = 6;
/// A header, and the options for segment size, selective acknowledgements and timestamps.
const SYN_LENGTH: usize = 36;

fn write_syn(into: &mut [u8], source_port: u16, port: u16, sequence: u32, timestamp: u32) {
    into[..2].copy_from_slice(&source_port.to_be_bytes());
    into[2..4].copy_from_slice(&port.to_be_bytes());
    into[4..8].copy_from_slice(&sequence.to_be_bytes());
    into[12..14].copy_from_slice(&[(SYN_LENGTH as u8 / 4) << 4, Flags::SYN.0]);
    into[14..16].copy_from_slice(&64_240_u16.to_be_bytes());
    into[20..24].copy_from_slice(&[2, 4, 0x05, 0xb4]);
    into[24..28].copy_from_slice(&[4, 2, 8, 10]);
    into[28..32].copy_from_slice(&timestamp.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::checksum::checksum;

    const TAG: Tag = Tag(0x1234_5678_9abc);

    fn codec(version: IpVersion, kind: Kind) -> Codec {
        Codec { version, key: SipKey::new(), kind }
    }

    fn message(codec: &Codec, target: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        codec.write(target.parse().expect("an address"), TAG, |message| bytes.extend_from_slice(message));
        bytes
    }

    fn read(codec: &Codec, from: &str, message: &[u8]) -> Option<Answer> {
        let from = from.parse().expect("an address");
        let is_icmp = matches!(codec.kind, Kind::Echo { .. });
        codec.read(&Arrival { from, message, is_icmp, stamp: None })
    }

    /// An echo request as its target turns it around.
    fn turned(version: IpVersion, mut request: Vec<u8>) -> Vec<u8> {
        request[0] = if version == IpVersion::V4 { 0 } else { 129 };
        request[2..4].fill(0);
        let sum = checksum(&request);
        request[2..4].copy_from_slice(&sum.to_be_bytes());
        request
    }

    #[test]
    fn echo_is_known_again_and_brings_its_tag_back() {
        for (version, target) in [(IpVersion::V4, "198.18.0.7:0"), (IpVersion::V6, "[fd00::7]:0")] {
            let codec = codec(version, Kind::Echo { identifier: 77 });
            let request = message(&codec, target);
            assert_eq!(request.len() + if version == IpVersion::V4 { 20 } else { 40 }, codec.length());
            let reply = turned(version, request);
            let answer = read(&codec, target, &reply).expect("ours");
            assert_eq!((answer.finding, answer.tag), (Finding::Open, Some(Mark::Whole(TAG))));
            let address = |text: &str| text.parse::<SocketAddr>().expect("an address").ip();
            assert_eq!(codec.read_reply(address(target), &reply), Some(TAG));
            assert_eq!(codec.read_reply(address(target), &reply[..23]), None, "not all of it");
            let other = if version == IpVersion::V4 { "198.18.0.8:0" } else { "[fd00::8]:0" };
            assert_eq!(read(&codec, other, &reply), None, "another address sent it");
            assert_eq!(codec.read_reply(address(other), &reply), None, "another address sent it");
            for byte in [4, 6, 9, 20] {
                let mut forged = reply.clone();
                forged[byte] ^= 1;
                if version == IpVersion::V4 {
                    assert_eq!(codec.read_reply(address(target), &forged), None, "a wrong checksum");
                }
                let forged = turned(version, forged);
                assert_eq!(read(&codec, target, &forged), None, "byte {byte} was changed");
                assert_eq!(codec.read_reply(address(target), &forged), None, "byte {byte} was changed");
            }
        }
    }

    /// "Host unreachable" about a packet of which `quote` is left behind its IPv4 header.
    fn error_about(destination: [u8; 4], protocol: u8, quote: &[u8]) -> Vec<u8> {
        let mut error = vec![3, 1, 0, 0, 0, 0, 0, 0];
        let header = crate::wire::ipv4::Ipv4Header {
            source: [198, 18, 9, 9].into(),
            destination: destination.into(),
            protocol,
            hop_limit: crate::wire::HopLimit(9),
            tos: 0,
            total_length: 44,
            identification: 0,
            dont_fragment: true,
            more_fragments: false,
            fragment_offset: 0,
        };
        error.extend(header.emit());
        error.extend_from_slice(quote);
        let sum = checksum(&error);
        error[2..4].copy_from_slice(&sum.to_be_bytes());
        error
    }

    #[test]
    fn errors_are_about_the_quoted_target() {
        let codec = codec(IpVersion::V4, Kind::Echo { identifier: 77 });
        let request = message(&codec, "198.18.0.7:0");
        for (quote, tag) in [(&request[..], Some(Mark::Whole(TAG))), (&request[..8], None)] {
            let error = error_about([198, 18, 0, 7], 1, quote);
            let answer = read(&codec, "198.18.1.1:0", &error).expect("ours");
            assert_eq!(answer.target, "198.18.0.7:0".parse().expect("an address"));
            assert_eq!(answer.from, IpAddr::from([198, 18, 1, 1]));
            assert!(matches!(answer.finding, Finding::Unreachable(_)));
            assert_eq!(answer.tag, tag);
        }
    }

    #[test]
    fn errors_are_about_the_quoted_syn() {
        let source = IpAddr::from([198, 18, 9, 9]);
        let codec = codec(IpVersion::V4, Kind::Syn { source, source_port: 4000 });
        let syn = message(&codec, "198.18.0.7:80");
        let from: SocketAddr = "198.18.1.1:0".parse().expect("an address");
        let read = |message: &[u8]| codec.read(&Arrival { from, message, is_icmp: true, stamp: None });
        // All of it is quoted, or as little as there must be.
        for length in [SYN_LENGTH, 8] {
            let error = error_about([198, 18, 0, 7], 6, &syn[..length]);
            let answer = read(&error).expect("ours");
            assert_eq!(answer.target, "198.18.0.7:80".parse().expect("an address"));
            assert_eq!(answer.from, from.ip());
            assert!(matches!(answer.finding, Finding::Unreachable(_)));
        }
        let ours = error_about([198, 18, 0, 7], 6, &syn);
        assert_eq!(read(&[&ours[..8], &ours[8..][..20]].concat()), None, "nothing of the segment");
        let mut wrong = ours;
        wrong[2] ^= 1;
        assert_eq!(read(&wrong), None, "a wrong checksum");
        for (address, protocol, byte) in
            [([198, 18, 0, 8], 6, 0), ([198, 18, 0, 7], 17, 0), ([198, 18, 0, 7], 6, 1)]
        {
            let mut syn = syn.clone();
            syn[4] ^= byte;
            assert_eq!(read(&error_about(address, protocol, &syn)), None, "not ours");
        }
    }

    #[test]
    fn syn_is_known_again_by_its_acknowledgment() {
        let source = IpAddr::from([198, 18, 9, 9]);
        let codec = codec(IpVersion::V4, Kind::Syn { source, source_port: 4000 });
        let syn = message(&codec, "198.18.0.7:80");
        assert_eq!(tcp::verify_checksum(source, [198, 18, 0, 7].into(), &syn), Ok(()));
        let sent = tcp::decode(&syn).expect("a segment");
        assert_eq!((sent.source_port, sent.destination_port, sent.flags), (4000, 80, Flags::SYN));
        assert_eq!(sent.options.mss, Some(1460));
        let stamp = sent.options.timestamps.expect("one").value;
        for (flags, stamped, finding) in [
            (Flags(Flags::SYN.0 | Flags::ACK.0), true, Some(Finding::Open)),
            (Flags(Flags::RST.0 | Flags::ACK.0), false, Some(Finding::Closed)),
            (Flags::RST, false, None),
            (Flags::ACK, false, None),
        ] {
            let mut answer = vec![0; SYN_LENGTH];
            write_syn(&mut answer, 80, 4000, 99, 55);
            answer[8..12].copy_from_slice(&sent.sequence.wrapping_add(1).to_be_bytes());
            answer[13] = flags.0;
            let echo = if stamped { stamp } else { 0 };
            answer[32..36].copy_from_slice(&echo.to_be_bytes());
            let read = |from: &str| read(&codec, from, &answer);
            assert_eq!(read("198.18.0.7:0").map(|answer| answer.finding), finding, "{flags:?}");
            assert_eq!(read("198.18.0.8:0"), None);
            if let Some(answer) = read("198.18.0.7:0") {
                assert_eq!(answer.target, "198.18.0.7:80".parse().expect("an address"));
                assert_eq!(answer.tag, stamped.then_some(Mark::Short(TAG.short())));
            }
        }
    }
}
