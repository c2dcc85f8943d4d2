//! What was answered.

use bytes::Bytes;
use http::HeaderMap;

use super::HttpError;
use super::http1::Http1;
use super::http2::Http2;
#[cfg(feature = "http3")]
use super::http3::Http3;
#[cfg(feature = "websocket")]
use crate::net::BoxStream;
use crate::wire::http1::Version;

/// What was answered: the head, and the body as it arrives. Owns its connection.
pub struct Response {
    /// The version the answer claims to be of.
    pub version: Version,
    /// The status.
    pub status: u16,
    /// The header fields.
    pub headers: HeaderMap,
    /// The length that was announced, if any.
    pub content_length: Option<u64>,
    body: ResponseBody,
}

/// The body of an answer, by what carries it.
pub(super) enum ResponseBody {
    Http1(Box<Http1>),
    Http2(Box<Http2>),
    #[cfg(feature = "http3")]
    Http3(Box<Http3>),
}

impl Response {
    pub(super) fn new(
        version: Version,
        status: u16,
        headers: HeaderMap,
        content_length: Option<u64>,
        body: ResponseBody,
    ) -> Self {
        Self { version, status, headers, content_length, body }
    }

    /// The next bytes of the body; `None` at its end.
    pub async fn next(&mut self) -> Result<Option<Bytes>, HttpError> {
        match &mut self.body {
            ResponseBody::Http1(body) => body.next().await,
            ResponseBody::Http2(body) => body.next().await,
            #[cfg(feature = "http3")]
            ResponseBody::Http3(body) => body.next().await,
        }
    }

    /// The connection of an answer that switches protocols, and what has arrived over it behind the head. `None` over HTTP/2,
    /// where a stream cannot leave its connection.
    #[cfg(feature = "websocket")]
    pub fn into_stream(self) -> Option<(BoxStream, Bytes)> {
        match self.body {
            ResponseBody::Http1(body) => Some(body.into_stream()),
            ResponseBody::Http2(_) => None,
            #[cfg(feature = "http3")]
            ResponseBody::Http3(_) => None,
        }
    }

    /// Ends the connection politely, without waiting. Dropping the answer ends it, too.
    pub fn close(self) {
        match self.body {
            ResponseBody::Http1(body) => body.close(),
            ResponseBody::Http2(body) => body.close(),
            // It does so when dropped.
            #[cfg(feature = "http3")]
            ResponseBody::Http3(_) => {}
        }
    }
}
