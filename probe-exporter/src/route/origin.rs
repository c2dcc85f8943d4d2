//! Requests that a page of somebody else has a browser make.

use hyper::header::{HOST, HeaderMap, HeaderName, HeaderValue, ORIGIN};

/// What whoever makes one is told.
pub(super) const REFUSAL: &str = "This request comes from a page of another origin";

/// Where a browser says how the page that asks is related to us (Fetch Metadata Request Headers, section 2.4).
static SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whether a browser says that a page asks which is not ours. Programs say nothing of the kind.
///
/// The scheme is not looked at, since a proxy in front may speak another one than we do.
pub(super) fn is_foreign(headers: &HeaderMap) -> bool {
    if headers
        .get(&SEC_FETCH_SITE)
        .is_some_and(|site| matches!(site.as_bytes(), b"cross-site" | b"same-site"))
    {
        return true;
    }
    let Some(origin) = headers.get(ORIGIN) else { return false };
    let own = headers.get(HOST).map(HeaderValue::as_bytes);
    let authority = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, rest)| rest);
    authority.is_none_or(|authority| own.is_none_or(|own| !own.eq_ignore_ascii_case(authority.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_others_are_told_by_their_origin() {
        let foreign = |pairs: &[(&HeaderName, &'static str)]| {
            let map = pairs.iter().map(|(name, value)| ((*name).clone(), HeaderValue::from_static(value)));
            is_foreign(&map.collect())
        };
        let host = (&HOST, "exporter:9115");
        assert!(!foreign(&[host]));
        assert!(!foreign(&[host, (&ORIGIN, "http://exporter:9115")]));
        assert!(!foreign(&[host, (&ORIGIN, "https://Exporter:9115"), (&SEC_FETCH_SITE, "same-origin")]));
        for origin in ["http://evil", "http://exporter:9116", "null", ""] {
            assert!(foreign(&[host, (&ORIGIN, origin)]), "{origin}");
        }
        assert!(foreign(&[host, (&SEC_FETCH_SITE, "cross-site")]));
    }
}
