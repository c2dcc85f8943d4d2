//! One socket of a sweep.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use socket2::Socket;
use tokio::io::unix::AsyncFd;

use super::open::{self, BulkKind, BulkOptions, BulkUse, ETHERNET, Opened};
use crate::model::Explanation;
use crate::net::control::{Beside, origin};
use crate::net::open_error::OpenError;
use crate::net::packet::{Incoming, Outgoing};
use crate::net::{Approved, sys};
use crate::wire::checksum::Checksum;
use crate::wire::ipv4::{self, Ipv4Header};
use crate::wire::quoted::ErrorKind;
use crate::wire::{HopLimit, IpVersion};

/// Room for an answer; what is longer is cut, and nobody reads the rest.
const PACKET_SPACE: usize = 256;
/// Hop limit of packets whose IP header is ours.
const HOP_LIMIT: HopLimit = HopLimit(64);

/// Sends small packets to many targets by batches, and reads what answers them. Nothing here waits or allocates but
/// [`open`](Self::open) and [`poll_readable`](Self::poll_readable).
pub struct BulkSocket {
    socket: Arc<Socket>,
    /// Registered with the runtime of whoever waits for it first.
    readiness: Option<AsyncFd<Arc<Socket>>>,
    kind: BulkKind,
    purpose: BulkUse,
    version: IpVersion,
    source: Option<IpAddr>,
    number: u16,
    _reserved: Option<Socket>,
    /// Of a packet socket, what everything it sends begins with.
    prefix: Option<Prefix>,
    outgoing: Vec<Outgoing>,
    staged: usize,
    sent: usize,
    arrivals: Vec<Incoming>,
    notices: Vec<Incoming>,
    drops: u32,
    refusals: Vec<Explanation>,
    /// Whether there may be something in the error queue.
    has_notices: bool,
    /// What the socket outlives its owner in. Below the socket, so that it goes last.
    keeper: Option<OwnedFd>,
}

/// The Ethernet and IPv4 headers of all packets of a packet socket, but for destination, length and checksum.
struct Prefix {
    bytes: [u8; Self::LENGTH],
    /// Of the IPv4 header.
    sum: Checksum,
}

impl Prefix {
    const LENGTH: usize = ETHERNET + ipv4::HEADER_LENGTH;

    fn new(frame: &[u8; ETHERNET], source: Ipv4Addr, options: &BulkOptions) -> Self {
        let is_syn = options.purpose == BulkUse::Syn;
        let mut header = Ipv4Header {
            source,
            destination: Ipv4Addr::UNSPECIFIED,
            protocol: if is_syn { libc::IPPROTO_TCP } else { libc::IPPROTO_ICMP } as u8,
            hop_limit: options.egress.hop_limit.map_or(HOP_LIMIT, HopLimit),
            tos: options.egress.tos.unwrap_or(0),
            total_length: 0,
            identification: 0,
            dont_fragment: true,
            more_fragments: false,
            fragment_offset: 0,
        }
        .emit();
        header[ipv4::CHECKSUM].fill(0);
        let mut sum = Checksum::new();
        sum.add(&header);
        let mut bytes = [0; Self::LENGTH];
        bytes[..ETHERNET].copy_from_slice(frame);
        bytes[ETHERNET..].copy_from_slice(&header);
        Self { bytes, sum }
    }

    /// The headers of a packet to `destination` with so many bytes behind them.
    fn towards(&self, destination: Ipv4Addr, length: usize) -> [u8; Self::LENGTH] {
        let length = ((ipv4::HEADER_LENGTH + length) as u16).to_be_bytes();
        let (mut bytes, mut sum) = (self.bytes, self.sum);
        sum.add(&length);
        sum.add(&destination.octets());
        let header = &mut bytes[ETHERNET..];
        header[ipv4::TOTAL_LENGTH].copy_from_slice(&length);
        header[ipv4::CHECKSUM].copy_from_slice(&sum.finish().to_be_bytes());
        header[ipv4::DESTINATION].copy_from_slice(&destination.octets());
        bytes
    }
}

/// What became of the packets that were staged.
#[derive(Debug, Default)]
pub struct Flushed {
    /// The kernel has taken so many.
    pub sent: usize,
    /// It refused so many for good.
    pub refused: usize,
    /// The last refusal.
    pub error: Option<io::Error>,
    /// It has no room for the others at present; they stay staged.
    pub is_blocked: bool,
}

/// A packet that came, from its transport header on.
#[derive(Clone, Copy, Debug)]
pub struct Arrival<'a> {
    /// Who sent it, and over UDP from which port.
    pub from: SocketAddr,
    /// The ICMP message, TCP segment or payload of a UDP datagram.
    pub message: &'a [u8],
    /// Whether it is an ICMP message: through packet sockets, errors come among the segments.
    pub is_icmp: bool,
    /// When it arrived: the kernel's stamp, since the Unix epoch.
    pub stamp: Option<Duration>,
}

/// An ICMP error about a packet of ours, out of the socket's error queue.
#[derive(Clone, Copy, Debug)]
pub struct Notice<'a> {
    /// Where the packet had been sent; the port is zero unless it was UDP.
    pub destination: SocketAddr,
    /// As much as is quoted of it, from its ICMP or TCP header on, or of the payload of UDP.
    pub quoted: &'a [u8],
    /// What is wrong.
    pub kind: ErrorKind,
    /// Who says so.
    pub from: Option<IpAddr>,
}

/// What a socket heard.
#[derive(Clone, Copy, Debug)]
pub enum Received<'a> {
    /// A packet.
    Packet(Arrival<'a>),
    /// An error about one of ours.
    Error(Notice<'a>),
}

impl BulkSocket {
    /// Packets that are staged at most: enough to make the calls cheap, few enough that answers are not left waiting.
    pub const BATCH: usize = 32;
    /// Packets read at once: more than were sent, so that one reading mostly empties the socket.
    const READ: usize = Self::BATCH + Self::BATCH / 4;

    /// Opens the first kind of socket that this process may have and that reaches all targets.
    ///
    /// # Errors
    /// Every kind that was tried, with what would allow it.
    pub fn open(options: &BulkOptions) -> Result<Self, OpenError> {
        let Opened { socket, kind, source, number, reserved, frame, refusals } = open::open(options)?;
        let prefix = match (frame, source) {
            (Some(frame), Some(IpAddr::V4(source))) => Some(Prefix::new(&frame, source, options)),
            _ => None,
        };
        let nowhere = SocketAddr::from(([0, 0, 0, 0], 0));
        let outgoing = (0..Self::BATCH).map(|_| Outgoing::new(nowhere));
        let incoming = |count| (0..count).map(|_| Incoming::new(PACKET_SPACE)).collect();
        Ok(Self {
            socket: Arc::new(socket),
            readiness: None,
            kind,
            purpose: options.purpose,
            version: options.version,
            source,
            number,
            _reserved: reserved,
            prefix,
            outgoing: outgoing.collect(),
            staged: 0,
            sent: 0,
            arrivals: incoming(Self::READ),
            notices: incoming(sys::BATCH),
            drops: 0,
            refusals,
            has_notices: false,
            keeper: None,
        })
    }

    /// The kind of socket it is.
    pub fn kind(&self) -> BulkKind {
        self.kind
    }

    /// The kinds that were tried before, and why they cannot be used.
    pub fn refusals(&self) -> &[Explanation] {
        &self.refusals
    }

    /// The source address, if it is decided.
    pub fn source(&self) -> Option<IpAddr> {
        self.source
    }

    /// The identifier that echo requests must have, or the source port of what else is sent.
    pub fn number(&self) -> u16 {
        self.number
    }

    /// Replies that the kernel had no room for, since the socket was opened.
    pub fn drops(&self) -> u32 {
        self.drops
    }

    /// Packets that can be staged.
    pub fn room(&self) -> usize {
        Self::BATCH - self.staged
    }

    /// Stages a packet, from its transport header on (over UDP its payload), if there is room.
    pub fn push(&mut self, to: Approved<SocketAddr>, message: &[u8]) {
        let Some(packet) = self.outgoing.get_mut(self.staged) else { return };
        self.staged += 1;
        packet.bytes.clear();
        if let (Some(prefix), SocketAddr::V4(to)) = (&self.prefix, *to) {
            packet.bytes.extend_from_slice(&prefix.towards(*to.ip(), message.len()));
        } else {
            let mut to = *to;
            if self.purpose != BulkUse::Udp {
                to.set_port(0);
            }
            packet.destination = to.into();
        }
        packet.bytes.extend_from_slice(message);
    }

    /// Hands staged packets to the kernel.
    pub fn flush(&mut self) -> Flushed {
        let mut flushed = Flushed::default();
        let mut is_second_try = false;
        let fd = self.socket.as_fd();
        let names = if self.prefix.is_some() { sys::Names::Unused } else { sys::Names::Used };
        while self.sent < self.staged {
            match sys::send_some::<{ Self::BATCH }>(fd, &self.outgoing[self.sent..self.staged], names) {
                Ok(count) => {
                    self.sent += count;
                    flushed.sent += count;
                    is_second_try = false;
                    // What cut it short may have been the error of an earlier packet, which is told once.
                    self.has_notices |= self.sent < self.staged;
                }
                Err(error) if has_no_room(&error) => {
                    flushed.is_blocked = true;
                    return flushed;
                }
                Err(_) if !is_second_try => {
                    is_second_try = true;
                    self.has_notices = true;
                }
                Err(error) => {
                    self.sent += 1;
                    flushed.refused += 1;
                    flushed.error = Some(error);
                    is_second_try = false;
                }
            }
        }
        (self.staged, self.sent) = (0, 0);
        flushed
    }

    /// Whether packets wait for room.
    pub fn is_blocked(&self) -> bool {
        self.sent < self.staged
    }

    /// Reads what is there, one batch at most, and says whether there may be more.
    ///
    /// # Errors
    /// When the socket itself is broken.
    pub fn receive(&mut self, mut on: impl FnMut(Received<'_>)) -> io::Result<bool> {
        if self.has_notices {
            self.has_notices = self.receive_notices(&mut on)?;
        }
        let names = if self.has_ipv4_header() { sys::Names::Unused } else { sys::Names::Used };
        let fd = self.socket.as_fd();
        let count = match sys::receive_some::<{ Self::READ }>(fd, false, &mut self.arrivals, names) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                return Ok(false);
            }
            Err(error) if error.raw_os_error() == Some(libc::ENETDOWN) => return Err(error),
            // The error queue has the details, and behind the error there may be packets.
            Err(_) => {
                self.has_notices = true;
                return Ok(true);
            }
        };
        let before = if self.prefix.is_some() { ETHERNET } else { 0 };
        for arrival in &self.arrivals[..count] {
            let beside = Beside::of(arrival.control());
            if let Some(drops) = beside.drops {
                self.drops = drops;
            }
            let Some(mut message) = arrival.bytes().get(before..) else { continue };
            let mut is_icmp = self.purpose == BulkUse::Echo;
            let from = if self.has_ipv4_header() {
                let Ok((header, payload)) = Ipv4Header::parse_quoted(message) else { continue };
                message = payload;
                is_icmp = i32::from(header.protocol) == libc::IPPROTO_ICMP;
                Some(SocketAddr::new(header.source.into(), 0))
            } else {
                arrival.peer()
            };
            if let Some(from) = from {
                on(Received::Packet(Arrival { from, message, is_icmp, stamp: beside.stamp }));
            }
        }
        Ok(count == Self::READ)
    }

    /// What arrives begins with its IPv4 header.
    fn has_ipv4_header(&self) -> bool {
        self.kind != BulkKind::Datagram && self.version == IpVersion::V4
    }

    /// Reads from the error queue; whether there may be more.
    fn receive_notices(&mut self, on: &mut impl FnMut(Received<'_>)) -> io::Result<bool> {
        let count = match sys::receive_batch(self.socket.as_fd(), true, &mut self.notices) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
            Err(error) => return Err(error),
        };
        for notice in &self.notices[..count] {
            let Some(error) = Beside::of(notice.control()).error else { continue };
            if !matches!(error.origin, origin::ICMP | origin::ICMP6) {
                continue;
            }
            let kind = ErrorKind::from_icmp(self.version, error.kind, error.code, error.info)
                .filter(|kind| !kind.is_advice());
            if let (Some(kind), Some(destination)) = (kind, notice.peer()) {
                let quoted = notice.bytes();
                on(Received::Error(Notice { destination, quoted, kind, from: error.offender }));
            }
        }
        Ok(count == self.notices.len())
    }

    /// Waits until there is something to read; then all of it is to be read.
    ///
    /// # Errors
    /// When the runtime cannot watch the socket.
    pub fn poll_readable(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let readiness = match &mut self.readiness {
            Some(readiness) => readiness,
            empty => empty.insert(sys::watch(self.socket.clone())?),
        };
        // Whatever made it ready is read after this; a later arrival makes it ready again.
        ready!(readiness.poll_read_ready(cx))?.clear_ready();
        Poll::Ready(Ok(()))
    }
}

impl Drop for BulkSocket {
    /// Closing a packet socket waits until no processor can still be looking at it, tens of milliseconds: no time to spend on an
    /// asynchronous thread, nor at the end of a program. The kernel may do it behind our back, if it will.
    fn drop(&mut self) {
        if self.kind == BulkKind::Packet {
            self.keeper = sys::keep_open(self.socket.as_fd()).ok();
        }
    }
}

fn has_no_room(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock || error.raw_os_error() == Some(libc::ENOBUFS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::Egress;

    #[test]
    fn headers_are_as_if_written_one_by_one() {
        let source = Ipv4Addr::new(198, 19, 255, 254);
        let options = BulkOptions {
            version: IpVersion::V4,
            purpose: BulkUse::Echo,
            kinds: Vec::new(),
            stamps: false,
            egress: Egress { tos: Some(0x20), hop_limit: Some(9), ..Egress::default() },
            targets: Vec::new(),
        };
        let frame = [7; ETHERNET];
        let prefix = Prefix::new(&frame, source, &options);
        for (destination, length) in [([198, 18, 0, 7], 24), ([255, 255, 255, 255], 1480), ([0, 0, 0, 0], 0)]
        {
            let destination = Ipv4Addr::from(destination);
            let bytes = prefix.towards(destination, length);
            let header = Ipv4Header {
                source,
                destination,
                protocol: 1,
                hop_limit: HopLimit(9),
                tos: 0x20,
                total_length: 20 + length as u16,
                identification: 0,
                dont_fragment: true,
                more_fragments: false,
                fragment_offset: 0,
            };
            assert_eq!(bytes[..ETHERNET], frame);
            assert_eq!(bytes[ETHERNET..], header.emit());
        }
    }
}
