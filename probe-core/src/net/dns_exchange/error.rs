//! Why there is no answer from a name server.

use std::io;

use thiserror::Error;

use crate::model::{Phase, ProbeError, Reason};
use crate::net::DialError;
#[cfg(feature = "http-client")]
use crate::net::http::HttpError;

/// Why there is no answer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DnsExchangeError {
    /// The server closed the connection before its answer was whole.
    #[error("the name server closed the connection before its answer was whole")]
    Closed,
    /// HTTP failed.
    #[cfg(feature = "http-client")]
    #[error("no answer over HTTP")]
    Http(#[source] HttpError),
    /// The answer over HTTP is of another media type.
    #[cfg(feature = "http-client")]
    #[error("the answer is of type {found:?}, not application/dns-message")]
    MediaType {
        /// Which.
        found: String,
    },
    /// The answer has the id of another query.
    #[error("the answer has another id than the query")]
    OtherId,
    /// Receiving failed; over UDP this is how an ICMP error shows.
    #[error("cannot receive the answer")]
    Receive(#[source] io::Error),
    /// Sending failed.
    #[error("cannot send the query")]
    Send(#[source] io::Error),
    /// The HTTP server answered with another status than 200.
    #[cfg(feature = "http-client")]
    #[error("the server answered with status {status}")]
    Status {
        /// Which.
        status: u16,
    },
    /// The message is longer than it may be.
    #[error("the answer has more than {longest} bytes")]
    TooLong {
        /// The most it may have.
        longest: usize,
    },
    /// The answer is shorter than its header.
    #[error("the answer has only {length} bytes")]
    TooShort {
        /// How many there are.
        length: usize,
    },
}

#[cfg(feature = "http-client")]
impl From<HttpError> for DnsExchangeError {
    fn from(error: HttpError) -> Self {
        Self::Http(error)
    }
}

impl From<DnsExchangeError> for ProbeError {
    fn from(error: DnsExchangeError) -> Self {
        let detail = error.to_string();
        match error {
            DnsExchangeError::Send(cause) | DnsExchangeError::Receive(cause) => {
                let cause = DialError::Connect(cause);
                let reason = cause.reason();
                let failure = Self::new(reason, Phase::Request, detail);
                match cause {
                    DialError::Connect(cause) => failure.caused_by(cause),
                    _ => failure,
                }
            }
            #[cfg(feature = "http-client")]
            DnsExchangeError::Http(cause) => {
                let failure = cause.at(Phase::Request);
                Self::new(failure.reason, failure.phase, detail).caused_by(failure)
            }
            #[cfg(feature = "http-client")]
            DnsExchangeError::MediaType { .. } | DnsExchangeError::Status { .. } => {
                Self::new(Reason::Protocol, Phase::Request, detail)
            }
            DnsExchangeError::Closed
            | DnsExchangeError::OtherId
            | DnsExchangeError::TooLong { .. }
            | DnsExchangeError::TooShort { .. } => Self::new(Reason::Protocol, Phase::Request, detail),
        }
    }
}
