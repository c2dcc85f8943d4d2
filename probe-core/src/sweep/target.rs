//! How people write the addresses of a sweep, and which of them are nobody else's.

use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

use thiserror::Error;

use super::space::AddressRange;

/// Text that names no addresses.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{text:?} names no addresses: {problem}")]
pub struct TargetError {
    /// What was written.
    pub text: String,
    /// What is wrong with it, and what would be right.
    pub problem: String,
}

impl FromStr for AddressRange {
    type Err = TargetError;

    /// Reads `198.18.0.1`, `198.18.0.0/24`, `198.18.0.1-198.18.0.9`, `198.18.0.1-9` and the same of IPv6.
    fn from_str(text: &str) -> Result<Self, TargetError> {
        let wrong = |problem: &str| TargetError { text: text.to_owned(), problem: problem.to_owned() };
        let address = |part: &str| {
            part.parse::<IpAddr>().map_err(|_| {
                wrong("write an address, a prefix (10.0.0.0/8) or a range (10.0.0.1-10.0.0.9); names are not looked up")
            })
        };
        if let Some((network, length)) = text.split_once('/') {
            let network = address(network)?;
            let most = if network.is_ipv4() { 32 } else { 128 };
            let length = length.parse().ok().filter(|length| *length <= most);
            let length = length.ok_or_else(|| wrong(&format!("the prefix length is from 0 to {most}")))?;
            return Self::prefix(network, length).ok_or_else(|| wrong("the prefix is too long"));
        }
        let Some((first, last)) = text.split_once('-') else { return Ok(address(text)?.into()) };
        let first = address(first)?;
        let last = match (first, last.parse::<u8>()) {
            (IpAddr::V4(first), Ok(last)) => {
                let [a, b, c, _] = first.octets();
                Ipv4Addr::new(a, b, c, last).into()
            }
            _ => address(last)?,
        };
        Self::new(first, last).ok_or_else(|| wrong("the second address is not behind the first"))
    }
}

/// Addresses for private and special use (RFC 6890 and its registries): no packet to them reaches a stranger.
///
/// Private and shared networks, loopback, link-local and benchmarking addresses, and documentation.
pub fn special_purpose() -> impl Iterator<Item = AddressRange> {
    const PREFIXES: [&str; 16] = [
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.2.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "::1/128",
        "2001:2::/48",
        "2001:db8::/32",
        "3fff::/20",
        "fc00::/7",
        "fe80::/10",
    ];
    PREFIXES.into_iter().filter_map(|prefix| prefix.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::Space;

    #[test]
    fn addresses_prefixes_and_ranges_are_read() {
        for (text, first, last) in [
            ("198.18.0.1", "198.18.0.1", "198.18.0.1"),
            ("198.18.0.9/29", "198.18.0.8", "198.18.0.15"),
            ("198.18.0.1-198.18.1.2", "198.18.0.1", "198.18.1.2"),
            ("198.18.0.1-9", "198.18.0.1", "198.18.0.9"),
            ("fd00::/120", "fd00::", "fd00::ff"),
            ("fd00::1-fd00::2", "fd00::1", "fd00::2"),
        ] {
            let range: AddressRange = text.parse().expect(text);
            assert_eq!((range.first().to_string(), range.last().to_string()), (first.into(), last.into()));
        }
        for (text, problem) in [
            ("", "write an address"),
            ("localhost", "names are not looked up"),
            ("10.0.0.0/33", "from 0 to 32"),
            ("fd00::/129", "from 0 to 128"),
            ("10.0.0.9-10.0.0.1", "not behind the first"),
            ("10.0.0.9-8", "not behind the first"),
            ("10.0.0.9-fd00::", "not behind the first"),
        ] {
            let error = text.parse::<AddressRange>().expect_err(text);
            assert!(error.to_string().contains(problem), "{error}");
        }
    }

    #[test]
    fn special_addresses_are_set_apart() {
        assert_eq!(special_purpose().count(), 16);
        let global = |text: &str| {
            let wanted: AddressRange = text.parse().expect(text);
            Space::new([wanted], special_purpose()).expect("few").len()
        };
        assert_eq!((global("10.1.0.0/16"), global("9.255.255.0-10.0.0.255")), (0, 256));
        assert_eq!((global("fd00::/100"), global("2001:db8::/100"), global("2001:db9::/127")), (0, 0, 2));
    }
}
