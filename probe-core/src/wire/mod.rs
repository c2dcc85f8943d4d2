//! Bytes in, values out: the codecs of the packets that probes send and receive, and the filters that select them.
//! No sockets, no clock, no logging, and no allocation on the hot path; decoders never panic, whatever the bytes.

#![allow(clippy::doc_markdown, reason = "ICMPv6 is a name, not code")]

#[cfg(any(feature = "dialogue", feature = "dns", feature = "http-client", feature = "grpc"))]
pub(crate) mod base64;
pub mod checksum;
#[cfg(feature = "dialogue")]
pub mod dialogue;
#[cfg(feature = "dns")]
pub mod dns;
pub mod echo;
pub mod filter;
#[cfg(feature = "grpc")]
pub mod health;
#[cfg(feature = "http-client")]
pub mod http1;
#[cfg(any(feature = "http-client", feature = "grpc"))]
pub mod http2;
pub mod ipv4;
pub mod ipv6;
pub mod pending;
pub mod quoted;
pub mod sip;
#[cfg(feature = "http-client")]
pub mod socks5;
pub mod tcp;
#[cfg(any(feature = "http-client", feature = "grpc"))]
pub mod url;

mod error_kind;
#[cfg(test)]
mod samples;

use std::fmt;
use std::net::IpAddr;

use thiserror::Error;

pub use echo::{ChecksumPolicy, Echo, Message};
pub use quoted::{ErrorKind, IcmpError, Inner, Quoted, TimeExceeded, Unreachable};

/// The version of the Internet Protocol, and with it of ICMP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum IpVersion {
    /// IPv4 (RFC 791) and ICMP (RFC 792).
    V4,
    /// IPv6 (RFC 8200) and ICMPv6 (RFC 4443).
    V6,
}

impl IpVersion {
    /// The version that `address` travels in. An IPv4-mapped IPv6 address is an IPv6 address here.
    pub const fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(_) => Self::V4,
            IpAddr::V6(_) => Self::V6,
        }
    }

    /// The number in the first four bits of a packet.
    pub const fn number(self) -> u8 {
        match self {
            Self::V4 => 4,
            Self::V6 => 6,
        }
    }
}

impl fmt::Display for IpVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IPv{}", self.number())
    }
}

/// The identifier of an echo: which process asked (RFC 792, RFC 4443 section 4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identifier(pub u16);

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The sequence number of an echo: which of its requests this is (RFC 792, RFC 4443 section 4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sequence(pub u16);

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How many more routers may forward a packet (RFC 8200 section 3; "time to live" in RFC 791).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HopLimit(pub u8);

impl fmt::Display for HopLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why bytes are not the packet they should be.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum WireError {
    /// The checksum does not fit the bytes.
    #[error("wrong checksum")]
    Checksum,
    /// The header claims a length that no such header can have.
    #[error("impossible header length of {length} bytes")]
    HeaderLength {
        /// The claim, in bytes.
        length: usize,
    },
    /// A TCP option claims a length that it cannot have.
    #[error("impossible length {length} of tcp option {kind}")]
    OptionLength {
        /// The option.
        kind: u8,
        /// The claim, in bytes.
        length: u8,
    },
    /// The packet claims to be shorter than its own header.
    #[error("total length of {length} bytes is less than the header's {header}")]
    TotalLength {
        /// The claim, in bytes.
        length: usize,
        /// The length of the header, in bytes.
        header: usize,
    },
    /// There are fewer bytes than the packet needs.
    #[error("truncated: {got} of at least {needed} bytes")]
    Truncated {
        /// How many bytes are needed.
        needed: usize,
        /// How many there are.
        got: usize,
    },
    /// An ICMP message of another type than the one asked for.
    #[error("unexpected icmp type {kind} code {code}")]
    UnexpectedMessage {
        /// Its type.
        kind: u8,
        /// Its code.
        code: u8,
    },
    /// The version in the first four bits is another one.
    #[error("unexpected ip version {found}")]
    Version {
        /// The number found.
        found: u8,
    },
}

/// Numbers assigned by IANA: protocols, and the types of ICMP messages (`ICMP_`: RFC 792; `ICMPV6_`: RFC 4443).
mod number {
    pub(super) const ICMP: u8 = 1;
    pub(super) const TCP: u8 = 6;
    pub(super) const UDP: u8 = 17;
    pub(super) const ICMPV6: u8 = 58;

    pub(super) const ICMP_ECHO_REPLY: u8 = 0;
    pub(super) const ICMP_UNREACHABLE: u8 = 3;
    pub(super) const ICMP_SOURCE_QUENCH: u8 = 4;
    pub(super) const ICMP_REDIRECT: u8 = 5;
    pub(super) const ICMP_ECHO_REQUEST: u8 = 8;
    pub(super) const ICMP_TIME_EXCEEDED: u8 = 11;
    pub(super) const ICMP_PARAMETER_PROBLEM: u8 = 12;

    pub(super) const ICMPV6_UNREACHABLE: u8 = 1;
    pub(super) const ICMPV6_PACKET_TOO_BIG: u8 = 2;
    pub(super) const ICMPV6_TIME_EXCEEDED: u8 = 3;
    pub(super) const ICMPV6_PARAMETER_PROBLEM: u8 = 4;
    pub(super) const ICMPV6_ECHO_REQUEST: u8 = 128;
    pub(super) const ICMPV6_ECHO_REPLY: u8 = 129;
}

/// The first `N` bytes as an array, which needs no bounds checks, and what follows them.
fn split_header<const N: usize>(bytes: &[u8]) -> Result<(&[u8; N], &[u8]), WireError> {
    bytes.split_first_chunk().ok_or(WireError::Truncated { needed: N, got: bytes.len() })
}

/// The bytes from `start` on; an error if `bytes` end before.
fn skip(bytes: &[u8], start: usize) -> Result<&[u8], WireError> {
    bytes.get(start..).ok_or(WireError::Truncated { needed: start, got: bytes.len() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_is_that_of_the_address() {
        assert_eq!(IpVersion::of(IpAddr::from([192, 0, 2, 1])), IpVersion::V4);
        assert_eq!(IpVersion::of(IpAddr::from([0u16; 8])), IpVersion::V6);
        assert_eq!(IpVersion::V6.to_string(), "IPv6");
    }

    #[test]
    fn errors_carry_their_numbers() {
        assert_eq!(split_header::<8>(&[0; 3]).map(|_| ()), Err(WireError::Truncated { needed: 8, got: 3 }));
        assert_eq!(
            WireError::Truncated { needed: 8, got: 3 }.to_string(),
            "truncated: 3 of at least 8 bytes"
        );
    }
}
