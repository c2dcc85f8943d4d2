//! Arguments that `curl` has, too.

use probe_core::model::Target;
use probe_core::prober::http::Expression;
use probe_core::settings::Pattern;
use probe_core::wire::http1::{is_token, is_value};
use probe_core::wire::url::Url;

/// A header: `Name: value`.
pub(crate) fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("write NAME: VALUE, for example Accept: text/html")?;
    let value = value.trim();
    if !is_token(name.as_bytes()) {
        return Err("the name is not one of a header; letters, digits and hyphens make one".to_owned());
    }
    if !is_value(value.as_bytes()) {
        return Err("the value has control characters".to_owned());
    }
    Ok((name.to_owned(), value.to_owned()))
}

/// What a header must match: `Name: expression`.
pub(crate) fn header_pattern(text: &str) -> Result<(String, Pattern), String> {
    let (name, expression) = text.split_once(':').ok_or("write NAME: RE, for example Server: ^nginx")?;
    if !is_token(name.as_bytes()) {
        return Err("the name is not one of a header; letters, digits and hyphens make one".to_owned());
    }
    super::pattern(expression.trim()).map(|pattern| (name.to_owned(), pattern))
}

/// User name and password: `user:password`.
pub(crate) fn user(text: &str) -> Result<(String, String), String> {
    let (name, password) = text.split_once(':').ok_or("write USER:PASSWORD; the password may be empty")?;
    Ok((name.to_owned(), password.to_owned()))
}

/// Status codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Statuses(pub(crate) Vec<i64>);

/// Status codes: `200`, `200-299` or `2xx`.
pub(crate) fn statuses(text: &str) -> Result<Statuses, String> {
    let wrong = || "write codes such as 200, ranges such as 200-299, or classes such as 2xx".to_owned();
    let code = |text: &str| text.parse().ok().filter(|code| (100..=999).contains(code)).ok_or_else(wrong);
    if let Some(class) = text.strip_suffix("xx") {
        let class: i64 = class.parse().ok().filter(|class| (1..=9).contains(class)).ok_or_else(wrong)?;
        return Ok(Statuses((class * 100..class * 100 + 100).collect()));
    }
    match text.split_once('-') {
        Some((first, last)) => Ok(Statuses((code(first)?..=code(last)?).collect())),
        None => Ok(Statuses(vec![code(text)?])),
    }
}

/// What to ask for: a URL, or a host to ask over HTTP.
pub(crate) fn url(text: &str) -> Result<Target, String> {
    if text.is_empty() {
        return Err("empty; write a URL, for example https://example.com/".to_owned());
    }
    let with_scheme = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    match Url::parse(with_scheme.as_bytes()) {
        Ok(url) if matches!(url.scheme.as_str(), "http" | "https") => Ok(text.into()),
        Ok(url) => Err(format!("{} is not spoken here; write http:// or https://", url.scheme)),
        Err(error) => Err(format!("{error}; write a URL, for example https://example.com/")),
    }
}

/// The address of a websocket.
pub(crate) fn websocket_url(text: &str) -> Result<Target, String> {
    match Url::parse(text.as_bytes()) {
        Ok(url) if matches!(url.scheme.as_str(), "ws" | "wss") => Ok(text.into()),
        _ => Err("not the address of a websocket; write ws://HOST/PATH or wss://HOST/PATH".to_owned()),
    }
}

/// An expression over a JSON body.
pub(crate) fn expression(text: &str) -> Result<Expression, String> {
    Expression::compile(text).map_err(|error| format!("{error}; write one such as body.status == 'ok'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_have_a_name_and_a_value() {
        assert_eq!(header("Accept:  text/html "), Ok(("Accept".to_owned(), "text/html".to_owned())));
        assert_eq!(header("X:"), Ok(("X".to_owned(), String::new())));
        for text in ["Accept", ": x", "a b: c", "a: b\nc"] {
            assert!(header(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn statuses_are_numbers_ranges_and_classes() {
        assert_eq!(statuses("200"), Ok(Statuses(vec![200])));
        assert_eq!(statuses("200-202"), Ok(Statuses(vec![200, 201, 202])));
        assert_eq!(statuses("2xx").map(|Statuses(codes)| (codes.len(), codes[99])), Ok((100, 299)));
        for text in ["", "20", "2x", "0xx", "200-", "-1", "ok", "1000"] {
            assert!(statuses(text).is_err_and(|problem| problem.contains("200-299")), "{text}");
        }
    }

    #[test]
    fn urls_say_which_protocol() {
        for text in ["https://example.com/a?b", "example.com", "127.0.0.1:8080/x", "HTTP://a"] {
            assert_eq!(url(text), Ok(text.into()));
        }
        for text in ["", "ftp://example.com", "http://[::1", "a b"] {
            assert!(url(text).is_err_and(|problem| problem.contains("http")), "{text}");
        }
        assert_eq!(websocket_url("wss://a/b"), Ok("wss://a/b".into()));
        assert!(websocket_url("https://a/b").is_err() && websocket_url("a:1").is_err());
    }
}
