//! Opening the sockets of a sweep, by the rungs that its packets allow.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::AsFd;

use socket2::{Domain, Protocol, Socket, Type};

use super::route::next_hop;
use crate::model::{Explanation, Reason, Refusal};
use crate::net::dial::{DialError, apply, bind};
use crate::net::kernel_filter::attach;
use crate::net::open_error::{OpenError, reason_of};
use crate::net::privilege::{Facts, Rung, explain};
use crate::net::syn_socket::source_towards;
use crate::net::{Egress, sys};
use crate::wire::pending::CookieKey;
use crate::wire::{IpVersion, filter};

/// Buffers asked for: room for a burst of some ten thousand small packets.
const BUFFER: i32 = 8 << 20;
/// `SOL_RAW` and `ICMP_FILTER` (linux/icmp.h).
const SOL_RAW: libc::c_int = 255;
const ICMP_FILTER: libc::c_int = 1;
const ETHERTYPE_IPV4: u16 = 0x0800;
/// Length of an Ethernet header.
pub(super) const ETHERNET: usize = 14;

/// The kind of socket that a sweep's packets leave through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BulkKind {
    /// A "ping" socket for ICMP, an ordinary UDP socket for UDP.
    Datagram,
    /// A packet socket (`AF_PACKET`): past the kernel's IP layer, to one gateway. Needs `CAP_NET_RAW`.
    Packet,
    /// A raw socket; needs `CAP_NET_RAW`.
    Raw,
}

impl BulkKind {
    /// The word used in every output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Datagram => "datagram",
            Self::Packet => "packet",
            Self::Raw => "raw",
        }
    }
}

impl fmt::Display for BulkKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BulkUse {
    /// ICMP echo requests.
    Echo,
    /// SYNs.
    Syn,
    /// UDP datagrams.
    Udp,
}

impl BulkUse {
    /// The kinds of socket that can send it, the fastest first.
    pub const fn kinds(self) -> &'static [BulkKind] {
        match self {
            Self::Echo => &[BulkKind::Packet, BulkKind::Datagram, BulkKind::Raw],
            Self::Syn => &[BulkKind::Packet, BulkKind::Raw],
            Self::Udp => &[BulkKind::Datagram],
        }
    }
}

/// What a socket is opened for.
#[derive(Clone, Debug)]
pub struct BulkOptions {
    /// The family of its targets.
    pub version: IpVersion,
    /// What is sent.
    pub purpose: BulkUse,
    /// The kinds to try, in this order.
    pub kinds: Vec<BulkKind>,
    /// Whether the kernel stamps what arrives.
    pub stamps: bool,
    /// How packets leave.
    pub egress: Egress,
    /// All targets of the family, as ranges; not empty.
    pub targets: Vec<(IpAddr, IpAddr)>,
}

/// A socket that was opened, with what is needed to use it.
pub(super) struct Opened {
    pub(super) socket: Socket,
    pub(super) kind: BulkKind,
    pub(super) source: Option<IpAddr>,
    /// The identifier of echoes, or the source port.
    pub(super) number: u16,
    /// Keeps the source port of SYNs from other programs.
    pub(super) reserved: Option<Socket>,
    /// Of a packet socket: the Ethernet header of everything sent.
    pub(super) frame: Option<[u8; ETHERNET]>,
    pub(super) refusals: Vec<Explanation>,
}

/// Why a rung cannot be used: a refusal of the kernel's, or a reason of ours.
enum Unusable {
    Refused(io::Error),
    Unsuitable(String),
}

impl From<io::Error> for Unusable {
    fn from(error: io::Error) -> Self {
        Self::Refused(error)
    }
}

impl From<DialError> for Unusable {
    fn from(error: DialError) -> Self {
        match error {
            DialError::Socket(error) => Self::Refused(error),
            other => Self::Unsuitable(chain(&other)),
        }
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), |cause| format!("{error}: {}", chain(cause)))
}

/// The first of the kinds that can be had.
pub(super) fn open(options: &BulkOptions) -> Result<Opened, OpenError> {
    let mut refusals = Vec::new();
    for &kind in options.kinds.iter().filter(|kind| options.purpose.kinds().contains(kind)) {
        match open_kind(kind, options) {
            Ok(opened) => {
                let refusals = refusals.into_iter().map(|(refusal, _)| refusal).collect();
                return Ok(Opened { refusals, ..opened });
            }
            Err(problem) => refusals.push(explained(kind, options, problem)),
        }
    }
    Err(OpenError::refused(refusals, options.version))
}

fn explained(kind: BulkKind, options: &BulkOptions, problem: Unusable) -> (Explanation, Reason) {
    let rung = match (kind, options.purpose) {
        (BulkKind::Datagram, _) => Rung::Datagram,
        (BulkKind::Packet, _) => Rung::Packet,
        (BulkKind::Raw, BulkUse::Syn) => Rung::RawTcp,
        (BulkKind::Raw, _) => Rung::Raw,
    };
    let is_v6 = options.version == IpVersion::V6;
    match problem {
        Unusable::Refused(error) => {
            let reason = reason_of(&error);
            (Explanation::later(move || explain(rung, is_v6, &error, &Facts::read())), reason)
        }
        Unusable::Unsuitable(error) => {
            let refusal = Refusal { rung: rung.as_str(), error, causes: Vec::new(), remedies: Vec::new() };
            (refusal.into(), Reason::Network)
        }
    }
}

fn open_kind(kind: BulkKind, options: &BulkOptions) -> Result<Opened, Unusable> {
    match kind {
        BulkKind::Packet => open_packet(options),
        BulkKind::Raw | BulkKind::Datagram => open_ip(kind, options),
    }
}

/// A socket of the kernel's IP layer.
fn open_ip(kind: BulkKind, options: &BulkOptions) -> Result<Opened, Unusable> {
    let BulkOptions { version, purpose, egress, .. } = options;
    let domain = if *version == IpVersion::V6 { Domain::IPV6 } else { Domain::IPV4 };
    let protocol = match (purpose, version) {
        (BulkUse::Echo, IpVersion::V4) => Protocol::ICMPV4,
        (BulkUse::Echo, IpVersion::V6) => Protocol::ICMPV6,
        (BulkUse::Syn, _) => Protocol::TCP,
        (BulkUse::Udp, _) => Protocol::UDP,
    };
    let form = if kind == BulkKind::Raw { Type::RAW } else { Type::DGRAM };
    let socket = Socket::new(domain, form.nonblocking().cloexec(), Some(protocol))?;
    apply(&socket, *version == IpVersion::V6, egress)?;
    prepare(&socket, options.stamps)?;
    if *version == IpVersion::V4 && *purpose != BulkUse::Udp {
        // So small that no router would split them; and what may not be split needs no number, whose choice costs the kernel
        // as much as all else that it writes into the header.
        sys::set_integer(socket.as_fd(), libc::IPPROTO_IP, libc::IP_MTU_DISCOVER, libc::IP_PMTUDISC_PROBE)?;
    }
    let mut opened = Opened {
        socket,
        kind,
        source: egress.source,
        number: 0,
        reserved: None,
        frame: None,
        refusals: Vec::new(),
    };
    if *purpose == BulkUse::Syn {
        reserve_port(&mut opened, options)?;
    } else {
        let any = if *version == IpVersion::V6 { IpAddr::from([0_u16; 8]) } else { IpAddr::from([0_u8; 4]) };
        bind(&opened.socket, egress.source.unwrap_or(any))?;
        let port = opened.socket.local_addr()?.as_socket().map_or(0, |address| address.port());
        opened.number = if kind == BulkKind::Raw { CookieKey::new().random() as u16 } else { port };
    }
    hear(&opened, options)?;
    Ok(opened)
}

/// Chooses what the socket hears: answers to us, and errors about our packets.
fn hear(opened: &Opened, options: &BulkOptions) -> io::Result<()> {
    let (socket, number) = (&opened.socket, opened.number);
    let fd = socket.as_fd();
    let queue_errors = || match options.version {
        IpVersion::V4 => sys::set_integer(fd, libc::IPPROTO_IP, libc::IP_RECVERR, 1),
        IpVersion::V6 => sys::set_integer(fd, libc::IPPROTO_IPV6, libc::IPV6_RECVERR, 1),
    };
    match (opened.kind, options.purpose, options.version) {
        (BulkKind::Datagram, ..) => queue_errors(),
        (BulkKind::Raw, BulkUse::Syn, version) => {
            queue_errors()?;
            match version {
                IpVersion::V4 => attach(socket, &filter::tcp_v4(number)),
                IpVersion::V6 => attach(socket, &filter::tcp_v6(number)),
            }
        }
        (BulkKind::Raw, _, IpVersion::V4) => {
            sys::set_integer(fd, SOL_RAW, ICMP_FILTER, filter::icmp_filter_v4().cast_signed())?;
            attach(socket, &filter::icmp_v4(number, u16::MAX))
        }
        (BulkKind::Raw, _, IpVersion::V6) => {
            sys::block_icmp6_types(fd, &filter::icmp6_filter())?;
            attach(socket, &filter::icmp_v6(number, u16::MAX))
        }
        (BulkKind::Packet, BulkUse::Syn, _) => {
            attach(socket, &filter::behind(ETHERNET as u32, filter::syn_v4(number)))
        }
        (BulkKind::Packet, ..) => {
            attach(socket, &filter::behind(ETHERNET as u32, filter::icmp_v4(number, u16::MAX)))
        }
    }
}

/// A packet socket of whole frames, for both directions: closing one takes the kernel long enough.
fn open_packet(options: &BulkOptions) -> Result<Opened, Unusable> {
    let hop = next_hop(options.targets.iter().copied(), options.egress.interface.as_deref())
        .map_err(Unusable::Unsuitable)?;
    if options.egress.mark.is_some() {
        return Err(Unusable::Unsuitable("a firewall mark is lost below the IP layer".to_owned()));
    }
    // Without a protocol nothing is received before the filter is there.
    let socket = Socket::new(Domain::PACKET, Type::RAW.nonblocking().cloexec(), None)?;
    prepare(&socket, options.stamps)?;
    let any = Socket::new(Domain::IPV4, Type::DGRAM.cloexec(), None)?;
    let interface = rustix::net::netdevice::name_to_index(&any, &hop.interface).map_err(io::Error::from)?;
    let first = options.targets.first().map_or(IpAddr::from([0_u8; 4]), |range| range.0);
    let source = match options.egress.source {
        Some(source) => source,
        None => source_towards(SocketAddr::new(first, 9), &options.egress)?,
    };
    let mut opened = Opened {
        socket,
        kind: BulkKind::Packet,
        source: Some(source),
        number: CookieKey::new().random() as u16,
        reserved: None,
        frame: Some(ethernet(hop.hardware, hop.own)),
        refusals: Vec::new(),
    };
    if options.purpose == BulkUse::Syn {
        opened.number = reserved(source, &mut opened.reserved)?;
    }
    hear(&opened, options)?;
    // No queue of ours before the interface's own: what it has no room for is told at once.
    let _ = sys::set_integer(opened.socket.as_fd(), libc::SOL_PACKET, libc::PACKET_QDISC_BYPASS, 1);
    opened.socket.bind(&sys::link_address(ETHERTYPE_IPV4, interface, [0; 6]))?;
    Ok(opened)
}

fn ethernet(to: [u8; 6], from: [u8; 6]) -> [u8; ETHERNET] {
    let mut header = [0; ETHERNET];
    header[..6].copy_from_slice(&to);
    header[6..12].copy_from_slice(&from);
    header[12..].copy_from_slice(&ETHERTYPE_IPV4.to_be_bytes());
    header
}

fn reserve_port(opened: &mut Opened, options: &BulkOptions) -> Result<(), Unusable> {
    let first = options.targets.first().map_or(IpAddr::from([0_u8; 4]), |range| range.0);
    let source = match options.egress.source {
        Some(source) => source,
        None => source_towards(SocketAddr::new(first, 9), &options.egress)?,
    };
    opened.number = reserved(source, &mut opened.reserved)?;
    opened.source = Some(source);
    bind(&opened.socket, source)?;
    Ok(())
}

/// A port that no other program gets: a bound TCP socket has it that never listens or connects, so that the kernel
/// answers a SYN-ACK with RST by itself.
fn reserved(source: IpAddr, keep: &mut Option<Socket>) -> Result<u16, Unusable> {
    let domain = Domain::for_address(SocketAddr::new(source, 0));
    let socket = Socket::new(domain, Type::STREAM.cloexec(), None)?;
    bind(&socket, source)?;
    let port = socket.local_addr()?.as_socket().map_or(0, |address| address.port());
    *keep = Some(socket);
    Ok(port)
}

/// Receive stamps where they are wanted, drop counts, and buffers as large as we may have.
fn prepare(socket: &Socket, stamps: bool) -> io::Result<()> {
    let fd = socket.as_fd();
    if stamps {
        let stamps = libc::SOF_TIMESTAMPING_RX_SOFTWARE | libc::SOF_TIMESTAMPING_SOFTWARE;
        let _ = sys::set_integer(fd, libc::SOL_SOCKET, libc::SO_TIMESTAMPING, stamps.cast_signed());
    }
    let _ = sys::set_integer(fd, libc::SOL_SOCKET, libc::SO_RXQ_OVFL, 1);
    sys::set_integer(fd, libc::SOL_SOCKET, libc::SO_SELECT_ERR_QUEUE, 1)?;
    if sys::set_integer(fd, libc::SOL_SOCKET, libc::SO_RCVBUFFORCE, BUFFER).is_err() {
        socket.set_recv_buffer_size(BUFFER as usize)?;
    }
    if sys::set_integer(fd, libc::SOL_SOCKET, libc::SO_SNDBUFFORCE, BUFFER).is_err() {
        socket.set_send_buffer_size(BUFFER as usize)?;
    }
    Ok(())
}
