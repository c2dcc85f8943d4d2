//! One layer of a policy: what is allowed, what is denied, and how the two come together.

use std::fmt;
use std::net::SocketAddr;
use std::path::Path;
use std::str::FromStr;

use thiserror::Error;

use super::address::{AddressRule, Cidr};
use super::embedded::{self, Nat64Prefix};
use super::host::{Host, LOOPBACK_NAMES, METADATA_NAMES};
use super::name::NameRule;
use super::own::is_own;
use super::path::PathRule;
use super::port::PortRange;
use super::word::AddressWord;
use crate::net::ScopedIp;

/// What may be contacted: the key `policy` of a configuration.
///
/// What is denied stays denied, whatever allows it. Where there is a list of what is allowed, everything else of its
/// kind is denied:
///
/// - names and addresses: a name must be on the list of names if there is one, and the address it turns out to have
///   on the list of addresses if there is one; a literal address has no name, so only the second list can allow it;
/// - a list of names or addresses and none of paths forbids unix sockets, and the other way round;
/// - ports and schemes are judged for themselves, wherever a contact has one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyRules {
    /// What is allowed; everything where a list is empty.
    pub allow: Selection,
    /// What is denied.
    pub deny: Selection,
    /// Prefixes that carry IPv4 addresses through a translator, besides the well-known one (RFC 6052).
    pub nat64_prefixes: Vec<Nat64Prefix>,
}

/// Rules of every kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Addresses.
    pub addresses: Vec<AddressRule>,
    /// Names as targets have them, before they are looked up.
    pub names: Vec<NameRule>,
    /// Ports of whatever transport.
    pub ports: Vec<PortRange>,
    /// Schemes of URLs.
    pub schemes: Vec<Scheme>,
    /// Unix sockets.
    pub paths: Vec<PathRule>,
}

impl Selection {
    /// Whether there is no rule of any kind.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn has_word(&self, word: AddressWord) -> bool {
        self.addresses.contains(&AddressRule::Word(word))
    }

    /// Whether a rule covers one of the addresses that a contact would reach.
    fn has_address(&self, mut meanings: impl Iterator<Item = ScopedIp> + Clone) -> bool {
        let listed = |meaning: ScopedIp| self.addresses.iter().any(|rule| rule.contains(meaning.ip));
        // Asking the kernel costs the most, so it comes last.
        meanings.clone().any(listed) || (self.has_word(AddressWord::OwnAddress) && meanings.any(is_own))
    }

    fn has_port(&self, port: u16) -> bool {
        self.ports.iter().any(|range| range.contains(port))
    }

    fn has_path(&self, path: &Path) -> bool {
        self.paths.iter().any(|rule| rule.contains(path))
    }

    fn has_scheme(&self, scheme: &str) -> bool {
        self.schemes.iter().any(|known| known.0.eq_ignore_ascii_case(scheme))
    }

    /// Whether a name is listed, or has always meant what a listed word means.
    fn has_name(&self, name: &str) -> bool {
        let listed = self.names.iter().any(|rule| rule.contains(name));
        let is_loopback = self.has_word(AddressWord::Loopback) || self.has_word(AddressWord::OwnAddress);
        listed
            || (is_loopback && LOOPBACK_NAMES.iter().any(|known| is_or_is_below(name, known)))
            || (self.has_word(AddressWord::Metadata) && METADATA_NAMES.contains(&name))
    }
}

impl PolicyRules {
    /// Whether anything is forbidden.
    pub fn is_restrictive(&self) -> bool {
        !self.allow.is_empty() || !self.deny.is_empty()
    }

    /// A name or a literal address as it was written.
    pub(super) fn permit_host(&self, host: &str) -> bool {
        if !self.is_about_hosts() {
            return true;
        }
        match Host::read(host) {
            Host::Literal(address) => {
                let only_names = self.allow.addresses.is_empty() && !self.allow.names.is_empty();
                !only_names && self.permit_address(address.with_port(0))
            }
            Host::Name(name) => {
                let on_the_list = self.allow.names.iter().any(|rule| rule.contains(&name));
                let allowed = self.allow.names.is_empty() || on_the_list;
                self.permit_network() && allowed && !self.deny.has_name(&name)
            }
            Host::Disguised => false,
        }
    }

    /// Port 0 stands for none.
    pub(super) fn permit_address(&self, address: SocketAddr) -> bool {
        let scope = match address {
            SocketAddr::V4(_) => 0,
            SocketAddr::V6(address) => address.scope_id(),
        };
        let scoped = |ip| ScopedIp { ip, scope };
        let (ip, prefixes) = (address.ip(), &self.nat64_prefixes);
        let on_the_list = || self.allow.has_address(embedded::reached(ip, prefixes).map(scoped));
        self.permit_network()
            && (self.allow.addresses.is_empty() || on_the_list())
            && !self.deny.has_address(embedded::meanings(ip, prefixes).map(scoped))
            && self.permit_port(address.port())
    }

    pub(super) fn permit_scheme(&self, scheme: &str) -> bool {
        (self.allow.schemes.is_empty() || self.allow.has_scheme(scheme)) && !self.deny.has_scheme(scheme)
    }

    pub(super) fn permit_path(&self, path: &Path) -> bool {
        let allowed = match (self.allow.paths.is_empty(), self.lists_hosts()) {
            (true, lists_hosts) => !lists_hosts,
            (false, _) => self.allow.has_path(path),
        };
        allowed && !self.deny.has_path(path)
    }

    fn permit_port(&self, port: u16) -> bool {
        port == 0 || ((self.allow.ports.is_empty() || self.allow.has_port(port)) && !self.deny.has_port(port))
    }

    /// Who lists sockets, and neither names nor addresses, wants sockets alone.
    fn permit_network(&self) -> bool {
        self.allow.paths.is_empty() || self.lists_hosts()
    }

    fn lists_hosts(&self) -> bool {
        !self.allow.names.is_empty() || !self.allow.addresses.is_empty()
    }

    fn is_about_hosts(&self) -> bool {
        let about = |selection: &Selection| !selection.names.is_empty() || !selection.addresses.is_empty();
        about(&self.allow) || about(&self.deny) || !self.allow.paths.is_empty()
    }
}

fn is_or_is_below(name: &str, known: &str) -> bool {
    name.strip_suffix(known).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// The scheme of a URL, in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scheme(String);

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Scheme {
    type Err = RuleError;

    /// As RFC 3986 section 3.1 has it.
    fn from_str(text: &str) -> Result<Self, RuleError> {
        let proper = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
        if text.starts_with(|first: char| first.is_ascii_alphabetic()) && text.bytes().all(proper) {
            return Ok(Self(text.to_ascii_lowercase()));
        }
        Err(RuleError::Scheme)
    }
}

/// Why a text is no rule.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum RuleError {
    /// Neither a word nor an address with or without a prefix length.
    #[error("allowed an address, a network such as 10.0.0.0/8, or one of {}", AddressWord::listed())]
    Address,
    /// An address with bits set that its prefix does not cover.
    #[error("a network with bits beyond its prefix, the network itself is {network}")]
    BeyondPrefix {
        /// The same with these bits cleared.
        network: Cidr,
    },
    /// No host name, or a star in a place where it means nothing.
    #[error("allowed a host name, or one with *. before it for all names below it")]
    Name,
    /// Not a prefix that can carry IPv4 addresses.
    #[error("allowed an IPv6 prefix of 32, 40, 48, 56, 64 or 96 bits")]
    Nat64Prefix,
    /// Not the path of a socket.
    #[error("allowed unix for every socket, an absolute path or @ and a name, with * for any characters")]
    Path,
    /// Not a port or range.
    #[error("allowed a port from 1 to 65535, or a range such as 8000-8999")]
    Port,
    /// Not the scheme of a URL.
    #[error("allowed the scheme of a URL without colon, such as https")]
    Scheme,
}
