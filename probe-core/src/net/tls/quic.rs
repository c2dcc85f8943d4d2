//! TLS inside QUIC (RFC 9001), whose handshake somebody else does.

use std::sync::Arc;

use rustls::ClientConfig;
use rustls::version::TLS13;
use tokio::time::Instant;

use super::client::TlsClient;
use super::signature::QUIC_PROVIDER;
use super::verifier::Verifier;
use super::{TlsError, TlsFacts, TlsVersion};

/// Bytes of SHA-384.
const SHA384_LENGTH: usize = 48;

/// What a handshake inside QUIC will have shown once it is over. Made by [`TlsClient::quic_config`].
#[derive(Clone, Debug)]
pub struct QuicWitness {
    verifier: Arc<Verifier>,
    begun: Instant,
}

impl TlsClient {
    /// The configuration for one handshake inside QUIC, and what to ask after it. TLS 1.3 only, as QUIC demands; otherwise as
    /// [`connect`](Self::connect).
    pub fn quic_config(&self, host: &str, alpn: &[&[u8]]) -> Result<(ClientConfig, QuicWitness), TlsError> {
        if self.newest_version() < TlsVersion::Tls13 {
            let detail = format!("max_version is {}, and QUIC needs TLS 1.3", self.newest_version());
            return Err(TlsError::Options(detail));
        }
        let verifier = Arc::new(Verifier::new(self.judge(host)?));
        let config = self.config(QUIC_PROVIDER.clone(), verifier.clone(), &[&TLS13], alpn)?;
        Ok((config, QuicWitness { verifier, begun: Instant::now() }))
    }
}

impl QuicWitness {
    /// What is known now that the handshake is over, with the protocol that was negotiated by ALPN. `elapsed` counts from when
    /// the configuration was made.
    pub fn facts(&self, alpn: Option<Vec<u8>>) -> TlsFacts {
        // Of the suites that are offered, the hash of the transcript tells which one it is.
        let cipher = if self.verifier.hash_length() == Some(SHA384_LENGTH) { 0x1302 } else { 0x1301 };
        TlsFacts {
            version: TlsVersion::Tls13,
            cipher,
            alpn,
            presented: self.verifier.presented(),
            chains: self.verifier.chains(),
            elapsed: self.begun.elapsed(),
        }
    }

    /// Why the certificate was refused, if that is why the handshake failed.
    pub fn refusal(&self) -> Option<TlsError> {
        self.verifier.refusal()
    }
}
