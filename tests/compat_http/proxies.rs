//! Proxies.

use probe_tests::compat::Server;
use probe_tests::compat::series::{HTTP_REFUSED, HTTP_UNANSWERED};
use probe_tests::compat::servers::closed::closed;
use probe_tests::compat::servers::http1::web;
use probe_tests::compat::servers::proxy::{proxy, socks5, strict_proxy};
use probe_tests::compat::servers::talk::silent;
use probe_tests::compat::servers::web::{Request, answer, body, redirect};

use super::{Case, NOTHING, REQUEST, STATUS, http, length, redirects, status};

/// Through the proxy `p`.
fn through(name: &'static str, section: &str, proxy: Server) -> Case {
    http(name, &format!("proxy_url: 'http://@p', {section}"), web(body("here")))
        .on("p", proxy)
        .with(&length(4, 4))
}

/// What a probe without a lookup lacks.
const UNRESOLVED: &[&str] = &[
    "!probe_dns_lookup_time_seconds",
    "!probe_ip_addr_hash",
    "!probe_ip_protocol",
    "!probe_http_duration_seconds{phase=\"resolve\"}",
];

pub(crate) fn cases() -> Vec<Case> {
    [plain(), names(), failures(), socks()].concat()
}

fn plain() -> Vec<Case> {
    const CREDENTIALS: &str = "Basic dTpw";
    vec![
        through("a_proxy", "", proxy()).target("http://@s/a?b").saw(&[
            "s: GET /a?b HTTP/1.1",
            "p: GET http://@s/a?b HTTP/1.1",
            "p: host: @s",
        ]),
        through("a_proxy_without_a_path", "", proxy())
            .target("http://@s")
            .saw(&["p: GET http://@s/ HTTP/1.1"]),
        through("a_proxy_gets_headers", "headers: {X-A: b}", proxy()).saw(&["s: x-a: b", "p: x-a: b"]),
        through("a_proxy_gets_a_body", "method: POST, body: x", proxy())
            .saw(&["p: POST http://@s/ HTTP/1.1", "p: body x"]),
        through("a_proxy_gets_the_host", "headers: {Host: 'vhost.test:@s.port'}", proxy())
            .saw(&["p: GET http://vhost.test:@s.port/ HTTP/1.1", "p: host: vhost.test:@s.port"]),
        http("a_proxy_with_credentials", "proxy_url: 'http://u:p@@p'", web(body("here")))
            .on("p", strict_proxy(CREDENTIALS))
            .with(&length(4, 4))
            .saw(&["p: proxy-authorization: Basic dTpw", "!s: proxy"]),
        http("a_proxy_in_small_letters", "proxy_url: 'HTTP://@p'", web(body("here")))
            .on("p", proxy())
            .with(&length(4, 4)),
        http("a_proxy_with_a_path", "proxy_url: 'http://@p/ignored'", web(body("here")))
            .on("p", proxy())
            .with(&length(4, 4))
            .saw(&["p: GET http://@s/ HTTP/1.1"]),
        through("a_redirect_through_a_proxy", "", proxy())
            .on("e", web(answer(200)))
            .target("http://@e/x")
            .with(&length(0, 0))
            .saw(&["e: GET /x HTTP/1.1"]),
        http(
            "each_step_through_a_proxy",
            "proxy_url: 'http://@p'",
            web(|request: &Request| if request.target == "/" { redirect(302, "/end") } else { answer(200) }),
        )
        .on("p", proxy())
        .with(&redirects(1))
        .says(&["WARN Received redirect"])
        .saw(&[
            "s: GET / HTTP/1.1",
            "s: GET /end HTTP/1.1",
            "p: GET http://@s/ HTTP/1.1",
            "p: GET http://@s/end HTTP/1.1",
        ]),
        through("credentials_in_the_url_through_a_proxy", "", proxy())
            .target("http://a:b@@s/")
            .saw(&["s: authorization: Basic YTpi"]),
        http("from_the_environment_without_one", "proxy_from_environment: true", web(body("here")))
            .with(&length(4, 4)),
    ]
}

fn names() -> Vec<Case> {
    let skips = |name, section: &str| {
        through(name, &format!("skip_resolve_phase_with_proxy: true, {section}"), proxy()).with(UNRESOLVED)
    };
    let direct = |name, list: &str| {
        through(name, &format!("no_proxy: '{list}'"), proxy()).saw(&["s: GET / HTTP/1.1", "!p: "])
    };
    let proxied = |name, list: &str| {
        through(name, &format!("no_proxy: '{list}'"), proxy()).saw(&["p: GET http://@s/ HTTP/1.1"])
    };
    vec![
        skips("no_lookup_with_a_proxy", "").saw(&["p: GET http://@s/ HTTP/1.1"]),
        skips("no_lookup_of_a_name_that_nobody_knows", "")
            .target("http://name.invalid:@s.port/x")
            .saw(&["s: host: name.invalid:@s.port", "p: GET http://name.invalid:@s.port/x HTTP/1.1"]),
        http("no_proxy_no_skipping", "skip_resolve_phase_with_proxy: true", web(answer(200))),
        direct("loopback_is_not_proxied_once_there_is_a_list", "192.0.2.0/24"),
        direct("an_address_that_is_not_proxied", "127.0.0.1"),
        direct("a_network_that_is_not_proxied", "127.0.0.0/8"),
        direct("nothing_is_proxied", "*"),
        proxied("an_empty_list_is_none", ""),
        skips("a_name_that_is_proxied", "no_proxy: other.test")
            .target("http://name.invalid:@s.port/")
            .saw(&["p: GET http://name.invalid:@s.port/ HTTP/1.1"]),
        skips("a_name_below_one_that_is_not_proxied", "no_proxy: invalid.test")
            .target("http://name.invalid:@s.port/"),
    ]
}

fn failures() -> Vec<Case> {
    vec![
        http("a_proxy_that_wants_credentials", "proxy_url: 'http://@p'", web(answer(200)))
            .on("p", strict_proxy("Basic dTpw"))
            .with(&status(407))
            .fails(NOTHING)
            .says(STATUS)
            .saw(&["!s: GET"]),
        http("a_proxy_that_is_not_there", "proxy_url: 'http://@p'", web(answer(200)))
            .on("p", closed())
            .fails(HTTP_REFUSED)
            .says(REQUEST),
        http("a_proxy_that_says_nothing", "proxy_url: 'http://@p'", web(answer(200)))
            .on("p", silent())
            .timeout("600ms")
            .fails(HTTP_UNANSWERED)
            .says(REQUEST),
        http("a_proxy_of_an_unknown_kind", "proxy_url: 'ftp://@p'", web(answer(200)))
            .on("p", proxy())
            .saw(&["p: GET http://@s/ HTTP/1.1"]),
        http("a_proxy_that_speaks_something_else", "proxy_url: 'http://@p'", web(answer(200)))
            .on("p", web(probe_tests::compat::servers::web::raw("SSH-2.0-x\r\n")))
            .fails(HTTP_UNANSWERED)
            .says(REQUEST),
        http("a_server_that_the_proxy_does_not_reach", "proxy_url: 'http://@p'", web(answer(502)))
            .on("p", web(answer(502).body("no")))
            .with(&status(502))
            .with(&length(2, 2))
            .fails(NOTHING)
            .says(STATUS),
    ]
}

fn socks() -> Vec<Case> {
    let socks =
        |name, section: &str| http(name, section, web(body("here"))).on("p", socks5()).with(&length(4, 4));
    vec![
        socks("socks5", "proxy_url: 'socks5://@p'").saw(&["s: GET / HTTP/1.1", "p: socks5 @s"]),
        socks("socks5h", "proxy_url: 'socks5h://@p'").saw(&["p: socks5 @s"]),
        socks("socks5_with_a_name", "proxy_url: 'socks5://@p', skip_resolve_phase_with_proxy: true")
            .target("http://name.invalid:@s.port/")
            .with(UNRESOLVED)
            .saw(&["p: socks5 name name.invalid:@s.port"]),
        http("socks5_that_is_not_there", "proxy_url: 'socks5://@p'", web(answer(200)))
            .on("p", closed())
            .fails(HTTP_REFUSED)
            .says(REQUEST),
        http("socks5_that_speaks_something_else", "proxy_url: 'socks5://@p'", web(answer(200)))
            .on(
                "p",
                probe_tests::compat::servers::talk::talk(&[probe_tests::compat::servers::talk::Do::Send(
                    b"HTTP/1.1 400 no\r\n\r\n",
                )]),
            )
            .fails(HTTP_UNANSWERED)
            .says(REQUEST),
    ]
}
