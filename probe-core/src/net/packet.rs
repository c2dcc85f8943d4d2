//! Packets with what travels beside them: destination, control messages, stamps.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

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

/// A socket address as the kernel reads and writes it beside a packet: `sockaddr_in` or `sockaddr_in6`.
///
/// A fifth of the size of one that has room for addresses of all kinds, and so a fifth of the work to fill in.
#[derive(Clone, Copy)]
pub struct Name {
    pub(crate) bytes: Aligned<NAME_SPACE>,
    pub(crate) length: usize,
}

impl Name {
    /// No address at all, to be filled in.
    pub(crate) const fn empty() -> Self {
        Self { bytes: Aligned([0; NAME_SPACE]), length: 0 }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes.0[..self.length.min(NAME_SPACE)]
    }

    /// The address, if it is one of IPv4 or IPv6.
    pub fn as_socket(&self) -> Option<SocketAddr> {
        let bytes = self.as_bytes();
        let port = u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?);
        Some(match socket_address(bytes)? {
            IpAddr::V4(address) => SocketAddr::new(address.into(), port),
            IpAddr::V6(address) => {
                let zone =
                    bytes.get(24..28).and_then(|zone| zone.try_into().ok()).map_or(0, u32::from_ne_bytes);
                SocketAddrV6::new(address, port, 0, zone).into()
            }
        })
    }
}

impl From<SocketAddr> for Name {
    #[inline]
    fn from(address: SocketAddr) -> Self {
        let mut name = Self::empty();
        let bytes = &mut name.bytes.0;
        bytes[2..4].copy_from_slice(&address.port().to_be_bytes());
        match address {
            SocketAddr::V4(address) => {
                bytes[..2].copy_from_slice(&(libc::AF_INET as u16).to_ne_bytes());
                bytes[4..8].copy_from_slice(&address.ip().octets());
                name.length = 16;
            }
            SocketAddr::V6(address) => {
                bytes[..2].copy_from_slice(&(libc::AF_INET6 as u16).to_ne_bytes());
                bytes[8..24].copy_from_slice(&address.ip().octets());
                bytes[24..28].copy_from_slice(&address.scope_id().to_ne_bytes());
                name.length = 28;
            }
        }
        name
    }
}

/// A packet to send. Kept and refilled; its buffer only ever grows.
pub struct Outgoing {
    /// Where to.
    pub destination: Name,
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
    pub(crate) name: Name,
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
            name: Name::empty(),
            control: Aligned([0; CONTROL_SPACE]),
            control_length: 0,
        }
    }

    /// Puts a packet in, as a link that is not the kernel's receives one.
    pub fn put(&mut self, source: IpAddr, hop_limit: Option<HopLimit>, bytes: &[u8]) {
        self.length = bytes.len().min(self.buffer.len());
        self.truncated = self.length < bytes.len();
        self.buffer[..self.length].copy_from_slice(&bytes[..self.length]);
        self.name = SocketAddr::new(source, 0).into();
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
        socket_address(self.name.as_bytes())
    }

    /// The same with its port, of UDP.
    #[cfg(feature = "sweep")]
    pub(crate) fn peer(&self) -> Option<SocketAddr> {
        self.name.as_socket()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::control::ControlMessage;

    #[test]
    fn names_are_read_as_they_were_written() {
        for address in ["198.18.0.9:0", "127.0.0.1:65535", "[fd00::9]:53", "[fe80::1%7]:9"] {
            let address: SocketAddr = address.parse().expect("literal");
            let name = Name::from(address);
            assert_eq!(name.as_socket(), Some(address));
            let kernels = socket2::SockAddr::from(address);
            assert_eq!(name.as_bytes().len(), kernels.len() as usize);
        }
        assert_eq!(Name::empty().as_socket(), None);
    }

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
