//! Thin input and output, one operating-system service a file.
//! No protocol logic: bytes are made and understood in [`wire`](crate::wire).

mod control;
#[cfg(feature = "tcp")]
mod dial;
mod egress;
#[cfg(feature = "resolver")]
mod hickory;
#[cfg(feature = "icmp")]
pub mod icmp;
#[cfg(feature = "icmp")]
mod ladder;
mod link;
mod literal;
mod open_error;
mod packet;
mod policy;
pub mod privilege;
mod resolve;
#[cfg(feature = "tcp")]
mod services;
pub mod source_order;
#[cfg(feature = "tcp")]
mod syn_socket;
mod sys;
mod timestamps;

#[cfg(feature = "tcp")]
pub use dial::{DialError, KernelView, connect, kernel_view};
pub use egress::Egress;
#[cfg(feature = "resolver")]
pub use hickory::SystemResolver;
#[cfg(feature = "icmp")]
pub use ladder::SocketChoice;
pub use link::{IdentifierRange, Link, Network, Opened, Received, SocketKey, SocketKind};
pub use literal::literal;
pub use open_error::OpenError;
pub use packet::{Incoming, Outgoing};
pub use policy::{Approved, Denied, Policy};
pub(crate) use resolve::literal_in;
pub use resolve::{BoxFuture, Families, LiteralsOnly, Resolve, ResolveError, ScopedIp};
#[cfg(feature = "tcp")]
pub use services::port_number;
#[cfg(feature = "tcp")]
pub use syn_socket::{PortState, SynAnswer, SynSocket};
pub use timestamps::Clock;
