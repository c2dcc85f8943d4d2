//! Proxies: what they are called and how they are spoken to.

use std::fmt;

use super::{Fields, HttpError};
use crate::wire::base64;
use crate::wire::url::{Url, UserInfo};

/// A proxy.
#[derive(Clone)]
pub struct Proxy {
    /// How it is spoken to.
    pub kind: ProxyKind,
    /// Its host, brackets removed.
    pub host: String,
    /// Its port, as written or as usual for its kind.
    pub port: String,
    /// Who we are to it.
    pub user: Option<UserInfo>,
    /// What it is told beside when a tunnel is asked for.
    pub connect_fields: Fields,
}

/// How a proxy is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyKind {
    /// HTTP.
    Http,
    /// HTTP over TLS.
    Https,
    /// SOCKS 5 (RFC 1928). Names are resolved by the proxy in any case, as in the reference exporter.
    Socks5,
}

impl Proxy {
    /// The proxy that a URL names. A scheme nobody knows is taken for HTTP, as in the reference exporter.
    pub fn from_url(url: &Url, connect_fields: Fields) -> Result<Self, HttpError> {
        let kind = match url.scheme.as_str() {
            "https" => ProxyKind::Https,
            "socks5" | "socks5h" => ProxyKind::Socks5,
            _ => ProxyKind::Http,
        };
        if url.host_name().is_empty() {
            return Err(HttpError::Host(url.host.clone()));
        }
        let usual = match kind {
            ProxyKind::Socks5 => "1080",
            ProxyKind::Http | ProxyKind::Https => default_port(&url.scheme),
        };
        Ok(Self {
            kind,
            host: url.host_name().to_owned(),
            port: url.port().unwrap_or(usual).to_owned(),
            user: url.user.clone(),
            connect_fields,
        })
    }

    /// What it is told about us, if anything: user name and password (RFC 7617).
    pub(super) fn authorization(&self) -> Option<String> {
        self.user.as_ref().map(|user| basic(&user.name, user.password()))
    }
}

/// Hides the password.
impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} proxy {}:{}", self.kind, self.host, self.port)
    }
}

/// The port of a scheme whose URL names none.
pub fn default_port(scheme: &str) -> &'static str {
    match scheme {
        "https" => "443",
        _ => "80",
    }
}

/// The value of an `Authorization` field with user name and password (RFC 7617).
pub fn basic(name: &str, password: &str) -> String {
    format!("Basic {}", base64::encode(format!("{name}:{password}").as_bytes()))
}
