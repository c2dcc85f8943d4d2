//! HTTP/2 by ALPN.

use probe_tests::compat::Server;
use probe_tests::compat::series::{CIPHER, tls};
use probe_tests::compat::servers::http1::web;
use probe_tests::compat::servers::http2::http2;
use probe_tests::compat::servers::tls::Tls;
use probe_tests::compat::servers::web::{Request, Respond, answer, body, redirect};

use super::{
    CA, Case, MET, NOTHING, OVER_TLS, REQUEST, STATUS, UNANSWERED, https, length, redirects, status,
};

fn offers(handler: impl Respond + 'static) -> Server {
    web(handler).tls(Tls::from("server").protocols(&[b"h2", b"http/1.1"]))
}

/// Answered by HTTP/2.
fn h2(name: &str, section: &str, handler: impl Respond + 'static) -> Case {
    https(name, CA, section, offers(handler))
        .with(OVER_TLS)
        .with(&tls("server"))
        .with(CIPHER)
        .with(&["probe_http_version 2"])
}

pub(crate) fn cases() -> Vec<Case> {
    [requests(), answers(), agreements()].concat()
}

fn requests() -> Vec<Case> {
    vec![
        h2("a_plain_request", "", answer(200)).saw(&[
            "s: tls sni=- alpn=h2,http/1.1",
            "s: GET / HTTP/2.0",
            "s: :authority: @s",
            "s: :scheme: https",
            "s: user-agent: Blackbox-Exporter/VERSION",
            "!s: accept",
            "!s: connection",
            "!s: host",
        ]),
        h2("a_path_and_a_query", "", answer(200))
            .target("https://@s/a/b?c=d#e")
            .saw(&["s: GET /a/b?c=d HTTP/2.0"]),
        h2("head", "method: HEAD", body("hello")).with(&length(5, 0)).saw(&["s: HEAD / HTTP/2.0"]),
        h2("post", "method: POST, body: hello", answer(200)).saw(&[
            "s: POST / HTTP/2.0",
            "s: content-length: 5",
            "s: body hello",
        ]),
        h2("post_from_a_file", "method: POST, body_file: @dir/body.txt", answer(200)).saw(&[
            "s: POST / HTTP/2.0",
            "s: body from a file\\n",
            "!s: content-length",
        ]),
        h2("post_nothing", "method: POST", answer(200)).saw(&["s: POST / HTTP/2.0", "s: content-length: 0"]),
        h2("a_host", "headers: {Host: target.test}", answer(200))
            .saw(&["s: tls sni=target.test alpn=h2,http/1.1", "s: :authority: target.test"]),
        h2("a_host_in_the_query", "", answer(200))
            .ask("hostname", "target.test")
            .saw(&["s: :authority: target.test"]),
        h2("names_become_small", "headers: {X-Mixed-Case: B}", answer(200)).saw(&["s: x-mixed-case: B"]),
        h2("an_agent", "headers: {User-Agent: me}", answer(200)).saw(&["s: user-agent: me"]),
        h2("no_agent", "headers: {User-Agent: ''}", answer(200)).saw(&["!s: user-agent"]),
        h2("credentials", "basic_auth: {username: u, password: p}", answer(200))
            .saw(&["s: authorization: Basic dTpw"]),
        h2("cookies_in_a_header", "headers: {Cookie: a=b; c=d}", answer(200))
            .saw(&["s: cookie: a=b", "s: cookie: c=d"]),
        h2(
            "headers_of_a_connection_are_left_out",
            "headers: {Connection: keep-alive, Keep-Alive: timeout=5, Proxy-Connection: x}",
            answer(200),
        )
        .saw(&["s: GET / HTTP/2.0", "!s: connection", "!s: keep-alive", "!s: proxy-connection"]),
        h2("several_values", "http_headers: {X-A: {values: [b, c]}}", answer(200))
            .saw(&["s: x-a: b", "s: x-a: c"]),
    ]
}

fn answers() -> Vec<Case> {
    const READ: &[&str] = &["ERROR Failed to read HTTP response body"];
    vec![
        h2("a_body", "", body("hello")).with(&length(5, 5)),
        h2("a_body_without_a_length", "", body("hello").chunked()).with(&length(-1, 5)),
        h2("a_body_in_parts", "", body("hel").pause(50).body("lo")).with(&length(5, 5)),
        h2("a_large_body", "", body(vec![b'x'; 500_000])).with(&length(500_000, 500_000)),
        h2("trailers", "", body("hello").trailer("x-t", "u")).with(&length(-1, 5)),
        h2("a_slow_answer", "", answer(200).after(300))
            .with(&["probe_http_duration_seconds{phase=\"processing\"} >=0.2"]),
        h2("a_slow_body", "", body("a").pause(300).body("b"))
            .with(&length(2, 2))
            .with(&["probe_http_duration_seconds{phase=\"transfer\"} >=0.2"]),
        h2("a_wrong_status", "", answer(404).body("no"))
            .with(&length(2, 2))
            .with(&status(404))
            .fails(NOTHING)
            .says(STATUS),
        h2("status_204", "", answer(204)).with(&status(204)),
        h2("last_modified", "", answer(200).header("last-modified", "Wed, 21 Oct 2015 07:28:00 GMT"))
            .with(&["probe_http_last_modified_timestamp_seconds 1445412480"]),
        h2(
            "a_rule_for_a_header",
            "fail_if_header_not_matches: [{header: X-Type, regexp: ^a$}]",
            answer(200).header("x-type", "a"),
        ),
        h2("a_rule_for_a_body", "fail_if_body_not_matches_regexp: [^hello$]", body("hello"))
            .with(&length(5, 5)),
        h2(
            "a_redirect",
            "",
            |request: &Request| if request.target == "/" { redirect(302, "/end") } else { answer(200) },
        )
        .with(&redirects(1))
        .says(MET)
        .saw(&["s: GET / HTTP/2.0", "s: GET /end HTTP/2.0", "s: referer: https://@s/"]),
        h2("a_body_that_is_cut", "", body("hello").declared(10))
            .with(&length(10, 5))
            .fails(NOTHING)
            .says(READ),
        h2("a_body_that_is_longer_than_it_says", "", body("hello").declared(3))
            .with(&length(3, 3))
            .fails(NOTHING)
            .says(READ),
        h2("a_body_that_breaks_off", "", body("hello").chunked().pause(200).broken())
            .with(&length(-1, 5))
            .fails(NOTHING)
            .says(READ),
        h2("a_body_over_the_limit", "body_size_limit: 3B", body("hello"))
            .with(&length(5, 3))
            .fails(NOTHING)
            .says(READ),
        h2("a_body_that_stops", "", body("hello").pause(30_000).body("more"))
            .timeout("600ms")
            .with(&length(9, 5))
            .fails(NOTHING)
            .says(READ),
        https("a_stream_that_breaks_off", CA, "", offers(answer(200).broken()))
            .fails(UNANSWERED)
            .says(REQUEST),
        https("a_stream_that_says_nothing", CA, "", offers(answer(200).after(30_000)))
            .timeout("600ms")
            .fails(UNANSWERED)
            .says(REQUEST),
    ]
}

fn agreements() -> Vec<Case> {
    let over = |name: &str, section: &str, server: Server| {
        https(name, CA, section, server).with(OVER_TLS).with(&tls("server")).with(CIPHER)
    };
    vec![
        h2("version_2_in_a_list", "valid_http_versions: [HTTP/2.0]", answer(200)),
        h2("version_2_or_1_1", "valid_http_versions: [HTTP/1.1, HTTP/2.0]", answer(200)),
        h2("version_2_is_not_1_1", "valid_http_versions: [HTTP/1.1]", answer(200))
            .fails(NOTHING)
            .says(&["ERROR Invalid HTTP version number"]),
        h2("version_2_has_a_fraction", "valid_http_versions: [HTTP/2]", answer(200))
            .fails(NOTHING)
            .says(&["ERROR Invalid HTTP version number"]),
        over("http_2_is_switched_off", "enable_http2: false", offers(answer(200)))
            .saw(&["s: tls sni=-", "s: GET / HTTP/1.1"]),
        over(
            "a_server_with_http_1_1_alone",
            "",
            web(answer(200)).tls(Tls::from("server").protocols(&[b"http/1.1"])),
        )
        .saw(&["s: GET / HTTP/1.1"]),
        over("a_server_that_agrees_on_nothing", "", web(answer(200)).tls("server"))
            .saw(&["s: GET / HTTP/1.1"]),
        over("a_server_with_http_2_alone", "", web(answer(200)).tls(Tls::from("server").protocols(&[b"h2"])))
            .with(&["probe_http_version 2"]),
        https("a_server_with_http_2_alone_by_surprise", CA, "", http2(answer(200)).tls("server"))
            .fails(UNANSWERED)
            .says(REQUEST),
    ]
}
