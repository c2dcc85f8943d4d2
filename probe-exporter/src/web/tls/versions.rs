//! Which versions, suites and groups there are to choose from.

use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::version::{TLS12, TLS13};
use rustls::{SupportedCipherSuite, SupportedProtocolVersion};

use super::error::TlsError;
use crate::web::settings::{TlsSettings, Version};

/// The cryptography that the settings leave. As in the reference, the suites of TLS 1.3 are always all there.
pub(super) fn provider(tls: &TlsSettings) -> Result<CryptoProvider, TlsError> {
    let mut provider = aws_lc_rs::default_provider();
    if let Some(suites) = &tls.cipher_suites {
        let is_chosen = |number: u16| suites.iter().any(|suite| suite.number == number);
        provider.cipher_suites.retain(|suite| match suite {
            SupportedCipherSuite::Tls13(_) => true,
            SupportedCipherSuite::Tls12(suite) => is_chosen(suite.common.suite.into()),
        });
    }
    if let Some(curves) = &tls.curves {
        provider.kx_groups = curves.iter().copied().flatten().collect();
        if provider.kx_groups.is_empty() {
            return Err(TlsError::NoCurve);
        }
    }
    Ok(provider)
}

/// The versions between the two ends. Those before 1.2 are not spoken by anybody here.
pub(super) fn usable(tls: &TlsSettings) -> Result<Vec<&'static SupportedProtocolVersion>, TlsError> {
    let both: [(Version, &'static SupportedProtocolVersion); 2] =
        [(Version::Tls12, &TLS12), (Version::Tls13, &TLS13)];
    let wanted = tls.min_version..=tls.max_version;
    let mut usable: Vec<_> = both.into_iter().filter(|(version, _)| wanted.contains(version)).collect();
    // Suites of TLS 1.2 that the library lacks leave nothing to speak it with.
    let speaks_12 =
        provider(tls)?.cipher_suites.iter().any(|suite| matches!(suite, SupportedCipherSuite::Tls12(_)));
    usable.retain(|(version, _)| *version == Version::Tls13 || speaks_12);
    if usable.is_empty() {
        return Err(TlsError::NoVersion);
    }
    Ok(usable.into_iter().map(|(_, version)| version).collect())
}

/// HTTP/2 over TLS 1.2 needs a certain suite.
pub(super) fn check_http2(tls: &TlsSettings) -> Result<(), TlsError> {
    let Some(suites) = &tls.cipher_suites else { return Ok(()) };
    if tls.min_version == Version::Tls13 || suites.iter().any(|suite| suite.is_required_by_http2) {
        return Ok(());
    }
    Err(TlsError::Http2Cipher)
}
