//! Packets with what travels beside them: destination, control messages, stamps.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use socket2::SockAddr;

use super::control::{ControlMessages, SendControl};
use crate::wire::HopLimit;

/// Bytes at an address that the kernel's structures may start at.
#[derive(Clone, Copy)]
#[repr(C, align(8))]
pub(crate) struct Aligned<const N: usize>(pub(crate) [u8; N]);

/// Room for every control message that is switched on anywhere (stamps, hop limit, packet info, error, drops).
pub(crate) const CONTROL_SPACE: usize = 320;

/// Room for an IPv4 or IPv6 socket address.
pub(crate) const NAME_SPACE: usize = 32;

/// A packet to send. Kept and refilled; its buffer only ever grows.
pub struct Outgoing {
    /// Where to.
    pub destination: SockAddr,
    /// From the ICMP or TCP header on.
    pub bytes: Vec<u8>,
    /// Hop limit, type of service, source and interface of this packet.
    pub control: SendControl,
}

impl Outgoing {
    /// An empty packet.
    pub fn new(destination: SocketAddr) -> Self {
        Self { destination: destination.into(), bytes: Vec::new(), control: SendControl::default() }
    }
}

/// A packet received, or an entry of a socket's error queue.
pub struct Incoming {
    pub(crate) buffer: Box<[u8]>,
    pub(crate) length: usize,
    pub(crate) truncated: bool,
    pub(crate) name: Aligned<NAME_SPACE>,
    pub(crate) name_length: usize,
    pub(crate) control: Aligned<CONTROL_SPACE>,
    pub(crate) control_length: usize,
}

impl Incoming {
    /// An empty one that takes packets up to `capacity` bytes.
    pub fn new(capacity: usize) -> Self {
        Self {
            buffer: vec![0; capacity].into_boxed_slice(),
            length: 0,
            truncated: false,
            name: Aligned([0; NAME_SPACE]),
            name_length: 0,
            control: Aligned([0; CONTROL_SPACE]),
            control_length: 0,
        }
    }

    /// Puts a packet in, as a link that is not the kernel's receives one.
    pub fn put(&mut self, source: IpAddr, hop_limit: Option<HopLimit>, bytes: &[u8]) {
        self.length = bytes.len().min(self.buffer.len());
        self.truncated = self.length < bytes.len();
        self.buffer[..self.length].copy_from_slice(&bytes[..self.length]);
        self.name_length = write_socket_address(source, &mut self.name.0);
        let control = SendControl::new(source.is_ipv6(), hop_limit.map(|limit| limit.0), None, None, 0);
        self.control_length = control.as_bytes().len();
        self.control.0[..self.control_length].copy_from_slice(control.as_bytes());
    }

    /// What arrived; cut off if [`Self::is_truncated`].
    pub fn bytes(&self) -> &[u8] {
        &self.buffer[..self.length]
    }

    /// Whether the packet was longer than the buffer.
    pub fn is_truncated(&self) -> bool {
        self.truncated
    }

    /// The address it came from (of an error queue entry: the address the packet had been sent to).
    pub fn source(&self) -> Option<IpAddr> {
        socket_address(&self.name.0[..self.name_length.min(NAME_SPACE)])
    }

    /// The same with its port, of UDP.
    #[cfg(feature = "sweep")]
    pub(crate) fn peer(&self) -> Option<SocketAddr> {
        let name = &self.name.0[..self.name_length.min(NAME_SPACE)];
        let port = u16::from_be_bytes(name.get(2..4)?.try_into().ok()?);
        Some(SocketAddr::new(socket_address(name)?, port))
    }

    /// The control messages that came with it.
    pub fn control(&self) -> ControlMessages<'_> {
        ControlMessages::new(&self.control.0[..self.control_length])
    }
}

/// Reads the address out of a `sockaddr_in` or `sockaddr_in6`.
pub(crate) fn socket_address(bytes: &[u8]) -> Option<IpAddr> {
    let family = u16::from_ne_bytes(bytes.get(..2)?.try_into().ok()?);
    match i32::from(family) {
        libc::AF_INET => Some(Ipv4Addr::from(<[u8; 4]>::try_from(bytes.get(4..8)?).ok()?).into()),
        libc::AF_INET6 => Some(Ipv6Addr::from(<[u8; 16]>::try_from(bytes.get(8..24)?).ok()?).into()),
        _ => None,
    }
}

/// Writes a `sockaddr_in` or `sockaddr_in6` and returns its length.
fn write_socket_address(address: IpAddr, into: &mut [u8; NAME_SPACE]) -> usize {
    into.fill(0);
    match address {
        IpAddr::V4(address) => {
            into[..2].copy_from_slice(&(libc::AF_INET as u16).to_ne_bytes());
            into[4..8].copy_from_slice(&address.octets());
            16
        }
        IpAddr::V6(address) => {
            into[..2].copy_from_slice(&(libc::AF_INET6 as u16).to_ne_bytes());
            into[8..24].copy_from_slice(&address.octets());
            28
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::control::ControlMessage;

    #[test]
    fn packet_put_in_reads_as_received() {
        let mut incoming = Incoming::new(4);
        for source in ["127.0.0.9", "fd00::9"] {
            let source: IpAddr = source.parse().expect("literal");
            incoming.put(source, Some(HopLimit(61)), b"hello");
            assert_eq!(incoming.source(), Some(source));
            assert_eq!((incoming.bytes(), incoming.is_truncated()), (&b"hell"[..], true));
            assert_eq!(incoming.control().next(), Some(ControlMessage::HopLimit(61)));
        }
    }
}
