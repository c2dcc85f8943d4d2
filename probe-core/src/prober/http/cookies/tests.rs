//! Headers against the cookies that later requests carry.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, HeaderValue};

use super::*;

const NOW: Duration = Duration::from_secs(1_700_000_000);

fn now() -> SystemTime {
    UNIX_EPOCH + NOW
}

fn headers(cookies: &[&str]) -> HeaderMap {
    let value = |cookie: &&str| HeaderValue::from_bytes(cookie.as_bytes()).expect("a header's value");
    cookies.iter().map(|cookie| (SET_COOKIE, value(cookie))).collect()
}

fn scope(url: &str) -> CookieScope<'_> {
    let (scheme, rest) = url.split_once("://").expect("a URL");
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    CookieScope { host, path, is_secure: scheme == "https" }
}

/// What a request to `to` carries after an answer from `from` that sets these cookies.
fn sent(from: &str, cookies: &[&str], to: &str) -> String {
    let mut jar = CookieJar::default();
    jar.store(scope(from), &headers(cookies), now());
    jar.header(scope(to), now()).unwrap_or_default()
}

#[test]
fn a_cookie_goes_back_where_it_came_from() {
    let cases = [
        ("a=b", "a=b"),
        (" a = b ", "a=b"),
        ("a=", "a="),
        ("a=b; HttpOnly; SameSite=Lax; Unknown=1;;", "a=b"),
        ("a=\"b\"", "a=\"b\""),
        ("a=b c", "a=\"b c\""),
        ("a=b,c", "a=\"b,c\""),
        ("a=b=c", "a=b=c"),
        ("a=\"\"", "a="),
        ("a", ""),
        ("=b", ""),
        ("a b=c", ""),
        ("a=b\\c", ""),
        ("a=b\"c", ""),
        ("a=\u{e9}", ""),
        ("", ""),
    ];
    for (cookie, expected) in cases {
        assert_eq!(sent("http://h.test/", &[cookie], "http://h.test/x"), expected, "{cookie}");
    }
}

#[test]
fn domains_decide_which_hosts_get_it() {
    let cases = [
        // Attribute, who sets it, who is asked next, whether that one gets it.
        ("", "a.example.com", "a.example.com", true),
        ("", "a.example.com", "A.EXAMPLE.com.", true),
        ("", "example.com", "a.example.com", false),
        ("; Domain=example.com", "a.example.com", "b.example.com", true),
        ("; Domain=.Example.COM", "a.example.com", "example.com", true),
        ("; domain=a.example.com", "a.example.com", "b.a.example.com", true),
        ("; Domain=a.example.com", "b.example.com", "a.example.com", false),
        ("; Domain=other.com", "a.example.com", "other.com", false),
        ("; Domain=ample.com", "example.com", "example.com", false),
        ("; Domain=com", "example.com", "example.com", false),
        ("; Domain=co.uk", "shop.co.uk", "other.co.uk", false),
        ("; Domain=github.io", "github.io", "github.io", true),
        ("; Domain=github.io", "github.io", "a.github.io", false),
        ("; Domain=localhost", "localhost", "localhost", true),
        ("; Domain=..example.com", "example.com", "example.com", false),
        ("; Domain=example.com.", "example.com", "example.com", false),
        ("; Domain=.", "example.com", "example.com", false),
        ("; Domain=", "example.com", "example.com", true),
        ("; Domain=127.0.0.1", "127.0.0.1", "127.0.0.1", true),
        ("; Domain=0.0.1", "127.0.0.1", "127.0.0.1", false),
        ("; Domain=::1", "::1", "::1", true),
    ];
    for (attribute, from, to, is_sent) in cases {
        let cookie = format!("a=b{attribute}");
        let sent = sent(&format!("http://{from}/"), &[&cookie], &format!("http://{to}/"));
        assert_eq!(sent == "a=b", is_sent, "{attribute:?} set by {from}, sent to {to}: {sent:?}");
    }
}

#[test]
fn paths_decide_which_requests_get_it() {
    let cases = [
        ("", "/dir/page", "/dir/other", true),
        ("", "/dir/page", "/dir", true),
        ("", "/dir/page", "/", false),
        ("", "/page", "/other/page", true),
        ("", "", "/x", true),
        ("; Path=/a", "/", "/a", true),
        ("; Path=/a", "/", "/a/b", true),
        ("; Path=/a", "/", "/ab", false),
        ("; Path=/a/", "/", "/a/b", true),
        ("; Path=/a/", "/", "/a", false),
        ("; Path=a", "/dir/page", "/dir/x", true),
        ("; Path=/", "/dir/page", "", true),
    ];
    for (attribute, from, to, is_sent) in cases {
        let cookie = format!("a=b{attribute}");
        let sent = sent(&format!("http://h.test{from}"), &[&cookie], &format!("http://h.test{to}"));
        assert_eq!(sent == "a=b", is_sent, "{attribute:?} set at {from}, sent to {to}: {sent:?}");
    }
}

#[test]
fn secure_cookies_go_over_tls_alone() {
    let cookies = ["a=b; Secure", "c=d"];
    assert_eq!(sent("http://h.test/", &cookies, "http://h.test/"), "c=d");
    assert_eq!(sent("http://h.test/", &cookies, "https://h.test/"), "a=b; c=d");
}

#[test]
fn cookies_that_have_ended_are_not_sent() {
    let cases = [
        ("Max-Age=1", true),
        ("Max-Age=0", false),
        ("Max-Age=-5", false),
        ("Max-Age=05", true),
        ("Max-Age=soon", true),
        ("Max-Age=99999999999999999", true),
        ("Expires=Sun, 06 Nov 1994 08:49:37 GMT", false),
        ("Expires=Sun, 06-Nov-1994 08:49:37 GMT", false),
        ("Expires=Wed, 31 Dec 1969 23:59:59 GMT", false),
        ("Expires=Fri, 01 Jan 2100 00:00:00 GMT", true),
        ("Expires=never", true),
        ("Max-Age=5; Expires=Sun, 06 Nov 1994 08:49:37 GMT", true),
        ("Expires=Fri, 01 Jan 2100 00:00:00 GMT; Max-Age=0", false),
    ];
    for (attribute, is_sent) in cases {
        let cookie = format!("a=b; {attribute}");
        assert_eq!(sent("http://h.test/", &[&cookie], "http://h.test/") == "a=b", is_sent, "{attribute}");
    }
    let mut jar = CookieJar::default();
    jar.store(scope("http://h.test/"), &headers(&["a=b; Max-Age=1"]), now());
    assert_eq!(jar.header(scope("http://h.test/"), now() + Duration::from_secs(1)), None);
}

#[test]
fn a_cookie_replaces_its_predecessor_and_keeps_its_place() {
    let mut jar = CookieJar::default();
    let from = scope("http://h.test/");
    jar.store(from, &headers(&["a=1", "b=2", "long=3; Path=/dir"]), now());
    jar.store(from, &headers(&["a=4"]), now());
    assert_eq!(jar.header(scope("http://h.test/dir/"), now()).as_deref(), Some("long=3; a=4; b=2"));
    jar.store(from, &headers(&["a=; Max-Age=0"]), now());
    assert_eq!(jar.header(from, now()).as_deref(), Some("b=2"));
}

#[test]
fn a_flood_is_bounded_in_number_and_bytes() {
    let from = scope("http://h.test/");
    let mut jar = CookieJar::default();
    for round in 0..100 {
        let cookies: Vec<String> = (0..100).map(|index| format!("c{round}x{index}=v")).collect();
        let cookies: Vec<&str> = cookies.iter().map(String::as_str).collect();
        jar.store(from, &headers(&cookies), now());
    }
    assert_eq!(jar.cookies.len(), MOST_COOKIES);

    let mut jar = CookieJar::default();
    let long = "v".repeat(8_000);
    for index in 0..100 {
        jar.store(from, &headers(&[&format!("c{index}={long}")]), now());
    }
    let header = jar.header(from, now()).expect("some cookies");
    assert!((MOST_BYTES / 2..=MOST_BYTES).contains(&header.len()), "{} bytes", header.len());
    // Room that is given back can be used again.
    jar.store(from, &headers(&["c0=; Max-Age=0", "small=1"]), now());
    assert!(jar.header(from, now()).is_some_and(|header| header.contains("small=1")));
}
