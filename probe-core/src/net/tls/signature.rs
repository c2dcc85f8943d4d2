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
use super::p521::P521;

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
    let mut provider = provider::default_provider();
    provider.cipher_suites = suites;
    provider.kx_groups.push(&P521);
    Arc::new(provider)
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
    let (message, signature) = (&certificate.signed, &certificate.signature);
    match Strength::of(issuer) {
        Strength::Ordinary => {
            let provided = PROVIDER.signature_verification_algorithms.all.iter().copied();
            check(provided.filter(fits), issuer, message, signature)
        }
        Strength::Short => check(SHORT_KEYS.into_iter().filter(fits), issuer, message, signature),
        Strength::Weak => Err(BadSignature::Unsupported),
    }
}

/// Whether the key signed a handshake of TLS 1.2, in which a scheme does not decide the curve.
pub(super) fn check_handshake_12(
    scheme: SignatureScheme,
    key: &PublicKey,
    message: &[u8],
    signature: &[u8],
) -> Result<(), BadSignature> {
    match Strength::of(key) {
        Strength::Ordinary => check(provided(scheme), key, message, signature),
        Strength::Short => {
            let known = match scheme {
                SignatureScheme::RSA_PKCS1_SHA256 => &SHORT_KEYS[..1],
                SignatureScheme::RSA_PKCS1_SHA512 => &SHORT_KEYS[1..],
                _ => &[],
            };
            check(known.iter().copied(), key, message, signature)
        }
        Strength::Weak => Err(BadSignature::Unsupported),
    }
}

/// Whether the key signed a handshake of TLS 1.3.
pub(super) fn check_handshake_13(
    scheme: SignatureScheme,
    key: &PublicKey,
    message: &[u8],
    signature: &[u8],
) -> Result<(), BadSignature> {
    match Strength::of(key) {
        // The provider lists the algorithm with the scheme's own curve first.
        Strength::Ordinary => check(provided(scheme).take(1), key, message, signature),
        Strength::Short | Strength::Weak => Err(BadSignature::Unsupported),
    }
}

/// What can be done with a key.
enum Strength {
    /// The provider takes it.
    Ordinary,
    /// RSA of 1024 bits and more: in use on many a device, and good enough for Go.
    Short,
    /// Even shorter.
    Weak,
}

impl Strength {
    fn of(key: &PublicKey) -> Self {
        // Of the bytes of an RSA key all but a few are those of its modulus.
        match key.bits.len() {
            0..128 if key.algorithm == alg_id::RSA_ENCRYPTION.as_ref() => Self::Weak,
            128..256 if key.algorithm == alg_id::RSA_ENCRYPTION.as_ref() => Self::Short,
            _ => Self::Ordinary,
        }
    }
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

/// What short RSA keys sign with.
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

#[cfg(test)]
mod tests {
    use super::*;

    /// 1024 bits, by `openssl genrsa`.
    const KEY: &str = "30818902818100aff1fa5e1fa66ea5796b23931bd4e7b620ed6327771b8339f42ff824530e30ec0c4c448c6f791767ff\
        c550c50ce8e924568951890d93204f83c4797b040672eb2ae8efa68a6fd16e059e81f9f605b7e8878da3dcc86ac01643\
        ea825ea05172dd56689d560d07be5821f029c5cf680b476cf550952c3692abd0a821c41aa380310203010001";
    /// Of `hello`, by that key with SHA-256 and PKCS #1 padding.
    const SIGNATURE: &str = "46e229fd75aeb3bb75954f2865fe8083c59f218684057a50197d16d52c23af802925bd7552e0af8e4dea44260ba37a1e\
        09d900b785a4fec0fe0febeade854d95280dc3e497674a908622822460fcd2440c6cb574bc2d47ddb3c16449ed13d45a\
        36c3dec68a0bb4c555d81c018726765703ff162eb179837b2594d33f60f2b077";
    /// 768 bits.
    const WEAK_KEY: &str = "3068026100e312730799d933fc73f956886df6d74657c8603efc43f0efabc9c63ec295a652875c0711743bce8da0b003\
        3f57c01a858bde5a08c2f1d8d86410496298e0bd72c6aca5b2c41b68445c7bd8f524423bf96796addc553f9038159e2d\
        cc9e2326eb0203010001";

    fn bytes(digits: &str) -> Vec<u8> {
        let pairs = digits.as_bytes().chunks_exact(2).map(|pair| std::str::from_utf8(pair).expect("digits"));
        pairs.map(|pair| u8::from_str_radix(pair, 16).expect("digits")).collect()
    }

    fn rsa(digits: &str) -> PublicKey {
        PublicKey { algorithm: alg_id::RSA_ENCRYPTION.as_ref().to_vec(), bits: bytes(digits) }
    }

    #[test]
    fn short_rsa_keys_count_where_they_can_be_checked() {
        use SignatureScheme as Scheme;
        let (key, good) = (rsa(KEY), bytes(SIGNATURE));
        let bad = bytes(&SIGNATURE.replace('0', "1"));
        assert_eq!(check_handshake_12(Scheme::RSA_PKCS1_SHA256, &key, b"hello", &good), Ok(()));
        for (scheme, signature, expected) in [
            (Scheme::RSA_PKCS1_SHA256, &bad, BadSignature::Invalid),
            (Scheme::RSA_PKCS1_SHA512, &good, BadSignature::Invalid),
            (Scheme::RSA_PSS_SHA256, &good, BadSignature::Unsupported),
        ] {
            assert_eq!(check_handshake_12(scheme, &key, b"hello", signature), Err(expected), "{scheme:?}");
        }
        let in_13 = check_handshake_13(Scheme::RSA_PSS_SHA256, &key, b"hello", &good);
        assert_eq!(in_13, Err(BadSignature::Unsupported));
    }

    #[test]
    fn weak_keys_are_never_checked() {
        let result =
            check_handshake_12(SignatureScheme::RSA_PKCS1_SHA256, &rsa(WEAK_KEY), b"hello", &[0; 96]);
        assert_eq!(result, Err(BadSignature::Unsupported));
    }
}
