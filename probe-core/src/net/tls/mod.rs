//! TLS as a client: what was negotiated, what the peer presented, and which chains of trust hold.
//! Files are read when a client is made, hence for every probe; nothing is cached but the system's authorities.

mod client;
mod error;
mod facts;
mod options;
mod roots;

pub use client::TlsClient;
pub use error::TlsError;
pub use facts::{Leaf, TlsFacts};
pub use options::{PemSource, TlsOptions, TlsVersion};
pub use roots::SystemRoots;
