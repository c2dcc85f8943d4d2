//! URLs without their passwords, for whoever looks at a configuration.

use crate::wire::url::Url;

/// The text without the password in it: `xxxxx` stands for it. If it is no URL, then without anything that may be one.
pub(crate) fn masked(text: &str) -> String {
    let start = text.find("//").map_or(0, |slashes| slashes + 2);
    let (scheme, rest) = text.split_at(start);
    let is_certain = start > 0 && Url::parse(text.as_bytes()).is_ok();
    let authority = if is_certain { rest.find(['/', '?', '#']) } else { None };
    let end = rest[..authority.unwrap_or(rest.len())].rfind('@').unwrap_or_default();
    match rest[..end].split_once(':') {
        Some((user, _)) => format!("{scheme}{user}:xxxxx{}", &rest[end..]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
