//! What a host is, as it was written: a literal address, a name, or an address in disguise.

use crate::net::{ScopedIp, literal};

/// Names that mean this host (RFC 6761 section 6.3), and what is below them.
pub(super) const LOOPBACK_NAMES: [&str; 3] = ["localhost", "localhost.localdomain", "localhost6"];

/// Names that clouds give their metadata services.
pub(super) const METADATA_NAMES: [&str; 7] = [
    "instance-data",
    "instance-data.ec2.internal",
    "metadata",
    "metadata.azure.internal",
    "metadata.goog",
    "metadata.google.internal",
    "metadata.tencentyun.com",
];

/// A host, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Host {
    /// A literal address that every part of this program reads the same.
    Literal(ScopedIp),
    /// A name in the form that name servers know.
    Name(String),
    /// Something that other programs may read as an address: `127.1`, `0x7f000001`, `017700000001`.
    Disguised,
}

impl Host {
    pub(super) fn read(host: &str) -> Self {
        match literal(host) {
            Some(Ok(address)) => return Self::Literal(address),
            // A literal whose zone this machine does not have.
            Some(Err(_)) => return Self::Disguised,
            None => {}
        }
        let name = normal(host);
        // Normal forms can be addresses: digits of other scripts become ASCII.
        if ends_in_a_number(&name) || literal(&name).is_some() { Self::Disguised } else { Self::Name(name) }
    }
}

/// The name in ASCII, lower case, without final dots. Text that is no name stays as it is, but for the case.
fn normal(host: &str) -> String {
    #[cfg(feature = "resolver")]
    let host = &crate::net::hickory::to_ascii(host).map_or_else(|| host.to_owned(), |(ascii, _)| ascii);
    host.trim_end_matches('.').to_ascii_lowercase()
}

/// Whether the last label is a number, decimal or hexadecimal. No top-level domain is one, and resolvers of the C library
/// read such names as addresses (RFC 6943 section 3.1.1).
fn ends_in_a_number(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or_default();
    let digits = |text: &str, accepted: fn(&u8) -> bool| text.bytes().all(|byte| accepted(&byte));
    match last.strip_prefix("0x") {
        Some(rest) => digits(rest, u8::is_ascii_hexdigit),
        None => !last.is_empty() && digits(last, u8::is_ascii_digit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_in_disguise_are_no_names() {
        for host in ["127.1", "2130706433", "0x7f.1", "0X7F000001", "017700000001", "1.2.3.4.", "a.0x", "0"] {
            assert_eq!(Host::read(host), Host::Disguised, "{host}");
        }
    }

    #[test]
    fn names_may_hold_numbers_elsewhere() {
        for (host, name) in [("1.example", "1.example"), ("A1.", "a1"), ("0xyz", "0xyz"), ("", "")] {
            assert_eq!(Host::read(host), Host::Name(name.into()), "{host}");
        }
    }
}
