//! Cookies between the steps of one probe.

use probe_tests::compat::Server;
use probe_tests::compat::servers::http1::web;
use probe_tests::compat::servers::web::{Request, answer, redirect};

use super::{Case, http, redirects};

const MET: &[&str] = &["WARN Received redirect"];

/// Sets cookies on `/` and moves somewhere.
fn sets(cookies: &'static [&'static str], to: &'static str) -> Server {
    web(move |request: &Request| {
        if request.target != "/" {
            return answer(200);
        }
        cookies.iter().fold(redirect(302, to), |answer, cookie| answer.header("Set-Cookie", cookie))
    })
}

fn of(name: &'static str, cookies: &'static [&'static str], seen: &'static str) -> Case {
    http(name, "", sets(cookies, "/a/end"))
        .with(&redirects(1))
        .says(MET)
        .saw(&["s: GET /a/end HTTP/1.1", seen])
}

fn without(name: &'static str, cookies: &'static [&'static str]) -> Case {
    http(name, "", sets(cookies, "/a/end"))
        .with(&redirects(1))
        .says(MET)
        .saw(&["s: GET /a/end HTTP/1.1", "!s: cookie"])
}

pub(crate) fn cases() -> Vec<Case> {
    vec![
        of("a_cookie", &["a=b"], "s: cookie: a=b"),
        of("several_cookies", &["a=b", "c=d"], "s: cookie: a=b; c=d"),
        of("a_cookie_with_attributes", &["a=b; Path=/; HttpOnly; SameSite=Lax"], "s: cookie: a=b"),
        of("a_cookie_for_the_path", &["a=b; Path=/a"], "s: cookie: a=b"),
        of("the_longest_path_comes_first", &["a=b; Path=/", "c=d; Path=/a/end"], "s: cookie: c=d; a=b"),
        of("a_cookie_with_quotes", &["a=\"b c\""], "s: cookie: a=\"b c\""),
        of("an_empty_cookie", &["a="], "s: cookie: a="),
        of("the_last_cookie_of_a_name", &["a=b", "a=c"], "s: cookie: a=c"),
        of("a_cookie_with_a_long_life", &["a=b; Max-Age=3600"], "s: cookie: a=b"),
        without("a_cookie_for_another_path", &["a=b; Path=/b"]),
        without("a_cookie_for_a_path_that_only_begins_so", &["a=b; Path=/a/en"]),
        // Loopback is as good as TLS.
        of("a_cookie_for_tls", &["a=b; Secure"], "s: cookie: a=b"),
        without("a_cookie_for_another_host", &["a=b; Domain=example.test"]),
        without("a_cookie_that_is_over", &["a=b; Max-Age=0"]),
        without("a_cookie_that_is_expired", &["a=b; Expires=Thu, 01 Jan 1970 00:00:01 GMT"]),
        without("a_cookie_that_is_taken_back", &["a=b", "a=; Max-Age=-1"]),
        without("a_cookie_without_a_name", &["=b"]),
        http("a_cookie_and_one_of_ones_own", "headers: {Cookie: x=y}", sets(&["a=b"], "/end"))
            .with(&redirects(1))
            .says(MET)
            .saw(&["s: cookie: x=y", "s: GET /end HTTP/1.1", "s: cookie: x=y; a=b"]),
        http("a_cookie_goes_to_another_port", "", sets(&["a=b"], "http://@e/end"))
            .on("e", web(answer(200)))
            .with(&redirects(1))
            .says(MET)
            .saw(&["e: cookie: a=b"]),
        http("a_cookie_does_not_go_to_another_address", "", sets(&["a=b"], "http://@e/end"))
            .on("e", web(answer(200)).at("127.0.0.7"))
            .with(&redirects(1))
            .says(MET)
            .saw(&["e: GET /end HTTP/1.1", "!e: cookie"]),
        http(
            "a_cookie_belongs_to_the_host",
            "headers: {Host: vhost.test}",
            sets(&["a=b; Domain=vhost.test"], "/end"),
        )
        .with(&redirects(1))
        .says(MET)
        .saw(&["s: GET /end HTTP/1.1", "s: cookie: a=b"]),
        http(
            "a_cookie_is_no_public_suffix",
            "headers: {Host: www.example.co.uk}",
            sets(&["a=b; Domain=co.uk"], "/end"),
        )
        .with(&redirects(1))
        .says(MET)
        .saw(&["s: GET /end HTTP/1.1", "!s: cookie"]),
        http(
            "a_cookie_of_the_domain_above",
            "headers: {Host: www.example.co.uk}",
            sets(&["a=b; Domain=.example.co.uk"], "/end"),
        )
        .with(&redirects(1))
        .says(MET)
        .saw(&["s: cookie: a=b"]),
        http(
            "a_cookie_of_the_first_path",
            "",
            web(|request: &Request| match request.target.as_str() {
                "/a/b" => redirect(302, "/a/c").header("Set-Cookie", "x=y"),
                "/a/c" => redirect(302, "/d"),
                _ => answer(200),
            }),
        )
        .target("http://@s/a/b")
        .with(&redirects(2))
        .says(&[MET, MET].concat())
        .saw(&["s: GET /a/c HTTP/1.1", "s: cookie: x=y", "s: GET /d HTTP/1.1"]),
        http(
            "cookies_are_forgotten_by_the_next_probe",
            "",
            web(|request: &Request| {
                let known = request.header("cookie").is_some();
                answer(if known { 500 } else { 200 }).header("Set-Cookie", "a=b")
            }),
        ),
    ]
}
