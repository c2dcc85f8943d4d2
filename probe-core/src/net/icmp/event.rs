//! What happens to the packets of a [`Pinger`](super::Pinger).

use std::fmt;
use std::io;
use std::net::IpAddr;
use std::time::Duration;

use thiserror::Error;

use crate::net::timestamps::Clock;
use crate::wire::{ErrorKind, HopLimit};

/// One event in the life of a packet. `index` is what [`Pinger::send`](super::Pinger::send) returned for it.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event {
    /// The kernel took the packet. Nobody is woken for this alone: it is delivered with whatever comes next.
    Sent {
        /// Which packet.
        index: u64,
    },
    /// The answer came in time.
    Reply(Reply),
    /// A further answer to a packet that was answered already.
    Duplicate(Reply),
    /// An answer after the packet's timeout had run out.
    Late(Reply),
    /// The timeout ran out.
    Lost {
        /// Which packet.
        index: u64,
    },
    /// An error instead of an answer.
    Failed {
        /// Which packet.
        index: u64,
        /// What came back.
        error: PacketError,
    },
}

/// An answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Which packet it answers.
    pub index: u64,
    /// Round-trip time.
    pub rtt: Duration,
    /// Which clocks the round-trip time comes from.
    pub clock: Clock,
    /// Hop limit (TTL for IPv4) on arrival, if the kernel told.
    pub hop_limit: Option<HopLimit>,
    /// Type of service on arrival (traffic class for IPv6), if the kernel was [asked](super::PingOptions::receive_tos) and told.
    pub tos: Option<u8>,
    /// Length from the ICMP header on, in bytes.
    pub bytes: usize,
}

/// Why a packet brought an error instead of an answer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PacketError {
    /// An ICMP error quoting our request.
    #[error("{kind}{}", FromWhom(.from))]
    Icmp {
        /// What it says.
        kind: ErrorKind,
        /// Who sent it.
        from: Option<IpAddr>,
    },
    /// The packet is larger than the interface or the known path takes, and may not be fragmented.
    #[error("packet too big for this path without fragmentation{}", Mtu(.mtu))]
    TooBig {
        /// The path's limit, if the kernel told.
        mtu: Option<u32>,
    },
    /// The kernel refused to send it.
    #[error("cannot send")]
    Send(#[source] io::Error),
    /// No further socket could be opened for it.
    #[error("no sequence number is free and no further socket could be opened")]
    NoSequence,
}

struct FromWhom<'a>(&'a Option<IpAddr>);

impl fmt::Display for FromWhom<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |from| write!(f, " (reported by {from})"))
    }
}

struct Mtu<'a>(&'a Option<u32>);

impl fmt::Display for Mtu<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |mtu| write!(f, " (MTU {mtu})"))
    }
}
