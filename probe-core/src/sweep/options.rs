//! What a sweep does.

use std::sync::Arc;
use std::time::Duration;

use super::pace::Rate;
use crate::net::bulk::{BulkKind, BulkUse};
use crate::net::{Egress, Policy};

/// What is asked of each target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Method {
    /// An ICMP echo request to each address.
    Echo,
    /// A SYN to these ports of each address: whatever answers, the handshake is never completed.
    Syn {
        /// The ports.
        ports: Vec<u16>,
    },
    /// A datagram to these ports of each address. Only those answer who understand it; a closed port may be told by ICMP.
    Udp {
        /// The ports.
        ports: Vec<u16>,
        /// What is in the datagram, at most 1400 bytes.
        payload: Vec<u8>,
    },
}

impl Method {
    /// What the sockets are for.
    pub(super) const fn purpose(&self) -> BulkUse {
        match self {
            Self::Echo => BulkUse::Echo,
            Self::Syn { .. } => BulkUse::Syn,
            Self::Udp { .. } => BulkUse::Udp,
        }
    }

    /// The ports of an address, in order and without repetitions; one that stands for none if it has none.
    pub(super) fn ports(&self) -> Arc<[u16]> {
        match self {
            Self::Echo => Arc::from([0]),
            Self::Syn { ports } | Self::Udp { ports, .. } => {
                let mut ports = ports.clone();
                ports.sort_unstable();
                ports.dedup();
                ports.into()
            }
        }
    }
}

/// How packets leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SweepSocket {
    /// A socket of the kernel's.
    Bulk(BulkKind),
    /// An ordinary connection for each port, which every process may make.
    Connect,
}

impl SweepSocket {
    /// The word used in every output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bulk(kind) => kind.as_str(),
            Self::Connect => "connect",
        }
    }
}

/// Which sockets may be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SweepSocketChoice {
    /// The fastest that can be had.
    #[default]
    Auto,
    /// This one only.
    Only(SweepSocket),
}

impl SweepSocketChoice {
    /// The words users write, with their meanings.
    pub const WORDS: [(&'static str, Self); 5] = [
        ("auto", Self::Auto),
        ("packet", Self::Only(SweepSocket::Bulk(BulkKind::Packet))),
        ("raw", Self::Only(SweepSocket::Bulk(BulkKind::Raw))),
        ("datagram", Self::Only(SweepSocket::Bulk(BulkKind::Datagram))),
        ("connect", Self::Only(SweepSocket::Connect)),
    ];

    pub(super) fn kinds(self, purpose: BulkUse) -> Vec<BulkKind> {
        match self {
            Self::Auto => purpose.kinds().to_vec(),
            Self::Only(SweepSocket::Bulk(kind)) => vec![kind],
            Self::Only(SweepSocket::Connect) => Vec::new(),
        }
    }

    pub(super) const fn allows_connect(self) -> bool {
        matches!(self, Self::Auto | Self::Only(SweepSocket::Connect))
    }
}

/// A part of the whole, of `count` parts that are equally large: every target is in one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which one, from zero on.
    pub index: u64,
    /// Of how many; not zero.
    pub count: u64,
}

impl Shard {
    /// The whole.
    pub const ALL: Self = Self { index: 0, count: 1 };

    /// A part of this part.
    #[must_use]
    pub const fn part(self, index: u64, count: u64) -> Self {
        Self { index: self.index + self.count * index, count: self.count * count }
    }

    /// How many of `whole` targets are in it.
    pub const fn share(self, whole: u64) -> u64 {
        if self.index >= whole { 0 } else { (whole - self.index - 1) / self.count + 1 }
    }
}

/// What a sweep remembers of its targets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Memory {
    /// One bit a target: who has answered. Needed for retries, and for telling a further answer from a first one.
    #[default]
    Marks,
    /// Nothing: for spaces whose bits are too many. Then there is one try, and answers are counted as often as they come.
    Nothing,
}

/// How a sweep is done.
#[derive(Clone, Debug)]
pub struct SweepOptions {
    /// What is asked.
    pub method: Method,
    /// How packets leave.
    pub socket: SweepSocketChoice,
    /// How fast.
    pub rate: Rate,
    /// How long an answer may take. Also how long is waited at the end of each try.
    pub timeout: Duration,
    /// Further tries for who does not answer.
    pub retries: u32,
    /// Decides the order: the same seed, the same order.
    pub seed: u64,
    /// Which part of all targets.
    pub shard: Shard,
    /// What is remembered.
    pub memory: Memory,
    /// Whether the kernel stamps answers when they arrive. Without that a round trip ends when the answer is read, some ten to a
    /// hundred microseconds later, and a target costs some percent less.
    pub stamps: bool,
    /// Source, interface, type of service, mark and hop limit.
    pub egress: Egress,
    /// What may be contacted.
    pub policy: Policy,
}

impl SweepOptions {
    /// Asks with `method` in an order of `seed`, as fast as can be, waiting half a second, with one retry and exact times.
    pub fn new(method: Method, seed: u64) -> Self {
        Self {
            method,
            socket: SweepSocketChoice::Auto,
            rate: Rate::Unlimited,
            timeout: Duration::from_millis(500),
            retries: 1,
            seed,
            shard: Shard::ALL,
            memory: Memory::Marks,
            stamps: true,
            egress: Egress::default(),
            policy: Policy::allow_all(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_share_all_targets() {
        for whole in [0, 1, 2, 7, 8, 9, 1000] {
            for count in 1..10 {
                let shares: u64 = (0..count).map(|index| Shard { index, count }.share(whole)).sum();
                assert_eq!(shares, whole);
                let first = Shard { index: 0, count };
                let parts: u64 = (0..3).map(|index| first.part(index, 3).share(whole)).sum();
                assert_eq!(parts, first.share(whole));
            }
        }
    }
}
