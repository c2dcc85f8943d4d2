//! What the reference's server answers by itself, whatever is asked for.

use hyper::header::{CONNECTION, CONTENT_TYPE, EXPECT, HOST, HeaderValue};
use hyper::{Method, Request, StatusCode, Version};

use crate::route::{Answer, MESSAGE, ok};

/// The answer to a request that breaks the rules of HTTP, or asks about them; `None` for all others.
pub(super) fn answer<B>(request: &Request<B>) -> Option<Answer> {
    let mut hosts = request.headers().get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        // RFC 9112 section 3.2.
        (None, _) if request.version() == Version::HTTP_11 => {
            return Some(closing(StatusCode::BAD_REQUEST, "400 Bad Request: missing required Host header"));
        }
        (Some(_), Some(_)) => return Some(closing(StatusCode::BAD_REQUEST, "400 Bad Request")),
        (Some(host), None) if !host.as_bytes().iter().all(|byte| belongs_in_a_host(*byte)) => {
            return Some(closing(StatusCode::BAD_REQUEST, "400 Bad Request: malformed Host header"));
        }
        _ => {}
    }
    // RFC 9110 section 10.1.1.
    if request
        .headers()
        .get(EXPECT)
        .is_some_and(|value| !value.as_bytes().eq_ignore_ascii_case(b"100-continue"))
    {
        return Some(without_type(closing(StatusCode::EXPECTATION_FAILED, "")));
    }
    let asks_about_the_server = request.method() == Method::OPTIONS && request.uri().path() == "*";
    asks_about_the_server.then(|| without_type(ok(MESSAGE, "")))
}

/// RFC 3986 section 3.2, and what browsers send besides.
fn belongs_in_a_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!$%&'()*+,-.:;=[]_~".contains(&byte)
}

fn closing(status: StatusCode, message: &'static str) -> Answer {
    let mut answer = ok(MESSAGE, message);
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    answer
}

fn without_type(mut answer: Answer) -> Answer {
    answer.headers_mut().remove(CONTENT_TYPE);
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(version: Version, method: &str, uri: &str, headers: &[(&str, &str)]) -> Option<u16> {
        let mut request = Request::builder().version(version).method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        answer(&request.body(()).expect("a request")).map(|answer| answer.status().as_u16())
    }

    #[test]
    fn requests_have_one_host_that_may_be_one() {
        for (version, headers, expected) in [
            (Version::HTTP_11, &[("host", "a:80")][..], None),
            (Version::HTTP_11, &[("host", "[::1%25eth0]:80")], None),
            (Version::HTTP_11, &[("host", "")], None),
            (Version::HTTP_11, &[], Some(400)),
            (Version::HTTP_10, &[], None),
            (Version::HTTP_2, &[], None),
            (Version::HTTP_11, &[("host", "a"), ("host", "b")], Some(400)),
            (Version::HTTP_11, &[("host", "a b")], Some(400)),
            (Version::HTTP_11, &[("host", "a"), ("expect", "100-Continue")], None),
            (Version::HTTP_11, &[("host", "a"), ("expect", "more")], Some(417)),
        ] {
            assert_eq!(status(version, "GET", "/", headers), expected, "{version:?} {headers:?}");
        }
    }

    #[test]
    fn the_server_may_be_asked_about_itself() {
        let host = [("host", "a")];
        assert_eq!(status(Version::HTTP_11, "OPTIONS", "*", &host), Some(200));
        assert_eq!(status(Version::HTTP_11, "OPTIONS", "/", &host), None);
    }
}
