//! Half-open TCP: one SYN from a reserved port, and whatever answers it. The handshake is never completed.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::io::unix::AsyncFd;
use tokio::time::Instant;

use super::control::{Beside, origin};
use super::dial::{DialError, apply, bind};
use super::kernel_filter::attach;
use super::packet::{Incoming, Outgoing};
use super::timestamps::{Clock, Departure, request_stamps, since_epoch};
use super::{Approved, Egress, sys};
use crate::wire::pending::CookieKey;
use crate::wire::quoted::ErrorKind;
use crate::wire::tcp::{Handshake, Syn, classify, decode};
use crate::wire::{HopLimit, IpVersion, filter, ipv4};

/// The maximum segment size to offer: that of Ethernet without options.
const SEGMENT_SIZE: u16 = 1460;
const WINDOW: u16 = 64_240;
/// Room for a SYN-ACK with all options, or for what an error quotes.
const PACKET_SPACE: usize = 512;

/// What a port said to a SYN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortState {
    /// SYN-ACK: somebody listens.
    Open,
    /// RST: nobody does.
    Closed,
    /// An ICMP error instead of an answer.
    Unreachable {
        /// What it says.
        kind: ErrorKind,
        /// Who sent it.
        from: Option<IpAddr>,
    },
}

/// The answer to a SYN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SynAnswer {
    /// What the port said.
    pub state: PortState,
    /// From the SYN's departure to the answer's arrival.
    pub rtt: Duration,
    /// Which clocks that comes from.
    pub clock: Clock,
    /// Hop limit of the answer, if the kernel told.
    pub hop_limit: Option<HopLimit>,
    /// Length of the answer from its TCP header on.
    pub bytes: usize,
}

/// A raw TCP socket for one SYN to one destination. Needs `CAP_NET_RAW`.
///
/// The source port is reserved by a bound TCP socket that never listens or connects, so that no other program gets it
/// and the kernel answers a SYN-ACK with RST by itself.
pub struct SynSocket {
    raw: AsyncFd<Arc<Socket>>,
    _reserved: Socket,
    source: IpAddr,
    destination: SocketAddr,
    syn: Syn,
}

impl SynSocket {
    /// Opens the raw socket. A refusal by the kernel is the [`DialError::Socket`].
    pub fn open(destination: Approved<SocketAddr>, egress: &Egress) -> Result<Self, DialError> {
        let destination = *destination;
        let version = IpVersion::of(destination.ip());
        let domain = Domain::for_address(destination);
        let kind = Type::RAW.nonblocking().cloexec();
        let raw = Socket::new(domain, kind, Some(Protocol::TCP)).map_err(DialError::Socket)?;
        apply(&raw, version == IpVersion::V6, egress)?;

        let source = match egress.source {
            Some(source) => source,
            None => source_towards(destination, egress)?,
        };
        let reserved = Socket::new(domain, Type::STREAM.cloexec(), None).map_err(DialError::Socket)?;
        bind(&reserved, source)?;
        let bound = reserved.local_addr().map_err(DialError::Socket)?;
        let source_port = bound.as_socket().map_or(0, |address| address.port());

        prepare(&raw, version, source_port).map_err(DialError::Socket)?;
        bind(&raw, source)?;
        let mut peer = destination;
        peer.set_port(0);
        raw.connect(&peer.into()).map_err(DialError::Connect)?;
        let random = CookieKey::new().random();
        let syn = Syn {
            source_port,
            destination_port: destination.port(),
            sequence: random as u32,
            window: WINDOW,
            mss: SEGMENT_SIZE,
            timestamps: Some((random >> 32) as u32),
        };
        let raw = sys::watch(Arc::new(raw)).map_err(DialError::Socket)?;
        Ok(Self { raw, _reserved: reserved, source, destination, syn })
    }

    /// Sends the SYN and waits for an answer, however long that takes.
    pub async fn probe(&self) -> Result<SynAnswer, DialError> {
        let mut peer = self.destination;
        peer.set_port(0);
        let mut packet = Outgoing::new(peer);
        self.syn.emit(self.source, self.destination.ip(), &mut packet.bytes);
        let mut departure =
            Departure { monotonic: Instant::now().into_std(), wall: since_epoch(), transmitted: None };
        sys::send_batch(self.raw.as_fd(), &[packet]).map_err(DialError::Connect)?;

        let mut arrivals = [Incoming::new(PACKET_SPACE), Incoming::new(PACKET_SPACE)];
        let mut notices = [Incoming::new(PACKET_SPACE), Incoming::new(PACKET_SPACE)];
        loop {
            let mut guard = self.raw.readable().await.map_err(DialError::Socket)?;
            let arrived = sys::receive_batch(self.raw.as_fd(), false, &mut arrivals);
            // An error that is pending on the socket hides the packets behind it until the next call.
            let empty =
                arrived.as_ref().map_or_else(|error| error.kind() == io::ErrorKind::WouldBlock, |_| false);
            let arrived = arrived.unwrap_or(0);
            let entries = sys::receive_batch(self.raw.as_fd(), true, &mut notices).unwrap_or(0);
            let now = Instant::now().into_std();
            let mut unreachable = None;
            for notice in &notices[..entries] {
                match self.read_notice(notice) {
                    Some(Notice::Transmitted(at)) => departure.transmitted = Some(at),
                    Some(Notice::Error(state)) => unreachable = Some(state),
                    None => {}
                }
            }
            for arrival in &arrivals[..arrived] {
                if let Some(answer) = self.read_answer(arrival, &departure, now) {
                    return Ok(answer);
                }
            }
            if let Some(state) = unreachable {
                let (rtt, clock) = departure.round_trip(None, now);
                return Ok(SynAnswer { state, rtt, clock, hop_limit: None, bytes: 0 });
            }
            if empty && entries == 0 {
                guard.clear_ready();
            }
        }
    }

    fn read_answer(
        &self,
        arrival: &Incoming,
        departure: &Departure,
        now: std::time::Instant,
    ) -> Option<SynAnswer> {
        if arrival.source()? != self.destination.ip() {
            return None;
        }
        let Beside { stamp, mut hop_limit, .. } = Beside::of(arrival.control());
        let mut bytes = arrival.bytes();
        if self.destination.is_ipv4() {
            let (header, payload) = ipv4::Ipv4Header::parse(bytes).ok()?;
            hop_limit = Some(header.hop_limit);
            bytes = payload;
        }
        // The checksum may not be filled in yet where hardware or loopback would do that; the acknowledgment number is
        // what proves that this answers our SYN.
        let state = match classify(&decode(bytes).ok()?, &self.syn)? {
            Handshake::Open { .. } => PortState::Open,
            Handshake::Closed => PortState::Closed,
        };
        let (rtt, clock) = departure.round_trip(stamp, now);
        Some(SynAnswer { state, rtt, clock, hop_limit, bytes: bytes.len() })
    }

    fn read_notice(&self, notice: &Incoming) -> Option<Notice> {
        let Beside { stamp, error, .. } = Beside::of(notice.control());
        let error = error?;
        match error.origin {
            // One packet was sent, so the stamp is its own.
            origin::STAMP => stamp.map(Notice::Transmitted),
            origin::ICMP | origin::ICMP6 => {
                // The quoted TCP header begins with the ports and the sequence number (RFC 792 quotes at least those).
                let quoted = notice.bytes();
                let ours =
                    [self.syn.source_port.to_be_bytes(), self.syn.destination_port.to_be_bytes()].concat();
                let version = IpVersion::of(self.destination.ip());
                let genuine = quoted.get(..4) == Some(&ours[..])
                    && quoted.get(4..8) == Some(&self.syn.sequence.to_be_bytes()[..]);
                let kind = ErrorKind::from_icmp(version, error.kind, error.code, error.info)
                    .filter(|kind| !kind.is_advice())?;
                genuine.then_some(Notice::Error(PortState::Unreachable { kind, from: error.offender }))
            }
            _ => None,
        }
    }
}

enum Notice {
    Transmitted(Duration),
    Error(PortState),
}

/// Stamps, hop limits, errors, and a filter that lets only our port through.
fn prepare(raw: &Socket, version: IpVersion, port: u16) -> io::Result<()> {
    match version {
        IpVersion::V4 => {
            sys::set_integer(raw.as_fd(), libc::IPPROTO_IP, libc::IP_RECVERR, 1)?;
            attach(raw, &filter::tcp_v4(port))?;
        }
        IpVersion::V6 => {
            sys::set_integer(raw.as_fd(), libc::IPPROTO_IPV6, libc::IPV6_RECVERR, 1)?;
            sys::set_integer(raw.as_fd(), libc::IPPROTO_IPV6, libc::IPV6_RECVHOPLIMIT, 1)?;
            attach(raw, &filter::tcp_v6(port))?;
        }
    }
    request_stamps(raw)
}

/// The source address the kernel would use: that of a UDP socket connected there the same way. No packet is sent.
pub(super) fn source_towards(destination: SocketAddr, egress: &Egress) -> Result<IpAddr, DialError> {
    let kind = Type::DGRAM.cloexec();
    let socket = Socket::new(Domain::for_address(destination), kind, None).map_err(DialError::Socket)?;
    apply(&socket, destination.is_ipv6(), egress)?;
    socket.connect(&destination.into()).map_err(DialError::Connect)?;
    let local = socket.local_addr().map_err(DialError::Connect)?;
    local
        .as_socket()
        .map(|address| address.ip())
        .ok_or_else(|| DialError::Connect(io::Error::other("the kernel names no source address")))
}
