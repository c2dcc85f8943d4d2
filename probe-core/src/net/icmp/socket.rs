//! The kernel's ICMP sockets as [`Link`]s.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use socket2::{Domain, Protocol, Socket, Type};
use tokio::io::unix::AsyncFd;

use crate::net::control::{ControlMessage, origin};
use crate::net::kernel_filter::attach;
use crate::net::link::{IdentifierRange, Link, Network, Opened, Received, SocketKey, SocketKind};
use crate::net::open_error::set_mark;
use crate::net::packet::{Incoming, Outgoing};
use crate::net::sys;
use crate::net::timestamps::request_stamps;
use crate::wire::{Identifier, IpVersion, filter};

/// Receive buffer asked for: a burst of some five thousand small replies.
const RECEIVE_BUFFER: i32 = 4 << 20;

/// Send buffer asked for, for the same number of packets under way.
const SEND_BUFFER: i32 = 4 << 20;
/// Empty readings before a socket is given a rest; one follows each error that was pending.
const READS: usize = 8;

/// `SOL_RAW` and `ICMP_FILTER` (linux/icmp.h).
const SOL_RAW: libc::c_int = 255;
const ICMP_FILTER: libc::c_int = 1;

/// The sockets of the running kernel.
#[derive(Clone, Copy, Debug, Default)]
pub struct KernelNetwork;

impl Network for KernelNetwork {
    fn open(&self, key: &SocketKey, identifiers: IdentifierRange) -> io::Result<Opened> {
        let (domain, protocol) = match key.version {
            IpVersion::V4 => (Domain::IPV4, Protocol::ICMPV4),
            IpVersion::V6 => (Domain::IPV6, Protocol::ICMPV6),
        };
        let kind = match key.kind {
            SocketKind::Datagram => Type::DGRAM,
            SocketKind::Raw => Type::RAW,
        };
        let socket = Socket::new(domain, kind.nonblocking().cloexec(), Some(protocol))?;
        if let Some(mark) = key.mark {
            set_mark(&socket, mark)?;
        }
        set_delivery(&socket)?;
        set_path(&socket, key)?;
        let (identifier, filter) = match key.kind {
            SocketKind::Datagram => (Some(bind_datagram(&socket, key.version)?), None),
            SocketKind::Raw => {
                choose_types(&socket, key.version)?;
                (None, Some((key.version, identifiers)))
            }
        };
        let link = KernelLink { socket: Arc::new(socket), readiness: None, filter, sent: false };
        Ok(Opened { link: Box::new(link), identifier })
    }

    /// Asked beforehand, since a packet from an address of others is refused with "network is unreachable" over IPv4.
    fn may_send_from(&self, source: IpAddr) -> bool {
        let bound = UdpSocket::bind((source, 0));
        !bound.is_err_and(|error| error.kind() == io::ErrorKind::AddrNotAvailable)
    }
}

/// Stamps, drop counts and buffer size: welcome where the kernel has them, not needed for a right answer.
fn set_delivery(socket: &Socket) -> io::Result<()> {
    let fd = socket.as_fd();
    let _ = sys::set_integer(fd, libc::SOL_SOCKET, libc::SO_RXQ_OVFL, 1);
    if sys::set_integer(fd, libc::SOL_SOCKET, libc::SO_RCVBUFFORCE, RECEIVE_BUFFER).is_err() {
        socket.set_recv_buffer_size(RECEIVE_BUFFER as usize)?;
    }
    // Packets to neighbours that do not answer stay charged to the socket until the kernel gives up on them.
    if sys::set_integer(fd, libc::SOL_SOCKET, libc::SO_SNDBUFFORCE, SEND_BUFFER).is_err() {
        socket.set_send_buffer_size(SEND_BUFFER as usize)?;
    }
    request_stamps(socket)
}

/// Hop limit and type of service of replies, errors of the path, and whether packets may be fragmented.
///
/// "May not" is `IP_PMTUDISC_PROBE`: the flag is set and the cached path MTU ignored, so every probe asks the path anew.
fn set_path(socket: &Socket, key: &SocketKey) -> io::Result<()> {
    let fd = socket.as_fd();
    let queue_errors = i32::from(key.kind == SocketKind::Datagram);
    if key.receives_tos {
        let (level, option) = match key.version {
            IpVersion::V4 => (libc::IPPROTO_IP, libc::IP_RECVTOS),
            IpVersion::V6 => (libc::IPPROTO_IPV6, libc::IPV6_RECVTCLASS),
        };
        sys::set_integer(fd, level, option, 1)?;
    }
    match key.version {
        IpVersion::V4 => {
            let discover = if key.dont_fragment { libc::IP_PMTUDISC_PROBE } else { libc::IP_PMTUDISC_DONT };
            sys::set_integer(fd, libc::IPPROTO_IP, libc::IP_RECVTTL, 1)?;
            sys::set_integer(fd, libc::IPPROTO_IP, libc::IP_RECVERR, queue_errors)?;
            sys::set_integer(fd, libc::IPPROTO_IP, libc::IP_MTU_DISCOVER, discover)
        }
        IpVersion::V6 => {
            sys::set_integer(fd, libc::IPPROTO_IPV6, libc::IPV6_RECVHOPLIMIT, 1)?;
            sys::set_integer(fd, libc::IPPROTO_IPV6, libc::IPV6_RECVERR, queue_errors)?;
            if key.dont_fragment {
                sys::set_integer(fd, libc::IPPROTO_IPV6, libc::IPV6_MTU_DISCOVER, libc::IPV6_PMTUDISC_PROBE)?;
                sys::set_integer(fd, libc::IPPROTO_IPV6, libc::IPV6_DONTFRAG, 1)?;
            }
            Ok(())
        }
    }
}

/// Binding to port 0 lets the kernel choose the identifier; it is the local port from then on.
fn bind_datagram(socket: &Socket, version: IpVersion) -> io::Result<Identifier> {
    let any: SocketAddr = match version {
        IpVersion::V4 => (Ipv4Addr::UNSPECIFIED, 0).into(),
        IpVersion::V6 => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    socket.bind(&any.into())?;
    let port = socket.local_addr()?.as_socket().map_or(0, |address| address.port());
    Ok(Identifier(port))
}

/// The kernel does not even copy messages of other types for a raw socket.
fn choose_types(socket: &Socket, version: IpVersion) -> io::Result<()> {
    match version {
        IpVersion::V4 => {
            sys::set_integer(socket.as_fd(), SOL_RAW, ICMP_FILTER, filter::icmp_filter_v4().cast_signed())
        }
        IpVersion::V6 => sys::block_icmp6_types(socket.as_fd(), &filter::icmp6_filter()),
    }
}

/// The kernel drops what carries none of our identifiers before it is queued.
fn choose_identifiers(socket: &Socket, version: IpVersion, identifiers: IdentifierRange) -> io::Result<()> {
    let IdentifierRange { base, mask } = identifiers;
    match version {
        IpVersion::V4 => attach(socket, &filter::icmp_v4(base, mask)),
        IpVersion::V6 => attach(socket, &filter::icmp_v6(base, mask)),
    }
}

struct KernelLink {
    socket: Arc<Socket>,
    /// Registered with the runtime of whoever drives the engine, the first time it is waited for.
    readiness: Option<AsyncFd<Arc<Socket>>>,
    /// A raw socket's filter, until it is attached: with the second batch, since compiling it costs the kernel more than a
    /// single ping. Until then foreign packets are told apart here.
    filter: Option<(IpVersion, IdentifierRange)>,
    sent: bool,
}

impl Link for KernelLink {
    fn send(&mut self, packets: &[Outgoing]) -> io::Result<usize> {
        if self.sent
            && let Some((version, identifiers)) = self.filter.take()
        {
            choose_identifiers(&self.socket, version, identifiers)?;
        }
        self.sent = true;
        sys::send_batch(self.socket.as_fd(), packets)
    }

    fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
        arrivals: &mut [Incoming],
        notices: &mut [Incoming],
    ) -> Poll<io::Result<Received>> {
        let readiness = match &mut self.readiness {
            Some(readiness) => readiness,
            empty => empty.insert(sys::watch(self.socket.clone())?),
        };
        for _ in 0..READS {
            let mut guard = ready!(readiness.poll_read_ready(cx))?;
            // In this order: whatever answers a request comes after the stamp of that request.
            let packets =
                Queue::read(sys::receive_batch(self.socket.as_fd(), false, arrivals), arrivals.len());
            let entries = Queue::read(sys::receive_batch(self.socket.as_fd(), true, notices), notices.len());
            // An ICMP error is also pending on the socket itself and may have cut the reading of packets short.
            let cut_short = notices[..entries.count].iter().any(reports_an_error);
            if packets.is_empty && entries.is_empty && !cut_short {
                guard.clear_ready();
            }
            let received = Received { arrivals: packets.count, notices: entries.count };
            if received != Received::default() {
                return Poll::Ready(Ok(received));
            }
        }
        Poll::Ready(Err(io::Error::other("the socket is readable, but nothing can be read")))
    }

    fn receive_notices(&mut self, notices: &mut [Incoming]) -> io::Result<usize> {
        let mut pending = None;
        for _ in 0..READS {
            match sys::receive_batch(self.socket.as_fd(), true, notices) {
                Ok(count) => return Ok(count),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(0),
                // One that has come since the last call. It is told instead of what is in the queue, and once.
                Err(error) => pending = Some(error),
            }
        }
        pending.map_or(Ok(0), Err)
    }
}

/// How much came out of one of a socket's two queues.
struct Queue {
    count: usize,
    /// Nothing is left in it.
    is_empty: bool,
}

impl Queue {
    /// Other errors than `WouldBlock` are those that earlier packets brought back; their details are in the error queue.
    fn read(received: io::Result<usize>, room: usize) -> Self {
        match received {
            Ok(count) => Self { count, is_empty: count < room.min(sys::BATCH) },
            Err(error) => Self { count: 0, is_empty: error.kind() == io::ErrorKind::WouldBlock },
        }
    }
}

fn reports_an_error(notice: &Incoming) -> bool {
    notice
        .control()
        .any(|message| matches!(message, ControlMessage::Error(error) if error.origin != origin::STAMP))
}
