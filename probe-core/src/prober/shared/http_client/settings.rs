//! What HTTP clients are told: authentication, headers, proxies. The client block of the reference exporter as data.

use std::path::PathBuf;

use crate::net::tls::TlsOptions;
use crate::settings::Secret;

/// The client block: inline in an `http` section, under `http_config` in a `websocket` section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpClientSettings {
    /// User name and password.
    pub basic_auth: Option<BasicAuth>,
    /// A ready-made `Authorization` header; `bearer_token` and `bearer_token_file` end up here too.
    pub authorization: Option<Authorization>,
    /// A token to fetch first.
    pub oauth2: Option<Box<OAuth2>>,
    /// How to speak TLS.
    pub tls: TlsOptions,
    /// Whether to follow redirects.
    pub follow_redirects: bool,
    /// Whether to offer HTTP/2.
    pub enable_http2: bool,
    /// Which proxy to use.
    pub proxy: ProxySettings,
    /// Headers to add, each name with its values; in the order of the configuration.
    pub http_headers: Vec<(String, HeaderValues)>,
}

impl Default for HttpClientSettings {
    fn default() -> Self {
        Self {
            basic_auth: None,
            authorization: None,
            oauth2: None,
            tls: TlsOptions::default(),
            follow_redirects: true,
            enable_http2: true,
            proxy: ProxySettings::default(),
            http_headers: Vec::new(),
        }
    }
}

/// Where a text comes from that may be secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextSource {
    /// A file, read for every request; blanks around the text do not count.
    File(PathBuf),
    /// The text itself.
    Inline(Secret),
    /// A name in a secret store, which there is none of.
    Reference(String),
}

/// User name and password (RFC 7617).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BasicAuth {
    /// The user name; empty if absent.
    pub username: Option<TextSource>,
    /// The password; empty if absent.
    pub password: Option<TextSource>,
}

/// A ready-made `Authorization` header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorization {
    /// The scheme: `Bearer` unless configured.
    pub scheme: String,
    /// What follows it.
    pub credentials: Option<TextSource>,
}

/// A token to fetch before the request (RFC 6749 section 4.4, RFC 7523 section 2.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OAuth2 {
    /// Who we are.
    pub client_id: String,
    /// How we prove it.
    pub client_secret: Option<TextSource>,
    /// What we want to do.
    pub scopes: Vec<String>,
    /// Where to ask.
    pub token_url: String,
    /// Further parameters of the form, in the order of the configuration.
    pub endpoint_params: Vec<(String, String)>,
    /// How to speak TLS with the token server.
    pub tls: TlsOptions,
    /// Which proxy to use for it.
    pub proxy: ProxySettings,
    /// `urn:ietf:params:oauth:grant-type:jwt-bearer`; anything else means client credentials.
    pub grant_type: String,
    /// The key that signs the assertion of a JWT grant.
    pub client_certificate_key: Option<TextSource>,
    /// The id of that key.
    pub client_certificate_key_id: String,
    /// RS256, RS384 or RS512; RS256 if empty.
    pub signature_algorithm: String,
    /// The issuer of the assertion; the client's id if empty.
    pub iss: String,
    /// The audience of the assertion; the token URL if empty.
    pub audience: String,
    /// Further claims of the assertion, as JSON values.
    pub claims: Vec<(String, String)>,
}

/// Which proxy to use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProxySettings {
    /// The proxy: `http`, `https`, `socks5` or `socks5h`; empty for none.
    pub proxy_url: Secret,
    /// Hosts that are reached without it, comma-separated.
    pub no_proxy: String,
    /// Whether the environment names the proxy.
    pub proxy_from_environment: bool,
    /// Headers for the proxy when a tunnel is asked for.
    pub proxy_connect_header: Vec<(String, Vec<Secret>)>,
}

impl ProxySettings {
    /// Whether there may be a proxy.
    pub fn is_given(&self) -> bool {
        !self.proxy_url.expose().is_empty() || self.proxy_from_environment
    }
}

/// The values of a header, in the order in which they are sent: plain ones, secrets, then those from files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderValues {
    /// Plain values.
    pub values: Vec<String>,
    /// Values that are never shown.
    pub secrets: Vec<Secret>,
    /// Files with one value each.
    pub files: Vec<PathBuf>,
}
