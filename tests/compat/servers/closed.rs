//! Ports where nobody listens, and where nobody else can.

use std::net::{IpAddr, SocketAddr, UdpSocket};

use socket2::{Domain, Socket, Type};

use super::{Server, Speaks};

#[derive(Clone, Copy)]
pub(crate) enum Closed {
    Tcp,
    Udp,
}

pub(crate) struct Port {
    pub(crate) address: SocketAddr,
    _socket: Socket,
}

/// A port that refuses connections.
pub fn closed() -> Server {
    Server::speaking(Speaks::Closed(Closed::Tcp))
}

/// A port that refuses datagrams.
pub fn closed_udp() -> Server {
    Server::speaking(Speaks::Closed(Closed::Udp))
}

impl Closed {
    pub(crate) fn bind(self, address: IpAddr) -> Port {
        let any = SocketAddr::new(address, 0);
        let socket = match self {
            // Bound, but not listening.
            Self::Tcp => {
                let socket = Socket::new(Domain::for_address(any), Type::STREAM, None).expect("a socket");
                socket.bind(&any.into()).expect("a port is free");
                socket
            }
            // Connected to somebody else: datagrams of others are refused.
            Self::Udp => {
                let socket = UdpSocket::bind(any).expect("a port is free");
                let other = UdpSocket::bind(any).expect("a port is free");
                socket.connect(other.local_addr().expect("it is bound")).expect("a datagram socket");
                socket.into()
            }
        };
        let address = socket.local_addr().ok().and_then(|address| address.as_socket()).expect("it is bound");
        Port { address, _socket: socket }
    }
}
