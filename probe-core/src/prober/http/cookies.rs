//! The cookies of one probe (RFC 6265), so that a redirect gets back what an earlier answer set. Who gets what is decided
//! as the reference exporter's library decides it.

mod set_cookie;
#[cfg(test)]
mod tests;

use std::net::IpAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::HeaderMap;
use http::header::SET_COOKIE;

use set_cookie::SetCookie;

/// Most cookies of a probe. A sound service sets a handful.
const MOST_COOKIES: usize = 200;

/// Most bytes of names, values, domains and paths of all cookies. Every request carries those that fit it.
const MOST_BYTES: usize = 64 << 10;

/// The cookies of one probe. Bounded in number and size; what does not fit is dropped.
#[derive(Debug, Default)]
pub(super) struct CookieJar {
    /// In the order in which they were first set.
    cookies: Vec<Cookie>,
    bytes: usize,
}

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

#[derive(Debug)]
struct Cookie {
    name: String,
    /// As it is sent, with its quotes.
    value: String,
    domain: String,
    path: String,
    /// Whether hosts below the domain do not get it.
    is_host_only: bool,
    is_secure: bool,
    expires: Option<SystemTime>,
}

impl CookieJar {
    /// Takes the `Set-Cookie` headers of an answer.
    pub(super) fn store(&mut self, scope: CookieScope<'_>, headers: &HeaderMap, now: SystemTime) {
        let host = canonical(scope.host);
        for header in headers.get_all(SET_COOKIE) {
            let Some(set) = SetCookie::parse(header.as_bytes()) else { continue };
            let Some((domain, is_host_only)) = domain_of(&host, &set.domain) else { continue };
            let path =
                if set.path.starts_with('/') { set.path.clone() } else { default_path(scope.path).into() };
            let same =
                |cookie: &Cookie| cookie.name == set.name && cookie.domain == domain && cookie.path == path;
            let place = self.cookies.iter().position(same);
            let cookie = lifetime(&set, now).map(|expires| Cookie {
                value: set.sent_value(),
                name: set.name,
                domain,
                path,
                is_host_only,
                is_secure: set.is_secure,
                expires,
            });
            self.replace(place, cookie);
        }
    }

    /// The value of the `Cookie` header for a request; `None` without cookies for it.
    pub(super) fn header(&self, scope: CookieScope<'_>, now: SystemTime) -> Option<String> {
        let host = canonical(scope.host);
        let path = if scope.path.is_empty() { "/" } else { scope.path };
        let goes = |cookie: &&Cookie| {
            cookie.expires.is_none_or(|expires| expires > now)
                && (scope.is_secure || !cookie.is_secure)
                && cookie.is_for_host(&host)
                && cookie.is_for_path(path)
        };
        let mut chosen: Vec<&Cookie> = self.cookies.iter().filter(goes).collect();
        // Longer paths first; of equals, the one set first.
        chosen.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let sent: Vec<String> =
            chosen.into_iter().map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
        (!sent.is_empty()).then(|| sent.join("; "))
    }

    /// Puts a cookie where its predecessor is, or at the end; nothing takes the predecessor away.
    fn replace(&mut self, place: Option<usize>, cookie: Option<Cookie>) {
        if let Some(at) = place {
            self.bytes -= self.cookies[at].bytes();
        }
        let fits = |cookie: &Cookie| {
            let is_counted = place.is_some() || self.cookies.len() < MOST_COOKIES;
            is_counted && self.bytes + cookie.bytes() <= MOST_BYTES
        };
        match (place, cookie.filter(fits)) {
            (Some(at), Some(cookie)) => {
                self.bytes += cookie.bytes();
                self.cookies[at] = cookie;
            }
            (Some(at), None) => {
                self.cookies.remove(at);
            }
            (None, Some(cookie)) => {
                self.bytes += cookie.bytes();
                self.cookies.push(cookie);
            }
            (None, None) => {}
        }
    }
}

impl Cookie {
    fn bytes(&self) -> usize {
        self.name.len() + self.value.len() + self.domain.len() + self.path.len()
    }

    fn is_for_host(&self, host: &str) -> bool {
        host == self.domain || (!self.is_host_only && is_below(host, &self.domain))
    }

    fn is_for_path(&self, path: &str) -> bool {
        path.strip_prefix(self.path.as_str())
            .is_some_and(|rest| rest.is_empty() || self.path.ends_with('/') || rest.starts_with('/'))
    }
}

/// Until when a cookie is kept, for ever being `None` inside. Nothing if it is to be forgotten at once.
#[expect(clippy::option_option, reason = "the outer one says whether there is a cookie")]
fn lifetime(set: &SetCookie, now: SystemTime) -> Option<Option<SystemTime>> {
    match (set.max_age, set.expires) {
        (Some(seconds), _) if seconds <= 0 => None,
        (Some(seconds), _) => Some(now.checked_add(Duration::from_secs(seconds as u64))),
        (None, None) => Some(None),
        (None, Some(time)) => {
            let expires = u64::try_from(time).ok().map(Duration::from_secs)?;
            let expires = UNIX_EPOCH.checked_add(expires)?;
            (expires > now).then_some(Some(expires))
        }
    }
}

/// The domain of a cookie, and whether it is for that host alone. Nothing if the host may not set it.
fn domain_of(host: &str, attribute: &str) -> Option<(String, bool)> {
    let host_alone = Some((host.to_owned(), true));
    if attribute.is_empty() {
        return host_alone;
    }
    if host.parse::<IpAddr>().is_ok() || host.contains(':') {
        return host_alone.filter(|_| host == attribute);
    }
    let domain = attribute.strip_prefix('.').unwrap_or(attribute).to_ascii_lowercase();
    if domain.is_empty() || domain.starts_with('.') || domain.ends_with('.') || !domain.is_ascii() {
        return None;
    }
    // Nobody may set cookies for everything below a suffix such as `co.uk`.
    let is_public = psl::suffix_str(&domain).is_some_and(|suffix| !is_below(&domain, suffix));
    if is_public {
        return host_alone.filter(|_| host == domain);
    }
    (host == domain || is_below(host, &domain)).then_some((domain, false))
}

fn is_below(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

/// The host in lower case, without the dot of an absolute name.
fn canonical(host: &str) -> String {
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()
}

/// The directory of a path (RFC 6265 section 5.1.4).
fn default_path(path: &str) -> &str {
    match path.rfind('/') {
        Some(at) if at > 0 && path.starts_with('/') => &path[..at],
        _ => "/",
    }
}
