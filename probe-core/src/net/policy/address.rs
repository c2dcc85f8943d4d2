//! Rules about addresses: networks, and words for those that everybody means.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use super::rules::RuleError;
use super::word::AddressWord;

/// A rule about addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressRule {
    /// A network or a single address.
    Cidr(Cidr),
    /// A word for several networks.
    Word(AddressWord),
}

impl AddressRule {
    /// Whether it covers `address`. What only the kernel knows is asked elsewhere.
    pub(super) fn contains(self, address: IpAddr) -> bool {
        match self {
            Self::Cidr(cidr) => cidr.contains(address),
            Self::Word(word) => word.networks().iter().any(|cidr| cidr.contains(address)),
        }
    }
}

impl FromStr for AddressRule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        match AddressWord::ALL.iter().find(|word| word.as_str() == text) {
            Some(word) => Ok(Self::Word(*word)),
            None => text.parse().map(Self::Cidr),
        }
    }
}

impl fmt::Display for AddressRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cidr(cidr) => cidr.fmt(f),
            Self::Word(word) => f.write_str(word.as_str()),
        }
    }
}

/// A network: an address and how many of its bits count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cidr {
    network: IpAddr,
    length: u8,
}

impl Cidr {
    pub(super) const fn v4(a: u8, b: u8, c: u8, d: u8, length: u8) -> Self {
        Self { network: IpAddr::V4(Ipv4Addr::new(a, b, c, d)), length }
    }

    pub(super) const fn v6(bits: u128, length: u8) -> Self {
        Self { network: IpAddr::V6(Ipv6Addr::from_bits(bits)), length }
    }

    /// Whether `address` is in the network.
    pub fn contains(self, address: IpAddr) -> bool {
        match (self.network, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                (network.to_bits() ^ address.to_bits()).checked_shr(32 - u32::from(self.length)).unwrap_or(0)
                    == 0
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                (network.to_bits() ^ address.to_bits()).checked_shr(128 - u32::from(self.length)).unwrap_or(0)
                    == 0
            }
            _ => false,
        }
    }

    /// The same with all bits beyond the prefix cleared.
    fn cleared(self) -> Self {
        let network = match self.network {
            IpAddr::V4(ip) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.length)).unwrap_or(0);
                Ipv4Addr::from_bits(ip.to_bits() & mask).into()
            }
            IpAddr::V6(ip) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.length)).unwrap_or(0);
                Ipv6Addr::from_bits(ip.to_bits() & mask).into()
            }
        };
        Self { network, length: self.length }
    }

    /// A network of mapped addresses as the IPv4 network it is: addresses are compared in that form.
    fn canonical(self) -> Self {
        match self.network.to_canonical() {
            network @ IpAddr::V4(_) if self.network.is_ipv6() && self.length >= 96 => {
                Self { network, length: self.length - 96 }
            }
            _ => self,
        }
    }
}

impl FromStr for Cidr {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let network: IpAddr = address.parse().map_err(|_| RuleError::Address)?;
        let longest = if network.is_ipv4() { 32 } else { 128 };
        let length = match length {
            None => longest,
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().ok().filter(|length| *length <= longest).ok_or(RuleError::Address)?
            }
            Some(_) => return Err(RuleError::Address),
        };
        let written = Self { network, length };
        if written.cleared() != written {
            return Err(RuleError::BeyondPrefix { network: written.cleared() });
        }
        Ok(written.canonical())
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.network, self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers(rule: &str, address: &str) -> bool {
        let rule: AddressRule = rule.parse().expect(rule);
        rule.contains(address.parse::<IpAddr>().expect(address).to_canonical())
    }

    #[test]
    fn networks_end_where_their_prefix_says() {
        for (rule, inside, outside) in [
            ("10.0.0.0/8", "10.255.255.255", "11.0.0.0"),
            ("192.0.2.7", "192.0.2.7", "192.0.2.6"),
            ("0.0.0.0/0", "255.255.255.255", "::1"),
            ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::"),
            ("::/0", "2001:db8::1", "192.0.2.1"),
            ("::1", "::1", "::2"),
            ("::ffff:10.0.0.0/104", "10.1.2.3", "11.0.0.1"),
            ("192.0.2.128/25", "::ffff:192.0.2.200", "192.0.2.127"),
        ] {
            assert!(covers(rule, inside), "{rule} {inside}");
            assert!(!covers(rule, outside), "{rule} {outside}");
        }
    }

    #[test]
    fn rules_are_shown_as_they_are_written() {
        for text in ["self", "link-local", "10.0.0.0/8", "2001:db8::/32"] {
            assert_eq!(text.parse::<AddressRule>().expect(text).to_string(), text);
        }
        assert_eq!("192.0.2.7".parse::<AddressRule>().expect("an address").to_string(), "192.0.2.7/32");
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in [
            "",
            "x",
            "10.0.0.0/33",
            "::/129",
            "10.0.0/8",
            "10.0.0.0/+8",
            "10.0.0.0/",
            "fe80::1%lo",
            "Loopback",
        ] {
            assert_eq!(text.parse::<AddressRule>(), Err(RuleError::Address), "{text}");
        }
        let error = "10.1.2.3/8".parse::<AddressRule>().expect_err("bits beyond the prefix");
        assert_eq!(
            error.to_string(),
            "a network with bits beyond its prefix, the network itself is 10.0.0.0/8"
        );
    }
}
