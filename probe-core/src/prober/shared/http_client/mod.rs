//! What HTTP clients share: their settings, their headers and authentication.

mod assertion;
mod authorize;
mod client;
mod dump;
mod form;
mod masked_url;
mod oauth2;
mod parse;
mod proxies;
mod settings;
#[cfg(all(test, feature = "config"))]
mod tests;
mod text_source;
mod token;

pub use authorize::Authorizer;
pub use client::{HttpClient, Visit};
pub(crate) use dump::{dump_client, dump_header_values};
pub(crate) use parse::{read_client, read_header_values};
pub use settings::{
    Authorization, BasicAuth, HeaderValues, HttpClientSettings, OAuth2, ProxySettings, TextSource,
};
#[cfg(feature = "websocket")]
pub(crate) use text_source::read_text;
