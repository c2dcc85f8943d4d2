//! Control messages: what travels beside a packet, as bytes (`cmsg(3)`). Safe code over plain buffers.

use std::mem::size_of;
use std::net::IpAddr;
use std::time::Duration;

use super::packet::{Aligned, socket_address};
use crate::wire::HopLimit;

/// The header of a control message: length, level, type.
const HEADER: usize = size_of::<usize>() + 8;
/// Room for hop limit, type of service, packet info and stamps of one packet to send.
const SEND_SPACE: usize = 120;

/// Rounds up to the alignment of control messages.
const fn align(length: usize) -> usize {
    (length + size_of::<usize>() - 1) & !(size_of::<usize>() - 1)
}

/// The control messages of one packet to send.
#[derive(Clone, Copy)]
pub struct SendControl {
    bytes: Aligned<SEND_SPACE>,
    length: usize,
}

impl Default for SendControl {
    fn default() -> Self {
        Self { bytes: Aligned([0; SEND_SPACE]), length: 0 }
    }
}

impl SendControl {
    /// Control messages for a packet of the given family; what is `None` or 0 is left to the kernel.
    pub fn new(
        ipv6: bool,
        hop_limit: Option<u8>,
        tos: Option<u8>,
        source: Option<IpAddr>,
        interface: u32,
    ) -> Self {
        let mut control = Self::default();
        let (level, hop_limit_type, tos_type) = if ipv6 {
            (libc::IPPROTO_IPV6, libc::IPV6_HOPLIMIT, libc::IPV6_TCLASS)
        } else {
            (libc::IPPROTO_IP, libc::IP_TTL, libc::IP_TOS)
        };
        if let Some(hop_limit) = hop_limit {
            control.push(level, hop_limit_type, &i32::from(hop_limit).to_ne_bytes());
        }
        if let Some(tos) = tos {
            control.push(level, tos_type, &i32::from(tos).to_ne_bytes());
        }
        if source.is_some() || interface != 0 {
            control.push_packet_info(ipv6, source, interface);
        }
        control
    }

    /// The kernel need not stamp this packet when it leaves, though its socket's packets are.
    #[cfg(feature = "icmp")]
    pub(crate) fn decline_stamp(&mut self) {
        self.push(libc::SOL_SOCKET, libc::SO_TIMESTAMPING, &0_u32.to_ne_bytes());
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes.0[..self.length]
    }

    /// Takes all of them out.
    #[cfg(feature = "icmp")]
    pub(crate) fn clear(&mut self) {
        self.length = 0;
    }

    fn push(&mut self, level: i32, kind: i32, data: &[u8]) {
        let length = HEADER + data.len();
        let at = &mut self.bytes.0[self.length..self.length + align(length)];
        at[..size_of::<usize>()].copy_from_slice(&length.to_ne_bytes());
        at[size_of::<usize>()..][..4].copy_from_slice(&level.to_ne_bytes());
        at[size_of::<usize>() + 4..][..4].copy_from_slice(&kind.to_ne_bytes());
        at[HEADER..length].copy_from_slice(data);
        self.length += align(length);
    }

    /// `struct in_pktinfo` (interface, source, header destination) or `struct in6_pktinfo` (source, interface).
    fn push_packet_info(&mut self, ipv6: bool, source: Option<IpAddr>, interface: u32) {
        if ipv6 {
            let mut info = [0; 20];
            if let Some(IpAddr::V6(source)) = source {
                info[..16].copy_from_slice(&source.octets());
            }
            info[16..].copy_from_slice(&interface.to_ne_bytes());
            self.push(libc::IPPROTO_IPV6, libc::IPV6_PKTINFO, &info);
        } else {
            let mut info = [0; 12];
            info[..4].copy_from_slice(&interface.to_ne_bytes());
            if let Some(IpAddr::V4(source)) = source {
                info[4..8].copy_from_slice(&source.octets());
            }
            self.push(libc::IPPROTO_IP, libc::IP_PKTINFO, &info);
        }
    }
}

/// A control message that was received, understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ControlMessage {
    /// Packets the socket's receive buffer had no room for, since it was opened (`SO_RXQ_OVFL`).
    Drops(u32),
    /// An entry of the error queue.
    Error(QueuedError),
    /// Hop limit of the packet.
    HopLimit(u8),
    /// Type of service of the packet (traffic class for IPv6).
    Tos(u8),
    /// When the packet left or arrived: the kernel's software stamp, since the Unix epoch.
    Stamp(Duration),
}

/// `struct sock_extended_err` with the address that reported it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueuedError {
    /// The error number.
    pub number: i32,
    /// Where it comes from: `SO_EE_ORIGIN_*`.
    pub origin: u8,
    /// ICMP type.
    pub kind: u8,
    /// ICMP code.
    pub code: u8,
    /// For "too big", the MTU.
    pub info: u32,
    /// Who reported it.
    pub offender: Option<IpAddr>,
}

/// Origins of [`QueuedError`]s (linux/errqueue.h).
pub(crate) mod origin {
    /// This host itself.
    #[cfg(feature = "icmp")]
    pub(crate) const LOCAL: u8 = 1;
    /// An ICMP error.
    pub(crate) const ICMP: u8 = 2;
    /// An ICMPv6 error.
    pub(crate) const ICMP6: u8 = 3;
    /// A transmit stamp.
    #[cfg(any(feature = "icmp", feature = "tcp"))]
    pub(crate) const STAMP: u8 = 4;
}

/// Walks the control messages of a received packet; what it does not know it skips.
#[derive(Clone)]
pub struct ControlMessages<'a> {
    rest: &'a [u8],
}

impl<'a> ControlMessages<'a> {
    /// The messages in `bytes`, as the kernel wrote them.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    fn split(&mut self) -> Option<(i32, i32, &'a [u8])> {
        let word = size_of::<usize>();
        let length = usize::from_ne_bytes(self.rest.get(..word)?.try_into().ok()?);
        let data = self.rest.get(HEADER..length)?;
        let level = integer(&self.rest[word..])?;
        let kind = integer(&self.rest[word + 4..])?;
        self.rest = self.rest.get(align(length)..).unwrap_or_default();
        Some((level, kind, data))
    }
}

impl Iterator for ControlMessages<'_> {
    type Item = ControlMessage;

    fn next(&mut self) -> Option<ControlMessage> {
        loop {
            let (level, kind, data) = self.split()?;
            if let Some(message) = understand(level, kind, data) {
                return Some(message);
            }
        }
    }
}

/// The control messages of one packet, sorted out.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Beside {
    pub(crate) stamp: Option<Duration>,
    pub(crate) hop_limit: Option<HopLimit>,
    #[cfg(feature = "icmp")]
    pub(crate) tos: Option<u8>,
    #[cfg(feature = "icmp")]
    pub(crate) drops: Option<u32>,
    pub(crate) error: Option<QueuedError>,
}

impl Beside {
    #[inline]
    pub(crate) fn of(messages: ControlMessages<'_>) -> Self {
        if messages.rest.is_empty() { Self::default() } else { Self::sorted(messages) }
    }

    fn sorted(messages: ControlMessages<'_>) -> Self {
        let mut beside = Self::default();
        for message in messages {
            match message {
                #[cfg(feature = "icmp")]
                ControlMessage::Drops(number) => beside.drops = Some(number),
                #[cfg(not(feature = "icmp"))]
                ControlMessage::Drops(_) => {}
                ControlMessage::Error(error) => beside.error = Some(error),
                ControlMessage::HopLimit(number) => beside.hop_limit = Some(HopLimit(number)),
                ControlMessage::Stamp(at) => beside.stamp = Some(at),
                #[cfg(feature = "icmp")]
                ControlMessage::Tos(number) => beside.tos = Some(number),
                #[cfg(not(feature = "icmp"))]
                ControlMessage::Tos(_) => {}
            }
        }
        beside
    }

    /// Whether a router or host reported an error of a packet sent earlier; it is pending on the socket, too.
    #[cfg(feature = "icmp")]
    pub(crate) fn is_error_of_the_path(&self) -> bool {
        self.error.is_some_and(|error| matches!(error.origin, origin::ICMP | origin::ICMP6))
    }
}

fn understand(level: i32, kind: i32, data: &[u8]) -> Option<ControlMessage> {
    match (level, kind) {
        (libc::SOL_SOCKET, libc::SCM_TIMESTAMPING) => stamp(data).map(ControlMessage::Stamp),
        (libc::SOL_SOCKET, libc::SO_RXQ_OVFL) => {
            integer(data).map(|n| ControlMessage::Drops(n.cast_unsigned()))
        }
        (libc::IPPROTO_IP, libc::IP_TTL) | (libc::IPPROTO_IPV6, libc::IPV6_HOPLIMIT) => {
            integer(data).and_then(|n| u8::try_from(n).ok()).map(ControlMessage::HopLimit)
        }
        // One byte for IPv4, an integer for IPv6.
        (libc::IPPROTO_IP, libc::IP_TOS) => data.first().copied().map(ControlMessage::Tos),
        (libc::IPPROTO_IPV6, libc::IPV6_TCLASS) => {
            integer(data).and_then(|n| u8::try_from(n).ok()).map(ControlMessage::Tos)
        }
        (libc::IPPROTO_IP, libc::IP_RECVERR) | (libc::IPPROTO_IPV6, libc::IPV6_RECVERR) => {
            queued_error(data).map(ControlMessage::Error)
        }
        _ => None,
    }
}

fn integer(data: &[u8]) -> Option<i32> {
    Some(i32::from_ne_bytes(data.get(..4)?.try_into().ok()?))
}

/// The first of three `struct timespec`: the software stamp. Zero means that there is none.
fn stamp(data: &[u8]) -> Option<Duration> {
    let half = data.len() / 6;
    let number = |at: usize| -> Option<u64> {
        match half {
            8 => Some(u64::from_ne_bytes(data.get(at * 8..at * 8 + 8)?.try_into().ok()?)),
            4 => Some(u32::from_ne_bytes(data.get(at * 4..at * 4 + 4)?.try_into().ok()?).into()),
            _ => None,
        }
    };
    let (seconds, nanoseconds) = (number(0)?, number(1)?);
    (seconds != 0 || nanoseconds != 0).then(|| Duration::new(seconds, nanoseconds as u32 % 1_000_000_000))
}

fn queued_error(data: &[u8]) -> Option<QueuedError> {
    let number = integer(data)?;
    let &[origin, kind, code, _] = data.get(4..8)? else { return None };
    let info = integer(data.get(8..)?)?.cast_unsigned();
    Some(QueuedError { number, origin, kind, code, info, offender: socket_address(data.get(16..)?) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    fn received(level: i32, kind: i32, data: &[u8]) -> Vec<u8> {
        let mut control = SendControl::default();
        control.push(level, kind, data);
        control.as_bytes().to_vec()
    }

    #[test]
    fn messages_of_a_reply_are_understood() {
        let mut bytes = received(libc::IPPROTO_IP, libc::IP_TTL, &61_i32.to_ne_bytes());
        bytes.extend(received(libc::IPPROTO_IP, libc::IP_TOS, &[0xb8]));
        bytes.extend(received(libc::IPPROTO_IPV6, libc::IPV6_TCLASS, &0x20_i32.to_ne_bytes()));
        bytes.extend(received(libc::SOL_SOCKET, libc::SO_RXQ_OVFL, &9_u32.to_ne_bytes()));
        let mut stamps = [0; 48];
        stamps[..8].copy_from_slice(&1_700_000_000_u64.to_ne_bytes());
        stamps[8..16].copy_from_slice(&5_u64.to_ne_bytes());
        bytes.extend(received(libc::SOL_SOCKET, libc::SCM_TIMESTAMPING, &stamps));
        let messages: Vec<_> = ControlMessages::new(&bytes).collect();
        assert_eq!(
            messages,
            [
                ControlMessage::HopLimit(61),
                ControlMessage::Tos(0xb8),
                ControlMessage::Tos(0x20),
                ControlMessage::Drops(9),
                ControlMessage::Stamp(Duration::new(1_700_000_000, 5)),
            ]
        );
    }

    #[test]
    fn error_queue_entry_names_its_offender() {
        let mut data = vec![0; 24];
        data[..4].copy_from_slice(&113_i32.to_ne_bytes());
        data[4..7].copy_from_slice(&[origin::ICMP, 3, 1]);
        data[8..12].copy_from_slice(&1400_u32.to_ne_bytes());
        data[16..18].copy_from_slice(&(libc::AF_INET as u16).to_ne_bytes());
        data[20..24].copy_from_slice(&[198, 18, 0, 9]);
        let bytes = received(libc::IPPROTO_IP, libc::IP_RECVERR, &data);
        assert_eq!(
            ControlMessages::new(&bytes).next(),
            Some(ControlMessage::Error(QueuedError {
                number: 113,
                origin: origin::ICMP,
                kind: 3,
                code: 1,
                info: 1400,
                offender: Some(Ipv4Addr::new(198, 18, 0, 9).into()),
            }))
        );
    }

    #[test]
    fn every_prefix_of_a_buffer_ends_the_walk() {
        let mut bytes = received(libc::SOL_SOCKET, libc::SCM_TIMESTAMPING, &[1; 48]);
        bytes.extend(received(libc::IPPROTO_IP, libc::IP_TTL, &64_i32.to_ne_bytes()));
        for length in 0..bytes.len() {
            assert!(ControlMessages::new(&bytes[..length]).count() <= 2);
        }
        assert_eq!(ControlMessages::new(&[0; 64]).count(), 0, "a length of zero must not loop");
    }

    #[test]
    fn send_control_is_empty_unless_something_is_asked() {
        assert!(SendControl::new(false, None, None, None, 0).as_bytes().is_empty());
        let all = SendControl::new(true, Some(9), Some(46), Some("fd00::1".parse().expect("literal")), 3);
        assert_eq!(all.as_bytes().len(), 24 + 24 + 40);
    }
}
