//! Why there is no connection over TLS.

use std::io;

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
