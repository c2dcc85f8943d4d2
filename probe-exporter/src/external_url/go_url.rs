//! URLs as Go reads them: nearly everything is one, and what is not has its own words.

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use thiserror::Error;

use crate::quoting::Quoted;

/// What a path cannot hold as it is.
pub(crate) const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b',')
    .remove(b'/')
    .remove(b':')
    .remove(b';')
    .remove(b'=')
    .remove(b'@');

/// A text that is no URL. Displays in Go's words.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("parse {}: {problem}", Quoted(text.as_bytes()))]
pub(crate) struct UrlError {
    text: String,
    problem: String,
}

/// A URL in its parts. Displays as a URL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct GoUrl {
    /// Scheme and colon, or nothing.
    scheme: String,
    /// Two slashes and who follows them, or nothing.
    authority: String,
    /// The path without its escapes.
    pub(super) path: String,
    /// Question mark, query, hash and fragment, as far as there are any.
    rest: String,
}

impl GoUrl {
    /// Takes a text apart.
    pub(super) fn parse(text: &str) -> Result<Self, UrlError> {
        split(text).map_err(|problem| UrlError { text: text.to_owned(), problem })
    }
}

impl fmt::Display for GoUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = utf8_percent_encode(&self.path, PATH);
        write!(f, "{}{}{path}{}", self.scheme, self.authority, self.rest)
    }
}

fn split(text: &str) -> Result<GoUrl, String> {
    if text.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
        return Err("net/url: invalid control character in URL".to_owned());
    }
    let end = text.find(['?', '#']).unwrap_or(text.len());
    let (before, rest) = text.split_at(end);
    let (scheme, after) = split_scheme(before)?;
    let scheme = scheme.to_lowercase();
    if !scheme.is_empty() && !after.starts_with('/') {
        // Like `mailto:`: what follows is no path.
        let (authority, rest) = (after.to_owned(), rest.to_owned());
        return Ok(GoUrl { scheme, authority, path: String::new(), rest });
    }
    let (authority, path) = split_authority(after);
    check_authority(authority)?;
    if scheme.is_empty() && authority.is_empty() {
        let first = path.split('/').next().unwrap_or_default();
        if first.contains(':') {
            return Err("first path segment in URL cannot contain colon".to_owned());
        }
    }
    check_escapes(path)?;
    let path = percent_decode_str(path).decode_utf8_lossy().into_owned();
    Ok(GoUrl { scheme, authority: authority.to_owned(), path, rest: rest.to_owned() })
}

/// The scheme with its colon, and what follows. A text that begins like a path has none.
fn split_scheme(text: &str) -> Result<(&str, &str), String> {
    for (at, character) in text.char_indices() {
        match character {
            'a'..='z' | 'A'..='Z' => {}
            '0'..='9' | '+' | '-' | '.' if at > 0 => {}
            ':' if at == 0 => return Err("missing protocol scheme".to_owned()),
            ':' => return Ok(text.split_at(at + 1)),
            _ => break,
        }
    }
    Ok(("", text))
}

fn split_authority(text: &str) -> (&str, &str) {
    let Some(inside) = text.strip_prefix("//") else { return ("", text) };
    text.split_at(inside.find('/').map_or(text.len(), |slash| slash + 2))
}

fn check_authority(authority: &str) -> Result<(), String> {
    let whole = authority.trim_start_matches('/');
    let (user, host) = whole.rsplit_once('@').unwrap_or(("", whole));
    let is_user =
        |character: char| character.is_ascii_alphanumeric() || "-._:~!$&'()*+,;=%@".contains(character);
    if !user.chars().all(is_user) {
        return Err("net/url: invalid userinfo".to_owned());
    }
    check_escapes(user)?;
    let port = if host.starts_with('[') {
        let end = host.rfind(']').ok_or("missing ']' in host")?;
        &host[end + 1..]
    } else {
        host.rfind(':').map_or("", |colon| &host[colon..])
    };
    let is_port = port.is_empty()
        || port.strip_prefix(':').is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    if !is_port {
        return Err(format!("invalid port {} after host", Quoted(port.as_bytes())));
    }
    check_escapes(host)?;
    let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~!$&'()*+,;=:[]<>\"%".contains(&byte);
    match host.bytes().position(|byte| byte.is_ascii() && !is_host(byte)) {
        Some(at) => Err(format!("invalid character {} in host name", Quoted(&host.as_bytes()[at..=at]))),
        None => Ok(()),
    }
}

/// Every percent sign needs its two digits.
fn check_escapes(text: &str) -> Result<(), String> {
    for (at, _) in text.match_indices('%') {
        let digits = text.as_bytes().get(at + 1..at + 3);
        if !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
            let end = text.len().min(at + 3);
            return Err(format!("invalid URL escape {}", Quoted(&text.as_bytes()[at..end])));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_url_is_named_in_the_words_of_go() {
        for (text, problem) in [
            (":foo", "missing protocol scheme"),
            ("1a:b", "first path segment in URL cannot contain colon"),
            ("http://a b/", "invalid character \" \" in host name"),
            ("http://a/%zz", "invalid URL escape \"%zz\""),
            ("http://a/%1", "invalid URL escape \"%1\""),
            ("http://a:b/", "invalid port \":b\" after host"),
            ("http://[::1]x/", "invalid port \"x\" after host"),
            ("http://[::1", "missing ']' in host"),
            ("http://a/\u{1}", "net/url: invalid control character in URL"),
            ("http://a<b@c/", "net/url: invalid userinfo"),
        ] {
            let error = GoUrl::parse(text).expect_err(problem).to_string();
            assert_eq!(error, format!("parse {}: {problem}", Quoted(text.as_bytes())));
        }
    }

    #[test]
    fn nearly_everything_is_a_url() {
        for (text, shown) in [
            ("", ""),
            ("HTTP://Host:80/a?b#c", "http://Host:80/a?b#c"),
            ("http://[fe80::1%25en0]:1/x", "http://[fe80::1%25en0]:1/x"),
            ("/a:b", "/a:b"),
            ("http://h:/é", "http://h:/%C3%A9"),
            ("mailto:a%zz", "mailto:a%zz"),
        ] {
            assert_eq!(GoUrl::parse(text).expect(text).to_string(), shown);
        }
    }
}
