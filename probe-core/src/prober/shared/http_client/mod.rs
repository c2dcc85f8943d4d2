//! What HTTP clients share: their settings, their headers and authentication.

pub(crate) mod dump;
mod masked_url;
pub(crate) mod parse;
mod settings;
#[cfg(all(test, feature = "config"))]
mod tests;

pub use settings::{
    Authorization, BasicAuth, HeaderValues, HttpClientSettings, OAuth2, ProxySettings, TextSource,
};
