//! What is wrong with a certificate.

use rustls::CertificateError;
use thiserror::Error;
use x509_parser::time::ASN1Time;

/// What is wrong with a certificate, or with every chain from it.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(super) enum Fault {
    #[error("a name in it is not one that an authority above it may vouch for")]
    Constraints,
    #[error("it or one above it has expired: it held until {}", date(*at))]
    Expired { at: i64 },
    #[error("the peer has not its key")]
    HandshakeSignature,
    #[error("it is not for {host}, but for {found}")]
    Name { host: String, found: String },
    #[error("it was signed by one that may not sign certificates")]
    NoAuthority,
    #[error("it or one above it does not hold yet: it will from {}", date(*from))]
    NotYetValid { from: i64 },
    #[error("there are more intermediates than an authority allows")]
    PathLength,
    #[error("it or one above it is not for servers")]
    Purpose,
    #[error("a signature is not that of the issuer's key")]
    Signature,
    #[error("a signature is of a kind that is not accepted")]
    SignatureAlgorithm,
    #[error("there are too many signatures to check")]
    TooManySignatures,
    #[error("it was signed by an unknown authority")]
    Unknown,
    #[error("it has a critical extension that is not understood")]
    UnknownExtension,
    #[error("it cannot be read")]
    Unreadable,
}

impl Fault {
    /// What the peer is told.
    pub(super) fn for_peer(&self) -> CertificateError {
        match self {
            Self::Expired { .. } => CertificateError::Expired,
            Self::Name { .. } => CertificateError::NotValidForName,
            Self::NotYetValid { .. } => CertificateError::NotValidYet,
            Self::Purpose => CertificateError::InvalidPurpose,
            Self::HandshakeSignature | Self::Signature => CertificateError::BadSignature,
            Self::Unknown | Self::NoAuthority => CertificateError::UnknownIssuer,
            Self::UnknownExtension => CertificateError::UnhandledCriticalExtension,
            Self::Unreadable => CertificateError::BadEncoding,
            Self::Constraints | Self::PathLength | Self::SignatureAlgorithm | Self::TooManySignatures => {
                CertificateError::ApplicationVerificationFailure
            }
        }
    }
}

/// A time in Unix seconds for people.
pub(super) fn date(seconds: i64) -> String {
    ASN1Time::from_timestamp(seconds).map_or_else(|_| seconds.to_string(), |time| time.to_string())
}
