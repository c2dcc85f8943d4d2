//! The server's certificate and its key.

use rustls::crypto::CryptoProvider;
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys};

use super::error::TlsError;
use super::pem::{PemText, certificates, holds_anything, private_key};

/// Reads both and finds out whether they belong together.
pub(super) fn load(
    cert: &PemText,
    key: &PemText,
    provider: &CryptoProvider,
) -> Result<CertifiedKey, TlsError> {
    let unreadable =
        |key, (path, source): (&std::path::Path, _)| TlsError::Read { key, path: path.into(), source };
    let cert_text = cert.content().map_err(|failure| unreadable("cert_file", failure))?;
    let key_text = key.content().map_err(|failure| unreadable("key_file", failure))?;
    let chain = certificates(cert_text);
    if chain.is_empty() {
        return Err(TlsError::KeyPair(if holds_anything(cert_text) {
            "tls: failed to find certificate PEM data in certificate input, but did find other PEM data"
        } else {
            "tls: failed to find any PEM data in certificate input"
        }));
    }
    let key = private_key(key_text).ok_or(TlsError::KeyPair(if holds_anything(key_text) {
        "tls: failed to find PEM block with type ending in \"PRIVATE KEY\" in key input"
    } else {
        "tls: failed to find any PEM data in key input"
    }))?;
    CertifiedKey::from_der(chain, key, provider).map_err(|error| match error {
        Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
            TlsError::KeyPair("tls: private key does not match public key")
        }
        other => TlsError::KeyPairRefused(other),
    })
}
