//! Listening: addresses as Go writes them, and one socket per core on each.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, ToSocketAddrs};

use probe_core::model::{HostPort, TargetError};
use probe_core::net::port_number;
use socket2::{Domain, Protocol, Socket, Type};
use thiserror::Error;

/// Connections that may wait to be accepted; the kernel's own limit holds where it is lower.
const BACKLOG: i32 = 4096;

/// An address and its listeners.
pub(crate) struct Bound {
    /// Where they listen, port chosen.
    pub(crate) address: SocketAddr,
    /// Sockets among which the kernel spreads the connections.
    pub(crate) listeners: Vec<TcpListener>,
}

/// Why an address cannot be listened on.
#[derive(Debug, Error)]
pub(crate) enum ListenError {
    #[error(transparent)]
    Address(#[from] TargetError),
    #[error("listen tcp {address}: unknown port {port}")]
    Port { address: String, port: String },
    #[error("listen tcp {address}")]
    Socket { address: String, source: io::Error },
}

/// Listens on `address` with as many sockets as asked for.
pub(crate) fn listen(address: &str, sockets: usize) -> Result<Bound, ListenError> {
    let parts = HostPort::parse(address)?;
    let port = port_number(parts.port)
        .ok_or_else(|| ListenError::Port { address: address.into(), port: parts.port.into() })?;
    let bound = if parts.host.is_empty() {
        let everywhere = bind_all((Ipv6Addr::UNSPECIFIED, port).into(), sockets);
        match everywhere {
            // A host without IPv6 refuses the family or the address.
            Err(error) if lacks_ipv6(&error) => bind_all((Ipv4Addr::UNSPECIFIED, port).into(), sockets),
            other => other,
        }
    } else {
        find(parts.host, port).and_then(|address| bind_all(address, sockets))
    };
    bound.map_err(|source| ListenError::Socket { address: address.into(), source })
}

/// The host's address; of several, an IPv4 one, as Go chooses.
fn find(host: &str, port: u16) -> io::Result<SocketAddr> {
    if let Ok(literal) = host.parse::<IpAddr>() {
        return Ok((literal, port).into());
    }
    let found: Vec<SocketAddr> = (host, port).to_socket_addrs()?.collect();
    let first = found.iter().find(|address| address.is_ipv4()).or(found.first());
    first.copied().ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "the name has no address"))
}

/// Sockets that share a port would also share it with another exporter. So the port is first taken by one that shares
/// with nobody; that it is free again for a moment does no harm.
fn bind_all(address: SocketAddr, sockets: usize) -> io::Result<Bound> {
    let address = bind(address, Sharing::Nobody)?.local_addr()?.as_socket().unwrap_or(address);
    let mut listeners = Vec::with_capacity(sockets);
    for _ in 0..sockets {
        let socket = bind(address, Sharing::Ourselves)?;
        socket.listen(BACKLOG)?;
        listeners.push(socket.into());
    }
    Ok(Bound { address, listeners })
}

/// Who else may listen on the port.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sharing {
    Nobody,
    Ourselves,
}

fn bind(address: SocketAddr, sharing: Sharing) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    // Past connections that linger do not keep a port taken.
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(sharing == Sharing::Ourselves)?;
    if address.is_ipv6() {
        socket.set_only_v6(address.ip() != IpAddr::V6(Ipv6Addr::UNSPECIFIED))?;
    }
    socket.bind(&address.into())?;
    Ok(socket)
}

fn lacks_ipv6(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let refusals = [Errno::AFNOSUPPORT, Errno::ADDRNOTAVAIL];
    error.raw_os_error().is_some_and(|code| refusals.iter().any(|errno| errno.raw_os_error() == code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_share_the_port_that_was_chosen() {
        let bound = listen("127.0.0.1:0", 3).expect("loopback has free ports");
        assert_eq!(bound.listeners.len(), 3);
        assert_ne!(bound.address.port(), 0);
        for listener in &bound.listeners {
            assert_eq!(listener.local_addr().expect("bound"), bound.address);
        }
    }

    #[test]
    fn a_taken_port_is_noticed_though_ours_are_shared() {
        let first = listen("127.0.0.1:0", 2).expect("loopback has free ports");
        let text = first.address.to_string();
        match listen(&text, 2).map(|bound| bound.address) {
            Err(ListenError::Socket { address, source }) => {
                assert_eq!(address, text);
                assert_eq!(source.kind(), io::ErrorKind::AddrInUse);
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn without_a_host_both_families_are_listened_on() {
        let bound = listen(":0", 1).expect("there are free ports");
        assert!(bound.address.ip().is_unspecified());
        let port = bound.address.port();
        std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("IPv4 is accepted");
    }

    #[test]
    fn bad_addresses_are_named() {
        for (address, message) in [
            ("foo", "address foo: missing port in address"),
            ("127.0.0.1:no-such-port", "listen tcp 127.0.0.1:no-such-port: unknown port no-such-port"),
        ] {
            let error = listen(address, 1).err().expect(address);
            assert_eq!(error.to_string(), message);
        }
    }
}
