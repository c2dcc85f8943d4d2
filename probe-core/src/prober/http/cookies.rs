//! The cookies of one probe (RFC 6265), so that a redirect gets back what an earlier answer set.

use std::time::SystemTime;

use http::HeaderMap;

/// The cookies of one probe. Bounded in number and size; what does not fit is dropped.
#[derive(Debug, Default)]
pub(super) struct CookieJar {}

/// Where a request goes, as far as cookies are concerned.
#[derive(Clone, Copy, Debug)]
pub(super) struct CookieScope<'a> {
    /// The host of the `Host` header, without a port; an address without brackets.
    pub(super) host: &'a str,
    /// The path of the URL.
    pub(super) path: &'a str,
    /// Whether the URL is `https`.
    pub(super) is_secure: bool,
}

impl CookieJar {
    /// Takes the `Set-Cookie` headers of an answer.
    pub(super) fn store(&mut self, scope: CookieScope<'_>, headers: &HeaderMap, now: SystemTime) {
        let _ = (scope, headers, now);
        todo!()
    }

    /// The value of the `Cookie` header for a request; `None` without cookies for it.
    pub(super) fn header(&self, scope: CookieScope<'_>, now: SystemTime) -> Option<String> {
        let _ = (scope, now);
        todo!()
    }
}
