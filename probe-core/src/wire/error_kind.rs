//! What ICMP errors say, the same words for both versions.

use std::fmt;

use super::{IpVersion, number};

/// What an ICMP error says became of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// It does not fit the next link and may not be fragmented: ICMP "fragmentation needed" (RFC 1191 section 4),
    /// ICMPv6 "packet too big" (RFC 4443 section 3.2).
    PacketTooBig {
        /// What would fit, in bytes; 0 if an old router did not say.
        mtu: u32,
    },
    /// A field of its header makes no sense (RFC 792, RFC 4443 section 3.4).
    ParameterProblem {
        /// Where in the packet, in bytes.
        pointer: u32,
    },
    /// It went on, but there is a better first router (RFC 792).
    Redirect,
    /// It was dropped because of congestion (RFC 792; not sent any more since RFC 6633).
    SourceQuench,
    /// It was on its way for too long.
    TimeExceeded(TimeExceeded),
    /// It cannot be delivered.
    Unreachable(Unreachable),
}

impl ErrorKind {
    /// Whether the packet it speaks of may still have arrived: advice to the sender, not an end.
    pub const fn is_advice(self) -> bool {
        matches!(self, Self::Redirect | Self::SourceQuench)
    }
}

/// What took too long (RFC 792, RFC 4443 section 3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimeExceeded {
    /// Too many routers were on the way.
    HopLimit,
    /// Not all fragments came in time.
    Reassembly,
}

/// Why a packet cannot be delivered: the codes of ICMP (RFC 792, RFC 1122 section 3.2.2.1, RFC 1812 section 5.2.7.1)
/// and of ICMPv6 (RFC 4443 section 3.1), in the order of those standards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unreachable {
    /// ICMP code 0.
    Network,
    /// ICMP code 1.
    Host,
    /// ICMP code 2.
    Protocol,
    /// ICMP code 3, ICMPv6 code 4.
    Port,
    /// ICMP code 5.
    SourceRouteFailed,
    /// ICMP code 6.
    NetworkUnknown,
    /// ICMP code 7.
    HostUnknown,
    /// ICMP code 8.
    SourceHostIsolated,
    /// ICMP code 9.
    NetworkProhibited,
    /// ICMP code 10.
    HostProhibited,
    /// ICMP code 11.
    NetworkForTypeOfService,
    /// ICMP code 12.
    HostForTypeOfService,
    /// ICMP code 13, ICMPv6 code 1.
    Prohibited,
    /// ICMP code 14.
    PrecedenceViolation,
    /// ICMP code 15.
    PrecedenceCutoff,
    /// ICMPv6 code 0.
    NoRoute,
    /// ICMPv6 code 2.
    BeyondScope,
    /// ICMPv6 code 3.
    Address,
    /// ICMPv6 code 5.
    SourcePolicy,
    /// ICMPv6 code 6.
    RouteRejected,
    /// A code that those standards do not name.
    Other(u8),
}

impl ErrorKind {
    /// What type, code and the second word of a message say; `None` if it is not an error.
    ///
    /// `rest_of_header` is bytes 4 to 8 of the message, or the `ee_info` of a socket's error queue.
    pub fn from_icmp(version: IpVersion, kind: u8, code: u8, rest_of_header: u32) -> Option<Self> {
        match version {
            IpVersion::V4 => Self::from_icmp_v4(kind, code, rest_of_header),
            IpVersion::V6 => Self::from_icmp_v6(kind, code, rest_of_header),
        }
    }

    fn from_icmp_v4(kind: u8, code: u8, rest_of_header: u32) -> Option<Self> {
        match (kind, code) {
            (number::ICMP_UNREACHABLE, 4) => Some(Self::PacketTooBig { mtu: rest_of_header & 0xffff }),
            (number::ICMP_UNREACHABLE, _) => Some(Self::Unreachable(Unreachable::from_code_v4(code))),
            (number::ICMP_SOURCE_QUENCH, _) => Some(Self::SourceQuench),
            (number::ICMP_REDIRECT, _) => Some(Self::Redirect),
            (number::ICMP_TIME_EXCEEDED, _) => TimeExceeded::from_code(code).map(Self::TimeExceeded),
            (number::ICMP_PARAMETER_PROBLEM, _) => {
                Some(Self::ParameterProblem { pointer: pointer_v4(rest_of_header) })
            }
            _ => None,
        }
    }

    fn from_icmp_v6(kind: u8, code: u8, rest_of_header: u32) -> Option<Self> {
        match kind {
            number::ICMPV6_UNREACHABLE => Some(Self::Unreachable(Unreachable::from_code_v6(code))),
            number::ICMPV6_PACKET_TOO_BIG => Some(Self::PacketTooBig { mtu: rest_of_header }),
            number::ICMPV6_TIME_EXCEEDED => TimeExceeded::from_code(code).map(Self::TimeExceeded),
            number::ICMPV6_PARAMETER_PROBLEM => Some(Self::ParameterProblem { pointer: rest_of_header }),
            _ => None,
        }
    }
}

/// In a message the pointer is the word's first byte, followed by zeros or a length (RFC 4884 section 4.4); the error
/// queue has it shifted down already.
fn pointer_v4(rest_of_header: u32) -> u32 {
    if rest_of_header > 0xff { rest_of_header >> 24 } else { rest_of_header }
}

impl TimeExceeded {
    fn from_code(code: u8) -> Option<Self> {
        match code {
            0 => Some(Self::HopLimit),
            1 => Some(Self::Reassembly),
            _ => None,
        }
    }
}

impl Unreachable {
    fn from_code_v4(code: u8) -> Self {
        match code {
            0 => Self::Network,
            1 => Self::Host,
            2 => Self::Protocol,
            3 => Self::Port,
            5 => Self::SourceRouteFailed,
            6 => Self::NetworkUnknown,
            7 => Self::HostUnknown,
            8 => Self::SourceHostIsolated,
            9 => Self::NetworkProhibited,
            10 => Self::HostProhibited,
            11 => Self::NetworkForTypeOfService,
            12 => Self::HostForTypeOfService,
            13 => Self::Prohibited,
            14 => Self::PrecedenceViolation,
            15 => Self::PrecedenceCutoff,
            other => Self::Other(other),
        }
    }

    fn from_code_v6(code: u8) -> Self {
        match code {
            0 => Self::NoRoute,
            1 => Self::Prohibited,
            2 => Self::BeyondScope,
            3 => Self::Address,
            4 => Self::Port,
            5 => Self::SourcePolicy,
            6 => Self::RouteRejected,
            other => Self::Other(other),
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PacketTooBig { mtu: 0 } => f.write_str("packet too big"),
            Self::PacketTooBig { mtu } => write!(f, "packet too big, next-hop MTU {mtu}"),
            Self::ParameterProblem { pointer } => write!(f, "parameter problem at byte {pointer}"),
            Self::Redirect => f.write_str("redirect"),
            Self::SourceQuench => f.write_str("source quench"),
            Self::TimeExceeded(what) => what.fmt(f),
            Self::Unreachable(why) => why.fmt(f),
        }
    }
}

impl fmt::Display for TimeExceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::HopLimit => "hop limit exceeded",
            Self::Reassembly => "fragment reassembly time exceeded",
        })
    }
}

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Network => "network unreachable",
            Self::Host => "host unreachable",
            Self::Protocol => "protocol unreachable",
            Self::Port => "port unreachable",
            Self::SourceRouteFailed => "source route failed",
            Self::NetworkUnknown => "network unknown",
            Self::HostUnknown => "host unknown",
            Self::SourceHostIsolated => "source host isolated",
            Self::NetworkProhibited => "network administratively prohibited",
            Self::HostProhibited => "host administratively prohibited",
            Self::NetworkForTypeOfService => "network unreachable for this type of service",
            Self::HostForTypeOfService => "host unreachable for this type of service",
            Self::Prohibited => "administratively prohibited",
            Self::PrecedenceViolation => "host precedence violation",
            Self::PrecedenceCutoff => "precedence cutoff in effect",
            Self::NoRoute => "no route to destination",
            Self::BeyondScope => "beyond scope of source address",
            Self::Address => "address unreachable",
            Self::SourcePolicy => "source address failed ingress or egress policy",
            Self::RouteRejected => "route to destination rejected",
            Self::Other(code) => return write!(f, "destination unreachable, code {code}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn words(version: IpVersion, kind: u8, code: u8, rest: u32) -> Option<String> {
        ErrorKind::from_icmp(version, kind, code, rest).map(|kind| kind.to_string())
    }

    #[test]
    fn errors_of_icmp_have_words() {
        for (kind, code, rest, expected) in [
            (3, 0, 0, "network unreachable"),
            (3, 1, 0, "host unreachable"),
            (3, 3, 0, "port unreachable"),
            (3, 4, 1400, "packet too big, next-hop MTU 1400"),
            (3, 4, 0, "packet too big"),
            (3, 4, 0x0020_0578, "packet too big, next-hop MTU 1400"),
            (3, 13, 0, "administratively prohibited"),
            (3, 99, 0, "destination unreachable, code 99"),
            (4, 0, 0, "source quench"),
            (5, 1, 0x0a00_0001, "redirect"),
            (11, 0, 0, "hop limit exceeded"),
            (11, 1, 0, "fragment reassembly time exceeded"),
            (12, 0, 0x1400_0000, "parameter problem at byte 20"),
            (12, 0, 20, "parameter problem at byte 20"),
        ] {
            assert_eq!(words(IpVersion::V4, kind, code, rest).as_deref(), Some(expected));
        }
    }

    #[test]
    fn errors_of_icmpv6_have_words() {
        for (kind, code, rest, expected) in [
            (1, 0, 0, "no route to destination"),
            (1, 1, 0, "administratively prohibited"),
            (1, 3, 0, "address unreachable"),
            (1, 4, 0, "port unreachable"),
            (1, 7, 0, "destination unreachable, code 7"),
            (2, 0, 70_000, "packet too big, next-hop MTU 70000"),
            (3, 0, 0, "hop limit exceeded"),
            (4, 1, 6, "parameter problem at byte 6"),
        ] {
            assert_eq!(words(IpVersion::V6, kind, code, rest).as_deref(), Some(expected));
        }
    }

    #[test]
    fn every_code_has_words_of_its_own() {
        for (version, kind) in [(IpVersion::V4, 3), (IpVersion::V6, 1)] {
            let words: HashSet<_> = (0..=255).filter_map(|code| words(version, kind, code, 0)).collect();
            assert_eq!(words.len(), 256);
        }
    }

    #[test]
    fn other_messages_are_no_errors() {
        for kind in [0, 8, 13, 128, 129] {
            assert_eq!(ErrorKind::from_icmp(IpVersion::V4, kind, 0, 0), None);
        }
        for kind in [0, 5, 11, 128, 129, 137] {
            assert_eq!(ErrorKind::from_icmp(IpVersion::V6, kind, 0, 0), None);
        }
        assert_eq!(ErrorKind::from_icmp(IpVersion::V4, 11, 2, 0), None);
    }
}
