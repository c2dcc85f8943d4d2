//! HTTP as a client, one request a connection, each step with its instant: connect, proxy, TLS, request, answer.
//! What is asked for and how an answer is judged is decided elsewhere; redirects are not followed here.
//!
//! A caller resolves and has its addresses approved, [opens](Connection::open) a connection over a [`Route`], and
//! [sends](Connection::send) a [`Request`] over it, or takes the [stream](Connection::into_stream) for a protocol of its own.
//! Everything runs inside the caller's future; dropping it ends it.

mod connection;
mod dials;
mod error;
mod fields;
mod head;
mod http1;
mod http2;
#[cfg(feature = "http3")]
mod http3;
mod no_proxy;
mod proxy;
mod request;
mod response;
mod sending;
mod socks;
mod times;
mod tunnel;

pub use connection::{Connection, Endpoint, Route, Tls};
pub use dials::{DialCounts, Dials};
pub use error::HttpError;
pub use fields::Fields;
#[cfg(feature = "http3")]
pub use http3::exchange as exchange_http3;
pub use no_proxy::NoProxy;
pub use proxy::{Proxy, ProxyKind, basic, default_port};
pub use request::{Request, RequestContent};
pub use response::Response;
use response::ResponseBody;
pub use times::Times;

#[cfg(feature = "push")]
pub(crate) use crate::wire::base64::encode_for_url as base64_for_url;
pub use crate::wire::url::Url;

/// Longest head of an answer, interim ones included: bytes over HTTP/1, decoded fields over HTTP/2.
const LONGEST_HEAD: usize = 1 << 20;

#[cfg(test)]
mod tests;
