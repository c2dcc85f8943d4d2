//! The file as values. Keys and rules are the reference's; `bearer_tokens`, `allowed_modules` and `client_rate_limit` are
//! ours.

mod access;
mod headers;
mod rate;
mod tls;

use std::path::Path;

use hyper::header::{HeaderName, HeaderValue};
use probe_core::config;
use probe_core::settings::{Errors, Place, Section};

pub(super) use self::access::{Access, AllowedModules, Holder, SecretToken};
pub(super) use self::tls::{ClientAuth, Pem, TlsSettings, Version};
use super::rate::Rate;

/// The file, read and, but for what it names, valid.
#[derive(Debug)]
pub(super) struct WebSettings {
    /// How to speak TLS.
    pub(super) tls: TlsSettings,
    /// Whether to offer HTTP/2 over TLS.
    pub(super) http2: bool,
    /// What every answer has in its head.
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    /// Who may ask.
    pub(super) access: Access,
    /// How many requests are answered, of all clients together.
    pub(super) rate_limit: Option<Rate>,
    /// How many requests of one client are answered.
    pub(super) client_rate_limit: Option<Rate>,
}

impl WebSettings {
    /// Reads what the file holds. Other files are relative to `folder`; `name` is for problems alone.
    pub(super) fn read(content: &[u8], name: &str, folder: &Path) -> Result<Self, Errors> {
        let mut errors = Errors::in_file(name);
        let root = if let Ok(text) = str::from_utf8(content) {
            config::parse(text, &mut errors)
        } else {
            errors.push(Place::default(), "", "not valid UTF-8");
            None
        };
        let mut top = root
            .as_ref()
            .and_then(|root| Section::from_node("", root, &mut errors))
            // An empty file is plain HTTP for everybody.
            .unwrap_or_else(|| Section::empty(""));
        let settings = read(&mut top, folder, &mut errors);
        top.finish(&mut errors);
        if errors.is_empty() { Ok(settings) } else { Err(errors) }
    }
}

fn read(top: &mut Section<'_>, folder: &Path, errors: &mut Errors) -> WebSettings {
    let mut tls_section = top.section_or_empty("tls_server_config", errors);
    let tls = TlsSettings::read(&mut tls_section, folder, errors);
    tls_section.finish(errors);
    let mut http = top.section_or_empty("http_server_config", errors);
    let http2 = http.boolean("http2", errors).unwrap_or(true);
    let headers = headers::read(&mut http, errors);
    http.finish(errors);
    WebSettings {
        tls,
        http2,
        headers,
        access: Access::read(top, errors),
        rate_limit: rate::read(top, "rate_limit", errors),
        client_rate_limit: rate::read(top, "client_rate_limit", errors),
    }
}

#[cfg(test)]
mod tests;
