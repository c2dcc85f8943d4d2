//! What HTTP clients share: their settings, their headers and authentication.

mod dump;
mod masked_url;
mod parse;
mod settings;
#[cfg(test)]
mod tests;

pub(crate) use dump::{dump_client, dump_header_values};
pub(crate) use parse::{read_client, read_header_values};
pub use settings::{
    Authorization, BasicAuth, HeaderValues, HttpClientSettings, OAuth2, ProxySettings, TextSource,
};
