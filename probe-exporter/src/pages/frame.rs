//! What all pages have around their content, and the headers that they are sent with.

use std::sync::LazyLock;

use hyper::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};

use super::escaped::Escaped;
use super::policy;
use crate::args::VERSION;
use crate::route::{Answer, ok};

/// How pages look.
const STYLE: &str = include_str!("style.css");
/// What the script does: narrows the list while somebody types.
const SCRIPT: &str = include_str!("script.js");

/// A page with this title and content.
pub(super) fn page(title: &str, content: &str) -> Answer {
    static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| policy::allowing(STYLE, SCRIPT));
    let body = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{content}\
         <footer>probe-exporter {VERSION}</footer>\n<script>{SCRIPT}</script>\n</body>\n</html>\n",
        Escaped(title)
    );
    let mut answer = ok("text/html; charset=utf-8", body);
    let headers = answer.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, POLICY.clone());
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}
