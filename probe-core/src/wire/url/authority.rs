//! The authority of a URL: user name and password, host, port (RFC 3986 section 3.2).

use std::fmt;
use std::net::Ipv6Addr;

use super::{UrlError, cut, escape};

/// User name and password of a URL, escapes undone. Its `Debug` form hides the password.
#[derive(Clone, PartialEq, Eq)]
pub struct UserInfo {
    /// The user name.
    pub name: String,
    /// The password; `None` without a colon.
    pub password: Option<String>,
}

impl UserInfo {
    /// The password, empty where there is none.
    pub fn password(&self) -> &str {
        self.password.as_deref().unwrap_or_default()
    }
}

impl fmt::Debug for UserInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserInfo").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Shows the password in the clear.
impl fmt::Display for UserInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&escape::user(&self.name))?;
        match &self.password {
            Some(password) => write!(f, ":{}", escape::user(password)),
            None => Ok(()),
        }
    }
}

/// Reads what stands between `//` and the path.
pub(super) fn parse(text: &[u8]) -> Result<(Option<UserInfo>, String), UrlError> {
    match text.iter().rposition(|&byte| byte == b'@') {
        Some(at) => Ok((Some(user_info(&text[..at])?), host(&text[at + 1..])?)),
        None => Ok((None, host(text)?)),
    }
}

/// Splits a host with an optional port into the two, brackets removed. What is no port belongs to the host.
pub fn split_port(host: &str) -> (&str, Option<&str>) {
    let (name, port) = match host.rfind(':') {
        Some(colon) if is_port(&host.as_bytes()[colon + 1..]) => (&host[..colon], Some(&host[colon + 1..])),
        _ => (host, None),
    };
    match name.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')) {
        Some(inner) => (inner, port),
        None => (name, port),
    }
}

fn user_info(text: &[u8]) -> Result<UserInfo, UrlError> {
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(byte);
    if !text.iter().all(allowed) {
        return Err(UrlError::UserInfo);
    }
    escape::check(text)?;
    let plain = |text| String::from_utf8_lossy(&escape::undo(text)).into_owned();
    let (name, password) = cut(text, b':');
    Ok(UserInfo { name: plain(name), password: password.map(plain) })
}

fn host(text: &[u8]) -> Result<String, UrlError> {
    if let Some(open) = text.iter().rposition(|&byte| byte == b'[') {
        return literal(&text[open + 1..]);
    }
    if let Some(colon) = text.iter().rposition(|&byte| byte == b':') {
        check_port(&text[colon..])?;
    }
    escape::undo_in_host(text, false)
}

/// Reads an IPv6 address with its optional zone and port, `text` being what follows the bracket.
fn literal(text: &[u8]) -> Result<String, UrlError> {
    let Some(close) = text.iter().rposition(|&byte| byte == b']') else {
        return Err(UrlError::MissingBracket);
    };
    let (inside, port) = (&text[..close], &text[close + 1..]);
    check_port(port)?;
    let zone = inside.windows(3).position(|window| window == b"%25").unwrap_or(inside.len());
    let address = escape::undo_in_host(&inside[..zone], false)?;
    let zone = escape::undo_in_host(&inside[zone..], true)?;
    let is_address = address.parse::<Ipv6Addr>().is_ok() && zone != "%";
    if !is_address {
        return Err(UrlError::Literal(address));
    }
    Ok(format!("[{address}{zone}]{}", String::from_utf8_lossy(port)))
}

/// Accepts nothing, a colon, and a colon with digits.
fn check_port(text: &[u8]) -> Result<(), UrlError> {
    match text {
        [] => Ok(()),
        [b':', digits @ ..] if is_port(digits) => Ok(()),
        _ => Err(UrlError::Port(String::from_utf8_lossy(text).into_owned())),
    }
}

fn is_port(text: &[u8]) -> bool {
    text.iter().all(u8::is_ascii_digit)
}
