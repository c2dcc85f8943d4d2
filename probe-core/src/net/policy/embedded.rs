//! IPv4 addresses inside IPv6 addresses: a way around rules about the former, were they not looked for.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use super::rules::RuleError;

/// A prefix behind which a translator reaches IPv4 addresses (NAT64).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nat64Prefix {
    prefix: Ipv6Addr,
    length: u8,
}

/// The prefix that every network may use (RFC 6052 section 2.1).
const WELL_KNOWN: Nat64Prefix =
    Nat64Prefix { prefix: Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), length: 96 };
/// The first of those set aside for local use (RFC 8215), as a translator with the whole /48 would use it and as one with
/// a /96 would.
const LOCAL_USE: [Nat64Prefix; 2] = [
    Nat64Prefix { prefix: Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, 0, 0), length: 48 },
    Nat64Prefix { prefix: Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, 0, 0), length: 96 },
];

impl Nat64Prefix {
    /// The address behind the translator. Where it stands depends on the length, and octet 8 is left out
    /// (RFC 6052 section 2.2).
    fn behind(self, address: Ipv6Addr) -> Option<Ipv4Addr> {
        if address.to_bits() & mask(self.length) != self.prefix.to_bits() {
            return None;
        }
        let octets = address.octets();
        let places: [usize; 4] = match self.length {
            32 => [4, 5, 6, 7],
            40 => [5, 6, 7, 9],
            48 => [6, 7, 9, 10],
            56 => [7, 9, 10, 11],
            64 => [9, 10, 11, 12],
            _ => [12, 13, 14, 15],
        };
        Some(Ipv4Addr::from(places.map(|place| octets[place])))
    }
}

impl FromStr for Nat64Prefix {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        let (prefix, length) = text.split_once('/').ok_or(RuleError::Nat64Prefix)?;
        let prefix: Ipv6Addr = prefix.parse().map_err(|_| RuleError::Nat64Prefix)?;
        let length: u8 = length.parse().map_err(|_| RuleError::Nat64Prefix)?;
        let fits = matches!(length, 32 | 40 | 48 | 56 | 64 | 96) && prefix.to_bits() & !mask(length) == 0;
        if fits { Ok(Self { prefix, length }) } else { Err(RuleError::Nat64Prefix) }
    }
}

impl fmt::Display for Nat64Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.prefix, self.length)
    }
}

fn mask(length: u8) -> u128 {
    u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or_default()
}

/// What a contact with `address` reaches: the address itself, IPv4 where it is a mapped one, and the address behind a
/// translator.
pub(super) fn reached(address: IpAddr, configured: &[Nat64Prefix]) -> impl Iterator<Item = IpAddr> + Clone {
    let canonical = address.to_canonical();
    let translators = [WELL_KNOWN].into_iter().chain(configured.iter().copied());
    let translated = translators.filter_map(move |prefix| prefix.behind(ipv6(canonical)?));
    [canonical].into_iter().chain(translated.map(IpAddr::V4))
}

/// Everything that `address` could be taken for by some host or router on the way, what it reaches first.
pub(super) fn meanings(address: IpAddr, configured: &[Nat64Prefix]) -> impl Iterator<Item = IpAddr> + Clone {
    let canonical = address.to_canonical();
    let local = LOCAL_USE.into_iter().filter_map(move |prefix| prefix.behind(ipv6(canonical)?));
    let carried = ipv6(canonical).map(carried).into_iter().flatten().flatten();
    reached(address, configured).chain(local.chain(carried).map(IpAddr::V4))
}

fn ipv6(address: IpAddr) -> Option<Ipv6Addr> {
    match address {
        IpAddr::V4(_) => None,
        IpAddr::V6(address) => Some(address),
    }
}

/// The IPv4 addresses that other forms of IPv6 addresses hold.
fn carried(address: Ipv6Addr) -> [Option<Ipv4Addr>; 6] {
    let segments = address.segments();
    let at =
        |index: usize| Ipv4Addr::from((u32::from(segments[index]) << 16) | u32::from(segments[index + 1]));
    let starts = |prefix: &[u16]| segments.starts_with(prefix);
    // `::` and `::1` are addresses of their own.
    let is_compatible = starts(&[0; 6]) && address.to_bits() > 1;
    let is_translated = starts(&[0, 0, 0, 0, 0xffff, 0]);
    let is_teredo = starts(&[0x2001, 0]);
    let is_isatap = matches!(segments[4], 0 | 0x200) && segments[5] == 0x5efe;
    [
        // RFC 4291 section 2.5.5.1, and RFC 7915's predecessor with its extra word.
        is_compatible.then(|| at(6)),
        is_translated.then(|| at(6)),
        // RFC 3056: the router that the packet is handed to.
        starts(&[0x2002]).then(|| at(1)),
        // RFC 4380: the server, and the client with its bits turned.
        is_teredo.then(|| at(2)),
        is_teredo.then(|| Ipv4Addr::from(!at(6).to_bits())),
        // RFC 5214.
        is_isatap.then(|| at(6)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meanings_of(address: &str, configured: &[Nat64Prefix]) -> Vec<String> {
        let address = address.parse().expect("an address");
        meanings(address, configured).map(|meaning| meaning.to_string()).collect()
    }

    #[test]
    fn every_form_that_holds_an_ipv4_address_is_unwrapped() {
        for (form, address) in [
            ("mapped", "::ffff:192.0.2.33"),
            ("compatible", "::192.0.2.33"),
            ("translated", "::ffff:0:192.0.2.33"),
            ("6to4", "2002:c000:221:5::1"),
            ("Teredo server", "2001:0:c000:221:0:3333:3f57:fe00"),
            ("Teredo client", "2001:0:cb00:7101:8000:63bf:3fff:fdde"),
            ("ISATAP", "2001:db8::5efe:192.0.2.33"),
            ("ISATAP, universal", "fe80::200:5efe:192.0.2.33"),
            ("NAT64", "64:ff9b::192.0.2.33"),
            ("NAT64 for local use", "64:ff9b:1::192.0.2.33"),
            ("NAT64 for local use, /48", "64:ff9b:1:c000:2:2100::"),
        ] {
            let found = meanings_of(address, &[]);
            assert!(found.contains(&"192.0.2.33".into()), "{form}: {found:?}");
        }
    }

    #[test]
    fn configured_prefixes_follow_the_table_of_rfc_6052() {
        // Section 2.4 of the RFC, for 192.0.2.33.
        for (prefix, address) in [
            ("2001:db8::/32", "2001:db8:c000:221::"),
            ("2001:db8:100::/40", "2001:db8:1c0:2:21::"),
            ("2001:db8:122::/48", "2001:db8:122:c000:2:2100::"),
            ("2001:db8:122:300::/56", "2001:db8:122:3c0:0:221::"),
            ("2001:db8:122:344::/64", "2001:db8:122:344:c0:2:2100::"),
            ("2001:db8:122:344::/96", "2001:db8:122:344::192.0.2.33"),
        ] {
            let configured: Nat64Prefix = prefix.parse().expect(prefix);
            assert_eq!(configured.to_string(), prefix);
            assert_eq!(meanings_of(address, &[configured])[1], "192.0.2.33", "{prefix}");
        }
    }

    #[test]
    fn other_addresses_mean_only_themselves() {
        for address in ["192.0.2.1", "2001:db8::1", "::1", "::", "fe80::1"] {
            assert_eq!(meanings_of(address, &[]), [address]);
        }
    }

    #[test]
    fn only_mapped_and_translated_addresses_reach_the_other_family() {
        let count = |address: &str| reached(address.parse().expect("an address"), &[]).count();
        assert_eq!((count("64:ff9b::1.2.3.4"), count("2002:102:304::1"), count("::1.2.3.4")), (2, 1, 1));
        let mapped = reached("::ffff:1.2.3.4".parse().expect("an address"), &[]);
        assert_eq!(mapped.collect::<Vec<_>>(), ["1.2.3.4".parse::<IpAddr>().expect("an address")]);
    }

    #[test]
    fn prefixes_that_cannot_carry_addresses_are_refused() {
        for text in ["64:ff9b::", "64:ff9b::/95", "64:ff9b::1/96", "10.0.0.0/32", "x/96", "::/0"] {
            assert_eq!(text.parse::<Nat64Prefix>(), Err(RuleError::Nat64Prefix), "{text}");
        }
    }
}
