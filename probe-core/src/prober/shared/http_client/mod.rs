//! What HTTP clients share: their settings, their headers and authentication.

mod settings;

pub use settings::{
    Authorization, BasicAuth, HeaderValues, HttpClientSettings, OAuth2, ProxySettings, TextSource,
};
