//! Percent-encoding: which bytes may stand as they are, and where.

use std::borrow::Cow;

use super::UrlError;

/// Fails at the first `%` without two hexadecimal digits.
pub(super) fn check(text: &[u8]) -> Result<(), UrlError> {
    let mut rest = text;
    while let Some(at) = rest.iter().position(|&byte| byte == b'%') {
        let escape = &rest[at..];
        if value(escape).is_none() {
            return Err(invalid(escape));
        }
        rest = &escape[3..];
    }
    Ok(())
}

/// A path as it is sent: as written if every byte may be, otherwise written anew.
pub(super) fn path(text: &[u8]) -> Result<String, UrlError> {
    const AS_WRITTEN: &[u8] = b"!$&'()*+,;=:@[]%-._~/";
    const ANEW: &[u8] = b"$&+,/:;=@-._~";

    check(text)?;
    let stands = |allowed: &[u8], byte: u8| byte.is_ascii_alphanumeric() || allowed.contains(&byte);
    if text == b"*" || text.iter().all(|&byte| stands(AS_WRITTEN, byte)) {
        return Ok(String::from_utf8_lossy(text).into_owned());
    }
    Ok(encode(&undo(text), |byte| stands(ANEW, byte)))
}

/// A host as it is shown in a URL; the `%` of a zone is escaped (RFC 6874).
pub(super) fn host(text: &str) -> Cow<'_, str> {
    if text.bytes().all(may_be_in_host) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(encode(text.as_bytes(), may_be_in_host))
}

/// A user name or a password.
pub(super) fn user(text: &str) -> String {
    encode(text.as_bytes(), |byte| byte.is_ascii_alphanumeric() || b"$&+,;=-._~".contains(&byte))
}

/// Whether a host may have the ASCII character `byte` unescaped.
pub(super) fn may_be_in_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!$&'()*+,;=:[]<>\"-._~".contains(&byte)
}

/// Undoes all escapes; what is none stays.
pub(super) fn undo(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, others)) = rest.split_first() {
        let escaped = value(rest);
        bytes.push(escaped.unwrap_or(first));
        rest = if escaped.is_some() { &rest[3..] } else { others };
    }
    bytes
}

/// Undoes the escapes of a host, where only `%25` and bytes beyond ASCII may be escaped; in a zone, anything may.
pub(super) fn undo_in_host(text: &[u8], is_zone: bool) -> Result<String, UrlError> {
    check(text)?;
    let mut rest = text;
    while let Some((&first, others)) = rest.split_first() {
        if let Some(byte) = value(rest) {
            if byte.is_ascii() && byte != b'%' && !is_zone {
                return Err(invalid(rest));
            }
            rest = &rest[3..];
            continue;
        }
        if first.is_ascii() && !may_be_in_host(first) {
            return Err(UrlError::HostCharacter(char::from(first).into()));
        }
        rest = others;
    }
    String::from_utf8(undo(text))
        .map_err(|error| UrlError::HostCharacter(String::from_utf8_lossy(error.as_bytes()).into_owned()))
}

fn encode(text: &[u8], stands: impl Fn(u8) -> bool) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";

    let mut encoded = String::with_capacity(text.len() + 16);
    for &byte in text {
        if stands(byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push(char::from(DIGITS[usize::from(byte >> 4)]));
            encoded.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
    encoded
}

/// The byte that the escape at the beginning of `text` means.
fn value(text: &[u8]) -> Option<u8> {
    let [b'%', high, low, ..] = *text else { return None };
    let digit = |byte: u8| char::from(byte).to_digit(16);
    Some((digit(high)? << 4 | digit(low)?) as u8)
}

fn invalid(escape: &[u8]) -> UrlError {
    UrlError::Escape(String::from_utf8_lossy(&escape[..escape.len().min(3)]).into_owned())
}
