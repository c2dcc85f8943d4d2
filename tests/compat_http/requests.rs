//! What is asked: method, headers, body.

use probe_tests::compat::Case;
use probe_tests::compat::series::{HTTP_REFUSED, HTTP_UNANSWERED};
use probe_tests::compat::servers::http1::web;
use probe_tests::compat::servers::web::{Answer, Request, answer, redirect};

use super::{REQUEST, http, redirects};

/// The whole request of a plain probe.
const PLAIN: &[&str] =
    &["s: GET / HTTP/1.1", "s: connection: close", "s: host: @s", "s: user-agent: Blackbox-Exporter/VERSION"];

fn asks(name: &'static str, section: &str) -> Case {
    http(name, section, web(answer(200)))
}

pub(crate) fn cases() -> Vec<Case> {
    [methods(), headers(), more_headers(), bodies(), hosts()].concat()
}

fn methods() -> Vec<Case> {
    let method =
        |name, method: &str, seen: &'static str| asks(name, &format!("method: {method}")).saw(&[seen]);
    vec![
        asks("a_plain_request", "").saw(PLAIN).saw(&["!s: accept", "!s: content-length", "!s: referer"]),
        method("post", "POST", "s: POST / HTTP/1.1").saw(&["s: content-length: 0"]),
        method("put", "PUT", "s: PUT / HTTP/1.1"),
        method("options", "OPTIONS", "s: OPTIONS / HTTP/1.1").saw(&["!s: content-length"]),
        method("delete", "DELETE", "s: DELETE / HTTP/1.1"),
        method("patch", "PATCH", "s: PATCH / HTTP/1.1"),
        method("a_method_of_ones_own", "PURGE", "s: PURGE / HTTP/1.1"),
        method("a_method_in_small_letters", "post", "s: post / HTTP/1.1"),
        method("an_empty_method_is_get", "''", "s: GET / HTTP/1.1"),
        method("a_method_that_is_a_number", "5", "s: 5 / HTTP/1.1"),
        asks("a_method_that_is_none", "method: 'GET /'")
            .fails(probe_tests::compat::series::HTTP_UNASKED)
            .says(&["ERROR Error creating request"]),
    ]
}

fn headers() -> Vec<Case> {
    let sends = |name, headers: &str| asks(name, &format!("headers: {{{headers}}}"));
    let refused = |name, headers: &str| sends(name, headers).fails(HTTP_REFUSED).says(REQUEST);
    vec![
        sends("a_header", "X-A: b").saw(&["s: x-a: b"]),
        sends("a_header_in_small_letters", "x-a: b").saw(&["s: x-a: b"]),
        sends("a_header_that_is_empty", "X-A: ''").saw(&["s: x-a: "]),
        sends("a_header_without_a_value", "X-A: ").saw(&["s: x-a: "]),
        sends("a_header_with_spaces_around", "X-A: '  b  '").saw(&["s: x-a: b"]),
        sends("a_header_that_is_a_number", "X-A: 0x10").saw(&["s: x-a: 0x10"]),
        sends("a_header_with_letters", "X-A: é").saw(&["s: x-a: \u{c3}\u{a9}"]),
        sends("several_headers", "X-A: b, X-B: c").saw(&["s: x-a: b", "s: x-b: c"]),
        sends("a_language", "Accept-Language: en-US").saw(&["s: accept-language: en-US"]),
        sends("an_agent", "User-Agent: me").saw(&["s: user-agent: me", "!s: user-agent: Blackbox"]),
        sends("an_agent_in_small_letters", "user-agent: me").saw(&["s: user-agent: me"]),
        sends("no_agent", "User-Agent: ''").saw(&["!s: user-agent"]),
        sends("accept_encoding_is_only_sent", "Accept-Encoding: gzip").saw(&["s: accept-encoding: gzip"]),
        sends("a_connection_of_ones_own", "Connection: keep-alive").saw(&["s: GET / HTTP/1.1"]),
        sends("a_length_of_ones_own_is_not_sent", "Content-Length: 5")
            .saw(&["s: GET / HTTP/1.1", "!s: content-length"]),
        sends("an_encoding_of_the_transfer_is_not_sent", "Transfer-Encoding: chunked")
            .saw(&["s: GET / HTTP/1.1", "!s: transfer-encoding"]),
        sends("a_range", "Range: bytes=0-9").saw(&["s: range: bytes=0-9"]),
        sends("credentials_in_a_header", "Authorization: Custom x").saw(&["s: authorization: Custom x"]),
        sends("a_cookie_in_a_header", "Cookie: a=b; c=d").saw(&["s: cookie: a=b; c=d"]),
        sends("a_header_of_the_exporter", "X-Prometheus-Scrape-Timeout-Seconds: 1")
            .saw(&["s: x-prometheus-scrape-timeout-seconds: 1"]),
        refused("a_name_that_is_none", "'X A': b"),
        refused("a_name_with_a_colon", "'X:A': b"),
        refused("a_value_in_two_lines", r#"X-A: "a\nb""#),
    ]
}

fn more_headers() -> Vec<Case> {
    let sends = |name, headers: &str| asks(name, &format!("http_headers: {{{headers}}}"));
    vec![
        sends("values_of_a_header", "X-A: {values: [b, c]}").saw(&["s: x-a: b", "s: x-a: c"]),
        sends("secrets_of_a_header", "X-A: {secrets: [b]}").saw(&["s: x-a: b"]),
        sends("a_file_of_a_header", "X-A: {files: [@dir/token]}").saw(&["s: x-a: file-token"]),
        sends("all_kinds_of_values", "X-A: {files: [@dir/token], secrets: [c], values: [b]}").saw(&[
            "s: x-a: b",
            "s: x-a: c",
            "s: x-a: file-token",
        ]),
        sends("a_header_of_no_values", "X-A: {}").saw(&["!s: x-a"]),
        sends("a_name_in_small_letters", "x-a: {values: [b]}").saw(&["s: x-a: b"]),
        asks("both_kinds_of_headers", "headers: {X-A: a}, http_headers: {X-A: {values: [b]}}")
            .saw(&["s: x-a: a", "s: x-a: b"]),
        asks("a_cookie_as_a_value", "http_headers: {Cookie: {values: [a=b]}}").saw(&["s: cookie: a=b"]),
        sends("a_file_of_a_header_that_is_missing", "X-A: {files: [@dir/nothing]}")
            .fails(HTTP_REFUSED)
            .says(REQUEST),
        http("values_go_along_with_redirects", "http_headers: {X-A: {values: [b]}}", web(moved))
            .with(&redirects(1))
            .says(&["WARN Received redirect"])
            .saw(&["s: GET / HTTP/1.1", "s: x-a: b", "s: GET /end HTTP/1.1", "s: x-a: b"]),
    ]
}

/// Once from `/`.
fn moved(request: &Request) -> Answer {
    if request.target == "/" { redirect(302, "/end") } else { answer(200) }
}

fn bodies() -> Vec<Case> {
    let posts = |name, section: &str| asks(name, &format!("method: POST, {section}"));
    vec![
        posts("a_body", "body: 'a=b&c=d'").saw(&[
            "s: POST / HTTP/1.1",
            "s: content-length: 7",
            "s: body a=b&c=d",
            "!s: content-type",
        ]),
        posts("a_body_with_its_type", "body: '{}', headers: {Content-Type: application/json}")
            .saw(&["s: content-type: application/json", "s: body {}"]),
        posts("a_body_with_letters", "body: é").saw(&["s: content-length: 2", "s: body \\xc3\\xa9"]),
        posts("a_body_in_several_lines", r#"body: "a\nb\n""#)
            .saw(&["s: content-length: 4", "s: body a\\nb\\n"]),
        posts("a_body_that_is_a_number", "body: 10").saw(&["s: body 10"]),
        posts("a_body_of_bytes", "body: !!binary AP8=").saw(&["s: content-length: 2", "s: body \\x00\\xff"]),
        posts("an_empty_body", "body: ''").saw(&["s: content-length: 0"]),
        posts("a_body_from_a_file", "body_file: @dir/body.txt").saw(&[
            "s: transfer-encoding: chunked",
            "s: body from a file\\n",
            "!s: content-length",
        ]),
        posts("an_empty_body_from_a_file", "body_file: @dir/empty").saw(&["s: POST / HTTP/1.1"]),
        asks("a_body_with_get", "body: x").saw(&["s: GET / HTTP/1.1", "s: content-length: 1", "s: body x"]),
        asks("a_body_from_a_file_with_get", "body_file: @dir/body.txt")
            .saw(&["s: GET / HTTP/1.1", "s: body from a file\\n"]),
        asks("a_body_with_head", "method: HEAD, body: x").saw(&["s: HEAD / HTTP/1.1", "s: body x"]),
        posts("a_body_from_a_file_that_is_missing", "body_file: @dir/nothing")
            .fails(probe_tests::compat::series::HTTP_UNASKED)
            .says(&["ERROR Error creating request"]),
        posts("a_body_from_a_folder", "body_file: @dir").fails(HTTP_UNANSWERED).says(REQUEST),
        posts("a_body_that_waits_to_be_asked_for", "body: x, headers: {Expect: 100-continue}")
            .saw(&["s: expect: 100-continue", "s: body x"]),
    ]
}

fn hosts() -> Vec<Case> {
    let host = |name, value: &str, seen: &'static str| {
        asks(name, &format!("headers: {{Host: '{value}'}}")).saw(&[seen])
    };
    vec![
        host("a_host", "vhost.test", "s: host: vhost.test"),
        host("a_host_with_a_port", "vhost.test:8080", "s: host: vhost.test:8080"),
        asks("a_host_in_small_letters", "headers: {host: vhost.test}").saw(&["s: host: vhost.test"]),
        asks("a_host_in_the_query", "").ask("hostname", "vhost.test").saw(&["s: host: vhost.test"]),
        asks("a_host_in_both_that_is_the_same", "headers: {Host: vhost.test}")
            .ask("hostname", "vhost.test")
            .saw(&["s: host: vhost.test"]),
        asks("an_empty_host_in_the_query_is_none", "").ask("hostname", "").saw(&["s: host: @s"]),
        asks("an_empty_host", "headers: {Host: ''}").saw(&["s: host: @s"]),
        asks("other_headers_stay_with_a_host_in_the_query", "headers: {X-A: b}")
            .ask("hostname", "vhost.test")
            .saw(&["s: host: vhost.test", "s: x-a: b"]),
    ]
}
