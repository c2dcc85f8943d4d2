//! Why a socket was refused, and the exact line that would allow it.
//! Nothing here opens or raises anything: trying is the truth, this module only explains a refusal.
//!
//! ```
//! use std::io;
//! use probe_core::net::privilege::{Facts, GroupRange, Rung, explain};
//!
//! let facts = Facts {
//!     effective_group: Some(1000),
//!     ping_group_range: Some(GroupRange { low: 1, high: 0 }),
//!     ..Facts::default()
//! };
//! let refusal = explain(Rung::Datagram, false, &io::Error::from_raw_os_error(13), &facts);
//! assert_eq!(refusal.error, "permission denied (EACCES)");
//! assert_eq!(refusal.remedies[0].line, r#"sysctl -w net.ipv4.ping_group_range="1000 1000""#);
//! ```

mod capability;
mod error_text;
mod explain;
mod facts;
mod obstacle;
mod parse;
mod remedy;
#[cfg(test)]
mod tests;

pub use capability::{Capabilities, Capability, CapabilitySet};
pub use explain::{explain, explain_mark, remedies};
pub use facts::{Container, Facts, GroupRange, Ipv6, OpenFiles};

use std::fmt;

/// One way to get a socket: a step of the ladder from the least privileged down to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rung {
    /// A datagram ICMP socket ("ping socket"): governed by `net.ipv4.ping_group_range`.
    Datagram,
    /// A raw ICMP socket: needs `CAP_NET_RAW`.
    Raw,
    /// A raw TCP socket: needs `CAP_NET_RAW`.
    RawTcp,
    /// A packet socket: needs `CAP_NET_RAW`.
    Packet,
}

impl Rung {
    /// The word used in every output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Datagram => "datagram",
            Self::Raw => "raw",
            Self::RawTcp => "raw-tcp",
            Self::Packet => "packet",
        }
    }
}

impl fmt::Display for Rung {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
