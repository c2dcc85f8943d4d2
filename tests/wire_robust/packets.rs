//! Valid packets. What a probe sends is made by its own codecs; the answers are put together here, field by field.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use probe_core::wire::checksum::{checksum, pseudo_header};
use probe_core::wire::ipv4::Ipv4Header;
use probe_core::wire::ipv6::Ipv6Header;
use probe_core::wire::tcp::Syn;
use probe_core::wire::{HopLimit, Identifier, IpVersion, Sequence, echo};

pub(crate) const SOURCE_V4: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
pub(crate) const DESTINATION_V4: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 7);
pub(crate) const SOURCE_V6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);
pub(crate) const DESTINATION_V6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 2);

const ICMP: u8 = 1;
const TCP: u8 = 6;
const ICMPV6: u8 = 58;

/// The SYN that [`syn_ack`] answers.
pub(crate) const SYN: Syn = Syn {
    source_port: 50_000,
    destination_port: 443,
    sequence: 0x1122_3344,
    window: 64_240,
    mss: 1460,
    timestamps: Some(0xdead_beef),
};

/// An echo request of 56 bytes, as `ping` sends.
pub(crate) fn echo_request(version: IpVersion) -> Vec<u8> {
    let payload: Vec<u8> = (0..56).collect();
    let (identifier, sequence) = (Identifier(0x1234), Sequence(7));
    let mut request = Vec::new();
    match version {
        IpVersion::V4 => echo::emit_request(version, identifier, sequence, &payload, &mut request),
        IpVersion::V6 => echo::emit_request_v6_with_checksum(
            SOURCE_V6,
            DESTINATION_V6,
            identifier,
            sequence,
            &payload,
            &mut request,
        ),
    }
    request
}

pub(crate) fn echo_reply_v4() -> Vec<u8> {
    let mut reply = echo_request(IpVersion::V4);
    reply[0] = 0;
    icmp_sum(&mut reply);
    reply
}

/// From the destination back to the source.
pub(crate) fn echo_reply_v6() -> Vec<u8> {
    let mut reply = echo_request(IpVersion::V6);
    reply[0] = 129;
    icmpv6_sum(&mut reply);
    reply
}

/// The whole IPv4 packet of an echo reply, with the router alert option (RFC 2113).
pub(crate) fn echo_reply_with_options() -> Vec<u8> {
    let message = echo_reply_v4();
    let mut packet = ip_v4(ICMP, message.len() + 4, DESTINATION_V4, SOURCE_V4);
    packet.extend_from_slice(&[0x94, 0x04, 0, 0]);
    packet[0] = 0x46;
    packet[10..12].fill(0);
    let sum = checksum(&packet);
    packet[10..12].copy_from_slice(&sum.to_be_bytes());
    packet.extend_from_slice(&message);
    packet
}

/// "Host unreachable" quoting a whole echo request.
pub(crate) fn unreachable_v4() -> Vec<u8> {
    let request = echo_request(IpVersion::V4);
    let mut message = vec![3, 1, 0, 0, 0, 0, 0, 0];
    message.extend(ip_v4(ICMP, request.len(), SOURCE_V4, DESTINATION_V4));
    message.extend_from_slice(&request);
    icmp_sum(&mut message);
    message
}

/// "Address unreachable" from the destination, quoting a whole echo request behind a destination options header.
pub(crate) fn unreachable_v6() -> Vec<u8> {
    const DESTINATION_OPTIONS: u8 = 60;

    let request = echo_request(IpVersion::V6);
    let quoted = Ipv6Header {
        source: SOURCE_V6,
        destination: DESTINATION_V6,
        next_header: DESTINATION_OPTIONS,
        hop_limit: HopLimit(64),
        traffic_class: 0,
        flow_label: 0,
        payload_length: request.len() as u16 + 8,
    };
    let mut message = vec![1, 3, 0, 0, 0, 0, 0, 0];
    message.extend_from_slice(&quoted.emit());
    message.extend_from_slice(&[ICMPV6, 0, 1, 4, 0, 0, 0, 0]);
    message.extend_from_slice(&request);
    icmpv6_sum(&mut message);
    message
}

/// The answer of an open port to [`SYN`], with all the options there are.
pub(crate) fn syn_ack() -> Vec<u8> {
    let mut segment = vec![0x01, 0xbb, 0xc3, 0x50, 0x55, 0x66, 0x77, 0x88, 0x11, 0x22, 0x33, 0x45];
    segment.extend_from_slice(&[0xa0, 0x12, 0xfe, 0x88, 0, 0, 0, 0]);
    let (mss, sack_permitted, window_scale) = ([2, 4, 0x05, 0x78], [4, 2], [1, 3, 3, 9]);
    segment.extend_from_slice(&mss);
    segment.extend_from_slice(&sack_permitted);
    segment.extend_from_slice(&[8, 10, 0, 0, 0x30, 0x39, 0xde, 0xad, 0xbe, 0xef]);
    segment.extend_from_slice(&window_scale);
    let (source, destination) = (IpAddr::V4(DESTINATION_V4), IpAddr::V4(SOURCE_V4));
    let mut sum = pseudo_header(source, destination, TCP, segment.len() as u32);
    sum.add(&segment);
    segment[16..18].copy_from_slice(&sum.finish().to_be_bytes());
    segment
}

/// Everything above, for changes at random.
pub(crate) fn all() -> [Vec<u8>; 7] {
    [
        echo_request(IpVersion::V4),
        echo_reply_v4(),
        echo_reply_v6(),
        echo_reply_with_options(),
        unreachable_v4(),
        unreachable_v6(),
        syn_ack(),
    ]
}

fn ip_v4(protocol: u8, payload: usize, source: Ipv4Addr, destination: Ipv4Addr) -> Vec<u8> {
    let header = Ipv4Header {
        source,
        destination,
        protocol,
        hop_limit: HopLimit(64),
        tos: 0,
        total_length: payload as u16 + 20,
        identification: 0x1c46,
        dont_fragment: true,
        more_fragments: false,
        fragment_offset: 0,
    };
    header.emit().to_vec()
}

fn icmp_sum(message: &mut [u8]) {
    message[2..4].fill(0);
    let sum = checksum(message);
    message[2..4].copy_from_slice(&sum.to_be_bytes());
}

/// For a message from the destination to the source.
fn icmpv6_sum(message: &mut [u8]) {
    message[2..4].fill(0);
    let mut sum = pseudo_header(DESTINATION_V6.into(), SOURCE_V6.into(), ICMPV6, message.len() as u32);
    sum.add(message);
    message[2..4].copy_from_slice(&sum.finish().to_be_bytes());
}
