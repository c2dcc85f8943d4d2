//! Thin input and output, one operating-system service a file.
//! No protocol logic: bytes are made and understood in [`wire`](crate::wire).

mod control;
mod egress;
#[cfg(feature = "icmp")]
pub mod icmp;
#[cfg(feature = "icmp")]
mod ladder;
mod link;
mod packet;
mod policy;
mod resolve;
mod sys;

pub use egress::Egress;
#[cfg(feature = "icmp")]
pub use ladder::{OpenError, SocketChoice};
pub use link::{IdentifierRange, Link, Network, Opened, Received, SocketKey, SocketKind};
pub use packet::{Incoming, Outgoing};
pub use policy::{Approved, Denied, Policy};
pub use resolve::{BoxFuture, Families, Resolve, ResolveError, ScopedIp};
