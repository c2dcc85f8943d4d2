//! What is known of a connection over TLS once its handshake is over.

use std::fmt::Write;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use rustls::pki_types::CertificateDer;
use x509_parser::asn1_rs::FromDer;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::X509Certificate;

use super::{TlsVersion, cipher, distinguished_name};

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
        earliest(&self.presented)
    }

    /// When the last chain that holds ends: of each chain the earliest end, of these the latest. `None` without such a chain.
    pub fn last_chain_expiry(&self) -> Option<i64> {
        self.chains.iter().filter_map(|chain| earliest(chain)).max()
    }

    /// The peer's own certificate.
    pub fn leaf(&self) -> Option<Leaf> {
        self.presented.first().and_then(Leaf::read)
    }

    /// The name of the cipher suite: that of the IANA for those Go knows, otherwise the number as `0x12AB`.
    pub fn cipher_name(&self) -> String {
        cipher::name(self.cipher)
    }
}

impl Leaf {
    pub(super) fn read(der: &CertificateDer<'_>) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        // The sign byte of a large number is no part of it; the number zero is no byte at all.
        let serial = certificate.raw_serial();
        let zeros = serial.iter().take_while(|byte| **byte == 0).count();
        Some(Self {
            fingerprint_sha256: hexadecimal(digest(&SHA256, der).as_ref()),
            subject: distinguished_name::text(certificate.subject()),
            issuer: distinguished_name::text(certificate.issuer()),
            subject_alternative: dns_names(&certificate).join(","),
            serial_number: hexadecimal(&serial[zeros..]),
        })
    }
}

fn dns_names<'a>(certificate: &'a X509Certificate<'_>) -> Vec<&'a str> {
    let names = certificate.subject_alternative_name().ok().flatten();
    let names = names.map_or(&[][..], |extension| &extension.value.general_names);
    let dns = names.iter().filter_map(|name| match name {
        GeneralName::DNSName(name) => Some(*name),
        _ => None,
    });
    dns.collect()
}

fn earliest(certificates: &[CertificateDer<'_>]) -> Option<i64> {
    let end = |der: &CertificateDer<'_>| {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        Some(certificate.validity().not_after.timestamp())
    };
    certificates.iter().filter_map(end).min()
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
