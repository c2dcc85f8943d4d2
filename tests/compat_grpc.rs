//! The grpc prober, case by case, beside the reference exporter where it is installed.

use std::process::ExitCode;

use probe_tests::compat::case::Need;
use probe_tests::compat::series::{ADDRESS, GRPC, IPV6, NEVER, NO_ADDRESS, TLS12, leaf, tls, tls_of, year};
use probe_tests::compat::servers::closed::closed;
use probe_tests::compat::servers::grpc::{Health, code, framed, health, serving};
use probe_tests::compat::servers::http1::web;
use probe_tests::compat::servers::http2::http2;
use probe_tests::compat::servers::talk::{Do, silent, talk};
use probe_tests::compat::servers::tls::Tls;
use probe_tests::compat::servers::web::{Answer, answer};
use probe_tests::compat::{Case, Server, probe, run};

/// What a health server says of its services.
const SERVICES: &[(&str, Health)] = &[
    ("", Health::Status(1)),
    ("good", Health::Status(1)),
    ("bad", Health::Status(2)),
    ("undecided", Health::Status(0)),
    ("nobody", Health::Status(3)),
    ("broken", Health::Code(13)),
];

/// Over [`GRPC`]: another code in place of an answer.
const NO_ANSWER: &[&str] = &["probe_grpc_healthcheck_response{serving_status=\"SERVING\"} 0"];

/// Over [`GRPC`]: nothing was asked, for want of an address.
const UNASKED: &[&str] = &[
    "!probe_grpc_duration_seconds{phase=\"check\"}",
    "!probe_grpc_healthcheck_response",
    "probe_grpc_duration_seconds{phase=\"resolve\"} 0",
];

/// Over [`GRPC`]: there was not even a lookup.
const UNRESOLVED: &[&str] = &[
    "!probe_grpc_duration_seconds{phase=\"check\"}",
    "!probe_grpc_healthcheck_response",
    "!probe_dns_lookup_time_seconds",
    "!probe_ip_protocol",
    "!probe_ip_addr_hash",
    "probe_grpc_duration_seconds{phase=\"resolve\"} 0",
];

const CONNECT: &[&str] = &["ERROR can't connect grpc server:"];
const RESOLVE: &[&str] = &["ERROR Resolution with IP protocol failed", "ERROR Error resolving address"];
const CA: &str = "ca_file: @dir/ca.pem";

fn main() -> ExitCode {
    let groups = vec![
        ("health", statuses()),
        ("codes", codes()),
        ("requests", requests()),
        ("targets", targets()),
        ("tls", over_tls()),
        ("failures", failures()),
    ];
    run(groups, &[])
}

fn grpc(name: &str, section: &str, server: Server) -> Case {
    probe(name, "grpc", &format!("preferred_ip_protocol: ip4, {section}"), &[ADDRESS, GRPC]).on("s", server)
}

fn status(word: &str) -> [String; 2] {
    [NO_ANSWER[0].to_owned(), format!("probe_grpc_healthcheck_response{{serving_status={word:?}}} 1")]
}

/// The server answers with this, which is no success.
fn fails(name: &str, answer: Answer, number: u8) -> Case {
    grpc(name, "", http2(answer))
        .fails(NO_ANSWER)
        .with(&[format!("probe_grpc_status_code {number}")])
        .says(CONNECT)
}

fn statuses() -> Vec<Case> {
    let of = |name, service: &str| grpc(name, &format!("service: {service}"), health(SERVICES));
    vec![
        grpc("serving", "", health(SERVICES)).saw(&[
            "s: POST /grpc.health.v1.Health/Check HTTP/2.0",
            "s: :authority: @s",
            "s: :scheme: http",
            "s: content-type: application/grpc",
            "s: te: trailers",
            "s: body \\x00\\x00\\x00\\x00\\x00",
            "!s: grpc-timeout",
        ]),
        of("a_service_that_serves", "good").saw(&["s: body \\x00\\x00\\x00\\x00\\x06\\n\\x04good"]),
        of("a_service_that_does_not_serve", "bad").fails(&status("NOT_SERVING")).says(CONNECT),
        of("a_service_that_does_not_know", "undecided").fails(&status("UNKNOWN")).says(CONNECT),
        of("a_service_that_is_unknown_by_status", "nobody").fails(&status("SERVICE_UNKNOWN")).says(CONNECT),
        of("a_service_that_is_unknown_by_code", "somebody")
            .fails(NO_ANSWER)
            .with(&["probe_grpc_status_code 5"])
            .says(CONNECT),
        of("a_service_that_is_broken", "broken")
            .fails(NO_ANSWER)
            .with(&["probe_grpc_status_code 13"])
            .says(CONNECT),
        of("a_service_with_letters", "zoë")
            .fails(NO_ANSWER)
            .with(&["probe_grpc_status_code 5"])
            .says(CONNECT),
        grpc("a_status_that_nobody_knows", "", http2(serving(9))).fails(&status("9")).says(CONNECT),
        grpc(
            "more_fields_than_expected",
            "",
            http2(framed(&[0x08, 1, 0x1a, 1, b'z']).trailer("grpc-status", "0")),
        ),
        grpc(
            "a_field_twice_has_its_last_value",
            "",
            http2(framed(&[0x08, 2, 0x08, 1]).trailer("grpc-status", "0")),
        ),
        grpc("without_a_section", "", health(SERVICES))
            .module("{prober: grpc, timeout: 20s}")
            .fails(UNASKED)
            .with(NO_ADDRESS)
            .says(RESOLVE),
        grpc("with_an_empty_section", "", health(SERVICES)).module("{prober: grpc, timeout: 20s, grpc: {}}"),
        grpc("without_a_timeout", "", health(SERVICES))
            .module("{prober: grpc, grpc: {preferred_ip_protocol: ip4}}"),
    ]
}

fn codes() -> Vec<Case> {
    let message = || framed(&[0x08, 1]);
    let mut cases: Vec<Case> =
        (1..=16).map(|number| fails(&format!("code_{number}"), code(number), number)).collect();
    cases.extend([
        fails("a_code_that_nobody_knows", code(99), 99),
        fails("a_code_in_trailers", message().trailer("grpc-status", "7").trailer("grpc-message", "no"), 7),
        fails("no_code_at_all", message().chunked(), 13),
        fails("no_code_in_trailers", message().trailer("x-t", "u"), 2),
        fails("a_code_that_is_no_number", message().trailer("grpc-status", "x"), 2),
        fails(
            "success_without_a_message",
            answer(200).header("content-type", "application/grpc").trailer("grpc-status", "0"),
            13,
        ),
        fails("another_kind_of_content", answer(200).header("content-type", "text/html").body("hello"), 2),
        fails("no_kind_of_content", answer(200).body("hello"), 2),
        fails("http_status_400", answer(400), 13),
        fails("http_status_401", answer(401), 16),
        fails("http_status_403", answer(403), 7),
        fails("http_status_404", answer(404), 12),
        fails("http_status_429", answer(429), 14),
        fails("http_status_500", answer(500), 2),
        fails("http_status_502", answer(502), 14),
        fails("http_status_503", answer(503), 14),
        fails("http_status_504", answer(504), 14),
        fails("a_message_that_is_no_message", framed(&[0xff, 0xff]).trailer("grpc-status", "0"), 13),
        grpc(
            "an_unknown_encoding_that_is_not_used",
            "",
            http2(message().header("grpc-encoding", "nonsense").trailer("grpc-status", "0")),
        ),
        fails("a_stream_that_breaks_off", answer(200).broken(), 13),
        grpc(
            "a_kind_of_content_with_its_format",
            "",
            http2(
                answer(200)
                    .header("content-type", "application/grpc+proto")
                    .body([0, 0, 0, 0, 2, 8, 1])
                    .trailer("grpc-status", "0"),
            ),
        ),
        grpc("a_slow_answer", "", http2(serving(1).after(300)))
            .with(&["probe_grpc_duration_seconds{phase=\"check\"} >=0.2"]),
    ]);
    cases
}

fn requests() -> Vec<Case> {
    let with = |name, metadata: &str| grpc(name, &format!("metadata: {{{metadata}}}"), health(SERVICES));
    vec![
        with("metadata", "x-key: [a]").saw(&["s: x-key: a"]),
        with("metadata_of_several_values", "x-key: [a, b]").saw(&["s: x-key: a", "s: x-key: b"]),
        with("metadata_of_bytes", "x-key-bin: [abc]").saw(&["s: x-key-bin: YWJj"]),
        with("metadata_for_authorization", "authorization: [Bearer t]").saw(&["s: authorization: Bearer t"]),
        with("metadata_of_no_values", "x-key: []").saw(&["!s: x-key"]),
        with("metadata_with_every_kind_of_character", "a0-_.: [b]").saw(&["s: a0-_.: b"]),
        with("metadata_in_capitals", "K1: [a]")
            .fails(NO_ANSWER)
            .with(&["probe_grpc_status_code 13"])
            .says(CONNECT),
        with("metadata_with_an_odd_value", "x-key: [\"a\\u0001\"]")
            .fails(NO_ANSWER)
            .with(&["probe_grpc_status_code 13"])
            .says(CONNECT),
    ]
}

fn targets() -> Vec<Case> {
    let at = |name, target: &str| grpc(name, "", health(SERVICES)).target(target);
    vec![
        at("an_address", "@s"),
        at("a_scheme", "http://@s"),
        at("a_scheme_for_tls_does_not_matter", "https://@s"),
        at("a_path_does_not_matter", "http://@s/some/path?query"),
        at("an_address_with_a_path", "@s/some/path"),
        grpc("another_address_of_the_machine", "", health(SERVICES).at("127.0.0.9"))
            .with(&["probe_ip_addr_hash 3534697557"]),
        grpc("ipv6_is_preferred_but_ipv4_will_do", "", health(SERVICES))
            .module("{prober: grpc, timeout: 20s, grpc: {preferred_ip_protocol: ip6}}"),
        grpc("ipv6", "", health(SERVICES).at("::1"))
            .needs(Need::Ipv6)
            .with(IPV6)
            .ours_alone("it loses the brackets of IPv6 addresses"),
        at("no_host", ":@s.port").fails(UNASKED).with(NO_ADDRESS).says(RESOLVE),
        grpc("the_other_family_without_fallback", "ip_protocol_fallback: false", health(SERVICES))
            .target("[::1]:@s.port")
            .fails(UNASKED)
            .with(NO_ADDRESS)
            .says(RESOLVE),
        at("a_port_that_is_no_number", "127.0.0.1:port")
            .fails(UNRESOLVED)
            .says(&["ERROR Could not parse target URL"]),
    ]
}

fn over_tls() -> Vec<Case> {
    let with = |name, config: &str, tls: Tls| {
        grpc(
            name,
            &format!("tls: true, tls_config: {{{config}}}"),
            health(SERVICES).tls(tls.protocols(&[b"h2"])),
        )
    };
    let ok = |name, config: &str, tls: Tls| with(name, config, tls).with(&["probe_grpc_ssl 1"]);
    let no = |name, config: &str, tls: Tls| {
        with(name, config, tls).fails(NO_ANSWER).with(&["probe_grpc_status_code 14"]).says(CONNECT)
    };
    /// What this prober does not tell.
    const UNTOLD: &[&str] = &["!probe_ssl_last_chain_expiry_timestamp_seconds"];
    let named = tls_of(
        "named",
        &leaf("CN=server", "CN=Root,O=Probe Tests", "target.test", "1234"),
        year(2060),
        NEVER,
    );
    vec![
        ok("trusted", CA, "server".into()).with(&tls("server")).with(UNTOLD).saw(&[
            "s: tls sni=- alpn=h2",
            "s: :authority: 127.0.0.1",
            "s: :scheme: https",
        ]),
        ok("a_name_in_the_configuration", &format!("{CA}, server_name: target.test"), "named".into())
            .with(&named)
            .with(UNTOLD)
            .saw(&["s: tls sni=target.test alpn=h2", "s: :authority: target.test"]),
        ok("nothing_is_verified", "insecure_skip_verify: true", "server".into())
            .with(&tls("server"))
            .with(UNTOLD),
        ok("tls_1_2", CA, Tls::from("server").only_12()).with(&tls("server")).with(UNTOLD).with(TLS12),
        ok(
            "a_certificate_of_the_client",
            &format!("{CA}, cert_file: @dir/client.pem, key_file: @dir/client.key"),
            Tls::from("server").demands_client(),
        )
        .with(&tls("server"))
        .with(UNTOLD)
        .saw(&["s: client certificate client"]),
        grpc(
            "a_service_that_does_not_serve",
            &format!("service: bad, tls: true, tls_config: {{{CA}}}"),
            health(SERVICES).tls(Tls::from("server").protocols(&[b"h2"])),
        )
        .with(&["probe_grpc_ssl 1"])
        .with(&tls("server"))
        .with(UNTOLD)
        .fails(&status("NOT_SERVING"))
        .says(CONNECT),
        grpc(
            "a_service_that_is_unknown",
            &format!("service: somebody, tls: true, tls_config: {{{CA}}}"),
            health(SERVICES).tls(Tls::from("server").protocols(&[b"h2"])),
        )
        .fails(NO_ANSWER)
        .with(&["probe_grpc_status_code 5"])
        .says(CONNECT),
        no("nobody_is_trusted", "", "server".into()),
        no("another_name", &format!("{CA}, server_name: other.test"), "server".into()),
        no("expired", CA, "expired".into()),
        no("tls_1_3_against_1_2", &format!("{CA}, min_version: TLS13"), Tls::from("server").only_12()),
        grpc(
            "no_agreement_on_http_2",
            &format!("tls: true, tls_config: {{{CA}}}"),
            health(SERVICES).tls("server"),
        )
        .fails(NO_ANSWER)
        .with(&["probe_grpc_status_code 14"])
        .says(CONNECT),
        grpc("tls_where_there_is_none", &format!("tls: true, tls_config: {{{CA}}}"), health(SERVICES))
            .fails(NO_ANSWER)
            .with(&["probe_grpc_status_code 14"])
            .says(CONNECT),
        grpc("no_tls_where_there_is", "", health(SERVICES).tls(Tls::from("server").protocols(&[b"h2"])))
            .fails(NO_ANSWER)
            .with(&["probe_grpc_status_code 14"])
            .says(CONNECT),
        with("a_file_that_is_missing", "ca_file: @dir/nothing.pem", "server".into())
            .fails(UNRESOLVED)
            .says(&["ERROR Error creating TLS configuration"]),
        grpc(
            "a_file_that_is_missing_without_tls",
            "tls_config: {ca_file: @dir/nothing.pem}",
            health(SERVICES),
        )
        .fails(UNRESOLVED)
        .says(&["ERROR Error creating TLS configuration"]),
    ]
}

fn failures() -> Vec<Case> {
    let unavailable = |name, server| {
        grpc(name, "", server).fails(NO_ANSWER).with(&["probe_grpc_status_code 14"]).says(CONNECT)
    };
    let in_time = |name, server| {
        unavailable(name, server)
            .timeout("600ms")
            .with(&["probe_grpc_status_code ?"])
            .ours_alone("it knows no timeout")
    };
    vec![
        unavailable("nobody_listens", closed()),
        unavailable("a_server_that_closes_at_once", talk(&[])),
        unavailable("a_server_of_http_1", web(answer(200))),
        unavailable("another_protocol", talk(&[Do::Send(b"220 hello\r\n")])),
        in_time("a_server_that_says_nothing", silent()),
        in_time("a_server_that_does_not_answer", http2(serving(1).after(30_000))),
    ]
}
