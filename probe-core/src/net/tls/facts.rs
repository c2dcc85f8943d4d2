//! What is known of a connection over TLS once its handshake is over.

use std::time::Duration;

use rustls::pki_types::CertificateDer;

use super::TlsVersion;

/// What is known of a connection over TLS once its handshake is over.
#[derive(Clone, Debug)]
pub struct TlsFacts {
    /// The version negotiated.
    pub version: TlsVersion,
    /// The cipher suite negotiated, by its number in the registry of the IANA.
    pub cipher: u16,
    /// The protocol negotiated by ALPN (RFC 7301), if any.
    pub alpn: Option<Vec<u8>>,
    /// The certificates as the peer sent them, its own first.
    pub presented: Vec<CertificateDer<'static>>,
    /// Every chain from the peer's certificate to an authority that holds, authority included. None where the certificate
    /// was not verified.
    pub chains: Vec<Vec<CertificateDer<'static>>>,
    /// How long the handshake took.
    pub elapsed: Duration,
}

/// The peer's own certificate in the text forms of the reference exporter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leaf {
    /// SHA-256 of the certificate, in lower-case hexadecimal digits.
    pub fingerprint_sha256: String,
    /// Whose it is.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// The DNS names it is for, joined with commas.
    pub subject_alternative: String,
    /// The serial number, in lower-case hexadecimal digits.
    pub serial_number: String,
}

impl TlsFacts {
    /// The end of validity that comes first among the certificates presented, in seconds of Unix time.
    pub fn earliest_expiry(&self) -> Option<i64> {
        todo!()
    }

    /// When the last chain that holds ends: of each chain the earliest end, of these the latest. `None` without such a chain.
    pub fn last_chain_expiry(&self) -> Option<i64> {
        todo!()
    }

    /// The peer's own certificate.
    pub fn leaf(&self) -> Option<Leaf> {
        todo!()
    }

    /// The name of the cipher suite: that of the IANA for those Go knows, otherwise the number as `0x1234`.
    pub fn cipher_name(&self) -> String {
        todo!()
    }
}
