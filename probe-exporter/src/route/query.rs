//! The query of a URL, read as Go reads it.

use std::borrow::Cow;

/// The first value of `name`, decoded once; empty if there is none.
///
/// As in the reference, a pair that cannot be decoded or holds a semicolon counts as not there.
pub(super) fn first<'q>(query: &'q str, name: &str) -> Cow<'q, [u8]> {
    all(query, name).next().unwrap_or_default()
}

/// Every value of `name`, decoded once, in their order.
pub(super) fn all<'q>(query: &'q str, name: &str) -> impl Iterator<Item = Cow<'q, [u8]>> {
    let pairs = query.split('&').filter(|pair| !pair.contains(';'));
    pairs.filter_map(move |pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        if *decode(key, true)? == *name.as_bytes() { decode(value, true) } else { None }
    })
}

/// A path without its escapes; `None` if one is not whole.
pub(super) fn decode_path(path: &str) -> Option<Cow<'_, str>> {
    Some(match decode(path, false)? {
        Cow::Borrowed(_) => Cow::Borrowed(path),
        Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
    })
}

/// Undoes `%20`, and `+` if that is a blank; `None` if there is a percent sign without two hexadecimal digits.
fn decode(text: &str, plus_is_blank: bool) -> Option<Cow<'_, [u8]>> {
    if !text.contains(['%', '+']) {
        return Some(Cow::Borrowed(text.as_bytes()));
    }
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => digit(bytes.next()?)? << 4 | digit(bytes.next()?)?,
            b'+' if plus_is_blank => b' ',
            other => other,
        });
    }
    Some(Cow::Owned(decoded))
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_first_value_decoded_once() {
        for (query, value) in [
            ("module=m&target=a", "a"),
            ("target=a&target=b", "a"),
            ("target=%5B%3a%3A1%5d:80", "[::1]:80"),
            ("target=a%253A80", "a%3A80"),
            ("target=a+b%2B", "a b+"),
            ("t%61rget=a", "a"),
            ("target=a=b", "a=b"),
            ("target=%zz&target=b", "b"),
            ("target=%a&x=1", ""),
            ("target=a;b&target=c", "c"),
            ("target", ""),
            ("target=&target=b", ""),
            ("targets=a", ""),
            ("", ""),
        ] {
            assert_eq!(String::from_utf8_lossy(&first(query, "target")), value, "{query}");
        }
    }

    #[test]
    fn a_path_keeps_its_plus() {
        assert_eq!(decode_path("/a+b%2f%20").as_deref(), Some("/a+b/ "));
        assert_eq!(decode_path("/%zz"), None);
    }

    #[test]
    fn values_may_be_any_bytes() {
        assert_eq!(*first("target=%ff%00", "target"), [0xff, 0]);
    }
}
