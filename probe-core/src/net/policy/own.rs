//! Which addresses are this machine's own: the kernel knows.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};

use crate::net::ScopedIp;

/// Whether `address` is one of this machine's.
///
/// Packets to an own address leave from that very address, and from no other. Connecting a datagram socket asks for the
/// route and sends nothing.
pub(super) fn is_own(address: ScopedIp) -> bool {
    let any: IpAddr = match address.ip {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    // The discard port: no port is as good as any, but not every kernel takes it.
    let source = UdpSocket::bind((any, 0)).and_then(|socket| {
        socket.connect(address.with_port(9))?;
        socket.local_addr()
    });
    source.is_ok_and(|source| source.ip() == address.ip)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_own_and_documentation_is_not() {
        let own = |text: &str| is_own(text.parse::<IpAddr>().expect("an address").into());
        assert!(own("127.0.0.1"));
        assert!(!own("192.0.2.1") && !own("2001:db8::1"));
    }
}
