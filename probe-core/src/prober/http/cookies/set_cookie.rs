//! What a `Set-Cookie` header says.

use crate::prober::http::http_date;

/// One `Set-Cookie` header (RFC 6265 section 4.1.1).
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct SetCookie {
    pub(super) name: String,
    value: String,
    is_quoted: bool,
    /// As written; empty if absent.
    pub(super) domain: String,
    /// As written; empty if absent.
    pub(super) path: String,
    pub(super) is_secure: bool,
    /// Seconds.
    pub(super) max_age: Option<i64>,
    /// Unix time.
    pub(super) expires: Option<i64>,
}

impl SetCookie {
    /// Reads a header's value. Nothing if it has no name, or a value that cannot be sent back. Attributes that cannot be
    /// read are passed over.
    pub(super) fn parse(header: &[u8]) -> Option<Self> {
        let text = str::from_utf8(header).ok()?;
        let mut parts = text.split(';').map(trim);
        let (name, value) = parts.next()?.split_once('=')?;
        let (name, value) = (trim(name), trim(value));
        let quoted = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let mut cookie = Self {
            name: name.to_owned(),
            value: quoted.unwrap_or(value).to_owned(),
            is_quoted: quoted.is_some(),
            ..Self::default()
        };
        if !is_token(name) || !may_be_sent(&cookie.value) {
            return None;
        }
        for attribute in parts {
            let (name, value) = attribute.split_once('=').unwrap_or((attribute, ""));
            if may_be_sent(value) {
                cookie.take_attribute(&name.to_ascii_lowercase(), value);
            }
        }
        Some(cookie)
    }

    /// The value as it is sent back: in quotes if it came in quotes, or needs them.
    pub(super) fn sent_value(&self) -> String {
        let needs_quotes = self.is_quoted || self.value.contains([' ', ',']);
        if needs_quotes && !self.value.is_empty() {
            format!("\"{}\"", self.value)
        } else {
            self.value.clone()
        }
    }

    fn take_attribute(&mut self, name: &str, value: &str) {
        match name {
            "domain" => value.clone_into(&mut self.domain),
            "expires" => self.expires = http_date::parse_expires(value),
            "max-age" => self.max_age = max_age(value).or(self.max_age),
            "path" => value.clone_into(&mut self.path),
            "secure" => self.is_secure = true,
            _ => {}
        }
    }
}

/// Seconds without leading zeros; zero and below mean at once.
fn max_age(text: &str) -> Option<i64> {
    let seconds: i64 = text.parse().ok()?;
    (seconds == 0 || !text.starts_with('0')).then_some(seconds)
}

fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t', '\r', '\n'])
}

/// RFC 9110 section 5.6.2.
fn is_token(text: &str) -> bool {
    let is_token_byte = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_token_byte)
}

fn may_be_sent(value: &str) -> bool {
    value.bytes().all(|byte| (b' '..0x7f).contains(&byte) && !b"\";\\".contains(&byte))
}
