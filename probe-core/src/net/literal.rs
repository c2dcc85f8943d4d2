//! Literal addresses as people write them: with brackets, with a zone.

use std::net::{IpAddr, Ipv6Addr};

use super::resolve::{ResolveError, ScopedIp};

/// Reads a literal address; `None` if `host` is not one, so that it may be a name.
///
/// IPv6 may stand in brackets and carry a zone, by the interface's name or index: `[fe80::1%eth0]`, `fe80::1%2`.
/// An IPv4-mapped address stays one.
///
/// ```
/// use probe_core::net::literal;
///
/// let address = literal("[::1]").expect("a literal").expect("without a zone");
/// assert_eq!(address.with_port(80).to_string(), "[::1]:80");
/// assert!(literal("localhost").is_none());
/// ```
pub fn literal(host: &str) -> Option<Result<ScopedIp, ResolveError>> {
    if let Some(inner) = host.strip_prefix('[') {
        return ipv6(inner.strip_suffix(']')?);
    }
    match host.parse::<IpAddr>() {
        Ok(ip) => Some(Ok(ip.into())),
        Err(_) => ipv6(host),
    }
}

fn ipv6(text: &str) -> Option<Result<ScopedIp, ResolveError>> {
    let (address, zone) = match text.split_once('%') {
        Some((address, zone)) => (address, Some(zone)),
        None => (text, None),
    };
    let ip: Ipv6Addr = address.parse().ok()?;
    let Some(zone) = zone else {
        return Some(Ok(IpAddr::V6(ip).into()));
    };
    Some(match interface_index(zone) {
        Some(scope) => Ok(ScopedIp { ip: ip.into(), scope }),
        None => Err(ResolveError::UnknownZone { host: text.into(), zone: zone.into() }),
    })
}

/// The index of an interface given by name, or by the index itself.
fn interface_index(zone: &str) -> Option<u32> {
    index_by_name(zone).or_else(|| zone.parse().ok()).filter(|&index| index != 0)
}

/// The index of the interface with this name.
#[cfg(target_os = "linux")]
pub(super) fn index_by_name(name: &str) -> Option<u32> {
    use socket2::{Domain, Socket, Type};

    // Any socket will do for the question, and one of the two families is always there.
    let socket = Socket::new(Domain::UNIX, Type::DGRAM, None)
        .or_else(|_| Socket::new(Domain::IPV4, Type::DGRAM, None))
        .ok()?;
    rustix::net::netdevice::name_to_index(&socket, name).ok()
}

#[cfg(not(target_os = "linux"))]
pub(super) fn index_by_name(_: &str) -> Option<u32> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(host: &str) -> Option<(String, u32)> {
        let address = literal(host)?.expect("a zone that exists");
        Some((address.ip.to_string(), address.scope))
    }

    #[test]
    fn reads_every_way_to_write_an_address() {
        for (host, ip) in [
            ("127.0.0.1", "127.0.0.1"),
            ("::1", "::1"),
            ("[::1]", "::1"),
            ("::ffff:192.0.2.1", "::ffff:192.0.2.1"),
            ("2001:DB8::0:1", "2001:db8::1"),
        ] {
            assert_eq!(read(host), Some((ip.to_string(), 0)), "{host}");
        }
    }

    #[test]
    fn leaves_names_alone() {
        for host in ["", "localhost", "1.2.3", "127.1", "[::1", "::1]", "[127.0.0.1]", "127.0.0.1%lo", "a%b"]
        {
            assert_eq!(literal(host), None, "{host}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn zone_is_an_interface_name_or_index() {
        let loopback = index_by_name("lo").expect("a loopback interface");
        assert_eq!(read("fe80::1%lo"), Some(("fe80::1".to_string(), loopback)));
        assert_eq!(read("[fe80::1%lo]"), Some(("fe80::1".to_string(), loopback)));
        assert_eq!(read("fe80::1%77"), Some(("fe80::1".to_string(), 77)));
    }

    #[test]
    fn unknown_zone_is_named() {
        for (host, zone) in [("fe80::1%no-such-link", "no-such-link"), ("fe80::1%", ""), ("fe80::1%0", "0")] {
            let error = ResolveError::UnknownZone { host: host.into(), zone: zone.into() };
            assert_eq!(literal(host), Some(Err(error)), "{host}");
        }
    }
}
