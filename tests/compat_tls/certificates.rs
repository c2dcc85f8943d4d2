//! Who is trusted, and what is told of the certificate.

use probe_tests::compat::series::{
    CIPHER, HTTP_UNASKED, NEVER, TLS12, leaf, tls, tls_of, tls_unverified, year,
};
use probe_tests::compat::servers::http1::web;
use probe_tests::compat::servers::tls::Tls;
use probe_tests::compat::servers::web::answer;
use rustls::CipherSuite;

use super::{CA, Case, NO_HANDSHAKE, OVER_TLS, REQUEST, UNANSWERED, https, refused};

fn ok(name: &str, config: &str, server: impl Into<Tls>) -> Case {
    https(name, config, "", web(answer(200)).tls(server)).with(OVER_TLS).with(CIPHER)
}

fn no(name: &str, config: &str, server: impl Into<Tls>) -> Case {
    refused(name, config, web(answer(200)).tls(server))
}

pub(crate) fn cases() -> Vec<Case> {
    [trust(), versions(), clients(), files()].concat()
}

fn trust() -> Vec<Case> {
    let between = |last: &str| {
        tls_of(
            "leaf",
            &leaf("CN=server", "CN=Between", "localhost,target.test,*.wild.test", "1234"),
            year(2052),
            last,
        )
    };
    vec![
        ok("an_authority_in_a_file", CA, "server").with(&tls("server")).saw(&["s: tls sni=- alpn=h2,http/1.1", "s: GET / HTTP/1.1", "s: connection: close"]),
        ok("an_authority_in_the_configuration", "ca: @ca.pem", "server").with(&tls("server")),
        ok("nothing_is_verified", "insecure_skip_verify: true", "server").with(&tls_unverified("server")),
        ok("nothing_is_verified_of_what_is_expired", "insecure_skip_verify: true", "expired")
            .with(&tls_unverified("expired"))
            .with(&[format!("probe_ssl_earliest_cert_expiry {}", year(2021))]),
        ok("an_intermediate_authority", CA, Tls::from("leaf").chain(&["intermediate"])).with(&between(&year(2052).to_string())),
        ok("an_intermediate_authority_that_is_missing_unverified", "insecure_skip_verify: true", "leaf")
            .with(&between(NEVER))
            .with(&[format!("probe_ssl_earliest_cert_expiry {}", year(2055))]),
        ok("two_chains", "ca_file: @dir/roots.pem", Tls::from("two_chains").chain(&["old_root"])).with(&tls_of(
            "two_chains",
            &leaf("CN=server", "CN=Twice", "localhost,target.test,*.wild.test", "1234"),
            year(2045),
            &year(2050).to_string(),
        )),
        ok("a_root_that_expires_first", "ca_file: @dir/old_root.pem", "two_chains").with(&tls_of(
            "two_chains",
            &leaf("CN=server", "CN=Twice", "localhost,target.test,*.wild.test", "1234"),
            year(2050),
            &year(2045).to_string(),
        )),
        ok("an_intermediate_authority_as_root", "ca_file: @dir/intermediate.pem", "leaf")
            .with(&between(&year(2052).to_string()))
            .with(&[format!("probe_ssl_earliest_cert_expiry {}", year(2055))]),
        ok("a_certificate_as_its_own_root", "ca_file: @dir/server.pem", "server").with(&tls("server")),
        ok("an_rsa_key", CA, "rsa").with(&tls("rsa")),
        ok("an_ed25519_key", CA, "ed25519").with(&tls("ed25519")),
        ok("a_long_subject", CA, "long_subject").with(&tls_of(
            "long_subject",
            &leaf(
                "SERIALNUMBER=77,CN=server,OU=One+OU=Two,O=Org,POSTALCODE=04109,STREET=Street 1,L=Leipzig,ST=Saxony,C=DE,1.2.840.113549.1.9.1=a@b.test,2.5.4.12=Dr",
                "CN=Root,O=Probe Tests",
                "localhost,target.test,*.wild.test",
                "1234",
            ),
            year(2060),
            &year(2060).to_string(),
        )),
        no("nobody_is_trusted", "", "server"),
        no("another_authority", "ca_file: @dir/other_ca.pem", "server"),
        no("self_signed", CA, "self_signed"),
        no("expired", CA, "expired"),
        no("not_yet_valid", CA, "future"),
        no("an_intermediate_authority_that_is_missing", CA, "leaf"),
        no("the_root_is_not_enough_for_another_root", "ca_file: @dir/old_root.pem", "server"),
    ]
}

fn versions() -> Vec<Case> {
    let suite = |name, certificate: &'static str, suite: CipherSuite, cipher: &str| {
        ok(name, CA, Tls::from(certificate).only_12().suite(suite))
            .with(&tls(certificate))
            .with(TLS12)
            .with(&["!probe_tls_cipher_info"])
            .with(&[format!("probe_tls_cipher_info{{cipher={cipher:?}}} 1")])
    };
    let suite_13 = |name, suite: CipherSuite, cipher: &str| {
        ok(name, CA, Tls::from("server").suite(suite))
            .with(&tls("server"))
            .with(&["!probe_tls_cipher_info"])
            .with(&[format!("probe_tls_cipher_info{{cipher={cipher:?}}} 1")])
    };
    let config = |rest: &str| format!("{CA}, {rest}");
    const TLS12_CIPHER: &[&str] = &[
        "!probe_tls_cipher_info",
        "probe_tls_cipher_info{cipher=\"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384\"} 1",
    ];
    vec![
        suite(
            "tls_1_2_with_ecdsa_and_aes_128",
            "server",
            CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        ),
        suite(
            "tls_1_2_with_ecdsa_and_aes_256",
            "server",
            CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        ),
        suite(
            "tls_1_2_with_ecdsa_and_chacha",
            "server",
            CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        ),
        suite(
            "tls_1_2_with_rsa_and_aes_128",
            "rsa",
            CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        ),
        suite(
            "tls_1_2_with_rsa_and_chacha",
            "rsa",
            CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        ),
        suite_13("tls_1_3_with_aes_128", CipherSuite::TLS13_AES_128_GCM_SHA256, "TLS_AES_128_GCM_SHA256"),
        suite_13("tls_1_3_with_aes_256", CipherSuite::TLS13_AES_256_GCM_SHA384, "TLS_AES_256_GCM_SHA384"),
        suite_13(
            "tls_1_3_with_chacha",
            CipherSuite::TLS13_CHACHA20_POLY1305_SHA256,
            "TLS_CHACHA20_POLY1305_SHA256",
        ),
        ok("the_suite_that_the_client_likes_best", CA, Tls::from("server").lets_choose())
            .with(&tls("server"))
            .with(&["!probe_tls_cipher_info", "probe_tls_cipher_info{cipher=\"TLS_AES_128_GCM_SHA256\"} 1"]),
        ok(
            "the_suite_of_tls_1_2_that_the_client_likes_best",
            CA,
            Tls::from("server").only_12().lets_choose(),
        )
        .with(&tls("server"))
        .with(TLS12)
        .with(&[
            "!probe_tls_cipher_info",
            "probe_tls_cipher_info{cipher=\"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256\"} 1",
        ]),
        ok("tls_1_2_at_most", &config("max_version: TLS12"), "server")
            .with(&tls("server"))
            .with(TLS12)
            .with(TLS12_CIPHER),
        ok("tls_1_2_alone_at_the_server", CA, Tls::from("server").only_12())
            .with(&tls("server"))
            .with(TLS12)
            .with(TLS12_CIPHER),
        ok("tls_1_3_at_least", &config("min_version: TLS13"), "server").with(&tls("server")),
        no("tls_1_3_against_1_2", &config("min_version: TLS13"), Tls::from("server").only_12()),
        no("tls_1_2_against_1_3", &config("max_version: TLS12"), Tls::from("server").only_13()),
        https(
            "versions_that_clash",
            &config("min_version: TLS13, max_version: TLS12"),
            "",
            web(answer(200)).tls("server"),
        )
        .fails(HTTP_UNASKED)
        .says(&["ERROR Error generating HTTP client"]),
    ]
}

fn clients() -> Vec<Case> {
    let with = |name: &str| format!("{CA}, cert_file: @dir/{name}.pem, key_file: @dir/{name}.key");
    let demanded = || Tls::from("server").demands_client();
    let away = |name, config: &str| {
        https(name, config, "", web(answer(200)).tls(demanded())).fails(UNANSWERED).says(REQUEST)
    };
    vec![
        ok("a_certificate_of_the_client", &with("client"), demanded())
            .with(&tls("server"))
            .saw(&["s: client certificate client", "s: GET / HTTP/1.1"]),
        ok(
            "a_certificate_of_the_client_in_the_configuration",
            &format!("{CA}, cert: @client.pem, key: @client.key"),
            demanded(),
        )
        .with(&tls("server"))
        .saw(&["s: client certificate client"]),
        ok("a_certificate_that_nobody_asks_for", &with("client"), "server")
            .with(&tls("server"))
            .saw(&["!s: client"]),
        ok("no_certificate_where_one_is_welcome", CA, Tls::from("server").asks_client())
            .with(&tls("server"))
            .saw(&["!s: client"]),
        away("no_certificate_where_one_is_demanded", CA),
        away("a_strangers_certificate", &with("other_client")),
        no("no_certificate_where_tls_1_2_demands_one", CA, demanded().only_12()),
    ]
}

fn files() -> Vec<Case> {
    let hopeless = |name, config: &str| {
        https(name, config, "", web(answer(200)).tls("server"))
            .fails(HTTP_UNASKED)
            .says(&["ERROR Error generating HTTP client"])
            .saw(&["!s: "])
    };
    vec![
        hopeless("an_authority_in_a_file_that_is_missing", "ca_file: @dir/nothing.pem"),
        hopeless("an_authority_in_a_file_that_is_none", "ca_file: @dir/garbage.pem"),
        hopeless("an_authority_that_is_none", "ca: nonsense"),
        hopeless(
            "a_certificate_in_a_file_that_is_missing",
            &format!("{CA}, cert_file: @dir/nothing.pem, key_file: @dir/client.key"),
        ),
        hopeless(
            "a_key_in_a_file_that_is_missing",
            &format!("{CA}, cert_file: @dir/client.pem, key_file: @dir/nothing.key"),
        ),
        hopeless(
            "a_key_of_another_certificate",
            &format!("{CA}, cert_file: @dir/client.pem, key_file: @dir/server.key"),
        ),
        hopeless("an_authority_by_reference", "ca_ref: somewhere"),
        https("http_where_there_is_tls", "insecure_skip_verify: true", "", web(answer(200)).tls("server"))
            .target("http://@s/")
            .fails(NO_HANDSHAKE)
            .with(&[
                "probe_http_duration_seconds{phase=\"tls\"} 0",
                "probe_http_duration_seconds{phase=\"processing\"} ?",
            ])
            .says(REQUEST),
    ]
}
