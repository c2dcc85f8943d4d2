//! Thin input and output, one operating-system service a file.
//! No protocol logic: bytes are made and understood in [`wire`](crate::wire).

mod egress;
#[cfg(feature = "resolver")]
mod hickory;
mod literal;
mod policy;
mod resolve;
pub mod source_order;

pub use egress::Egress;
#[cfg(feature = "resolver")]
pub use hickory::SystemResolver;
pub use literal::literal;
pub use policy::{Approved, Denied, Policy};
pub(crate) use resolve::literal_in;
pub use resolve::{BoxFuture, Families, LiteralsOnly, Resolve, ResolveError, ScopedIp};
