//! TLS through proxies.

use probe_tests::compat::Server;
use probe_tests::compat::servers::http1::web;
use probe_tests::compat::servers::proxy::{proxy, socks5, strict_proxy};
use probe_tests::compat::servers::tls::Tls;
use probe_tests::compat::servers::web::{answer, body};

use super::{Case, NO_HANDSHAKE, REQUEST, length, trusted};

fn through(name: &str, section: &str, proxy: Server) -> Case {
    trusted(name, &format!("proxy_url: 'http://@p', {section}"), web(body("here")))
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

/// What a probe without TLS lacks.
const NO_TLS: &[&str] = &[
    "!probe_ssl_earliest_cert_expiry",
    "!probe_ssl_last_chain_expiry_timestamp_seconds",
    "!probe_ssl_last_chain_info",
    "!probe_tls_version_info",
    "!probe_tls_cipher_info",
    "probe_http_ssl 0",
    "probe_http_content_length 0",
    "probe_http_uncompressed_body_length 0",
];

pub(crate) fn cases() -> Vec<Case> {
    vec![
        through("a_tunnel", "", proxy()).saw(&[
            "s: tls sni=- alpn=h2,http/1.1",
            "s: host: @s",
            "p: CONNECT @s HTTP/1.1",
            "p: host: @s",
            "p: user-agent: Go-http-client/1.1",
        ]),
        through("headers_for_the_proxy", "proxy_connect_header: {X-Proxy: [one, two]}", proxy()).saw(&[
            "p: x-proxy: one",
            "p: x-proxy: two",
            "!s: x-proxy",
        ]),
        through("headers_for_the_server", "headers: {X-A: b}", proxy()).saw(&["s: x-a: b", "!p: x-a"]),
        trusted("credentials_for_the_proxy", "proxy_url: 'http://u:p@@p'", web(body("here")))
            .on("p", strict_proxy("Basic dTpw"))
            .with(&length(4, 4))
            .saw(&["p: proxy-authorization: Basic dTpw", "!s: proxy"]),
        through("a_host", "headers: {Host: target.test}", proxy()).saw(&[
            "s: tls sni=target.test alpn=h2,http/1.1",
            "s: host: target.test",
            "p: CONNECT @s HTTP/1.1",
        ]),
        through("a_name_without_a_lookup", "skip_resolve_phase_with_proxy: true", proxy())
            .target("https://target.test:@s.port/")
            .with(UNRESOLVED)
            .saw(&["s: tls sni=target.test alpn=h2,http/1.1", "p: CONNECT target.test:@s.port HTTP/1.1"]),
        trusted("http_2_through_a_tunnel", "proxy_url: 'http://@p'", web(answer(200)))
            .on("p", proxy())
            .on("h", web(answer(200)).tls(Tls::from("server").protocols(&[b"h2", b"http/1.1"])))
            .target("https://@h/")
            .with(&["probe_http_version 2"])
            .saw(&["p: CONNECT @h HTTP/1.1", "h: GET / HTTP/2.0"]),
        through("a_proxy_that_refuses", "", strict_proxy("Basic dTpw"))
            .fails(NO_TLS)
            .with(NO_HANDSHAKE)
            .says(REQUEST),
        through("a_proxy_that_does_not_know_tunnels", "", web(answer(405)))
            .fails(NO_TLS)
            .with(NO_HANDSHAKE)
            .says(REQUEST)
            .saw(&["p: CONNECT @s HTTP/1.1"]),
        trusted("socks5", "proxy_url: 'socks5://@p'", web(body("here")))
            .on("p", socks5())
            .with(&length(4, 4))
            .saw(&["p: socks5 @s"]),
        trusted("socks5_and_http_2", "proxy_url: 'socks5://@p'", web(answer(200)))
            .on("p", socks5())
            .on("h", web(answer(200)).tls(Tls::from("server").protocols(&[b"h2"])))
            .target("https://@h/")
            .with(&["probe_http_version 2"]),
    ]
}
