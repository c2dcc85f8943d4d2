//! What is asked of clients: no certificate, any, or one of a known authority; and perhaps one of a few names.

use std::env;
use std::path::PathBuf;
use std::sync::Arc;

use probe_core::net::tls::SystemRoots;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, RootCertStore, SignatureScheme,
};
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

use super::error::TlsError;
use super::pem::{PemText, certificates};
use crate::web::settings::{ClientAuth, TlsSettings};

/// Judges the certificates of clients by the settings.
pub(super) fn verifier(
    tls: &TlsSettings,
    ca: Option<&PemText>,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    let roots = match ca.map(PemText::content) {
        None => None,
        Some(Ok(text)) => Some(certificates(text)),
        Some(Err((path, source))) => return Err(TlsError::ClientCa { path: path.into(), source }),
    };
    let auth =
        ClientAuth::read(&tls.client_auth).ok_or_else(|| TlsError::ClientAuth(tls.client_auth.clone()))?;
    let verification = match auth {
        ClientAuth::None if roots.is_some() => return Err(TlsError::ClientCaWithoutPolicy),
        ClientAuth::None => return Ok(WebPkiClientVerifier::no_client_auth()),
        ClientAuth::Request | ClientAuth::RequireAny => Verification::None,
        // As in the reference, the system's authorities will do where none is named.
        ClientAuth::VerifyIfGiven | ClientAuth::RequireAndVerify => {
            by_authorities(roots.unwrap_or_else(of_the_system), provider)
        }
    };
    let is_required = matches!(auth, ClientAuth::RequireAny | ClientAuth::RequireAndVerify);
    Ok(Arc::new(Clients {
        // Whoever must have one of a few names must have a certificate.
        is_required: is_required || tls.client_allowed_sans.is_some(),
        verification,
        allowed_names: tls.client_allowed_sans.clone(),
        provider: provider.clone(),
    }))
}

fn of_the_system() -> Vec<CertificateDer<'static>> {
    let place = |variable| env::var_os(variable).map(PathBuf::from);
    SystemRoots::in_places(place("SSL_CERT_FILE"), place("SSL_CERT_DIR")).certificates()
}

/// What becomes of a certificate.
#[derive(Debug)]
enum Verification {
    /// It must come from one of these authorities.
    By(Arc<dyn ClientCertVerifier>),
    /// It must come from an authority, but there is none to be had.
    Impossible,
    /// It may come from anybody.
    None,
}

fn by_authorities(
    certificates: Vec<CertificateDer<'static>>,
    provider: &Arc<CryptoProvider>,
) -> Verification {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates);
    let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider.clone()).build();
    verifier.map_or(Verification::Impossible, Verification::By)
}

#[derive(Debug)]
struct Clients {
    is_required: bool,
    verification: Verification,
    allowed_names: Option<Vec<String>>,
    provider: Arc<CryptoProvider>,
}

impl ClientCertVerifier for Clients {
    fn client_auth_mandatory(&self) -> bool {
        self.is_required
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        match &self.verification {
            Verification::By(authorities) => authorities.root_hint_subjects(),
            Verification::Impossible | Verification::None => &[],
        }
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        match &self.verification {
            Verification::None => {}
            Verification::Impossible => return Err(CertificateError::UnknownIssuer.into()),
            Verification::By(authorities) => {
                authorities.verify_client_cert(end_entity, intermediates, now)?;
            }
        }
        match &self.allowed_names {
            Some(allowed) if !names(end_entity)?.iter().any(|name| allowed.contains(name)) => {
                Err(CertificateError::ApplicationVerificationFailure.into())
            }
            _ => Ok(ClientCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// The names that a certificate is for: of hosts, of mailboxes, addresses and URIs.
fn names(certificate: &CertificateDer<'_>) -> Result<Vec<String>, Error> {
    let malformed = || Error::from(CertificateError::BadEncoding);
    let (_, certificate) = X509Certificate::from_der(certificate).map_err(|_| malformed())?;
    let Some(extension) = certificate.subject_alternative_name().map_err(|_| malformed())? else {
        return Ok(Vec::new());
    };
    let text = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(text) | GeneralName::RFC822Name(text) | GeneralName::URI(text) => {
            Some((*text).to_owned())
        }
        GeneralName::IPAddress(octets) => address(octets),
        _ => None,
    };
    Ok(extension.value.general_names.iter().filter_map(text).collect())
}

fn address(octets: &[u8]) -> Option<String> {
    if let Ok(octets) = <[u8; 4]>::try_from(octets) {
        return Some(std::net::Ipv4Addr::from(octets).to_string());
    }
    let octets = <[u8; 16]>::try_from(octets).ok()?;
    Some(std::net::IpAddr::from(octets).to_canonical().to_string())
}
