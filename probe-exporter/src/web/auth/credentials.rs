//! What a request says about who asks.

use std::borrow::Cow;

use hyper::header::{AUTHORIZATION, HeaderMap};

/// What the header `Authorization` says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Credentials<'h> {
    /// RFC 7617.
    Basic { user: Vec<u8>, password: Vec<u8> },
    /// RFC 6750.
    Bearer { token: &'h [u8] },
}

impl<'h> Credentials<'h> {
    /// Reads the first such header; `None` if it says nothing that can be understood.
    pub(super) fn read(headers: &'h HeaderMap) -> Option<Self> {
        let value = headers.get(AUTHORIZATION)?.as_bytes();
        let blank = value.iter().position(|byte| *byte == b' ')?;
        let (scheme, rest) = (&value[..blank], &value[blank + 1..]);
        if scheme.eq_ignore_ascii_case(b"basic") {
            let text = decode(rest)?;
            let colon = text.iter().position(|byte| *byte == b':')?;
            return Some(Self::Basic {
                user: text[..colon].to_owned(),
                password: text[colon + 1..].to_owned(),
            });
        }
        let token = rest.trim_ascii();
        (scheme.eq_ignore_ascii_case(b"bearer") && !token.is_empty()).then_some(Self::Bearer { token })
    }
}

/// Base64 with padding (RFC 4648 section 4); line breaks are skipped, as Go does.
fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let text: Cow<'_, [u8]> = if text.contains(&b'\n') || text.contains(&b'\r') {
        text.iter().copied().filter(|byte| !b"\r\n".contains(byte)).collect()
    } else {
        text.into()
    };
    if !text.len().is_multiple_of(4) {
        return None;
    }
    let padding = text.iter().rev().take_while(|byte| **byte == b'=').count();
    if padding > 2 {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut buffered, mut bits) = (0_u32, 0_u32);
    for symbol in &text[..text.len() - padding] {
        buffered = (buffered << 6) | sextet(*symbol)?;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((buffered >> bits) as u8);
            buffered &= (1 << bits) - 1;
        }
    }
    Some(bytes)
}

fn sextet(symbol: u8) -> Option<u32> {
    let value = match symbol {
        b'A'..=b'Z' => symbol - b'A',
        b'a'..=b'z' => symbol - b'a' + 26,
        b'0'..=b'9' => symbol - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(value.into())
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    fn headers(value: &str) -> HeaderMap {
        HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_str(value).expect("a header"))])
    }

    #[test]
    fn user_and_password_are_read_as_go_reads_them() {
        for (value, expected) in [
            ("Basic YWxpY2U6czNjcmV0", Some(("alice", "s3cret"))),
            ("bAsIc YWxpY2U6czNjcmV0", Some(("alice", "s3cret"))),
            ("Basic YTpiOmM=", Some(("a", "b:c"))),
            ("Basic Og==", Some(("", ""))),
            ("Basic YWxpY2U=", None),
            ("Basic YTpi ", None),
            ("Basic YTpiOmM", None),
            ("Basic  YTpi", None),
            ("Basic YTp*", None),
            ("Basic ====", None),
            ("Basic", None),
            ("YTpi", None),
            ("Digest YTpi", None),
        ] {
            let headers = headers(value);
            let read = Credentials::read(&headers);
            let expected = expected
                .map(|(user, password)| Credentials::Basic { user: user.into(), password: password.into() });
            assert_eq!(read, expected, "{value}");
        }
    }

    #[test]
    fn tokens_are_read_as_they_are() {
        for (value, expected) in
            [("Bearer abc", Some("abc")), ("bearer  a=b ", Some("a=b")), ("Bearer ", None), ("Bearer", None)]
        {
            let headers = headers(value);
            let expected = expected.map(|token| Credentials::Bearer { token: token.as_bytes() });
            assert_eq!(Credentials::read(&headers), expected, "{value}");
        }
    }

    #[test]
    fn without_a_header_nobody_says_anything() {
        assert_eq!(Credentials::read(&HeaderMap::new()), None);
    }
}
