//! Why there is no answer.

use std::io;

use thiserror::Error;

use crate::model::{Phase, ProbeError, Reason};
use crate::net::DialError;
#[cfg(feature = "http3")]
use crate::net::QuicError;
use crate::net::tls::TlsError;
use crate::wire::http1::{BodyError, FramingError, HeadError};
use crate::wire::socks5::SocksError;

/// Why there is no answer, or only a part of one.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum HttpError {
    /// The body breaks off, or is framed wrongly.
    #[error("cannot read the body")]
    Body(#[source] BodyError),
    /// The connection ended in front of the answer.
    #[error("the connection was closed without an answer")]
    Closed,
    /// No TCP connection.
    #[error(transparent)]
    Dial(#[from] DialError),
    /// A header's name is none.
    #[error("invalid header field name {0:?}")]
    FieldName(String),
    /// A header's value has control characters. It may be secret, hence only the name.
    #[error("invalid header field value for {0:?}")]
    FieldValue(String),
    /// The file to be sent cannot be read.
    #[error("cannot read the file with the body")]
    File(#[source] io::Error),
    /// It cannot be told where the body ends.
    #[error("cannot tell where the body ends")]
    Framing(#[source] FramingError),
    /// The head of the answer cannot be read.
    #[error("cannot read the answer")]
    Head(#[source] HeadError),
    /// The head of the answer is longer than we read.
    #[error("the head of the answer is longer than 1 MiB")]
    HeadTooLarge,
    /// A host that cannot be named.
    #[error("invalid host {0:?}")]
    Host(String),
    /// HTTP/2 broke.
    #[error("HTTP/2 failed")]
    Http2(#[source] Box<h2::Error>),
    /// HTTP/3 broke.
    #[cfg(feature = "http3")]
    #[error("HTTP/3 failed")]
    Http3(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The connection broke.
    #[error("the connection broke")]
    Io(#[source] io::Error),
    /// A method that cannot be sent.
    #[error("invalid method {0:?}")]
    Method(String),
    /// More was sent around the answer than the answer itself can explain.
    #[error("the server floods the connection")]
    Flood,
    /// The proxy does not let us through; its words.
    #[error("the proxy refused: {0}")]
    Proxy(String),
    /// The TLS handshake took too long, although there was time left.
    #[error("the TLS handshake took more than 10 s")]
    SlowHandshake,
    /// No QUIC connection.
    #[cfg(feature = "http3")]
    #[error(transparent)]
    Quic(#[from] QuicError),
    /// The SOCKS proxy does not connect us.
    #[error("the SOCKS proxy does not connect")]
    Socks(#[from] SocksError),
    /// No TLS.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The URL cannot be asked for over HTTP/2 or HTTP/3.
    #[error("the URL cannot be sent")]
    Url(#[source] http::Error),
}

impl HttpError {
    /// The word for reports.
    pub fn reason(&self) -> Reason {
        match self {
            Self::Body(_) | Self::Framing(_) | Self::Head(_) | Self::Http2(_) => Reason::Protocol,
            #[cfg(feature = "http3")]
            Self::Http3(_) | Self::Quic(_) => Reason::Protocol,
            Self::Closed | Self::Proxy(_) | Self::Socks(_) => Reason::Connect,
            Self::Dial(error) => error.reason(),
            Self::FieldName(_) | Self::FieldValue(_) | Self::File(_) | Self::Host(_) | Self::Method(_) => {
                Reason::Configuration
            }
            Self::Flood | Self::HeadTooLarge => Reason::Limit,
            Self::Io(error) => match error.kind() {
                io::ErrorKind::BrokenPipe
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::ConnectionReset
                | io::ErrorKind::UnexpectedEof => Reason::Connect,
                io::ErrorKind::TimedOut => Reason::Timeout,
                io::ErrorKind::InvalidData => Reason::Tls,
                _ => Reason::Network,
            },
            Self::SlowHandshake => Reason::Timeout,
            Self::Tls(error) => error.reason(),
            Self::Url(_) => Reason::Target,
        }
    }

    /// The failure of a probe that was at `phase`. Errors of connecting and of TLS know their phase themselves.
    pub fn at(self, phase: Phase) -> ProbeError {
        match self {
            Self::Dial(error) => error.into(),
            Self::Tls(error) => error.into(),
            #[cfg(feature = "http3")]
            Self::Quic(error) => error.into(),
            other => {
                let failure = ProbeError::new(other.reason(), phase, other.to_string());
                match other {
                    Self::Body(cause) => failure.caused_by(cause),
                    Self::File(cause) | Self::Io(cause) => failure.caused_by(cause),
                    Self::Framing(cause) => failure.caused_by(cause),
                    Self::Head(cause) => failure.caused_by(cause),
                    Self::Http2(cause) => failure.caused_by(cause),
                    #[cfg(feature = "http3")]
                    Self::Http3(cause) => failure.caused_by(cause),
                    Self::Socks(cause) => failure.caused_by(cause),
                    Self::Url(cause) => failure.caused_by(cause),
                    _ => failure,
                }
            }
        }
    }
}

impl From<h2::Error> for HttpError {
    fn from(error: h2::Error) -> Self {
        if !error.is_io() {
            return Self::Http2(Box::new(error));
        }
        error.into_io().map_or(Self::Closed, Self::Io)
    }
}
