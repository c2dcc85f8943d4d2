//! URLs as Go's `net/url` judges them, so that the same files load and the same words say why not.

use thiserror::Error;

/// Characters besides letters and digits that a host may have as they are.
const HOST_MARKS: &[u8] = b"-_.~!$&'()*+,;=:[]<>\"";

/// Characters besides letters and digits that user name and password may have (RFC 3986 section 3.2.1).
const USER_MARKS: &[u8] = b"-._:~!$&'()*+,;=%@";

/// Why a text is no URL. Displays with Go's words.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(crate) enum UrlError {
    /// A colon where no scheme can end.
    #[error("first path segment in URL cannot contain colon")]
    Colon,
    /// A control character.
    #[error("net/url: invalid control character in URL")]
    Control,
    /// A percent sign without two hexadecimal digits, or with ones that cannot be there.
    #[error("invalid URL escape {0:?}")]
    Escape(String),
    /// A character that a host cannot have.
    #[error("invalid character {0:?} in host name")]
    Host(String),
    /// An IPv6 address without end.
    #[error("missing ']' in host")]
    MissingBracket,
    /// Nothing before the first colon.
    #[error("missing protocol scheme")]
    MissingScheme,
    /// Something behind the host that is no port.
    #[error("invalid port {0:?} after host")]
    Port(String),
    /// A character that user name and password cannot have.
    #[error("net/url: invalid userinfo")]
    User,
}

/// Where an escaped text stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Host,
    Other,
    Zone,
}

/// Whether Go would read the text as a URL, be it a relative one.
pub(crate) fn check(text: &str) -> Result<(), UrlError> {
    let (text, fragment) = text.split_once('#').unwrap_or((text, ""));
    if text.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
        return Err(UrlError::Control);
    }
    let (has_scheme, rest) = split_scheme(text)?;
    let rest = rest.split_once('?').map_or(rest, |(before, _)| before);
    if !rest.starts_with('/') {
        if has_scheme {
            return check_escapes(fragment, Part::Other);
        }
        if rest.split('/').next().is_some_and(|first| first.contains(':')) {
            return Err(UrlError::Colon);
        }
    }
    let mut path = rest;
    if let Some(after) = rest.strip_prefix("//")
        && (has_scheme || !rest.starts_with("///"))
    {
        let end = after.find('/').unwrap_or(after.len());
        check_authority(&after[..end])?;
        path = &after[end..];
    }
    check_escapes(path, Part::Other)?;
    check_escapes(fragment, Part::Other)
}

/// The text without the password in it: `xxxxx` stands for it. If it is no URL, then without anything that may be one.
pub(crate) fn masked(text: &str) -> String {
    let start = text.find("//").map_or(0, |slashes| slashes + 2);
    let (scheme, rest) = text.split_at(start);
    let is_certain = start > 0 && check(text).is_ok();
    let authority = if is_certain { rest.find(['/', '?', '#']) } else { None };
    let end = rest[..authority.unwrap_or(rest.len())].rfind('@').unwrap_or_default();
    match rest[..end].split_once(':') {
        Some((user, _)) => format!("{scheme}{user}:xxxxx{}", &rest[end..]),
        None => text.to_owned(),
    }
}

/// Whether there is a scheme, and what follows it.
fn split_scheme(text: &str) -> Result<(bool, &str), UrlError> {
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if index > 0 => {}
            b':' if index > 0 => return Ok((true, &text[index + 1..])),
            b':' => return Err(UrlError::MissingScheme),
            _ => break,
        }
    }
    Ok((false, text))
}

fn check_authority(authority: &str) -> Result<(), UrlError> {
    let Some((user, host)) = authority.rsplit_once('@') else { return check_host(authority) };
    check_host(host)?;
    if !user.bytes().all(|byte| byte.is_ascii_alphanumeric() || USER_MARKS.contains(&byte)) {
        return Err(UrlError::User);
    }
    check_escapes(user, Part::Other)
}

fn check_host(host: &str) -> Result<(), UrlError> {
    if host.starts_with('[') {
        let end = host.rfind(']').ok_or(UrlError::MissingBracket)?;
        check_port(&host[end + 1..])?;
        if let Some(zone) = host[..end].find("%25") {
            check_escapes(&host[..zone], Part::Host)?;
            check_escapes(&host[zone..end], Part::Zone)?;
            return check_escapes(&host[end..], Part::Host);
        }
    } else if let Some(colon) = host.rfind(':') {
        check_port(&host[colon..])?;
    }
    check_escapes(host, Part::Host)
}

/// Nothing, or a colon and digits, perhaps none.
fn check_port(text: &str) -> Result<(), UrlError> {
    let is_port = text.is_empty()
        || text.strip_prefix(':').is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit()));
    if is_port { Ok(()) } else { Err(UrlError::Port(text.to_owned())) }
}

fn check_escapes(text: &str, part: Part) -> Result<(), UrlError> {
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        if next == '%' {
            check_escape(rest, part)?;
            rest = &rest[3..];
            continue;
        }
        if part != Part::Other && next.is_ascii() && !stands_in_host(next as u8) {
            return Err(UrlError::Host(next.to_string()));
        }
        rest = &rest[next.len_utf8()..];
    }
    Ok(())
}

/// The escape at the start of the text. In a host only bytes beyond ASCII may be escaped.
fn check_escape(text: &str, part: Part) -> Result<(), UrlError> {
    let wrong = || UrlError::Escape(text.chars().take(3).collect());
    let byte = text.get(1..3).and_then(|digits| hex(digits)).ok_or_else(wrong)?;
    let is_allowed = match part {
        Part::Host => byte >= 0x80 || byte == b'%',
        Part::Other => true,
        Part::Zone => byte == b'%' || byte == b' ' || stands_in_host(byte),
    };
    if is_allowed { Ok(()) } else { Err(wrong()) }
}

fn hex(digits: &str) -> Option<u8> {
    let are_digits = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    are_digits.then(|| u8::from_str_radix(digits, 16).ok()).flatten()
}

fn stands_in_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || HOST_MARKS.contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_what_go_accepts() {
        let good = [
            "", "x", "x:y", "*", "a:b@c", "a/b:c", "//h", "http://", "ftp://x", "http://a:99999999", "http://a:",
            "http://[::1]:3128", "http://[fe80::1%25eth0]:1", "http://::1", "socks5://u:p@h:1", "http://h/ x",
            "http://h?a b%zz", "http://é", "http://a<b", "http://a\"b", "http://a%C3%A9", "http://u%41:p@h/%20#%20",
        ];
        for text in good {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn refuses_with_the_words_of_go() {
        let cases = [
            (":x", "missing protocol scheme"),
            ("1http://x", "first path segment in URL cannot contain colon"),
            ("http://a b", "invalid character \" \" in host name"),
            ("http://a:b:c", "invalid port \":c\" after host"),
            ("http://a:x", "invalid port \":x\" after host"),
            ("http://[::1]x", "invalid port \"x\" after host"),
            ("http://[::1", "missing ']' in host"),
            ("http://a%zz", "invalid URL escape \"%zz\""),
            ("http://a%41", "invalid URL escape \"%41\""),
            ("http://a/%z", "invalid URL escape \"%z\""),
            ("http://a/%é1", "invalid URL escape \"%é1\""),
            ("http://h#%zz", "invalid URL escape \"%zz\""),
            ("http://u%zz@h", "invalid URL escape \"%zz\""),
            ("http://us er@h", "net/url: invalid userinfo"),
            ("http://\u{1}", "net/url: invalid control character in URL"),
        ];
        for (text, message) in cases {
            assert_eq!(check(text).map_err(|error| error.to_string()), Err(message.to_owned()), "{text}");
        }
    }

    #[test]
    fn passwords_are_masked() {
        let cases = [
            ("http://user:hunter2@proxy:3128/?a=b", "http://user:xxxxx@proxy:3128/?a=b"),
            ("http://user@proxy", "http://user@proxy"),
            ("http://proxy:3128/a@b", "http://proxy:3128/a@b"),
            ("http://user:hun/ter2@proxy", "http://user:xxxxx@proxy"),
            ("http://user:hun@ter2@proxy", "http://user:xxxxx@proxy"),
            ("//u:hunter2@h", "//u:xxxxx@h"),
            ("u:hunter2@h:3128", "u:xxxxx@h:3128"),
            ("", ""),
        ];
        for (text, shown) in cases {
            assert_eq!(masked(text), shown);
        }
    }
}
