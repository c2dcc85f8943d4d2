//! How rustls asks whether a peer is who it should be: one verifier a connection, which remembers what it saw.

use std::sync::{Mutex, MutexGuard, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};

use super::TlsError;
use super::certificate::{Certificate, PublicKey};
use super::chain::{Chain, Presented};
use super::fault::Fault;
use super::judge::Judge;
use super::signature::{BadSignature, SCHEMES, check_handshake_12, check_handshake_13};

/// Bytes of the message that is signed in TLS 1.3 before the hash of the transcript (RFC 8446 section 4.4.3).
#[cfg(feature = "quic")]
const BEFORE_HASH: usize = 64 + b"TLS 1.3, server CertificateVerify\0".len();

/// Verifies the peer of one connection.
#[derive(Debug)]
pub(super) struct Verifier {
    judge: Judge,
    seen: Mutex<Seen>,
}

/// What was seen in the handshake.
#[derive(Debug, Default)]
struct Seen {
    presented: Vec<CertificateDer<'static>>,
    chains: Vec<Chain>,
    fault: Option<Fault>,
    /// Length of the transcript's hash, which goes with the cipher suite.
    #[cfg(feature = "quic")]
    hash_length: Option<usize>,
}

impl Verifier {
    pub(super) fn new(judge: Judge) -> Self {
        Self { judge, seen: Mutex::default() }
    }

    /// The certificates as they were presented, also where they were refused.
    #[cfg(feature = "quic")]
    pub(super) fn presented(&self) -> Vec<CertificateDer<'static>> {
        self.seen().presented.clone()
    }

    /// Every chain that holds.
    pub(super) fn chains(&self) -> Vec<Chain> {
        self.seen().chains.clone()
    }

    /// Why the certificate was refused, if it was.
    pub(super) fn refusal(&self) -> Option<TlsError> {
        let seen = self.seen();
        seen.fault.as_ref().map(|fault| self.judge.refuse(fault, &seen.presented))
    }

    /// Length of the hash that goes with the cipher suite; known from the peer's signature on.
    #[cfg(feature = "quic")]
    pub(super) fn hash_length(&self) -> Option<usize> {
        self.seen().hash_length
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where any certificate will do, one with a key that nobody here can check will, too.
    fn conclude(&self, result: Result<(), BadSignature>) -> Result<HandshakeSignatureValid, Error> {
        match result {
            Ok(()) => Ok(HandshakeSignatureValid::assertion()),
            Err(BadSignature::Unsupported) if self.judge.authorities.is_none() => {
                Ok(HandshakeSignatureValid::assertion())
            }
            Err(problem) => {
                self.seen().fault = Some(match problem {
                    BadSignature::Invalid => Fault::HandshakeSignature,
                    BadSignature::Unsupported => Fault::SignatureAlgorithm,
                });
                Err(Error::InvalidCertificate(CertificateError::BadSignature))
            }
        }
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let list = || std::iter::once(end_entity).chain(intermediates);
        let mut seen = self.seen();
        seen.presented = list().map(|der| der.clone().into_owned()).collect();
        let judged = Presented::read(list()).map_err(|_| Fault::Unreadable);
        match judged.and_then(|presented| self.judge.judge(&presented)) {
            Ok(chains) => {
                seen.chains = chains;
                Ok(ServerCertVerified::assertion())
            }
            Err(fault) => {
                let error = Error::InvalidCertificate(fault.for_peer());
                seen.fault = Some(fault);
                Err(error)
            }
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.conclude(check_handshake_12(dss.scheme, &key(cert)?, message, dss.signature()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        #[cfg(feature = "quic")]
        {
            self.seen().hash_length = message.len().checked_sub(BEFORE_HASH);
        }
        self.conclude(check_handshake_13(dss.scheme, &key(cert)?, message, dss.signature()))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        SCHEMES.to_vec()
    }
}

fn key(der: &CertificateDer<'_>) -> Result<PublicKey, Error> {
    let certificate = Certificate::read(der);
    certificate.map(|read| read.key).map_err(|_| Error::InvalidCertificate(CertificateError::BadEncoding))
}
