//! Thin input and output, one operating-system service a file.
//! No protocol logic: bytes are made and understood in [`wire`](crate::wire).

mod egress;
mod literal;
mod policy;
mod resolve;

pub use egress::Egress;
pub use literal::literal;
pub use policy::{Approved, Denied, Policy};
pub(crate) use resolve::literal_in;
pub use resolve::{BoxFuture, Families, LiteralsOnly, Resolve, ResolveError, ScopedIp};
