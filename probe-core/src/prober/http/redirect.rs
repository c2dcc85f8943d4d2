//! Which answers redirect, and what the next request keeps of the last.

use std::net::IpAddr;

use crate::net::http::Fields;
use crate::wire::url::Url;

/// How many redirects are followed.
pub(super) const MOST_REDIRECTS: u64 = 10;
/// Fields that are for one host only.
const SENSITIVE: [&str; 6] =
    ["Authorization", "Cookie", "Cookie2", "Proxy-Authenticate", "Proxy-Authorization", "Www-Authenticate"];
/// Fields that describe a body.
const OF_BODY: [&str; 4] = ["Content-Encoding", "Content-Language", "Content-Location", "Content-Type"];

/// Whether a field is for one host only.
pub(super) fn is_sensitive(name: &str) -> bool {
    SENSITIVE.iter().any(|sensitive| sensitive.eq_ignore_ascii_case(name))
}

/// Whether a field describes a body.
pub(super) fn is_of_body(name: &str) -> bool {
    OF_BODY.iter().any(|of_body| of_body.eq_ignore_ascii_case(name))
}

/// What a redirect wants, going by its status (RFC 9110 section 15.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Redirect {
    /// The same once more, body included.
    Repeat,
    /// GET, or HEAD if that was the method.
    See,
}

impl Redirect {
    /// What an answer with this status wants; `None` if it is no redirect, or if a body would have to be sent again that
    /// was read from a file.
    pub(super) fn of(status: u16, has_body_file: bool) -> Option<Self> {
        match status {
            301..=303 => Some(Self::See),
            307 | 308 if !has_body_file => Some(Self::Repeat),
            _ => None,
        }
    }
}

/// Whether `url` belongs to one of the hosts that the probe is about: it is the host, or below it.
pub(super) fn is_at_home(url: &Url, homes: &[String]) -> bool {
    let host = url.host_name().to_lowercase();
    homes.iter().any(|home| {
        let is_below = || host.strip_suffix(home.as_str()).is_some_and(|rest| rest.ends_with('.'));
        let is_name = !home.is_empty() && home.parse::<IpAddr>().is_err() && !host.contains([':', '%']);
        host == *home || (is_name && is_below())
    })
}

/// What the next request says of where it comes from: nothing if that was secret and the next is not.
pub(super) fn referer(last: &Url, next: &Url) -> Option<String> {
    if last.is_https() && next.scheme == "http" {
        return None;
    }
    Some(Url { user: None, ..last.clone() }.to_string())
}

/// Forgets the cookies of the configuration that an answer has set anew, whatever they were for.
pub(super) fn forget_cookies(fields: &mut Fields, headers: &http::HeaderMap) {
    let Some(cookies) = fields.first("Cookie").map(|value| String::from_utf8_lossy(value).into_owned())
    else {
        return;
    };
    let names: Vec<_> =
        headers.get_all("set-cookie").iter().filter_map(|value| name_of(value.as_bytes())).collect();
    let mut kept: Vec<_> = cookies.split(';').map(str::trim).filter(|cookie| !cookie.is_empty()).collect();
    let before = kept.len();
    kept.retain(|cookie| name_of(cookie.as_bytes()).is_none_or(|name| !names.contains(&name)));
    if kept.len() == before {
        return;
    }
    kept.sort_unstable();
    fields.remove("Cookie");
    if !kept.is_empty() {
        fields.set("Cookie", kept.join("; "));
    }
}

fn name_of(cookie: &[u8]) -> Option<&[u8]> {
    let end = cookie.iter().position(|&byte| byte == b'=')?;
    Some(cookie[..end].trim_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn statuses_redirect() {
        for (status, plain, with_file) in [
            (300, None, None),
            (301, Some(Redirect::See), Some(Redirect::See)),
            (302, Some(Redirect::See), Some(Redirect::See)),
            (303, Some(Redirect::See), Some(Redirect::See)),
            (304, None, None),
            (307, Some(Redirect::Repeat), None),
            (308, Some(Redirect::Repeat), None),
            (309, None, None),
        ] {
            assert_eq!(
                (Redirect::of(status, false), Redirect::of(status, true)),
                (plain, with_file),
                "{status}"
            );
        }
    }

    #[test]
    fn home_is_the_host_and_what_is_below_it() {
        let homes = ["web.example".to_owned(), "192.0.2.1".to_owned()];
        for (text, at_home) in [
            ("http://web.example/", true),
            ("https://WEB.example:8443/", true),
            ("http://a.web.example/", true),
            ("http://aweb.example/", false),
            ("http://example/", false),
            ("http://192.0.2.1:81/", true),
            ("http://1.192.0.2.1/", false),
            ("http://192.0.2.11/", false),
        ] {
            assert_eq!(is_at_home(&url(text), &homes), at_home, "{text}");
        }
        assert!(!is_at_home(&url("http://web.example/"), &[String::new()]));
    }

    #[test]
    fn the_referer_is_no_secret() {
        for (last, next, expected) in [
            ("http://u:p@192.0.2.1:80/a?b", "http://other/", Some("http://192.0.2.1:80/a?b")),
            ("https://h/", "https://other/", Some("https://h/")),
            ("https://h/", "http://other/", None),
            ("http://h", "https://other/", Some("http://h")),
        ] {
            assert_eq!(referer(&url(last), &url(next)).as_deref(), expected, "{last} {next}");
        }
    }

    #[test]
    fn cookies_set_anew_replace_those_of_the_configuration() {
        let mut headers = http::HeaderMap::new();
        headers.append("set-cookie", http::HeaderValue::from_static("b=9; Path=/x"));
        for (before, after) in
            [("c=3; b=2;a=1", Some("a=1; c=3")), ("b=2", None), ("c=3; a=1", Some("c=3; a=1"))]
        {
            let mut fields = Fields::default();
            fields.set("Cookie", before);
            forget_cookies(&mut fields, &headers);
            assert_eq!(fields.first("Cookie"), after.map(str::as_bytes), "{before}");
        }
    }
}
