//! The unix prober: a connection to a stream socket on this host, and what is said over it.

mod connect;
mod settings;

pub use connect::UnixProber;
pub use settings::{SPEC, UnixSettings};
