//! Kernel packet filters as data: classic BPF programs (McCanne and Jacobson, 1993) and ICMP type masks.
//!
//! Every raw socket of a host is offered every ICMP packet; these keep the packets of others from waking anybody.
//! They are an optimisation and never the last word: what passes is decoded and matched all the same.

use super::{ipv6, number};

/// One instruction of a classic BPF program, laid out as the kernel's `struct sock_filter`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// The operation.
    pub code: u16,
    /// How many instructions to skip if a comparison holds.
    pub jt: u8,
    /// How many instructions to skip if it does not.
    pub jf: u8,
    /// The operand.
    pub k: u32,
}

/// For raw IPv4 sockets of ICMP, where packets start with the IPv4 header.
///
/// Accepts echo replies whose identifier, masked with `mask`, is `identifier_base`, and errors that quote an echo
/// request with such an identifier. Options in the outer and the quoted header are skipped.
pub const fn icmp_v4(identifier_base: u16, mask: u16) -> [Instruction; 26] {
    const REPLY: u8 = 8;
    const ERROR: u8 = 10;
    const COMPARE: u8 = 22;
    const ACCEPT: u8 = 24;
    const DROP: u8 = 25;
    let head = [
        index_of_payload(),
        load_byte_from_index(0),
        if_equal(number::ICMP_ECHO_REPLY, REPLY, NEXT),
        if_equal(number::ICMP_UNREACHABLE, ERROR, NEXT),
        if_equal(number::ICMP_SOURCE_QUENCH, ERROR, NEXT),
        if_equal(number::ICMP_REDIRECT, ERROR, NEXT),
        if_equal(number::ICMP_TIME_EXCEEDED, ERROR, NEXT),
        if_equal(number::ICMP_PARAMETER_PROBLEM, ERROR, DROP),
        // REPLY
        load_half_from_index(ECHO_IDENTIFIER),
        jump(COMPARE),
        // ERROR: goes on with the quoted IPv4 header, which follows the eight bytes of the error's own.
    ];
    let tail = [
        load_byte_from_index(QUOTED),
        if_equal(number::ICMP_ECHO_REQUEST, NEXT, DROP),
        load_half_from_index(QUOTED + ECHO_IDENTIFIER),
        // COMPARE
        and(mask),
        if_half_equal(identifier_base, ACCEPT, DROP),
        give(ALL),
        give(NOTHING),
    ];
    linked(joined(head, index_of_quoted_payload(number::ICMP, DROP), tail))
}

/// For raw IPv6 sockets of ICMPv6, where packets start with the ICMPv6 header.
///
/// As [`icmp_v4`]; but an error that quotes a packet with extension headers is accepted whatever it quotes.
pub const fn icmp_v6(identifier_base: u16, mask: u16) -> [Instruction; 19] {
    const REPLY: u8 = 4;
    const ERROR: u8 = 6;
    const REQUEST: u8 = 12;
    const COMPARE: u8 = 15;
    const ACCEPT: u8 = 17;
    const DROP: u8 = 18;
    const QUOTED_MESSAGE: u32 = QUOTED + ipv6::HEADER_LENGTH as u32;
    linked([
        load_byte(0),
        if_equal(number::ICMPV6_ECHO_REPLY, REPLY, NEXT),
        if_equal(0, DROP, NEXT),
        // The errors that are read are the types 1 to 4.
        if_greater(number::ICMPV6_PARAMETER_PROBLEM, DROP, ERROR),
        // REPLY
        load_half(ECHO_IDENTIFIER),
        jump(COMPARE),
        // ERROR
        load_byte(QUOTED + IPV6_NEXT_HEADER),
        if_equal(number::ICMPV6, REQUEST, NEXT),
        if_equal(ipv6::HOP_BY_HOP, ACCEPT, NEXT),
        if_equal(ipv6::ROUTING, ACCEPT, NEXT),
        if_equal(ipv6::FRAGMENT, ACCEPT, NEXT),
        if_equal(ipv6::DESTINATION_OPTIONS, ACCEPT, DROP),
        // REQUEST
        load_byte(QUOTED_MESSAGE),
        if_equal(number::ICMPV6_ECHO_REQUEST, NEXT, DROP),
        load_half(QUOTED_MESSAGE + ECHO_IDENTIFIER),
        // COMPARE
        and(mask),
        if_half_equal(identifier_base, ACCEPT, DROP),
        give(ALL),
        give(NOTHING),
    ])
}

/// For raw IPv4 sockets of TCP, where packets start with the IPv4 header: accepts segments for `destination_port`.
pub const fn tcp_v4(destination_port: u16) -> [Instruction; 9] {
    const ACCEPT: u8 = 7;
    const DROP: u8 = 8;
    linked([
        load_byte(IPV4_PROTOCOL),
        if_equal(number::TCP, NEXT, DROP),
        load_half(IPV4_FRAGMENT),
        if_any_bit(FRAGMENT_OFFSET, DROP, NEXT),
        index_of_payload(),
        load_half_from_index(TCP_DESTINATION_PORT),
        if_half_equal(destination_port, ACCEPT, DROP),
        give(ALL),
        give(NOTHING),
    ])
}

/// For sockets below IP that send SYNs from `source_port`, where packets start with the IPv4 header: accepts segments for that
/// port, and errors that quote a segment from it.
pub const fn syn_v4(source_port: u16) -> [Instruction; 25] {
    const ICMP: u8 = 7;
    const ERROR: u8 = 12;
    const COMPARE: u8 = 22;
    const ACCEPT: u8 = 23;
    const DROP: u8 = 24;
    let head = [
        index_of_payload(),
        load_byte(IPV4_PROTOCOL),
        if_equal(number::TCP, NEXT, ICMP),
        load_half(IPV4_FRAGMENT),
        if_any_bit(FRAGMENT_OFFSET, DROP, NEXT),
        load_half_from_index(TCP_DESTINATION_PORT),
        jump(COMPARE),
        // ICMP
        if_equal(number::ICMP, NEXT, DROP),
        load_byte_from_index(0),
        if_equal(number::ICMP_UNREACHABLE, ERROR, NEXT),
        if_equal(number::ICMP_TIME_EXCEEDED, ERROR, NEXT),
        if_equal(number::ICMP_PARAMETER_PROBLEM, ERROR, DROP),
        // ERROR: goes on with the quoted IPv4 header.
    ];
    let tail = [
        load_half_from_index(QUOTED),
        // COMPARE
        if_half_equal(source_port, ACCEPT, DROP),
        give(ALL),
        give(NOTHING),
    ];
    linked(joined(head, index_of_quoted_payload(number::TCP, DROP), tail))
}

/// For raw IPv6 sockets of TCP, where packets start with the TCP header: accepts segments for `destination_port`.
pub const fn tcp_v6(destination_port: u16) -> [Instruction; 4] {
    const ACCEPT: u8 = 2;
    const DROP: u8 = 3;
    linked([
        load_half(TCP_DESTINATION_PORT),
        if_half_equal(destination_port, ACCEPT, DROP),
        give(ALL),
        give(NOTHING),
    ])
}

/// The same program for packets with `length` bytes before what it looks at, as packet sockets have that give whole frames.
pub const fn behind<const N: usize>(length: u32, mut program: [Instruction; N]) -> [Instruction; N] {
    let mut at = 0;
    while at < N {
        if matches!(
            program[at].code,
            code::LOAD_HALF
                | code::LOAD_BYTE
                | code::LOAD_HALF_FROM_INDEX
                | code::LOAD_BYTE_FROM_INDEX
                | code::INDEX_HEADER_LENGTH
        ) {
            program[at].k += length;
        }
        at += 1;
    }
    program
}

/// For the socket option `ICMP_FILTER`: a set bit blocks its type. Passes echo replies and the errors that are read.
///
/// The kernel passes types from 32 on whatever the mask says.
pub const fn icmp_filter_v4() -> u32 {
    !(1 << number::ICMP_ECHO_REPLY
        | 1 << number::ICMP_UNREACHABLE
        | 1 << number::ICMP_SOURCE_QUENCH
        | 1 << number::ICMP_REDIRECT
        | 1 << number::ICMP_TIME_EXCEEDED
        | 1 << number::ICMP_PARAMETER_PROBLEM)
}

/// For the socket option `ICMP6_FILTER` as Linux has it: a set bit blocks its type (RFC 3542 section 3.2 leaves the
/// sense open). Passes echo replies and the errors that are read.
pub const fn icmp6_filter() -> [u32; 8] {
    let mut blocked = [u32::MAX; 8];
    blocked[0] = !(1 << number::ICMPV6_UNREACHABLE
        | 1 << number::ICMPV6_PACKET_TOO_BIG
        | 1 << number::ICMPV6_TIME_EXCEEDED
        | 1 << number::ICMPV6_PARAMETER_PROBLEM);
    blocked[4] = !(1 << (number::ICMPV6_ECHO_REPLY - 128));
    blocked
}

// Where things are, in bytes from the start of their header; `QUOTED` from the start of an ICMP error.
const IPV4_FRAGMENT: u32 = 6;
const IPV4_PROTOCOL: u32 = 9;
const IPV6_NEXT_HEADER: u32 = 6;
const ECHO_IDENTIFIER: u32 = 4;
const TCP_DESTINATION_PORT: u32 = 2;
const QUOTED: u32 = 8;

/// The bits of the IPv4 fragment field that are not flags.
const FRAGMENT_OFFSET: u32 = 0x1fff;

/// How much of the packet an accepting program gives: all of it.
const ALL: u32 = u32::MAX;
/// How much of the packet a dropping program gives.
const NOTHING: u32 = 0;

/// As the target of a comparison: the instruction after it.
const NEXT: u8 = 0;

/// Operations, from `linux/bpf_common.h`.
mod code {
    pub(super) const LOAD_HALF: u16 = 0x28;
    pub(super) const LOAD_BYTE: u16 = 0x30;
    pub(super) const LOAD_HALF_FROM_INDEX: u16 = 0x48;
    pub(super) const LOAD_BYTE_FROM_INDEX: u16 = 0x50;
    pub(super) const INDEX_HEADER_LENGTH: u16 = 0xb1;
    pub(super) const ADD_INDEX: u16 = 0x0c;
    pub(super) const AND: u16 = 0x54;
    pub(super) const SHIFT_LEFT: u16 = 0x64;
    pub(super) const TO_INDEX: u16 = 0x07;
    pub(super) const JUMP: u16 = 0x05;
    pub(super) const IF_EQUAL: u16 = 0x15;
    pub(super) const IF_GREATER: u16 = 0x25;
    pub(super) const IF_ANY_BIT: u16 = 0x45;
    pub(super) const RETURN: u16 = 0x06;
    /// The bits that tell jumps from other operations, and what they are for jumps.
    pub(super) const CLASS: u16 = 0x07;
    pub(super) const CLASS_JUMP: u16 = 0x05;
}

/// Turns the targets of jumps, written as places in the program, into numbers of instructions to skip.
const fn linked<const N: usize>(mut program: [Instruction; N]) -> [Instruction; N] {
    let mut at = 0;
    while at < N {
        let instruction = &mut program[at];
        let next = at as u8 + 1;
        if instruction.code == code::JUMP {
            instruction.k -= next as u32;
        } else if instruction.code & code::CLASS == code::CLASS_JUMP {
            instruction.jt = distance(next, instruction.jt);
            instruction.jf = distance(next, instruction.jf);
        }
        at += 1;
    }
    program
}

/// Three parts of a program in a row.
const fn joined<const A: usize, const B: usize, const C: usize, const N: usize>(
    first: [Instruction; A],
    second: [Instruction; B],
    third: [Instruction; C],
) -> [Instruction; N] {
    assert!(A + B + C == N, "as long as its parts");
    let mut program = [give(NOTHING); N];
    let mut at = 0;
    while at < N {
        program[at] = if at < A {
            first[at]
        } else if at < A + B {
            second[at - A]
        } else {
            third[at - A - B]
        };
        at += 1;
    }
    program
}

const fn distance(next: u8, target: u8) -> u8 {
    if target == NEXT { 0 } else { target - next }
}

const fn plain(code: u16, k: u32) -> Instruction {
    Instruction { code, jt: 0, jf: 0, k }
}

const fn load_byte(at: u32) -> Instruction {
    plain(code::LOAD_BYTE, at)
}

const fn load_half(at: u32) -> Instruction {
    plain(code::LOAD_HALF, at)
}

const fn load_byte_from_index(at: u32) -> Instruction {
    plain(code::LOAD_BYTE_FROM_INDEX, at)
}

const fn load_half_from_index(at: u32) -> Instruction {
    plain(code::LOAD_HALF_FROM_INDEX, at)
}

/// Sets the index to the length of the IPv4 header that the packet starts with.
const fn index_of_payload() -> Instruction {
    plain(code::INDEX_HEADER_LENGTH, 0)
}

/// Of an error at the index that quotes the start of a packet of `protocol`: adds the length of the quoted IPv4 header to the
/// index, so that `QUOTED` from there is what is behind it. Goes to `drop` for anything else.
const fn index_of_quoted_payload(protocol: u8, drop: u8) -> [Instruction; 9] {
    [
        load_byte_from_index(QUOTED + IPV4_PROTOCOL),
        if_equal(protocol, NEXT, drop),
        load_half_from_index(QUOTED + IPV4_FRAGMENT),
        if_any_bit(FRAGMENT_OFFSET, drop, NEXT),
        load_byte_from_index(QUOTED),
        and(0x0f),
        shift_left(2),
        add_index(),
        to_index(),
    ]
}

const fn add_index() -> Instruction {
    plain(code::ADD_INDEX, 0)
}

const fn to_index() -> Instruction {
    plain(code::TO_INDEX, 0)
}

const fn and(mask: u16) -> Instruction {
    plain(code::AND, mask as u32)
}

const fn shift_left(bits: u32) -> Instruction {
    plain(code::SHIFT_LEFT, bits)
}

const fn jump(target: u8) -> Instruction {
    plain(code::JUMP, target as u32)
}

const fn if_equal(value: u8, then: u8, otherwise: u8) -> Instruction {
    if_half_equal(value as u16, then, otherwise)
}

const fn if_half_equal(value: u16, then: u8, otherwise: u8) -> Instruction {
    Instruction { code: code::IF_EQUAL, jt: then, jf: otherwise, k: value as u32 }
}

const fn if_greater(value: u8, then: u8, otherwise: u8) -> Instruction {
    Instruction { code: code::IF_GREATER, jt: then, jf: otherwise, k: value as u32 }
}

const fn if_any_bit(mask: u32, then: u8, otherwise: u8) -> Instruction {
    Instruction { code: code::IF_ANY_BIT, jt: then, jf: otherwise, k: mask }
}

const fn give(length: u32) -> Instruction {
    plain(code::RETURN, length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::ipv4::Ipv4Header;
    use crate::wire::{HopLimit, samples};
    use proptest::prelude::*;

    /// Runs a program as the kernel does: a load outside the packet drops it.
    fn accepts(program: &[Instruction], packet: &[u8]) -> bool {
        let load = |at: u32, length: usize| {
            let bytes = packet.get(at as usize..)?.get(..length)?;
            Some(bytes.iter().fold(0, |value, &byte| value << 8 | u32::from(byte)))
        };
        let run = || {
            let (mut accumulator, mut index, mut at) = (0u32, 0u32, 0usize);
            loop {
                let instruction = program[at];
                at += 1;
                let k = instruction.k;
                let mut branch = |holds: bool| {
                    at += usize::from(if holds { instruction.jt } else { instruction.jf });
                };
                match instruction.code {
                    code::LOAD_HALF => accumulator = load(k, 2)?,
                    code::LOAD_BYTE => accumulator = load(k, 1)?,
                    code::LOAD_HALF_FROM_INDEX => accumulator = load(index + k, 2)?,
                    code::LOAD_BYTE_FROM_INDEX => accumulator = load(index + k, 1)?,
                    code::INDEX_HEADER_LENGTH => index = (load(k, 1)? & 0x0f) * 4,
                    code::ADD_INDEX => accumulator += index,
                    code::AND => accumulator &= k,
                    code::SHIFT_LEFT => accumulator <<= k,
                    code::TO_INDEX => index = accumulator,
                    code::JUMP => at += k as usize,
                    code::IF_EQUAL => branch(accumulator == k),
                    code::IF_GREATER => branch(accumulator > k),
                    code::IF_ANY_BIT => branch(accumulator & k != 0),
                    code::RETURN => return Some(k),
                    other => panic!("unknown operation {other:#x}"),
                }
            }
        };
        run().unwrap_or(NOTHING) != NOTHING
    }

    /// The packet behind an IPv4 header, without or with options.
    fn from_router(protocol: u8, with_options: bool, payload: &[u8]) -> Vec<u8> {
        let header = Ipv4Header {
            source: samples::DESTINATION_V4,
            destination: samples::SOURCE_V4,
            protocol,
            hop_limit: HopLimit(60),
            tos: 0,
            total_length: 0,
            identification: 0,
            dont_fragment: false,
            more_fragments: false,
            fragment_offset: 0,
        };
        let mut packet = header.emit().to_vec();
        if with_options {
            packet[0] = 0x47;
            packet.extend([1; 8]);
        }
        packet.extend_from_slice(payload);
        packet
    }

    fn with(message: &[u8], at: usize, value: u8) -> Vec<u8> {
        let mut message = message.to_vec();
        message[at] = value;
        message
    }

    #[test]
    fn programs_end_within_themselves() {
        for program in [&icmp_v4(0, 0)[..], &icmp_v6(0, 0), &tcp_v4(0), &tcp_v6(0), &syn_v4(0)] {
            for (at, instruction) in program.iter().enumerate() {
                let furthest = match instruction.code {
                    code::JUMP => instruction.k as usize,
                    _ => usize::from(instruction.jt.max(instruction.jf)),
                };
                let last = instruction.code == code::RETURN;
                assert!(at + furthest + usize::from(!last) < program.len(), "{at}: {instruction:?}");
            }
        }
    }

    #[test]
    fn icmp_accepts_what_is_ours() {
        let program = icmp_v4(0x1200, 0xff00);
        for with_options in [false, true] {
            for message in [
                &samples::ECHO_REPLY_V4[..],
                &samples::HOST_UNREACHABLE_V4,
                &samples::TOO_BIG_V4,
                &with(&samples::TOO_BIG_V4, 0, 4),
                &with(&samples::TOO_BIG_V4, 0, 5),
                &with(&samples::TOO_BIG_V4, 0, 11),
                &with(&samples::TOO_BIG_V4, 0, 12),
            ] {
                let packet = from_router(1, with_options, message);
                assert!(accepts(&program, &packet), "{message:02x?}");
                let frame = [&[0xff; 14][..], &packet].concat();
                assert!(accepts(&behind(14, program), &frame), "{message:02x?} in a frame");
            }
        }
    }

    #[test]
    fn icmp_drops_what_is_not_ours() {
        let program = icmp_v4(0x1200, 0xff00);
        for with_options in [false, true] {
            for message in [
                &samples::ECHO_REQUEST_V4[..],
                &with(&samples::ECHO_REPLY_V4, 4, 0x13),
                &with(&samples::ECHO_REPLY_V4, 0, 14),
                &with(&samples::HOST_UNREACHABLE_V4, 32, 0x13),
                &with(&samples::HOST_UNREACHABLE_V4, 28, 0),
                &with(&samples::HOST_UNREACHABLE_V4, 8 + 9, 17),
                &with(&samples::HOST_UNREACHABLE_V4, 8 + 7, 1),
                &with(&samples::TOO_BIG_V4, 36, 0x13),
                &samples::HOST_UNREACHABLE_V4[..33],
                &samples::ECHO_REPLY_V4[..5],
            ] {
                let packet = from_router(1, with_options, message);
                assert!(!accepts(&program, &packet), "{message:02x?}");
                let frame = [&[0xff; 14][..], &packet].concat();
                assert!(!accepts(&behind(14, program), &frame), "{message:02x?} in a frame");
            }
        }
    }

    #[test]
    fn icmpv6_accepts_what_is_ours() {
        let program = icmp_v6(0x1234, 0xffff);
        for message in [
            &samples::ECHO_REPLY_V6[..],
            &samples::TOO_BIG_V6,
            &with(&samples::TOO_BIG_V6, 0, 1),
            &with(&samples::TOO_BIG_V6, 0, 3),
            &with(&samples::TOO_BIG_V6, 0, 4),
            &with(&samples::TOO_BIG_V6, 8 + 6, 0),
            &with(&samples::TOO_BIG_V6, 8 + 6, 43),
            &with(&samples::TOO_BIG_V6, 8 + 6, 44),
            &with(&samples::TOO_BIG_V6, 8 + 6, 60),
        ] {
            assert!(accepts(&program, message), "{message:02x?}");
        }
    }

    #[test]
    fn icmpv6_drops_what_is_not_ours() {
        let program = icmp_v6(0x1234, 0xffff);
        for message in [
            &samples::ECHO_REQUEST_V6[..],
            &with(&samples::ECHO_REPLY_V6, 5, 0x35),
            &with(&samples::ECHO_REPLY_V6, 0, 135),
            &with(&samples::TOO_BIG_V6, 0, 0),
            &with(&samples::TOO_BIG_V6, 0, 5),
            &with(&samples::TOO_BIG_V6, 8 + 6, 17),
            &with(&samples::TOO_BIG_V6, 48, 129),
            &with(&samples::TOO_BIG_V6, 53, 0x35),
            &samples::TOO_BIG_V6[..53],
        ] {
            assert!(!accepts(&program, message), "{message:02x?}");
        }
    }

    #[test]
    fn tcp_goes_by_destination_port() {
        for with_options in [false, true] {
            let packet = from_router(6, with_options, &samples::SYN_ACK_V4);
            assert!(accepts(&tcp_v4(50_000), &packet));
            assert!(!accepts(&tcp_v4(443), &packet));
            assert!(!accepts(&tcp_v4(50_000), &with(&packet, 9, 17)));
            assert!(!accepts(&tcp_v4(50_000), &with(&packet, 7, 1)));
        }
        assert!(accepts(&tcp_v6(50_000), &samples::SYN_ACK_V4));
        assert!(!accepts(&tcp_v6(443), &samples::SYN_ACK_V4));
    }

    #[test]
    fn syns_are_answered_by_segments_and_by_errors() {
        let program = syn_v4(50_000);
        // An error that quotes a SYN, behind a header of 20 bytes and of 24.
        let error = |kind: u8, quoted_header: &[u8], port: u16| {
            let mut message = vec![kind, 1, 0, 0, 0, 0, 0, 0];
            message.extend_from_slice(quoted_header);
            message.extend(port.to_be_bytes());
            message.extend([0, 80, 1, 2, 3, 4]);
            message
        };
        let quoted = with(&from_router(6, false, &[]), 0, 0x45);
        let quoted_with_options = [&with(&quoted, 0, 0x46)[..], &[1; 4]].concat();
        for with_options in [false, true] {
            let ours = |protocol, message: &[u8]| {
                let packet = from_router(protocol, with_options, message);
                let frame = [&[0xff; 14][..], &packet].concat();
                let is_ours = accepts(&program, &packet);
                assert_eq!(accepts(&behind(14, program), &frame), is_ours, "in a frame");
                is_ours
            };
            assert!(ours(6, &samples::SYN_ACK_V4));
            assert!(!ours(17, &samples::SYN_ACK_V4));
            assert!(!ours(6, &with(&samples::SYN_ACK_V4, 3, 0)), "another port");
            for kind in [3, 11, 12] {
                assert!(ours(1, &error(kind, &quoted, 50_000)), "type {kind}");
                assert!(ours(1, &error(kind, &quoted_with_options, 50_000)), "type {kind}");
                assert!(!ours(1, &error(kind, &quoted, 50_001)), "another port");
                assert!(!ours(1, &error(kind, &with(&quoted, 9, 17), 50_000)), "not TCP");
                assert!(!ours(1, &error(kind, &with(&quoted, 7, 1), 50_000)), "a fragment");
                assert!(!ours(1, &error(kind, &quoted, 50_000)[..28]), "too short");
            }
            assert!(!ours(1, &error(5, &quoted, 50_000)), "advice");
            assert!(!ours(1, &samples::ECHO_REPLY_V4));
        }
    }

    #[test]
    fn masks_pass_what_is_read_and_nothing_else() {
        for kind in 0..32u8 {
            let passes = icmp_filter_v4() & 1 << kind == 0;
            assert_eq!(passes, [0, 3, 4, 5, 11, 12].contains(&kind), "{kind}");
        }
        for kind in 0..=255u8 {
            let passes = icmp6_filter()[usize::from(kind >> 5)] & 1 << (kind & 31) == 0;
            assert_eq!(passes, [1, 2, 3, 4, 129].contains(&kind), "{kind}");
        }
    }

    proptest! {
        #[test]
        fn a_mask_selects_a_range_of_identifiers(base: u16, mask: u16, identifier: u16) {
            let base = base & mask;
            let [upper, lower] = identifier.to_be_bytes();
            let reply = with(&with(&samples::ECHO_REPLY_V6, 4, upper), 5, lower);
            prop_assert_eq!(accepts(&icmp_v6(base, mask), &reply), identifier & mask == base);
            let reply = with(&with(&samples::ECHO_REPLY_V4, 4, upper), 5, lower);
            let packet = from_router(1, false, &reply);
            prop_assert_eq!(accepts(&icmp_v4(base, mask), &packet), identifier & mask == base);
        }

        #[test]
        fn every_program_ends_whatever_the_packet(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            for program in [&icmp_v4(0, 0)[..], &icmp_v6(0, 0), &tcp_v4(0), &tcp_v6(0), &syn_v4(0)] {
                accepts(program, &bytes);
            }
        }
    }
}
