//! `http_server_config.headers`: the few headers that may be configured.

use hyper::header::{HeaderName, HeaderValue};
use probe_core::settings::{Errors, Section};

use super::access::named;

/// Every header, and the values that it may have if not any.
const ALLOWED: [(&str, &[&str]); 5] = [
    ("Strict-Transport-Security", &[]),
    ("X-Content-Type-Options", &["nosniff"]),
    ("X-Frame-Options", &["deny", "sameorigin"]),
    ("X-XSS-Protection", &[]),
    ("Content-Security-Policy", &[]),
];

pub(super) fn read(http: &mut Section<'_>, errors: &mut Errors) -> Vec<(HeaderName, HeaderValue)> {
    let mut headers = Vec::new();
    for (name, place, value) in named(http, "headers", errors) {
        match header(&name, &value) {
            Ok(header) => headers.push(header),
            Err(problem) => {
                errors.push(place, format!("http_server_config.headers.{}", name.escape_debug()), problem);
            }
        }
    }
    headers
}

fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), String> {
    let Some((_, values)) = ALLOWED.iter().find(|(allowed, _)| *allowed == name) else {
        return Err(format!("HTTP header {name:?} can not be configured"));
    };
    if !values.is_empty() && !values.contains(&value) {
        let expected: Vec<String> = values.iter().map(|value| format!("{value:?}")).collect();
        let expected = expected.join(" ");
        return Err(format!("invalid value for {name}. Expected one of: [{expected}], but got: {value:?}"));
    }
    let invalid = |_| format!("invalid value for {name}, which has characters that headers cannot have");
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| format!("{name:?} is no header"))?;
    // Line breaks become blanks, as in the reference.
    let value =
        HeaderValue::from_bytes(value.replace(['\n', '\r'], " ").trim().as_bytes()).map_err(invalid)?;
    Ok((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_those_of_the_reference() {
        for (name, value, problem) in [
            ("X-Frame-Options", "deny", None),
            ("X-XSS-Protection", "1; mode=block", None),
            ("Content-Security-Policy", "default-src\n'self'", None),
            ("X-Foo", "a", Some("HTTP header \"X-Foo\" can not be configured")),
            ("x-frame-options", "deny", Some("HTTP header \"x-frame-options\" can not be configured")),
            (
                "X-Frame-Options",
                "DENY",
                Some(
                    "invalid value for X-Frame-Options. Expected one of: [\"deny\" \"sameorigin\"], but got: \"DENY\"",
                ),
            ),
            (
                "X-Content-Type-Options",
                "",
                Some(
                    "invalid value for X-Content-Type-Options. Expected one of: [\"nosniff\"], but got: \"\"",
                ),
            ),
        ] {
            assert_eq!(header(name, value).err().as_deref(), problem, "{name} {value}");
        }
    }
}
