//! Which name the server is asked for, and which the certificate must have.

use probe_tests::compat::series::{CIPHER, NEVER, tls};
use probe_tests::compat::servers::http1::web;
use probe_tests::compat::servers::web::{Request, answer, redirect};

use super::{CA, Case, MET, NO_HANDSHAKE, OVER_TLS, REQUEST, https, named, redirects, refused};

/// Under a certificate for `target.test` alone.
fn asked(name: &str, config: &str, section: &str) -> Case {
    https(name, &format!("{CA}, {config}"), section, web(answer(200)).tls("named"))
        .with(OVER_TLS)
        .with(CIPHER)
        .with(&named("named", "target.test"))
}

pub(crate) fn cases() -> Vec<Case> {
    let no = |name, config: &str, section: &str| {
        https(name, &format!("{CA}, {config}"), section, web(answer(200)).tls("named"))
            .fails(NO_HANDSHAKE)
            .says(REQUEST)
    };
    vec![
        asked("a_name_in_the_configuration", "server_name: target.test", "")
            .saw(&["s: tls sni=target.test alpn=h2,http/1.1", "s: host: @s"]),
        asked("a_name_in_a_header", "", "headers: {Host: target.test}")
            .saw(&["s: tls sni=target.test alpn=h2,http/1.1", "s: host: target.test"]),
        asked("a_name_in_a_header_in_small_letters", "", "headers: {host: target.test}")
            .saw(&["s: tls sni=target.test alpn=h2,http/1.1"]),
        asked("a_name_in_the_query", "", "")
            .ask("hostname", "target.test")
            .saw(&["s: tls sni=target.test alpn=h2,http/1.1", "s: host: target.test"]),
        asked(
            "the_configuration_goes_before_a_header",
            "server_name: target.test",
            "headers: {Host: other.test}",
        )
        .saw(&["s: tls sni=target.test alpn=h2,http/1.1", "s: host: other.test"]),
        asked("the_configuration_goes_before_the_query", "server_name: target.test", "")
            .ask("hostname", "other.test")
            .saw(&["s: tls sni=target.test alpn=h2,http/1.1", "s: host: other.test"]),
        no("a_name_with_a_port_in_a_header", "", "headers: {Host: 'target.test:443'}"),
        no("the_address_is_not_in_the_certificate", "", "").saw(&["s: tls sni=- alpn=h2,http/1.1"]),
        no("another_name", "server_name: other.test", "").saw(&["s: tls sni=other.test alpn=h2,http/1.1"]),
        no("another_name_in_a_header", "", "headers: {Host: other.test}"),
        no("another_name_in_the_query", "", "").ask("hostname", "other.test"),
        https("a_wildcard", &format!("{CA}, server_name: a.wild.test"), "", web(answer(200)).tls("server"))
            .with(OVER_TLS)
            .with(CIPHER)
            .with(&tls("server")),
        refused(
            "a_wildcard_is_one_label",
            &format!("{CA}, server_name: a.b.wild.test"),
            web(answer(200)).tls("server"),
        ),
        refused(
            "the_common_name_does_not_count",
            &format!("{CA}, server_name: target.test"),
            web(answer(200)).tls("common_name"),
        ),
        https(
            "no_name_is_needed_if_nothing_is_verified",
            "insecure_skip_verify: true",
            "",
            web(answer(200)).tls("named"),
        )
        .with(OVER_TLS)
        .with(CIPHER)
        .with(&named("named", "target.test"))
        .with(&[format!("probe_ssl_last_chain_expiry_timestamp_seconds {NEVER}")]),
        https("from_http_to_https", CA, "", web(redirect(302, "https://@e/")))
            .target("http://@s/")
            .on("e", web(answer(200)).tls("server"))
            .with(&redirects(1))
            .with(OVER_TLS)
            .with(CIPHER)
            .with(&tls("server"))
            .says(MET)
            .saw(&["e: tls sni=- alpn=h2,http/1.1", "e: referer: http://@s/"]),
        https(
            "a_name_does_not_go_to_another_port",
            &format!("{CA}, server_name: target.test"),
            "",
            web(redirect(302, "https://@e/")).tls("server"),
        )
        .on("e", web(answer(200)).tls("named"))
        .with(&redirects(1))
        .fails(NO_HANDSHAKE)
        .with(&["probe_http_duration_seconds{phase=\"processing\"} ?"])
        .says(&[MET, REQUEST].concat())
        .saw(&["s: tls sni=target.test alpn=h2,http/1.1", "e: tls sni=- alpn=h2,http/1.1"]),
        https(
            "a_name_stays_with_its_paths",
            &format!("{CA}, server_name: target.test"),
            "",
            web(|request: &Request| if request.target == "/" { redirect(302, "/end") } else { answer(200) })
                .tls("named"),
        )
        .with(&redirects(1))
        .with(OVER_TLS)
        .with(CIPHER)
        .with(&named("named", "target.test"))
        .says(MET)
        .saw(&[
            "s: tls sni=target.test alpn=h2,http/1.1",
            "s: GET / HTTP/1.1",
            "s: tls sni=target.test alpn=h2,http/1.1",
            "s: GET /end HTTP/1.1",
        ]),
    ]
}
