//! Answers to requests that go no further, in the reference's words.

use bytes::Bytes;
use http_body_util::Full;
use hyper::StatusCode;
use hyper::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS};

use crate::route::Answer;

/// The status in words, and nothing else.
pub(super) fn refused(status: StatusCode) -> Answer {
    let words = status.canonical_reason().unwrap_or_default();
    let mut answer = Answer::new(Full::new(Bytes::from(format!("{words}\n"))));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer
}

/// Nobody knows who asks; these schemes would tell.
pub(super) fn challenge(schemes: &'static [&'static str]) -> Answer {
    let mut answer = refused(StatusCode::UNAUTHORIZED);
    for scheme in schemes {
        answer.headers_mut().append(WWW_AUTHENTICATE, HeaderValue::from_static(scheme));
    }
    answer
}

/// Too many passwords wait to be checked.
pub(super) fn busy() -> Answer {
    let mut answer = refused(StatusCode::SERVICE_UNAVAILABLE);
    answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    answer
}
