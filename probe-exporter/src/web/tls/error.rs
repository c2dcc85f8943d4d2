//! Why there is no way to speak TLS, in the reference's words where it has any.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why there is no way to speak TLS.
#[derive(Debug, Error)]
pub(crate) enum TlsError {
    #[error("invalid ClientAuth: {0}")]
    ClientAuth(String),
    #[error("open {}", path.display())]
    ClientCa { path: PathBuf, source: io::Error },
    #[error("client CA's have been configured without a Client Auth Policy")]
    ClientCaWithoutPolicy,
    #[error(
        "http2: TLSConfig.CipherSuites is missing an HTTP/2-required AES_128_GCM_SHA256 cipher (need at least one of \
         TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 or TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256)"
    )]
    Http2Cipher,
    #[error("failed to load X509KeyPair: {0}")]
    KeyPair(&'static str),
    #[error("failed to load X509KeyPair")]
    KeyPairRefused(#[source] rustls::Error),
    #[error("missing one of cert or cert_file")]
    NoCertificate,
    #[error(
        "none of curve_preferences can be used by this exporter, which knows CurveP256, CurveP384 and X25519"
    )]
    NoCurve,
    #[error("missing one of key or key_file")]
    NoKey,
    #[error("cannot speak any version from min_version to max_version, this exporter knows TLS12 and TLS13")]
    NoVersion,
    #[error("failed to read {key} ({path}): open {path}", path = path.display())]
    Read { key: &'static str, path: PathBuf, source: io::Error },
    #[error("cannot set up TLS")]
    Settings(#[source] rustls::Error),
}
