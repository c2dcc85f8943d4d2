//! The order in which the addresses of a name are tried: destination address selection of RFC 6724.
//!
//! The rules that need what a process cannot see (home, deprecated and encapsulated addresses: 3, 4 and 7) are left
//! out. Rule 9 compares IPv6 addresses only: for IPv4 it would undo the rotation by which name servers spread load,
//! which is why the reference exporter's resolver leaves it out too.

use std::cmp::Reverse;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use socket2::{Domain, Socket, Type};

use super::resolve::ScopedIp;

/// Sorts `addresses`, best first; those that are equally good keep their order.
///
/// `source_of` says from which source address a destination would be reached, `None` if it cannot be.
pub fn order(addresses: &mut [ScopedIp], source_of: impl Fn(&ScopedIp) -> Option<IpAddr>) {
    addresses.sort_by_cached_key(|address| rank(address.ip, source_of(address)));
}

/// The source address the kernel would use towards `destination`; `None` without a route. Sends nothing.
pub fn kernel_source(destination: &ScopedIp) -> Option<IpAddr> {
    /// Any port does: connecting a datagram socket only chooses the route.
    const DISCARD_PORT: u16 = 9;

    let address = destination.with_port(DISCARD_PORT);
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, None).ok()?;
    socket.connect(&address.into()).ok()?;
    Some(socket.local_addr().ok()?.as_socket()?.ip())
}

/// The rules as one key, rule after rule; the smaller key is the better destination.
type Rank = (bool, bool, bool, Reverse<u8>, u8, Reverse<u32>);

fn rank(destination: IpAddr, source: Option<IpAddr>) -> Rank {
    let destination = destination.to_canonical();
    let (precedence, label) = policy(destination);
    let scope = scope(destination);
    let Some(source) = source.map(|source| source.to_canonical()) else {
        return (true, true, true, Reverse(precedence), scope, Reverse(0));
    };
    (
        false,                                       // rule 1: avoid unusable destinations
        self::scope(source) != scope,                // rule 2: prefer matching scope
        policy(source).1 != label,                   // rule 5: prefer matching label
        Reverse(precedence),                         // rule 6: prefer higher precedence
        scope,                                       // rule 8: prefer smaller scope
        Reverse(common_prefix(destination, source)), // rule 9: use longest matching prefix
    )
}

/// The scopes of RFC 4007 that unicast addresses have, by their multicast numbers.
const LINK_LOCAL: u8 = 0x2;
const SITE_LOCAL: u8 = 0x5;
const GLOBAL: u8 = 0xe;

/// RFC 6724 section 3.1; IPv4 by section 3.2, where private addresses are global.
fn scope(ip: IpAddr) -> u8 {
    match ip {
        IpAddr::V4(ip) if ip.is_loopback() || ip.is_link_local() => LINK_LOCAL,
        IpAddr::V6(ip) if ip.is_multicast() => ip.octets()[1] & 0x0f,
        IpAddr::V6(ip) if ip.is_loopback() || ip.is_unicast_link_local() => LINK_LOCAL,
        IpAddr::V6(ip) if ip.segments()[0] & 0xffc0 == 0xfec0 => SITE_LOCAL,
        IpAddr::V4(_) | IpAddr::V6(_) => GLOBAL,
    }
}

/// The default policy table of RFC 6724 section 2.1, longest prefix first: prefix, its length, precedence, label.
const POLICY_TABLE: [(Ipv6Addr, u32, u8, u8); 9] = [
    (Ipv6Addr::LOCALHOST, 128, 50, 0),
    (Ipv4Addr::UNSPECIFIED.to_ipv6_mapped(), 96, 35, 4),
    (Ipv6Addr::UNSPECIFIED, 96, 1, 3),
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 32, 5, 5),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16, 30, 2),
    (Ipv6Addr::new(0x3ffe, 0, 0, 0, 0, 0, 0, 0), 16, 1, 12),
    (Ipv6Addr::new(0xfec0, 0, 0, 0, 0, 0, 0, 0), 10, 1, 11),
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7, 3, 13),
    (Ipv6Addr::UNSPECIFIED, 0, 40, 1),
];

/// Precedence and label of an address.
fn policy(ip: IpAddr) -> (u8, u8) {
    let ip = match ip {
        IpAddr::V4(ip) => ip.to_ipv6_mapped(),
        IpAddr::V6(ip) => ip,
    };
    POLICY_TABLE
        .iter()
        .find(|(prefix, length, ..)| leading_equal_bits(*prefix, ip) >= *length)
        .map_or((40, 1), |&(_, _, precedence, label)| (precedence, label))
}

/// Section 2.2, capped at the length of a subnet prefix: interface identifiers say nothing about closeness.
fn common_prefix(destination: IpAddr, source: IpAddr) -> u32 {
    const SUBNET_PREFIX: u32 = 64;

    match (destination, source) {
        (IpAddr::V6(destination), IpAddr::V6(source)) => {
            leading_equal_bits(destination, source).min(SUBNET_PREFIX)
        }
        _ => 0,
    }
}

fn leading_equal_bits(one: Ipv6Addr, other: Ipv6Addr) -> u32 {
    (one.to_bits() ^ other.to_bits()).leading_zeros()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    /// A destination and its source.
    type Route<'a> = (&'a str, Option<&'a str>);

    /// Orders destinations, from the worst order on.
    fn ordered(best_first: &[Route<'_>]) -> Vec<IpAddr> {
        let mut addresses: Vec<ScopedIp> = best_first.iter().rev().map(|(to, _)| ip(to).into()).collect();
        order(&mut addresses, |address| {
            best_first.iter().find(|(to, _)| ip(to) == address.ip).and_then(|(_, from)| from.map(ip))
        });
        addresses.into_iter().map(|address| address.ip).collect()
    }

    #[test]
    fn follows_the_examples_of_section_10_2() {
        // Those about home and deprecated addresses are left out, as their rules are.
        let examples: [(&str, [Route<'_>; 2]); 7] = [
            (
                "prefer matching scope",
                [("2001:db8:1::1", Some("2001:db8:1::1")), ("198.51.100.121", Some("169.254.13.78"))],
            ),
            (
                "prefer matching scope",
                [("198.51.100.121", Some("198.51.100.117")), ("2001:db8:1::1", Some("fe80::1"))],
            ),
            (
                "prefer higher precedence",
                [("2001:db8:1::1", Some("2001:db8:1::1")), ("10.1.2.3", Some("10.1.2.4"))],
            ),
            (
                "prefer smaller scope",
                [("fe80::1", Some("fe80::1")), ("2001:db8:1::1", Some("2001:db8:1::1"))],
            ),
            (
                "longest matching prefix",
                [("2001:db8:1::1", Some("2001:db8:1::1")), ("2001:db8:3ffe::1", Some("2001:db8:3f44::1"))],
            ),
            (
                "prefer matching label",
                [
                    ("2002:c633:6401::1", Some("2002:c633:6401::1")),
                    ("2001:db8:1::1", Some("2002:c633:6401::1")),
                ],
            ),
            (
                "prefer higher precedence",
                [("2001:db8:1::1", Some("2001:db8:1::1")), ("2002:c633:6401::1", Some("2002:c633:6401::1"))],
            ),
        ];
        for (rule, best_first) in examples {
            let expected: Vec<IpAddr> = best_first.iter().map(|(to, _)| ip(to)).collect();
            assert_eq!(ordered(&best_first), expected, "{rule}: {best_first:?}");
        }
    }

    #[test]
    fn unreachable_destination_comes_last() {
        let best_first = [("192.0.2.1", Some("192.0.2.9")), ("2001:db8::1", None)];
        assert_eq!(ordered(&best_first), [ip("192.0.2.1"), ip("2001:db8::1")]);
    }

    #[test]
    fn equally_good_addresses_keep_their_order() {
        let given = ["192.0.2.200", "192.0.2.1", "198.51.100.7"].map(|text| ScopedIp::from(ip(text)));
        let mut addresses = given;
        order(&mut addresses, |_| Some(ip("192.0.2.2")));
        assert_eq!(addresses, given);
    }

    #[test]
    fn policy_table_prefers_the_longest_prefix() {
        for (text, expected) in [
            ("::1", (50, 0)),
            ("::2", (1, 3)),
            ("192.0.2.1", (35, 4)),
            ("::ffff:192.0.2.1", (35, 4)),
            ("2001::1", (5, 5)),
            ("2001:db8::1", (40, 1)),
            ("2002::1", (30, 2)),
            ("3ffe::1", (1, 12)),
            ("fec0::1", (1, 11)),
            ("fd00::1", (3, 13)),
        ] {
            assert_eq!(policy(ip(text)), expected, "{text}");
        }
    }

    #[test]
    fn kernel_reaches_loopback_from_loopback() {
        let loopback = ScopedIp::from(ip("127.0.0.1"));
        assert_eq!(kernel_source(&loopback), Some(loopback.ip));
    }
}
