//! Connecting: an approved address, the ways out, and what the kernel saw of the handshake.

use std::io;
use std::net::{IpAddr, SocketAddr};
#[cfg(feature = "tcp")]
use std::os::fd::AsFd;
#[cfg(feature = "tcp")]
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};
use thiserror::Error;
use tokio::net::{TcpSocket, TcpStream};

#[cfg(feature = "tcp")]
use super::sys;
use super::{Approved, Egress};
use crate::model::{Phase, ProbeError, Reason};

/// Connects to an approved address over TCP.
pub async fn connect(address: Approved<SocketAddr>, egress: &Egress) -> Result<TcpStream, DialError> {
    let socket = open(*address, egress)?;
    let stream =
        TcpSocket::from_std_stream(socket.into()).connect(*address).await.map_err(DialError::Connect)?;
    if is_connected_to_itself(&stream) {
        return Err(DialError::Connect(io::Error::from_raw_os_error(libc::ECONNREFUSED)));
    }
    Ok(stream)
}

/// Where nobody listens on a port of this host, the kernel may choose that very port as the source: both ends are then
/// one socket, which answers itself (RFC 9293 section 3.5, simultaneous open).
fn is_connected_to_itself(stream: &TcpStream) -> bool {
    matches!((stream.local_addr(), stream.peer_addr()), (Ok(local), Ok(peer)) if local == peer)
}

fn open(address: SocketAddr, egress: &Egress) -> Result<Socket, DialError> {
    let kind = Type::STREAM.nonblocking().cloexec();
    let socket =
        Socket::new(Domain::for_address(address), kind, Some(Protocol::TCP)).map_err(DialError::Socket)?;
    apply(&socket, address.is_ipv6(), egress)?;
    if let Some(source) = egress.source {
        bind(&socket, source)?;
    }
    Ok(socket)
}

/// Sets what an [`Egress`] asks for, the source address excepted.
pub(super) fn apply(socket: &Socket, ipv6: bool, egress: &Egress) -> Result<(), DialError> {
    let failed = |what: &'static str| move |source| DialError::Option { what, source };
    if let Some(interface) = &egress.interface {
        socket.bind_device(Some(interface.as_bytes())).map_err(failed("the interface"))?;
    }
    if let Some(mark) = egress.mark {
        socket.set_mark(mark).map_err(failed("the firewall mark"))?;
    }
    if let Some(tos) = egress.tos {
        let set = if ipv6 { socket.set_tclass_v6(tos.into()) } else { socket.set_tos_v4(tos.into()) };
        set.map_err(failed("the type of service"))?;
    }
    if let Some(limit) = egress.hop_limit {
        let set =
            if ipv6 { socket.set_unicast_hops_v6(limit.into()) } else { socket.set_ttl_v4(limit.into()) };
        set.map_err(failed("the hop limit"))?;
    }
    Ok(())
}

/// Binds to a source address and any port.
pub(super) fn bind(socket: &Socket, source: IpAddr) -> Result<(), DialError> {
    socket
        .bind(&SocketAddr::from((source, 0)).into())
        .map_err(|error| DialError::Source { address: source, source: error })
}

/// Why there is no connection.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DialError {
    /// Connecting failed.
    #[error("cannot connect")]
    Connect(#[source] io::Error),
    /// A socket option was refused.
    #[error("cannot set {what}")]
    Option {
        /// Which one.
        what: &'static str,
        /// What the kernel said.
        source: io::Error,
    },
    /// There is no socket to be had.
    #[error("cannot open a socket")]
    Socket(#[source] io::Error),
    /// The source address cannot be used.
    #[error("cannot use source address {address}")]
    Source {
        /// The address.
        address: IpAddr,
        /// What the kernel said.
        source: io::Error,
    },
}

impl DialError {
    /// The word for reports.
    pub fn reason(&self) -> Reason {
        match self {
            Self::Source { .. } => Reason::Configuration,
            Self::Option { source, .. } => match source.raw_os_error() {
                Some(libc::EPERM | libc::EACCES) => Reason::Privilege,
                _ => Reason::Configuration,
            },
            Self::Socket(error) => super::open_error::reason_of(error),
            Self::Connect(error) => match error.raw_os_error() {
                Some(libc::ECONNREFUSED | libc::ECONNRESET | libc::EPIPE) => Reason::Connect,
                Some(libc::ETIMEDOUT) => Reason::Timeout,
                Some(libc::EADDRNOTAVAIL | libc::EMFILE | libc::ENFILE | libc::ENOBUFS | libc::ENOMEM) => {
                    Reason::Resource
                }
                _ => Reason::Network,
            },
        }
    }
}

impl From<DialError> for ProbeError {
    fn from(error: DialError) -> Self {
        let phase = if matches!(error, DialError::Connect(_)) { Phase::Connect } else { Phase::Setup };
        let failure = ProbeError::new(error.reason(), phase, error.to_string());
        match error {
            DialError::Connect(cause) | DialError::Socket(cause) => failure.caused_by(cause),
            DialError::Option { source: cause, .. } | DialError::Source { source: cause, .. } => {
                failure.caused_by(cause)
            }
        }
    }
}

/// What the kernel knows of a connection (`TCP_INFO`).
#[cfg(feature = "tcp")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KernelView {
    /// Smoothed round-trip time; after the handshake, that of the handshake.
    pub rtt: Duration,
    /// Its mean deviation.
    pub rtt_variation: Duration,
    /// Segments sent again so far, the SYN included.
    pub retransmits: u32,
}

/// Asks the kernel what it knows of a connection.
#[cfg(feature = "tcp")]
pub fn kernel_view(connection: &impl AsFd) -> io::Result<KernelView> {
    // Offsets in struct tcp_info (linux/tcp.h), which only ever grows at its end.
    const RTT: usize = 68;
    const RTT_VARIATION: usize = 72;
    const TOTAL_RETRANSMITS: usize = 100;
    let mut info = [0; TOTAL_RETRANSMITS + 4];
    let length = sys::read_option(connection.as_fd(), libc::IPPROTO_TCP, libc::TCP_INFO, &mut info)?;
    let number = |at: usize| {
        let bytes = info[..length].get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
        bytes.map_or(0, u32::from_ne_bytes)
    };
    Ok(KernelView {
        rtt: Duration::from_micros(number(RTT).into()),
        rtt_variation: Duration::from_micros(number(RTT_VARIATION).into()),
        retransmits: number(TOTAL_RETRANSMITS),
    })
}
