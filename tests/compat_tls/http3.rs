//! HTTP/3.

use probe_tests::compat::Server;
use probe_tests::compat::case::Need;
use probe_tests::compat::series::{CIPHER, IPV6, tls};
use probe_tests::compat::servers::closed::closed_udp;
use probe_tests::compat::servers::http3::http3;
use probe_tests::compat::servers::web::{Request, Respond, answer, body, redirect};

use super::{
    CA, Case, MET, NO_HANDSHAKE, NOTHING, OVER_TLS, REQUEST, STATUS, https, length, named, redirects, status,
};

const ON: &str = "enable_http3: true, enable_http2: false";
const CONVERTS: &[&str] = &["WARN Converting HTTP to HTTPS for HTTP/3 compatibility"];

fn over(name: &str, config: &str, section: &str, server: Server) -> Case {
    https(name, config, &format!("{ON}, {section}"), server)
}

fn h3(name: &str, section: &str, handler: impl Respond + 'static) -> Case {
    over(name, CA, section, http3("server", handler))
        .with(OVER_TLS)
        .with(&tls("server"))
        .with(CIPHER)
        .with(&["probe_http_version 3"])
}

pub(crate) fn cases() -> Vec<Case> {
    [requests(), answers(), failures()].concat()
}

fn requests() -> Vec<Case> {
    vec![
        h3("a_plain_request", "", answer(200)).saw(&[
            "s: quic sni=-",
            "s: GET / HTTP/3.0",
            "s: :authority: @s",
            "s: accept-encoding: gzip",
            "s: user-agent: Blackbox-Exporter/VERSION",
        ]),
        h3("a_path_and_a_query", "", answer(200))
            .target("https://@s/a?b=c#d")
            .saw(&["s: GET /a?b=c HTTP/3.0"]),
        h3("http_becomes_https", "", answer(200))
            .target("http://@s/a")
            .says(CONVERTS)
            .saw(&["s: GET /a HTTP/3.0"]),
        h3("no_scheme_becomes_https", "", answer(200))
            .target("@s/a")
            .says(CONVERTS)
            .saw(&["s: GET /a HTTP/3.0"]),
        h3("head", "method: HEAD", body("hello")).with(&length(5, 0)).saw(&["s: HEAD / HTTP/3.0"]),
        h3("post", "method: POST, body: hello", answer(200)).saw(&[
            "s: POST / HTTP/3.0",
            "s: content-length: 5",
            "s: body hello",
        ]),
        h3("post_from_a_file", "method: POST, body_file: @dir/body.txt", answer(200))
            .saw(&["s: POST / HTTP/3.0", "s: body from a file\\n"]),
        h3("headers", "headers: {X-Mixed-Case: B}", answer(200)).saw(&["s: x-mixed-case: B"]),
        h3("an_agent", "headers: {User-Agent: me}", answer(200)).saw(&["s: user-agent: me"]),
        h3("a_host", "headers: {Host: target.test}", answer(200))
            .saw(&["s: quic sni=target.test", "s: :authority: target.test"]),
        h3("a_host_in_the_query", "", answer(200))
            .ask("hostname", "target.test")
            .saw(&["s: quic sni=target.test", "s: :authority: target.test"]),
        h3("credentials_in_a_header", "headers: {Authorization: Custom x}", answer(200))
            .saw(&["s: authorization: Custom x"]),
        over(
            "a_name_in_the_configuration",
            &format!("{CA}, server_name: target.test"),
            "",
            http3("named", answer(200)),
        )
        .with(OVER_TLS)
        .with(CIPHER)
        .with(&named("named", "target.test"))
        .with(&["probe_http_version 3"])
        .saw(&["s: quic sni=target.test", "s: :authority: @s"]),
        over("over_ipv6", CA, "", http3("server", answer(200)).at("::1"))
            .needs(Need::Ipv6)
            .with(OVER_TLS)
            .with(&tls("server"))
            .with(CIPHER)
            .with(IPV6)
            .with(&["probe_http_version 3"]),
    ]
}

fn answers() -> Vec<Case> {
    vec![
        h3("version_3_in_a_list", "valid_http_versions: [HTTP/3.0]", answer(200)),
        h3("a_body", "", body("hello")).with(&length(5, 5)),
        h3("a_body_without_a_length", "", body("hello").chunked()).with(&length(-1, 5)),
        h3("a_large_body", "", body(vec![b'x'; 300_000])).with(&length(300_000, 300_000)),
        h3("a_wrong_status", "", answer(404).body("no"))
            .with(&length(2, 2))
            .with(&status(404))
            .fails(NOTHING)
            .says(STATUS),
        h3("a_slow_answer", "", answer(200).after(300))
            .with(&["probe_http_duration_seconds{phase=\"processing\"} >=0.2"]),
        h3(
            "a_rule_for_a_header",
            "fail_if_header_not_matches: [{header: X-Type, regexp: ^a$}]",
            answer(200).header("x-type", "a"),
        ),
        h3("a_rule_for_a_body", "fail_if_body_not_matches_regexp: [^hello$]", body("hello"))
            .with(&length(5, 5)),
        h3("last_modified", "", answer(200).header("last-modified", "Wed, 21 Oct 2015 07:28:00 GMT"))
            .with(&["probe_http_last_modified_timestamp_seconds 1445412480"]),
        h3(
            "a_redirect",
            "",
            |request: &Request| if request.target == "/" { redirect(302, "/end") } else { body("arrived") },
        )
        .with(&redirects(1))
        .with(&length(7, 7))
        .says(MET)
        .saw(&["s: GET / HTTP/3.0", "s: GET /end HTTP/3.0"]),
        h3(
            "a_redirect_that_is_not_followed",
            "follow_redirects: false, valid_status_codes: [302]",
            redirect(302, "/end"),
        )
        .with(&redirects(1))
        .with(&status(302))
        .says(&["WARN Received redirect", "WARN Not following redirect"]),
        h3("a_cookie", "", |request: &Request| {
            if request.target == "/" {
                redirect(302, "/end").header("set-cookie", "a=b")
            } else {
                answer(200)
            }
        })
        .with(&redirects(1))
        .says(MET)
        .saw(&["s: GET /end HTTP/3.0", "s: cookie: a=b"]),
        h3("tls_is_demanded", "fail_if_not_ssl: true", answer(200)),
        h3("tls_is_forbidden", "fail_if_ssl: true", answer(200))
            .fails(NOTHING)
            .says(&["ERROR Final request was over SSL"]),
        h3("a_body_over_the_limit", "body_size_limit: 3B", body("hello"))
            .with(&length(5, 3))
            .fails(NOTHING)
            .says(&["ERROR Failed to read HTTP response body"]),
    ]
}

fn failures() -> Vec<Case> {
    let no = |name: &str, config: &str, server: Server| {
        over(name, config, "", server).fails(NO_HANDSHAKE).says(REQUEST)
    };
    vec![
        no("nobody_is_trusted", "", http3("server", answer(200))),
        no("another_authority", "ca_file: @dir/other_ca.pem", http3("server", answer(200))),
        no("another_name", &format!("{CA}, server_name: other.test"), http3("server", answer(200))),
        no("expired", CA, http3("expired", answer(200))),
        no("nobody_listens", CA, closed_udp()).timeout("600ms"),
        no("an_answer_that_does_not_come", CA, http3("server", answer(200).after(30_000)))
            .timeout("600ms")
            .with(&["probe_http_duration_seconds{phase=\"processing\"} ?"]),
    ]
}
