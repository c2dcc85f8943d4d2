//! Why there is no connection over TLS.

use std::io;

use rustls::{AlertDescription, InvalidMessage};
use thiserror::Error;

use crate::model::{Phase, ProbeError, Reason};

/// Why there is no connection over TLS.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The options cannot work: a file is missing, versions exclude each other.
    #[error("{0}")]
    Options(String),
    /// The handshake failed: the peer closed or reset the connection, or speaks no TLS.
    #[error("TLS handshake failed")]
    Handshake(#[source] io::Error),
    /// The certificate is not to be trusted; the words say why.
    #[error("certificate not accepted: {0}")]
    Certificate(String),
}

impl TlsError {
    /// The word for reports.
    pub fn reason(&self) -> Reason {
        match self {
            Self::Options(_) => Reason::Configuration,
            Self::Handshake(_) | Self::Certificate(_) => Reason::Tls,
        }
    }

    /// A handshake that failed, in words for people where rustls has some for itself.
    pub(super) fn in_handshake(error: io::Error) -> Self {
        let words = match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            Some(inner) => words(inner),
            None if error.kind() == io::ErrorKind::UnexpectedEof => {
                Some("the peer closed the connection".to_owned())
            }
            None => None,
        };
        Self::Handshake(match words {
            Some(words) => io::Error::new(error.kind(), words),
            None => error,
        })
    }
}

impl From<TlsError> for ProbeError {
    fn from(error: TlsError) -> Self {
        let failure = ProbeError::new(error.reason(), Phase::Tls, error.to_string());
        match error {
            TlsError::Handshake(cause) => failure.caused_by(cause),
            _ => failure,
        }
    }
}

fn words(error: &rustls::Error) -> Option<String> {
    Some(match error {
        rustls::Error::AlertReceived(alert) => alert_words(*alert),
        rustls::Error::InvalidMessage(
            InvalidMessage::InvalidContentType
            | InvalidMessage::UnknownProtocolVersion
            | InvalidMessage::MessageTooLarge,
        ) => "what the peer sent is not TLS".to_owned(),
        rustls::Error::PeerIncompatible(how) => format!("the peer has nothing in common with us: {how:?}"),
        rustls::Error::PeerMisbehaved(how) => format!("the peer broke the protocol: {how:?}"),
        _ => return None,
    })
}

/// A handshake that the peer refused.
pub(super) fn alert_words(alert: AlertDescription) -> String {
    format!("the peer refused it with alert {}", name(alert))
}

/// The name of an alert as RFC 8446 has it: lower case, words joined with underscores.
fn name(alert: AlertDescription) -> String {
    let mut name = String::new();
    for character in format!("{alert:?}").chars() {
        if character.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(character.to_ascii_lowercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alerts_have_the_names_of_the_standard() {
        assert_eq!(name(AlertDescription::HandshakeFailure), "handshake_failure");
        assert_eq!(name(AlertDescription::BadCertificate), "bad_certificate");
    }

    #[test]
    fn a_closed_connection_is_named() {
        let error = TlsError::in_handshake(io::ErrorKind::UnexpectedEof.into());
        assert_eq!(ProbeError::from(error).chain(), "TLS handshake failed: the peer closed the connection");
    }
}
