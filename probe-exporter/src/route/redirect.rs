//! Answers that send the client elsewhere, as the reference exporter's server writes them.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, HeaderValue, LOCATION};
use hyper::{Method, Response, StatusCode};
use percent_encoding::utf8_percent_encode;

use super::{Answer, refused};
use crate::external_url::PATH;
use crate::pages::Escaped;

/// To another path of ours, for good; the query stays.
pub(super) fn permanently(method: &Method, path: &str, query: &str) -> Answer {
    let mut location = utf8_percent_encode(path, PATH).to_string();
    if !query.is_empty() {
        location.push('?');
        location.push_str(query);
    }
    answer(StatusCode::MOVED_PERMANENTLY, method, &location)
}

/// To a URL, this once.
pub(super) fn found(method: &Method, url: &str) -> Answer {
    answer(StatusCode::FOUND, method, url)
}

/// The reference answers in words only to those who would read them.
fn answer(status: StatusCode, method: &Method, location: &str) -> Answer {
    let Ok(header) = HeaderValue::from_str(location) else {
        return refused(StatusCode::BAD_REQUEST, "400 Bad Request: malformed path");
    };
    let words = status.canonical_reason().unwrap_or_default();
    let body = match *method {
        Method::GET => format!("<a href=\"{}\">{words}</a>.\n\n", Escaped(location)),
        _ => String::new(),
    };
    let mut answer = Response::new(Full::new(Bytes::from(body)));
    *answer.status_mut() = status;
    answer.headers_mut().insert(LOCATION, header);
    if matches!(*method, Method::GET | Method::HEAD) {
        answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    }
    answer
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    fn body(answer: Answer) -> String {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let bytes = runtime.block_on(answer.into_body().collect()).expect("it is in memory").to_bytes();
        String::from_utf8(bytes.into()).expect("text")
    }

    #[test]
    fn readers_get_a_link_and_others_the_header() {
        let get = permanently(&Method::GET, "/a b/", "x=1&y");
        assert_eq!(get.status(), 301);
        assert_eq!(get.headers()[LOCATION], "/a%20b/?x=1&y");
        assert_eq!(body(get), "<a href=\"/a%20b/?x=1&amp;y\">Moved Permanently</a>.\n\n");
        let post = found(&Method::POST, "http://e");
        assert_eq!((post.status().as_u16(), post.headers().get(CONTENT_TYPE)), (302, None));
        assert_eq!(body(post), "");
    }
}
