//! Where packets for some addresses go, read from the kernel's tables: what a packet socket must know and the kernel
//! would know by itself.

use std::fs;
use std::net::{IpAddr, Ipv4Addr};

/// The next hop of IPv4 packets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NextHop {
    pub(super) interface: String,
    /// The gateway's link-layer address.
    pub(super) hardware: [u8; 6],
    /// The interface's own.
    pub(super) own: [u8; 6],
}

/// An entry of the routing table, as `/proc/net/route` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Route {
    interface: String,
    destination: u32,
    mask: u32,
    gateway: u32,
    metric: u32,
    is_usable: bool,
}

/// `RTF_UP` and `RTF_REJECT` (linux/route.h).
const UP: u32 = 1;
const REJECT: u32 = 0x200;
/// `ATF_COM` (`linux/if_arp.h`): the neighbour's address is known.
const COMPLETE: u32 = 2;
const ETHERNET: u32 = 1;

/// The one next hop of all these ranges, or in words why there is none.
pub(super) fn next_hop(
    ranges: impl Iterator<Item = (IpAddr, IpAddr)>,
    interface: Option<&str>,
) -> Result<NextHop, String> {
    let read = |file: &str| fs::read_to_string(file).map_err(|error| format!("{file}: {error}"));
    let mut routes = parse_routes(&read("/proc/net/route")?);
    if let Some(name) = interface {
        routes.retain(|route| route.interface == name);
    }
    let own = parse_own(&read("/proc/net/fib_trie")?);
    let mut ranges_v4 = Vec::new();
    for range in ranges {
        let (IpAddr::V4(first), IpAddr::V4(last)) = range else {
            return Err("packet sockets are used for IPv4 alone: where IPv6 neighbours are is not in /proc"
                .to_owned());
        };
        ranges_v4.push((first.to_bits(), last.to_bits()));
    }
    let route = common_route(&routes, &own, &ranges_v4)?;
    if route.gateway == 0 {
        return Err(format!(
            "the targets are neighbours on {}: the kernel has to find each one's link-layer address",
            route.interface
        ));
    }
    let gateway = Ipv4Addr::from_bits(route.gateway);
    let hardware = parse_neighbour(&read("/proc/net/arp")?, gateway, &route.interface)?;
    let own = read(&format!("/sys/class/net/{}/address", route.interface))?;
    let own = parse_hardware(own.trim()).ok_or_else(|| format!("{} is no Ethernet", route.interface))?;
    Ok(NextHop { interface: route.interface.clone(), hardware, own })
}

fn common_route<'r>(
    routes: &'r [Route],
    own: &[(u32, u32)],
    ranges: &[(u32, u32)],
) -> Result<&'r Route, String> {
    let mut common: Option<&Route> = None;
    for &(first, last) in ranges {
        if let Some(own) = own.iter().find(|own| own.0 <= last && first <= own.1) {
            let address = Ipv4Addr::from_bits(own.0.max(first));
            return Err(format!("{address} is this host itself, which has no link layer"));
        }
        // Between two of these places the same route holds.
        let starts = routes.iter().map(|route| route.destination);
        let ends = routes.iter().filter_map(|route| (route.destination | !route.mask).checked_add(1));
        let places = starts.chain(ends).filter(|place| (first..=last).contains(place));
        for place in places.chain([first]) {
            let route = best(routes, place)
                .ok_or_else(|| format!("there is no route to {}", Ipv4Addr::from_bits(place)))?;
            let other =
                common.filter(|other| (&other.interface, other.gateway) != (&route.interface, route.gateway));
            if let Some(other) = other {
                return Err(format!(
                    "the targets are behind different gateways ({} and {})",
                    Ipv4Addr::from_bits(other.gateway),
                    Ipv4Addr::from_bits(route.gateway)
                ));
            }
            common = Some(route);
        }
    }
    common.ok_or_else(|| "there are no targets".to_owned())
}

/// The most specific route, and of several the one that costs least.
fn best(routes: &[Route], address: u32) -> Option<&Route> {
    let holding = routes.iter().filter(|route| address & route.mask == route.destination);
    holding.max_by_key(|route| (route.mask, u32::MAX - route.metric)).filter(|route| route.is_usable)
}

fn parse_routes(table: &str) -> Vec<Route> {
    table.lines().skip(1).filter_map(parse_route).collect()
}

fn parse_route(line: &str) -> Option<Route> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    // Addresses are shown as numbers of this machine, though they are in network order.
    let address = |at: usize| {
        let number = u32::from_str_radix(fields.get(at)?, 16).ok()?;
        Some(u32::from_be_bytes(number.to_ne_bytes()))
    };
    let flags = u32::from_str_radix(fields.get(3)?, 16).ok()?;
    Some(Route {
        interface: (*fields.first()?).to_owned(),
        destination: address(1)?,
        gateway: address(2)?,
        mask: address(7)?,
        metric: fields.get(6)?.parse().ok()?,
        is_usable: flags & UP != 0 && flags & REJECT == 0,
    })
}

/// What is delivered on this host, out of `/proc/net/fib_trie`: a line with an address, then one a prefix of it.
fn parse_own(trie: &str) -> Vec<(u32, u32)> {
    let mut address = None;
    let mut own = Vec::new();
    for line in trie.lines() {
        let line = line.trim();
        if let Some(text) = line.strip_prefix("|-- ") {
            address = text.trim().parse::<Ipv4Addr>().ok().map(Ipv4Addr::to_bits);
        } else if let (Some(first), Some(rest)) = (address, line.strip_prefix('/'))
            && (rest.ends_with("LOCAL") || rest.ends_with("BROADCAST"))
            && let Some(length) = rest.split(' ').next().and_then(|length| length.parse::<u32>().ok())
        {
            let hosts = u32::MAX.checked_shr(length).unwrap_or(0);
            own.push((first & !hosts, first | hosts));
        }
    }
    own
}

fn parse_hardware(text: &str) -> Option<[u8; 6]> {
    let bytes: Option<Vec<u8>> = text.split(':').map(|byte| u8::from_str_radix(byte, 16).ok()).collect();
    bytes?.try_into().ok()
}

fn parse_neighbour(table: &str, gateway: Ipv4Addr, interface: &str) -> Result<[u8; 6], String> {
    let unknown = || {
        format!(
            "the link-layer address of the gateway {gateway} is not known yet; it is after something was sent there"
        )
    };
    let number = |text: &str| u32::from_str_radix(text.trim_start_matches("0x"), 16).ok();
    for line in table.lines().skip(1) {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [address, kind, flags, hardware, _, device] = fields.as_slice() else { continue };
        if address.parse() != Ok(gateway) || *device != interface {
            continue;
        }
        if number(kind) != Some(ETHERNET) {
            return Err(format!("{interface} is no Ethernet"));
        }
        if number(flags).is_none_or(|flags| flags & COMPLETE == 0) {
            return Err(unknown());
        }
        return parse_hardware(hardware).ok_or_else(unknown);
    }
    Err(unknown())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUTES: &str = "\
Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
v0\t000012C6\tFDFF13C6\t0003\t0\t0\t0\t0000FEFF\t0\t0\t0
v0\tFCFF13C6\t00000000\t0001\t0\t0\t0\tFCFFFFFF\t0\t0\t0
v1\t0000000A\t0100000A\t0003\t0\t0\t5\t000000FF\t0\t0\t0
v2\t0000000A\t0200000A\t0003\t0\t0\t9\t000000FF\t0\t0\t0
*\t0000010A\t00000000\t0201\t0\t0\t0\t0000FFFF\t0\t0\t0
";

    fn bits(text: &str) -> u32 {
        text.parse::<Ipv4Addr>().expect("an address").to_bits()
    }

    fn route(ranges: &[(&str, &str)]) -> Result<(String, String), String> {
        let ranges: Vec<_> = ranges.iter().map(|(first, last)| (bits(first), bits(last))).collect();
        let own =
            [(bits("198.19.255.254"), bits("198.19.255.254")), (bits("127.0.0.0"), bits("127.255.255.255"))];
        let routes = parse_routes(ROUTES);
        common_route(&routes, &own, &ranges)
            .map(|route| (route.interface.clone(), Ipv4Addr::from_bits(route.gateway).to_string()))
    }

    #[test]
    #[cfg(target_endian = "little")]
    fn one_gateway_for_all_is_found() {
        let behind = |interface: &str, gateway: &str| Ok((interface.to_owned(), gateway.to_owned()));
        assert_eq!(route(&[("198.18.0.0", "198.18.255.255")]), behind("v0", "198.19.255.253"));
        assert_eq!(
            route(&[("198.18.0.1", "198.18.0.1"), ("198.19.0.0", "198.19.9.9")]),
            behind("v0", "198.19.255.253")
        );
        assert_eq!(route(&[("10.0.0.0", "10.0.255.255")]), behind("v1", "10.0.0.1"));
    }

    #[test]
    #[cfg(target_endian = "little")]
    fn anything_else_is_explained() {
        for (ranges, why) in [
            (&[("198.18.0.0", "198.19.255.255")][..], "198.19.255.254 is this host itself"),
            (&[("127.0.0.1", "127.0.0.1")], "127.0.0.1 is this host itself"),
            (&[("198.19.0.0", "198.19.255.253")], "behind different gateways"),
            (&[("198.18.0.0", "198.18.0.1"), ("10.0.0.0", "10.0.0.1")], "behind different gateways"),
            (&[("10.0.0.0", "10.1.0.0")], "no route to 10.1.0.0"),
            (&[("192.0.2.1", "192.0.2.1")], "no route to 192.0.2.1"),
        ] {
            let problem = route(ranges).expect_err(why);
            assert!(problem.contains(why), "{problem}");
        }
    }

    #[test]
    fn own_addresses_are_read() {
        let trie = "Main:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 198.18.0.0\n        /15 universe UNICAST\n     |-- 198.18.7.0\n        /24 host LOCAL\n  +-- 127.0.0.0/8 2 0 2\n     |-- 127.0.0.0\n        /32 link BROADCAST\n        /8 host LOCAL\n";
        let expected =
            [("198.18.7.0", "198.18.7.255"), ("127.0.0.0", "127.0.0.0"), ("127.0.0.0", "127.255.255.255")];
        assert_eq!(parse_own(trie), expected.map(|(first, last)| (bits(first), bits(last))));
    }

    #[test]
    fn neighbours_are_read() {
        let table = "IP address       HW type     Flags       HW address            Mask     Device\n\
                     198.19.255.253   0x1         0x6         02:00:00:00:00:02     *        v0\n\
                     198.19.255.252   0x1         0x0         00:00:00:00:00:00     *        v0\n";
        let known = Ipv4Addr::new(198, 19, 255, 253);
        assert_eq!(parse_neighbour(table, known, "v0"), Ok([2, 0, 0, 0, 0, 2]));
        assert!(parse_neighbour(table, known, "v1").is_err());
        let unknown = parse_neighbour(table, Ipv4Addr::new(198, 19, 255, 252), "v0").expect_err("incomplete");
        assert!(unknown.contains("not known yet"), "{unknown}");
    }
}
