//! TLS from the start, and later on.

use probe_tests::compat::series::{NEVER, TLS12, leaf, tls, tls_of, tls_unverified, year};
use probe_tests::compat::servers::talk::{Do, silent, talk};
use probe_tests::compat::servers::tls::Tls;

use super::{Case, NOT_CONNECTED, NOTHING, REGEX, tcp};

const CA: &str = "ca_file: @dir/ca.pem";

/// Over TLS; what is in `tls_config`, and the server's side.
fn over(name: &'static str, config: &str, server: impl Into<Tls>) -> Case {
    tcp(name, &format!("tls: true, tls_config: {{{config}}}"), silent().tls(server))
}

fn refused(name: &'static str, config: &str, server: impl Into<Tls>) -> Case {
    over(name, config, server).fails(NOT_CONNECTED).says(&["ERROR Error dialing TCP"])
}

pub(crate) fn cases() -> Vec<Case> {
    [trust(), names(), certificates(), versions(), clients(), files(), broken(), starttls()].concat()
}

fn trust() -> Vec<Case> {
    vec![
        over("an_authority_in_a_file", CA, "server").with(&tls("server")).saw(&["s: tls sni=-"]),
        over("an_authority_in_the_configuration", "ca: @ca.pem", "server").with(&tls("server")),
        over("a_certificate_is_its_own_authority", "ca_file: @dir/self_signed.pem", "self_signed").with(
            &tls_of(
                "self_signed",
                &leaf("CN=alone", "CN=alone", "localhost,target.test,*.wild.test", "1234"),
                year(2060),
                &year(2060).to_string(),
            ),
        ),
        over(
            "several_authorities_in_a_file",
            "ca_file: @dir/roots.pem",
            Tls::from("two_chains").chain(&["old_root"]),
        )
        .with(&tls_of(
            "two_chains",
            &leaf("CN=server", "CN=Twice", "localhost,target.test,*.wild.test", "1234"),
            year(2045),
            &year(2050).to_string(),
        )),
        over("an_intermediate_authority", CA, Tls::from("leaf").chain(&["intermediate"]))
            .with(&between(&year(2052).to_string())),
        over(
            "an_intermediate_authority_unverified",
            "insecure_skip_verify: true",
            Tls::from("leaf").chain(&["intermediate"]),
        )
        .with(&between(NEVER)),
        over("an_authority_sent_along", CA, Tls::from("server").chain(&["ca"])).with(&tls("server")),
        over("somebody_elses_authority_sent_along", CA, Tls::from("server").chain(&["old_root"]))
            .with(&tls("server"))
            .with(&[format!("probe_ssl_earliest_cert_expiry {}", year(2045))]),
        over("nothing_is_verified", "insecure_skip_verify: true", "server").with(&tls_unverified("server")),
        over(
            "nothing_is_verified_of_a_stranger",
            &format!("{CA}, insecure_skip_verify: true"),
            "self_signed",
        )
        .with(&tls_of(
            "self_signed",
            &leaf("CN=alone", "CN=alone", "localhost,target.test,*.wild.test", "1234"),
            year(2060),
            NEVER,
        )),
        over("nothing_is_verified_of_what_is_expired", "insecure_skip_verify: true", "expired")
            .with(&tls_unverified("expired"))
            .with(&[format!("probe_ssl_earliest_cert_expiry {}", year(2021))]),
        refused("an_authority_that_nobody_knows", "", "server"),
        refused("another_authority", "ca_file: @dir/other_ca.pem", "server"),
        refused("a_certificate_without_its_authority", CA, "self_signed"),
        refused("the_intermediate_authority_is_missing", CA, "leaf"),
        refused("an_expired_certificate", CA, "expired"),
        refused("a_certificate_of_the_future", CA, "future"),
    ]
}

/// A leaf that expires after the certificate of its authority.
fn between(last: &str) -> Vec<String> {
    let labels = leaf("CN=server", "CN=Between", "localhost,target.test,*.wild.test", "1234");
    tls_of("leaf", &labels, year(2052), last)
}

fn names() -> Vec<Case> {
    let named = |certificate: &str, names: &str| {
        tls_of(
            certificate,
            &leaf("CN=server", "CN=Root,O=Probe Tests", names, "1234"),
            year(2060),
            &year(2060).to_string(),
        )
    };
    vec![
        over("a_name_in_the_configuration", &format!("{CA}, server_name: target.test"), "named")
            .with(&named("named", "target.test"))
            .saw(&["s: tls sni=target.test"]),
        over("a_name_in_the_query", CA, "named")
            .ask("hostname", "target.test")
            .with(&named("named", "target.test"))
            .saw(&["s: tls sni=target.test"]),
        over("the_configuration_goes_before_the_query", &format!("{CA}, server_name: target.test"), "named")
            .ask("hostname", "elsewhere.test")
            .with(&named("named", "target.test"))
            .saw(&["s: tls sni=target.test"]),
        over("a_name_in_capitals", &format!("{CA}, server_name: TARGET.test"), "named")
            .with(&named("named", "target.test")),
        over("a_name_with_a_dot_at_its_end", &format!("{CA}, server_name: target.test."), "named")
            .with(&named("named", "target.test")),
        over("a_wildcard", &format!("{CA}, server_name: a.wild.test"), "server").with(&tls("server")),
        over("an_address_as_name", &format!("{CA}, server_name: '::1'"), "server")
            .with(&tls("server"))
            .saw(&["s: tls sni=-"]),
        refused("a_wildcard_is_one_label", &format!("{CA}, server_name: a.b.wild.test"), "server"),
        refused("a_wildcard_is_not_nothing", &format!("{CA}, server_name: wild.test"), "server"),
        refused("the_address_is_not_in_the_certificate", CA, "named"),
        refused("another_name", &format!("{CA}, server_name: other.test"), "named")
            .saw(&["s: tls sni=other.test"]),
        refused("another_name_in_the_query", CA, "named").ask("hostname", "other.test"),
        refused("the_common_name_does_not_count", &format!("{CA}, server_name: target.test"), "common_name"),
        over("no_name_is_needed_if_nothing_is_verified", "insecure_skip_verify: true", "named")
            .with(&named("named", "target.test"))
            .with(&[format!("probe_ssl_last_chain_expiry_timestamp_seconds {NEVER}")]),
    ]
}

fn certificates() -> Vec<Case> {
    const USUAL: &str = "localhost,target.test,*.wild.test";
    const ROOT: &str = "CN=Root,O=Probe Tests";
    let of = |name, certificate: &'static str, labels: &str| {
        over(name, CA, certificate).with(&tls_of(certificate, labels, year(2060), &year(2060).to_string()))
    };
    vec![
        over("a_certificate_with_an_rsa_key", CA, "rsa").with(&tls("rsa")),
        over("a_certificate_with_a_p384_key", CA, "p384").with(&tls("p384")),
        over("a_certificate_with_an_ed25519_key", CA, "ed25519").with(&tls("ed25519")),
        of("a_serial_number_of_zero", "serial_zero", &leaf("CN=server", ROOT, USUAL, "")),
        of(
            "a_serial_number_with_a_zero_in_front",
            "serial_nibble",
            &leaf("CN=server", ROOT, USUAL, "0bffbc"),
        ),
        of(
            "a_serial_number_with_its_first_bit_set",
            "serial_high",
            &leaf("CN=server", ROOT, USUAL, "ff0001"),
        ),
        of("a_serial_number_of_20_bytes", "serial_long", &leaf("CN=server", ROOT, USUAL, &"7e".repeat(20))),
        of("a_certificate_without_a_subject", "no_subject", &leaf("", ROOT, USUAL, "1234")),
        of(
            "a_subject_of_many_parts",
            "long_subject",
            &leaf(
                "SERIALNUMBER=77,CN=server,OU=One+OU=Two,O=Org,POSTALCODE=04109,STREET=Street 1,L=Leipzig,ST=Saxony,C=DE,1.2.840.113549.1.9.1=a@b.test,2.5.4.12=Dr",
                ROOT,
                USUAL,
                "1234",
            ),
        ),
        of(
            "a_subject_that_needs_escapes",
            "escaped_subject",
            &leaf(
                "CN=Zoë\n,OU=\\#1 \\\"quoted\\\" \\<x\\>\\+y\\\\z,O=\\ a\\, b\\; c=d\\ ",
                ROOT,
                USUAL,
                "1234",
            ),
        ),
        of(
            "alternative_names_that_are_no_names",
            "many_names",
            &leaf("CN=server", ROOT, "b.test,a.test,*.wild.test,target.test", "1234"),
        ),
    ]
}

fn versions() -> Vec<Case> {
    let config = |rest: &str| format!("{CA}, {rest}");
    vec![
        over("a_server_with_tls_1_2_alone", CA, Tls::from("server").only_12())
            .with(&tls("server"))
            .with(TLS12),
        over("a_server_with_tls_1_3_alone", CA, Tls::from("server").only_13()).with(&tls("server")),
        over("tls_1_2_at_most", &config("max_version: TLS12"), "server").with(&tls("server")).with(TLS12),
        over("tls_1_2_with_an_rsa_key", CA, Tls::from("rsa").only_12()).with(&tls("rsa")).with(TLS12),
        over("tls_1_3_at_least", &config("min_version: TLS13"), "server").with(&tls("server")),
        over("tls_1_0_at_least_takes_the_best", &config("min_version: TLS10"), "server").with(&tls("server")),
        over("tls_1_2_exactly", &config("min_version: TLS12, max_version: TLS12"), "server")
            .with(&tls("server"))
            .with(TLS12),
        refused("tls_1_3_against_1_2", &config("min_version: TLS13"), Tls::from("server").only_12()),
        refused("tls_1_2_against_1_3", &config("max_version: TLS12"), Tls::from("server").only_13()),
        over("more_at_least_than_at_most", &config("min_version: TLS13, max_version: TLS12"), "server")
            .fails(NOT_CONNECTED)
            .says(&["ERROR Error creating TLS configuration", "ERROR Error dialing TCP"]),
    ]
}

fn clients() -> Vec<Case> {
    let with = |name: &str| format!("{CA}, cert_file: @dir/{name}.pem, key_file: @dir/{name}.key");
    let read = "query_response: [{expect: ^in$}]";
    let inside = |name, config: &str, server: Tls| {
        tcp(
            name,
            &format!("tls: true, tls_config: {{{config}}}, {read}"),
            talk(&[Do::Send(b"in\n"), Do::Hold]).tls(server),
        )
        .with(&tls("server"))
    };
    vec![
        inside("a_certificate_of_the_client", &with("client"), Tls::from("server").demands_client())
            .saw(&["s: tls sni=-", "s: client certificate client"]),
        inside(
            "a_certificate_of_the_client_by_tls_1_2",
            &with("client"),
            Tls::from("server").only_12().demands_client(),
        )
        .with(TLS12)
        .saw(&["s: client certificate client"]),
        inside(
            "a_certificate_of_the_client_in_the_configuration",
            &format!("{CA}, cert: @client.pem, key: @client.key"),
            Tls::from("server").demands_client(),
        )
        .saw(&["s: client certificate client"]),
        inside(
            "a_key_in_the_configuration_of_a_certificate_in_a_file",
            &format!("{CA}, cert_file: @dir/client.pem, key: @client.key"),
            Tls::from("server").demands_client(),
        )
        .saw(&["s: client certificate client"]),
        inside("a_certificate_that_nobody_asks_for", &with("client"), "server".into()).saw(&["!s: client"]),
        inside("no_certificate_where_one_is_welcome", CA, Tls::from("server").asks_client())
            .saw(&["!s: client"]),
        // In TLS 1.3 the client is done before the server has looked.
        inside("no_certificate_where_one_is_demanded", CA, Tls::from("server").demands_client())
            .fails(NOTHING)
            .says(&["ERROR Error reading from connection"]),
        inside("a_strangers_certificate", &with("other_client"), Tls::from("server").demands_client())
            .fails(NOTHING)
            .says(&["ERROR Error reading from connection"]),
        refused(
            "no_certificate_where_tls_1_2_demands_one",
            CA,
            Tls::from("server").only_12().demands_client(),
        ),
    ]
}

fn files() -> Vec<Case> {
    let hopeless = |name, config: &str| {
        over(name, config, "server")
            .fails(NOT_CONNECTED)
            .says(&["ERROR Error creating TLS configuration", "ERROR Error dialing TCP"])
    };
    vec![
        hopeless("an_authority_in_a_file_that_is_missing", "ca_file: @dir/nothing.pem"),
        hopeless("an_authority_in_a_file_that_is_none", "ca_file: @dir/garbage.pem"),
        hopeless("an_authority_in_an_empty_file", "ca_file: @dir/empty"),
        hopeless("an_authority_in_a_folder", "ca_file: @dir"),
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
        hopeless(
            "a_certificate_in_a_file_that_is_none",
            &format!("{CA}, cert_file: @dir/garbage.pem, key_file: @dir/client.key"),
        ),
        hopeless("an_authority_by_reference", "ca_ref: somewhere"),
    ]
}

fn broken() -> Vec<Case> {
    let against = |name, script: &[Do]| {
        tcp(name, &format!("tls: true, tls_config: {{{CA}}}"), talk(script))
            .fails(NOT_CONNECTED)
            .says(&["ERROR Error dialing TCP"])
    };
    vec![
        against("a_server_without_tls", &[Do::Skip(5), Do::Send(b"HTTP/1.1 400 Bad Request\r\n\r\n")]),
        against("a_server_that_closes_instead_of_a_handshake", &[Do::Skip(5)]),
        against("a_server_that_stalls_in_the_handshake", &[Do::Hold]).timeout("600ms"),
        against("a_server_that_speaks_first", &[Do::Send(b"220 hello\r\n"), Do::Hold]),
        tcp("a_configuration_without_tls_is_not_used", "tls_config: {ca_file: @dir/nothing.pem}", silent()),
        tcp(
            "a_dialogue_over_tls",
            &format!(
                "tls: true, tls_config: {{{CA}}}, query_response: [{{expect: '^hi (.*)$', send: 'you $1'}}]"
            ),
            talk(&[Do::Send(b"hi bob\n"), Do::Line]).tls("server"),
        )
        .with(&tls("server"))
        .saw(&["s: tls sni=-", "s: line you bob\\n"]),
        tcp(
            "a_dialogue_over_tls_that_fails",
            &format!("tls: true, tls_config: {{{CA}}}, query_response: [{{expect: '^bye$'}}]"),
            talk(&[Do::Send(b"hi bob\n")]).tls("server"),
        )
        .with(&tls("server"))
        .fails(REGEX)
        .says(&["ERROR Regexp did not match"]),
    ]
}

fn starttls() -> Vec<Case> {
    use Do::{Hold, Line, Send, StartTls};
    let upgraded = |name, config: &str, entries: &str, script: &[Do]| {
        tcp(name, &format!("tls_config: {{{config}}}, query_response: [{entries}]"), talk(script))
    };
    const SMTP: &str = r#"{expect: "^220 "}, {send: "EHLO prober\r"}, {expect: "^250[- ]STARTTLS"}, {send: "STARTTLS\r"},
        {expect: "^220"}, {starttls: true}, {send: "EHLO prober\r"}, {expect: "^250[- ]AUTH"}, {send: "QUIT\r"}"#;
    const HANDSHAKE: &[&str] = &["ERROR TLS Handshake (client) failed"];
    vec![
        upgraded(
            "a_mail_server",
            CA,
            SMTP,
            &[
                Send(b"220 mx ESMTP\r\n"),
                Line,
                Send(b"250-mx\r\n250-STARTTLS\r\n250 HELP\r\n"),
                Line,
                Send(b"220 go ahead\r\n"),
                StartTls("server".into()),
                Line,
                Send(b"250-mx\r\n250-AUTH PLAIN\r\n250 OK\r\n"),
                Line,
            ],
        )
        .with(&tls("server"))
        .saw(&[
            "s: line EHLO prober\\r\\n",
            "s: line STARTTLS\\r\\n",
            "s: tls sni=-",
            "s: line EHLO prober\\r\\n",
            "s: line QUIT\\r\\n",
        ]),
        upgraded(
            "tls_at_once",
            CA,
            "{starttls: true}, {expect: ^in$}",
            &[StartTls("server".into()), Send(b"in\n"), Hold],
        )
        .with(&tls("server")),
        upgraded(
            "a_line_an_answer_and_tls_in_one_entry",
            CA,
            "{expect: ^go$, send: now, starttls: true}, {expect: ^in$}",
            &[Send(b"go\n"), Line, StartTls("server".into()), Send(b"in\n"), Hold],
        )
        .with(&tls("server"))
        .saw(&["s: line now\\n", "s: tls sni=-"]),
        upgraded(
            "tls_under_the_name_of_the_query",
            CA,
            "{starttls: true}",
            &[StartTls("named".into()), Hold],
        )
        .ask("hostname", "target.test")
        .with(&tls_of(
            "named",
            &leaf("CN=server", "CN=Root,O=Probe Tests", "target.test", "1234"),
            year(2060),
            &year(2060).to_string(),
        ))
        .saw(&["s: tls sni=target.test"]),
        upgraded(
            "tls_by_version_1_2",
            &format!("{CA}, max_version: TLS12"),
            "{starttls: true}",
            &[StartTls("server".into()), Hold],
        )
        .with(&tls("server"))
        .with(TLS12),
        upgraded(
            "tls_unverified",
            "insecure_skip_verify: true",
            "{starttls: true}",
            &[StartTls("server".into()), Hold],
        )
        .with(&tls_unverified("server")),
        upgraded(
            "tls_is_not_started_if_it_is_false",
            CA,
            "{starttls: false}, {expect: ^a$}",
            &[Send(b"a\n"), Hold],
        ),
        upgraded(
            "a_line_after_tls_does_not_come",
            CA,
            "{starttls: true}, {expect: ^out$}",
            &[StartTls("server".into()), Send(b"in\n")],
        )
        .with(&tls("server"))
        .fails(REGEX)
        .says(&["ERROR Regexp did not match"]),
        upgraded(
            "tls_under_a_strangers_certificate",
            CA,
            "{starttls: true}",
            &[StartTls("self_signed".into()), Hold],
        )
        .fails(NOTHING)
        .says(HANDSHAKE),
        upgraded("tls_that_is_refused", CA, "{starttls: true}", &[Do::Skip(5), Send(b"500 no\r\n")])
            .fails(NOTHING)
            .says(HANDSHAKE),
        upgraded("tls_that_stalls", CA, "{starttls: true}", &[Hold])
            .timeout("600ms")
            .fails(NOTHING)
            .says(HANDSHAKE),
        upgraded("tls_is_not_reached", CA, "{expect: ^OK$}, {starttls: true}", &[Send(b"BAD\n")])
            .fails(REGEX)
            .says(&["ERROR Regexp did not match"]),
        upgraded("tls_with_a_file_that_is_missing", "ca_file: @dir/nothing.pem", "{starttls: true}", &[Hold])
            .fails(NOTHING)
            .says(&["ERROR Failed to create TLS configuration"]),
    ]
}
