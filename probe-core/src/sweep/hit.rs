//! What a sweep finds.

use std::net::IpAddr;
use std::time::Duration;

use crate::wire::ErrorKind;

/// An answer, the first of its target where [marks](super::Memory::Marks) are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Whose.
    pub address: IpAddr,
    /// The port that was asked for, if any.
    pub port: Option<u16>,
    /// What it says.
    pub state: HitState,
    /// From the packet's departure to the answer's arrival, where the answer tells. Departures within a batch are
    /// worked out from when it began and ended: good to a few microseconds.
    pub rtt: Option<Duration>,
}

/// What an answer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HitState {
    /// The address is up, or the port is open.
    Open,
    /// The address is up and its port is closed.
    Closed,
    /// An ICMP error came instead.
    Unreachable {
        /// What it says.
        kind: ErrorKind,
        /// Who sent it.
        from: IpAddr,
    },
}

impl HitState {
    /// The word used in every output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Unreachable { .. } => "unreachable",
        }
    }
}
