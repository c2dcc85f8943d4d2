//! ICMP packets made and read by hand, apart from the library under test, over raw sockets.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};

use socket2::{Domain, Protocol, SockFilter, Socket, Type};

/// An echo request that arrived.
#[derive(Clone)]
pub(crate) struct Request {
    /// Who sent it.
    pub(crate) from: IpAddr,
    /// The address it was sent to; not told for IPv6.
    pub(crate) to: Option<Ipv4Addr>,
    /// From the ICMP header on.
    pub(crate) message: Vec<u8>,
}

/// A raw ICMP socket. The standard library's type is used for its safe receive call; the kernel does not mind.
pub(crate) struct RawSocket {
    socket: UdpSocket,
    ipv6: bool,
}

impl RawSocket {
    /// A socket whose packets leave from `source`.
    pub(crate) fn bound(source: IpAddr) -> Self {
        let raw = open(source.is_ipv6());
        raw.bind(&SocketAddr::from((source, 0)).into()).expect("a local address");
        Self { socket: raw.into(), ipv6: source.is_ipv6() }
    }

    /// A socket that writes IPv4 headers itself, and receives nothing but echo requests.
    pub(crate) fn with_headers() -> Self {
        let raw = open(false);
        raw.set_header_included_v4(true).expect("IP_HDRINCL");
        let only_requests = [
            SockFilter::new(0xb1, 0, 0, 0),
            SockFilter::new(0x50, 0, 0, 0),
            SockFilter::new(0x15, 0, 1, 8),
            SockFilter::new(0x06, 0, 0, u32::MAX),
            SockFilter::new(0x06, 0, 0, 0),
        ];
        raw.attach_filter(&only_requests).expect("a valid program");
        Self { socket: raw.into(), ipv6: false }
    }

    /// The next echo request.
    pub(crate) fn next_request(&self) -> Request {
        let mut buffer = [0; 4096];
        loop {
            let (length, from) = self.socket.recv_from(&mut buffer).expect("a packet");
            let packet = &buffer[..length];
            let (kind, header, to) = if self.ipv6 {
                (128, 0, None)
            } else {
                (
                    8,
                    usize::from(packet[0] & 15) * 4,
                    Some(Ipv4Addr::from(<[u8; 4]>::try_from(&packet[16..20]).expect("four bytes"))),
                )
            };
            if packet[header] == kind {
                return Request { from: from.ip(), to, message: packet[header..].to_vec() };
            }
        }
    }

    /// Sends a message with its checksum filled in (the kernel does it for IPv6). A full queue is tried again.
    pub(crate) fn send(&self, message: &[u8], to: IpAddr) {
        let message = if self.ipv6 { message.to_vec() } else { with_checksum(message) };
        self.send_packet(&message, to);
    }

    /// Sends an answer with an IPv4 header of our own making.
    pub(crate) fn send_from(&self, message: &[u8], from: Ipv4Addr, to: Ipv4Addr) {
        // The kernel fills in length, identification and checksum of the header.
        let mut packet = vec![0x45, 0, 0, 0, 0, 0, 0, 0, 64, 1, 0, 0];
        packet.extend(from.octets());
        packet.extend(to.octets());
        packet.extend(with_checksum(message));
        self.send_packet(&packet, to.into());
    }

    fn send_packet(&self, packet: &[u8], to: IpAddr) {
        loop {
            match self.socket.send_to(packet, (to, 0)) {
                Ok(_) => return,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => std::thread::yield_now(),
                Err(error) if error.raw_os_error() == Some(105) => std::thread::yield_now(),
                Err(error) => panic!("cannot send to {to}: {error}"),
            }
        }
    }
}

fn open(ipv6: bool) -> Socket {
    let (domain, protocol) =
        if ipv6 { (Domain::IPV6, Protocol::ICMPV6) } else { (Domain::IPV4, Protocol::ICMPV4) };
    Socket::new(domain, Type::RAW, Some(protocol)).expect("root may open raw sockets")
}

impl Request {
    /// The answer that an honest host would send.
    pub(crate) fn reply(&self) -> Vec<u8> {
        let mut reply = self.message.clone();
        reply[0] = if self.from.is_ipv6() { 129 } else { 0 };
        reply
    }
}

/// RFC 1071.
pub(crate) fn checksum(bytes: &[u8]) -> u16 {
    let mut sum: u32 = bytes
        .chunks(2)
        .map(|pair| u32::from(pair[0]) << 8 | u32::from(pair.get(1).copied().unwrap_or(0)))
        .sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

fn with_checksum(message: &[u8]) -> Vec<u8> {
    let mut message = message.to_vec();
    message[2..4].fill(0);
    let sum = checksum(&message);
    message[2..4].copy_from_slice(&sum.to_be_bytes());
    message
}
