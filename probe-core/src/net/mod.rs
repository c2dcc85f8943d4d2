//! Thin input and output, one operating-system service a file.
//! No protocol logic: bytes are made and understood in [`wire`](crate::wire).

mod egress;
mod policy;
pub mod privilege;
mod resolve;

pub use egress::Egress;
pub use policy::{Approved, Denied, Policy};
pub use resolve::{BoxFuture, Families, Resolve, ResolveError, ScopedIp};
