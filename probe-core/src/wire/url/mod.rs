//! URLs as the reference exporter reads them (RFC 3986, with the leniency of Go's `net/url`): what was written is kept, byte
//! for byte where it can be sent that way. The WHATWG's rules, which browsers follow, would tidy up what is to be probed.

mod authority;
mod escape;
mod resolve;

use std::fmt;

use thiserror::Error;

pub use authority::{UserInfo, split_port};

/// A URL or a reference to one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Url {
    /// The scheme in lower case; empty in a relative reference.
    pub scheme: String,
    /// User name and password, if any.
    pub user: Option<UserInfo>,
    /// Host and port as written, escapes undone: `[::1]:80`, `name`, `name:`.
    pub host: String,
    /// The path with the escapes that sending it needs; may be empty.
    pub path: String,
    /// What follows `?`, verbatim; `Some("")` where nothing does.
    pub query: Option<Vec<u8>>,
    /// What follows the scheme where that is no path: `localhost:80` of `mailto:localhost:80`.
    pub opaque: String,
    /// Whether the path followed the scheme at once, as in `file:/x`; in `file:///x` there is room for a host.
    pub omits_host: bool,
}

impl Url {
    /// Reads a URL or a relative reference. A fragment is checked and forgotten: it is never sent.
    ///
    /// ```
    /// use probe_core::wire::url::Url;
    ///
    /// let url = Url::parse(b"http://web.example:8080/a b/../c?q=\x7c#top").expect("a URL");
    /// assert_eq!((url.host_name(), url.port()), ("web.example", Some("8080")));
    /// assert_eq!(url.request_target(), b"/a%20b/../c?q=|");
    /// ```
    pub fn parse(text: &[u8]) -> Result<Self, UrlError> {
        let (text, fragment) = cut(text, b'#');
        if text.iter().any(u8::is_ascii_control) {
            return Err(UrlError::ControlCharacter);
        }
        escape::check(fragment.unwrap_or_default())?;
        if text == b"*" {
            return Ok(Self { path: "*".into(), ..Self::default() });
        }
        let (scheme, rest) = split_scheme(text)?;
        let (rest, query) = cut(rest, b'?');
        let mut url = Self { scheme, query: query.map(<[u8]>::to_vec), ..Self::default() };
        if !rest.starts_with(b"/") {
            if !url.scheme.is_empty() {
                url.opaque = String::from_utf8_lossy(rest).into_owned();
                return Ok(url);
            }
            if cut(rest, b'/').0.contains(&b':') {
                return Err(UrlError::ColonInFirstSegment);
            }
        }
        let mut path = rest;
        let may_have_host = !url.scheme.is_empty() || !rest.starts_with(b"///");
        if may_have_host && let Some(authority) = rest.strip_prefix(b"//") {
            let end = authority.iter().position(|&byte| byte == b'/').unwrap_or(authority.len());
            (url.user, url.host) = authority::parse(&authority[..end])?;
            path = &authority[end..];
        } else {
            url.omits_host = !url.scheme.is_empty();
        }
        url.path = escape::path(path)?;
        Ok(url)
    }

    /// The host without its port and brackets, zone included.
    pub fn host_name(&self) -> &str {
        split_port(&self.host).0
    }

    /// The port as written; `None` if there is none or nothing after the colon.
    pub fn port(&self) -> Option<&str> {
        split_port(&self.host).1.filter(|port| !port.is_empty())
    }

    /// Whether it is one over TLS.
    pub fn is_https(&self) -> bool {
        self.scheme == "https"
    }

    /// What a request line names: path and query (RFC 9112 section 3.2.1).
    pub fn request_target(&self) -> Vec<u8> {
        let mut target = match (self.opaque.as_str(), self.path.as_str()) {
            ("", "") => b"/".to_vec(),
            ("", path) => path.into(),
            (opaque, _) if opaque.starts_with("//") => format!("{}:{opaque}", self.scheme).into(),
            (opaque, _) => opaque.into(),
        };
        if let Some(query) = &self.query {
            target.push(b'?');
            target.extend_from_slice(query);
        }
        target
    }

    /// The path, escapes undone. What is not UTF-8 is replaced.
    pub fn decoded_path(&self) -> String {
        String::from_utf8_lossy(&escape::undo(self.path.as_bytes())).into_owned()
    }

    /// The URL that `reference`, found at this one, means (RFC 3986 section 5.2).
    pub fn join(&self, reference: &[u8]) -> Result<Self, UrlError> {
        Ok(resolve::resolve(self, Self::parse(reference)?))
    }
}

/// Shows a password in the clear: for what is sent, not for what is logged.
impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.scheme.is_empty() {
            write!(f, "{}:", self.scheme)?;
        }
        if self.opaque.is_empty() {
            let has_room = !self.scheme.is_empty() && !self.path.is_empty() && !self.omits_host;
            if has_room || !self.host.is_empty() || self.user.is_some() {
                f.write_str("//")?;
            }
            if let Some(user) = &self.user {
                write!(f, "{user}@")?;
            }
            write!(f, "{}{}", escape::host(&self.host), self.path)?;
        } else {
            f.write_str(&self.opaque)?;
        }
        match &self.query {
            Some(query) => write!(f, "?{}", String::from_utf8_lossy(query)),
            None => Ok(()),
        }
    }
}

/// Why a text is no URL.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum UrlError {
    /// A relative path whose first segment looks like a scheme.
    #[error("first path segment in URL cannot contain colon")]
    ColonInFirstSegment,
    /// A control character anywhere.
    #[error("invalid control character in URL")]
    ControlCharacter,
    /// A `%` without two hexadecimal digits, or one that a host may not have.
    #[error("invalid URL escape {0:?}")]
    Escape(String),
    /// A character that a host cannot have.
    #[error("invalid character {0:?} in host name")]
    HostCharacter(String),
    /// Brackets around something that is no IPv6 address.
    #[error("invalid host {0:?}")]
    Literal(String),
    /// `[` without `]`.
    #[error("missing ']' in host")]
    MissingBracket,
    /// `:` in front of everything.
    #[error("missing protocol scheme")]
    MissingScheme,
    /// A port that is no number.
    #[error("invalid port {0:?} after host")]
    Port(String),
    /// A character that user name and password cannot have.
    #[error("invalid userinfo")]
    UserInfo,
}

/// Splits at the first `separator`; `None` where there is none.
fn cut(text: &[u8], separator: u8) -> (&[u8], Option<&[u8]>) {
    match text.iter().position(|&byte| byte == separator) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    }
}

/// Splits `scheme:rest`. Whatever cannot be a scheme leaves the text whole.
fn split_scheme(text: &[u8]) -> Result<(String, &[u8]), UrlError> {
    let (scheme, Some(rest)) = cut(text, b':') else { return Ok((String::new(), text)) };
    let Some((first, others)) = scheme.split_first() else { return Err(UrlError::MissingScheme) };
    let is_scheme = first.is_ascii_alphabetic()
        && others.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte));
    if !is_scheme {
        return Ok((String::new(), text));
    }
    Ok((String::from_utf8_lossy(scheme).to_ascii_lowercase(), rest))
}

#[cfg(test)]
mod tests;
