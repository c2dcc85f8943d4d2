//! A UDP socket that is connected to one peer and hears of the ICMP errors that its datagrams bring back.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::AsFd;
use std::sync::Arc;

use socket2::{Domain, Protocol, Socket, Type};
use thiserror::Error;
use tokio::io::unix::AsyncFd;

use super::control::{Beside, origin};
use super::dial::{DialError, apply, bind};
use super::packet::Incoming;
use super::{Approved, Egress, sys};
use crate::model::{Phase, ProbeError, Reason};
use crate::wire::IpVersion;
use crate::wire::quoted::{ErrorKind, Unreachable};

/// What is kept of a datagram that came back as an error; nobody reads it.
const QUOTED: usize = 64;

/// A UDP socket that is connected to one peer: the kernel drops what others send.
///
/// Unlike with an ordinary socket every ICMP error is heard, also those that a kernel takes for passing troubles
/// (`IP_RECVERR` in ip(7)), and it is known who reported it.
#[derive(Debug)]
pub struct DatagramSocket {
    socket: AsyncFd<Arc<Socket>>,
    version: IpVersion,
}

impl DatagramSocket {
    /// Opens a socket and connects it, which sends nothing.
    pub fn open(peer: Approved<SocketAddr>, egress: &Egress) -> Result<Self, DialError> {
        let peer = *peer;
        let version = IpVersion::of(peer.ip());
        let kind = Type::DGRAM.nonblocking().cloexec();
        let socket =
            Socket::new(Domain::for_address(peer), kind, Some(Protocol::UDP)).map_err(DialError::Socket)?;
        apply(&socket, version == IpVersion::V6, egress)?;
        hear_errors(&socket, version).map_err(DialError::Socket)?;
        if let Some(source) = egress.source {
            bind(&socket, source)?;
        }
        socket.connect(&peer.into()).map_err(DialError::Connect)?;
        // Where nobody has the port, the kernel may choose that very port as ours: then we would answer ourselves.
        if socket.local_addr().is_ok_and(|local| local.as_socket() == Some(peer)) {
            return Err(DialError::Connect(io::Error::from_raw_os_error(libc::ECONNREFUSED)));
        }
        let socket = sys::watch(Arc::new(socket)).map_err(DialError::Socket)?;
        Ok(Self { socket, version })
    }

    /// Sends one datagram without waiting. An error that an earlier one brought back ends it, too.
    pub fn send(&self, datagram: &[u8]) -> Result<(), DatagramError> {
        match self.socket.get_ref().send(datagram) {
            Ok(_) => Ok(()),
            Err(error) => Err(self.explain(error)),
        }
    }

    /// Waits for the next datagram, of which the buffer gets as much as fits; returns its length.
    pub async fn receive(&self, buf: &mut [u8]) -> Result<usize, DatagramError> {
        loop {
            let mut guard = self.socket.readable().await.map_err(DatagramError::Socket)?;
            match rustix::net::recv(self.socket.get_ref(), &mut *buf, rustix::net::RecvFlags::empty()) {
                Ok((length, _)) => return Ok(length),
                Err(rustix::io::Errno::WOULDBLOCK) => guard.clear_ready(),
                Err(error) => return Err(self.explain(error.into())),
            }
        }
    }

    /// What the error queue knows of an error, which is more than its number.
    fn explain(&self, error: io::Error) -> DatagramError {
        let mut notices = [Incoming::new(QUOTED), Incoming::new(QUOTED), Incoming::new(QUOTED)];
        let count = sys::receive_batch(self.socket.as_fd(), true, &mut notices).unwrap_or(0);
        let reported = notices[..count].iter().find_map(|notice| {
            let queued = Beside::of(notice.control()).error?;
            if !matches!(queued.origin, origin::ICMP | origin::ICMP6) {
                return None;
            }
            let kind = ErrorKind::from_icmp(self.version, queued.kind, queued.code, queued.info)?;
            Some(DatagramError::Reported { kind, from: queued.offender })
        });
        reported.unwrap_or(DatagramError::Socket(error))
    }
}

/// Errors of the path go to the error queue, whose entries make the socket readable. Over IPv4 routers may fragment.
fn hear_errors(socket: &Socket, version: IpVersion) -> io::Result<()> {
    let fd = socket.as_fd();
    match version {
        IpVersion::V4 => {
            sys::set_integer(fd, libc::IPPROTO_IP, libc::IP_RECVERR, 1)?;
            sys::set_integer(fd, libc::IPPROTO_IP, libc::IP_MTU_DISCOVER, libc::IP_PMTUDISC_DONT)?;
        }
        IpVersion::V6 => sys::set_integer(fd, libc::IPPROTO_IPV6, libc::IPV6_RECVERR, 1)?,
    }
    sys::set_integer(fd, libc::SOL_SOCKET, libc::SO_SELECT_ERR_QUEUE, 1)
}

/// Why there is no datagram.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DatagramError {
    /// An ICMP error came back.
    #[error("{kind}{}", reported_by(.from.as_ref()))]
    Reported {
        /// What it says.
        kind: ErrorKind,
        /// Who sent it.
        from: Option<IpAddr>,
    },
    /// The kernel refused; nothing is known of an ICMP error.
    #[error("the datagram cannot be sent or received")]
    Socket(#[source] io::Error),
}

fn reported_by(from: Option<&IpAddr>) -> String {
    from.map(|from| format!(" (reported by {from})")).unwrap_or_default()
}

impl DatagramError {
    /// The word for reports: a closed port is refused, every other ICMP error is the network's.
    pub fn reason(&self) -> Reason {
        match self {
            Self::Reported { kind: ErrorKind::Unreachable(Unreachable::Port), .. } => Reason::Connect,
            Self::Reported { .. } => Reason::Network,
            Self::Socket(error) => match error.raw_os_error() {
                Some(libc::ECONNREFUSED) => Reason::Connect,
                Some(libc::EMSGSIZE | libc::EINVAL) => Reason::Configuration,
                Some(libc::EAGAIN | libc::EMFILE | libc::ENFILE | libc::ENOBUFS | libc::ENOMEM) | None => {
                    Reason::Resource
                }
                Some(_) => Reason::Network,
            },
        }
    }

    /// The failure of a probe in `phase`.
    pub fn in_phase(self, phase: Phase) -> ProbeError {
        let failure = ProbeError::new(self.reason(), phase, self.to_string());
        match self {
            Self::Socket(cause) => failure.caused_by(cause),
            Self::Reported { .. } => failure,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::net::UdpSocket;

    use super::*;
    use crate::net::Policy;

    fn open(peer: SocketAddr, egress: &Egress) -> DatagramSocket {
        let approved = Policy::allow_all().approve(peer).expect("all is allowed");
        DatagramSocket::open(approved, egress).expect("a socket")
    }

    async fn server(host: IpAddr) -> (UdpSocket, SocketAddr) {
        let server = UdpSocket::bind((host, 0)).await.expect("a port is free");
        let address = server.local_addr().expect("it is bound");
        (server, address)
    }

    /// Where nobody listens as long as the first lives: a socket that belongs to somebody else has the port.
    fn closed(host: IpAddr) -> (std::net::UdpSocket, SocketAddr) {
        let taken = std::net::UdpSocket::bind((host, 0)).expect("a port is free");
        taken.connect((host, 9)).expect("it can be connected");
        let address = taken.local_addr().expect("it is bound");
        (taken, address)
    }

    #[tokio::test]
    async fn datagrams_go_there_and_back() {
        let (server, address) = server(Ipv4Addr::LOCALHOST.into()).await;
        let source = Ipv4Addr::new(127, 0, 0, 6);
        let socket = open(address, &Egress { source: Some(source.into()), ..Egress::default() });
        socket.send(b"ping").expect("it is sent");
        let mut buf = [0; 16];
        let (length, client) = server.recv_from(&mut buf).await.expect("a datagram");
        assert_eq!((&buf[..length], client.ip()), (&b"ping"[..], source.into()));
        server.send_to(b"", client).await.expect("it is sent");
        server.send_to(b"pong", client).await.expect("it is sent");
        assert_eq!(socket.receive(&mut buf).await.expect("an empty datagram"), 0);
        assert_eq!(socket.receive(&mut buf).await.expect("a datagram"), 4);
    }

    #[tokio::test]
    async fn others_are_not_heard() {
        let (server, address) = server(Ipv4Addr::LOCALHOST.into()).await;
        let socket = open(address, &Egress::default());
        socket.send(b"").expect("it is sent");
        let mut buf = [0; 16];
        let (_, client) = server.recv_from(&mut buf).await.expect("a datagram");
        let stranger = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port is free");
        stranger.send_to(b"forged", client).await.expect("it is sent");
        server.send_to(b"true", client).await.expect("it is sent");
        let length = socket.receive(&mut buf).await.expect("a datagram");
        assert_eq!(&buf[..length], b"true");
    }

    #[tokio::test]
    async fn closed_port_is_reported_by_its_host() {
        for host in ["127.0.0.1", "::1"] {
            let host = host.parse().expect("an address");
            let (_taken, address) = closed(host);
            let socket = open(address, &Egress::default());
            socket.send(b"x").expect("the first is sent");
            let error = socket.receive(&mut [0; 16]).await.expect_err("nobody is there");
            assert_eq!(error.reason(), Reason::Connect);
            assert_eq!(error.to_string(), format!("port unreachable (reported by {host})"));
        }
    }

    #[tokio::test]
    async fn pending_error_ends_the_next_sending() {
        let (_taken, address) = closed(Ipv4Addr::LOCALHOST.into());
        let socket = open(address, &Egress::default());
        socket.send(b"x").expect("the first is sent");
        let error = socket.send(b"x").expect_err("nobody is there");
        assert_eq!(error.in_phase(Phase::Request).reason, Reason::Connect);
    }

    #[tokio::test]
    async fn what_no_datagram_can_carry_is_refused() {
        let (_server, address) = server(Ipv4Addr::LOCALHOST.into()).await;
        let error = open(address, &Egress::default()).send(&[0; 65_508]).expect_err("too long");
        assert_eq!(error.reason(), Reason::Configuration);
    }
}
