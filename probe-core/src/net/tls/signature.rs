//! Which signatures count: those of the provider, and of RSA keys down to 1024 bits, as Go has it. Never SHA-1.

use std::fmt;
use std::sync::{Arc, LazyLock};

use aws_lc_rs::signature::{
    RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
    RsaParameters, UnparsedPublicKey,
};
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::{self as provider, cipher_suite as suite};
use rustls::pki_types::{
    AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm as Algorithm, alg_id,
};
use rustls::{SignatureScheme, SupportedCipherSuite};

use super::cbc;
use super::certificate::{Certificate, PublicKey};

/// The cryptography of every connection. Suites and signatures are in Go's order of preference, so that servers which
/// follow it choose as they do for the reference exporter.
pub(super) static PROVIDER: LazyLock<Arc<CryptoProvider>> = LazyLock::new(|| {
    let mut suites = vec![
        suite::TLS13_AES_128_GCM_SHA256,
        suite::TLS13_AES_256_GCM_SHA384,
        suite::TLS13_CHACHA20_POLY1305_SHA256,
        suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        suite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ];
    suites.extend(cbc::SUITES.iter().map(SupportedCipherSuite::Tls12));
    Arc::new(CryptoProvider { cipher_suites: suites, ..provider::default_provider() })
});

/// The same for QUIC, without the one suite of TLS 1.3 that has the hash of another: QUIC's driver does not tell which suite
/// was negotiated, the length of the hash does. Every server has the others (RFC 8446 section 9.1).
#[cfg(feature = "quic")]
pub(super) static QUIC_PROVIDER: LazyLock<Arc<CryptoProvider>> = LazyLock::new(|| {
    let suites = vec![suite::TLS13_AES_128_GCM_SHA256, suite::TLS13_AES_256_GCM_SHA384];
    Arc::new(CryptoProvider { cipher_suites: suites, ..(**PROVIDER).clone() })
});

/// What servers are asked to sign handshakes with, best first.
pub(super) const SCHEMES: [SignatureScheme; 10] = [
    SignatureScheme::RSA_PSS_SHA256,
    SignatureScheme::ECDSA_NISTP256_SHA256,
    SignatureScheme::ED25519,
    SignatureScheme::RSA_PSS_SHA384,
    SignatureScheme::RSA_PSS_SHA512,
    SignatureScheme::RSA_PKCS1_SHA256,
    SignatureScheme::RSA_PKCS1_SHA384,
    SignatureScheme::RSA_PKCS1_SHA512,
    SignatureScheme::ECDSA_NISTP384_SHA384,
    SignatureScheme::ECDSA_NISTP521_SHA512,
];

/// Why a signature does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BadSignature {
    /// The key did not make it.
    Invalid,
    /// Nobody here knows such keys or signatures, or they are too weak.
    Unsupported,
}

/// Whether the key of `issuer` signed `certificate`.
pub(super) fn check_signed_by(certificate: &Certificate, issuer: &PublicKey) -> Result<(), BadSignature> {
    let fits =
        |algorithm: &&dyn Algorithm| algorithm.signature_alg_id().as_ref() == certificate.signature_algorithm;
    let provided = PROVIDER.signature_verification_algorithms.all.iter().copied();
    check(provided.chain(SHORT_KEYS).filter(fits), issuer, &certificate.signed, &certificate.signature)
}

/// Whether the key signed a handshake of TLS 1.2, in which a scheme does not decide the curve.
pub(super) fn check_handshake_12(
    scheme: SignatureScheme,
    key: &PublicKey,
    message: &[u8],
    signature: &[u8],
) -> Result<(), BadSignature> {
    let short = match scheme {
        SignatureScheme::RSA_PKCS1_SHA256 => SHORT_KEYS.get(..1),
        SignatureScheme::RSA_PKCS1_SHA512 => SHORT_KEYS.get(1..),
        _ => None,
    };
    let algorithms = provided(scheme).chain(short.unwrap_or_default().iter().copied());
    check(algorithms, key, message, signature)
}

/// Whether the key signed a handshake of TLS 1.3.
pub(super) fn check_handshake_13(
    scheme: SignatureScheme,
    key: &PublicKey,
    message: &[u8],
    signature: &[u8],
) -> Result<(), BadSignature> {
    // The provider lists the algorithm with the scheme's own curve first.
    check(provided(scheme).take(1), key, message, signature)
}

fn provided(scheme: SignatureScheme) -> impl Iterator<Item = &'static dyn Algorithm> {
    let mapping = PROVIDER.signature_verification_algorithms.mapping;
    mapping.iter().filter(move |(of, _)| *of == scheme).flat_map(|(_, list)| list.iter().copied())
}

fn check(
    algorithms: impl Iterator<Item = &'static dyn Algorithm>,
    key: &PublicKey,
    message: &[u8],
    signature: &[u8],
) -> Result<(), BadSignature> {
    let mut result = Err(BadSignature::Unsupported);
    for algorithm in algorithms.filter(|algorithm| algorithm.public_key_alg_id().as_ref() == key.algorithm) {
        if algorithm.verify_signature(&key.bits, message, signature).is_ok() {
            return Ok(());
        }
        result = Err(BadSignature::Invalid);
    }
    result
}

/// RSA keys of 1024 bits and more: in use on many a device, and good enough for Go.
static SHORT_KEYS: [&dyn Algorithm; 2] = [
    &ShortRsa { parameters: &RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, id: alg_id::RSA_PKCS1_SHA256 },
    &ShortRsa { parameters: &RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY, id: alg_id::RSA_PKCS1_SHA512 },
];

struct ShortRsa {
    parameters: &'static RsaParameters,
    id: AlgorithmIdentifier,
}

impl fmt::Debug for ShortRsa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ShortRsa")
    }
}

impl Algorithm for ShortRsa {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let key = UnparsedPublicKey::new(self.parameters, public_key);
        key.verify(message, signature).map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::RSA_ENCRYPTION
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.id
    }
}
