//! TLS as a client: what was negotiated, what the peer presented, and which chains of trust hold.
//! Files are read when a client is made, hence for every probe; nothing is cached but the system's authorities.

mod cbc;
mod certificate;
mod chain;
mod cipher;
mod client;
mod constraints;
mod distinguished_name;
mod error;
mod facts;
mod fault;
mod host_name;
mod identity;
mod judge;
#[cfg(feature = "legacy-tls")]
mod legacy;
mod options;
mod pem;
#[cfg(feature = "quic")]
mod quic;
mod roots;
mod signature;
mod summary;
mod verifier;
mod versions;

pub use client::TlsClient;
pub use error::TlsError;
pub use facts::{Leaf, TlsFacts};
pub use options::{PemSource, TlsOptions, TlsVersion};
#[cfg(feature = "quic")]
pub use quic::QuicWitness;
pub use roots::SystemRoots;
pub use summary::CertificateSummary;

#[cfg(all(test, feature = "legacy-tls"))]
mod legacy_tests;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
