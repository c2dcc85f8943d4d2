//! Requests over TLS.

use probe_tests::compat::case::Need;
use probe_tests::compat::series::{CIPHER, IPV6, tls};
use probe_tests::compat::servers::closed::closed;
use probe_tests::compat::servers::http1::web;
use probe_tests::compat::servers::talk::{Do, silent, talk};
use probe_tests::compat::servers::web::{Request, answer, body, raw, redirect};

use super::{
    CA, Case, MET, NO_HANDSHAKE, NOTHING, OVER_TLS, REQUEST, STATUS, UNANSWERED, https, length, redirects,
    status, trusted,
};

const SHORT: &str = "600ms";

pub(crate) fn cases() -> Vec<Case> {
    let broken = |name, server| https(name, CA, "", server).fails(NO_HANDSHAKE).says(REQUEST);
    vec![
        trusted("a_body", "", web(body("hello"))).with(&length(5, 5)),
        trusted("a_slow_answer", "", web(answer(200).after(300)))
            .with(&["probe_http_duration_seconds{phase=\"processing\"} >=0.2"]),
        trusted("a_wrong_status", "", web(answer(500))).with(&status(500)).fails(NOTHING).says(STATUS),
        trusted("tls_is_demanded", "fail_if_not_ssl: true", web(answer(200))),
        trusted("tls_is_forbidden", "fail_if_ssl: true", web(answer(200)))
            .fails(NOTHING)
            .says(&["ERROR Final request was over SSL"]),
        trusted("tls_is_forbidden_of_a_wrong_status", "fail_if_ssl: true", web(answer(500)))
            .with(&status(500))
            .fails(NOTHING)
            .says(&[
                "ERROR Invalid HTTP response status code, wanted 2xx",
                "ERROR Final request was over SSL",
            ]),
        trusted("a_rule_over_tls", "fail_if_body_not_matches_regexp: [hello]", web(body("hello")))
            .with(&length(5, 5)),
        trusted("no_http_2", "enable_http2: false", web(answer(200))).saw(&["s: tls sni=-"]),
        trusted("credentials_over_tls", "basic_auth: {username: u, password: p}", web(answer(200)))
            .saw(&["s: authorization: Basic dTpw"]),
        trusted("from_https_to_http", "", web(redirect(302, "http://@e/")))
            .on("e", web(answer(200)))
            .with(&redirects(1))
            .with(&[
                "probe_http_ssl 0",
                "!probe_ssl_earliest_cert_expiry",
                "!probe_ssl_last_chain_expiry_timestamp_seconds",
                "!probe_ssl_last_chain_info",
                "!probe_tls_version_info",
                "!probe_tls_cipher_info",
            ])
            .says(MET)
            .saw(&["e: GET / HTTP/1.1", "!e: referer"]),
        trusted(
            "from_https_to_http_where_tls_is_demanded",
            "fail_if_not_ssl: true",
            web(redirect(302, "http://@e/")),
        )
        .on("e", web(answer(200)))
        .with(&redirects(1))
        .with(&[
            "!probe_ssl_earliest_cert_expiry",
            "!probe_ssl_last_chain_expiry_timestamp_seconds",
            "!probe_ssl_last_chain_info",
            "!probe_tls_version_info",
            "!probe_tls_cipher_info",
        ])
        .fails(&["probe_http_ssl 0"])
        .says(&[MET, &["ERROR Final request was not over SSL"]].concat()),
        trusted("from_https_to_https", "", web(redirect(302, "https://@e/x")))
            .on("e", web(answer(200)).tls("server"))
            .with(&redirects(1))
            .says(MET)
            .saw(&["e: GET /x HTTP/1.1", "e: referer: https://@s/"]),
        trusted("from_https_to_another_certificate", "", web(redirect(302, "https://@e/x")))
            .on("e", web(answer(200)).tls("self_signed"))
            .with(&[
                "!probe_ssl_earliest_cert_expiry",
                "!probe_ssl_last_chain_expiry_timestamp_seconds",
                "!probe_ssl_last_chain_info",
                "!probe_tls_version_info",
                "!probe_tls_cipher_info",
            ])
            .with(&redirects(1))
            .fails(&[
                "probe_http_ssl 0",
                "probe_http_status_code 0",
                "probe_http_version 0",
                "probe_http_duration_seconds{phase=\"transfer\"} 0",
            ])
            .says(&[MET, REQUEST].concat()),
        trusted(
            "a_step_on_the_same_server",
            "",
            web(|request: &Request| if request.target == "/" { redirect(302, "/end") } else { answer(200) }),
        )
        .with(&redirects(1))
        .says(MET)
        .saw(&["s: GET /end HTTP/1.1", "s: referer: https://@s/"]),
        trusted(
            "a_cookie_for_tls",
            "",
            web(|request: &Request| {
                if request.target == "/" {
                    redirect(302, "/end").header("Set-Cookie", "a=b; Secure")
                } else {
                    answer(200)
                }
            }),
        )
        .with(&redirects(1))
        .says(MET)
        .saw(&["s: cookie: a=b"]),
        https("over_ipv6", CA, "", web(answer(200)).tls("server").at("::1"))
            .needs(Need::Ipv6)
            .with(OVER_TLS)
            .with(&tls("server"))
            .with(CIPHER)
            .with(IPV6)
            .saw(&["s: tls sni=- alpn=h2,http/1.1", "s: host: @s"]),
        https("tls_and_then_silence", CA, "", silent().tls("server"))
            .timeout(SHORT)
            .fails(UNANSWERED)
            .says(REQUEST),
        https("tls_and_then_the_end", CA, "", talk(&[Do::Head]).tls("server"))
            .fails(UNANSWERED)
            .says(REQUEST),
        trusted("tls_and_then_half_a_body", "", web(body("hello").declared(10)))
            .with(&length(10, 5))
            .fails(NOTHING)
            .says(&["ERROR Failed to read HTTP response body"]),
        trusted("a_body_until_the_end", "", web(body("hello").until_closed())).with(&length(-1, 5)),
        trusted("an_answer_of_version_1_0", "", web(raw("HTTP/1.0 200 OK\r\n\r\nhello")))
            .with(&length(-1, 5))
            .with(&["probe_http_version 1"]),
        broken("no_tls_at_all", web(answer(200))).timeout(SHORT),
        broken("a_greeting_in_place_of_tls", talk(&[Do::Send(b"220 hello\r\n"), Do::Hold])),
        broken("the_end_in_place_of_tls", talk(&[Do::Skip(5)])),
        broken("a_reset_in_place_of_tls", talk(&[Do::Skip(5)]).resets()),
        broken("silence_in_place_of_tls", silent()).timeout(SHORT),
        broken("nobody_listens", closed()).with(&["probe_http_duration_seconds{phase=\"connect\"} 0"]),
    ]
}
