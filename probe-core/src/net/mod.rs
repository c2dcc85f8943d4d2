//! Thin input and output, one operating-system service a file.
//! No protocol logic: bytes are made and understood in [`wire`](crate::wire).

#[cfg(any(feature = "icmp", feature = "tcp"))]
mod control;
#[cfg(feature = "tcp")]
mod dial;
#[cfg(feature = "unix")]
mod dial_unix;
mod egress;
#[cfg(feature = "resolver")]
mod hickory;
#[cfg(feature = "icmp")]
pub mod icmp;
#[cfg(any(feature = "icmp", feature = "tcp"))]
mod kernel_filter;
#[cfg(feature = "icmp")]
mod ladder;
#[cfg(any(feature = "icmp", feature = "tcp"))]
mod link;
mod literal;
#[cfg(any(feature = "icmp", feature = "tcp"))]
mod open_error;
#[cfg(any(feature = "icmp", feature = "tcp"))]
mod packet;
mod policy;
pub mod privilege;
mod resolve;
#[cfg(feature = "tcp")]
mod services;
pub mod source_order;
#[cfg(feature = "tcp")]
mod syn_socket;
#[cfg(any(feature = "icmp", feature = "tcp"))]
mod sys;
#[cfg(any(feature = "icmp", feature = "tcp"))]
mod timestamps;

#[cfg(feature = "tcp")]
pub use dial::{DialError, KernelView, connect, kernel_view};
#[cfg(feature = "unix")]
pub use dial_unix::{UnixDialError, connect_unix};
pub use egress::Egress;
#[cfg(feature = "resolver")]
pub use hickory::SystemResolver;
#[cfg(feature = "icmp")]
pub use ladder::SocketChoice;
#[cfg(any(feature = "icmp", feature = "tcp"))]
pub use link::{IdentifierRange, Link, Network, Opened, Received, SocketKey, SocketKind};
pub use literal::literal;
#[cfg(any(feature = "icmp", feature = "tcp"))]
pub use open_error::OpenError;
#[cfg(any(feature = "icmp", feature = "tcp"))]
pub use packet::{Incoming, Outgoing};
pub use policy::{Approved, Denied, DeniedPath, Policy};
pub(crate) use resolve::literal_in;
pub use resolve::{BoxFuture, Families, LiteralsOnly, Resolve, ResolveError, ScopedIp};
#[cfg(feature = "tcp")]
pub use services::port_number;
#[cfg(feature = "tcp")]
pub use syn_socket::{PortState, SynAnswer, SynSocket};
#[cfg(any(feature = "icmp", feature = "tcp"))]
pub use timestamps::Clock;
