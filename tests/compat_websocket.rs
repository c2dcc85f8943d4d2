//! The websocket prober, which is newer than the reference exporter here: ours alone, held to what its description says.

use std::process::ExitCode;

use probe_tests::compat::case::Need;
use probe_tests::compat::series::{ADDRESS, IPV6, NO_ADDRESS, WEBSOCKET};
use probe_tests::compat::servers::closed::closed;
use probe_tests::compat::servers::http1::web;
use probe_tests::compat::servers::talk::{Do, silent, talk};
use probe_tests::compat::servers::web::{answer, redirect};
use probe_tests::compat::servers::websocket::{Say, websocket};
use probe_tests::compat::{Case, Server, probe, run};

/// No answer of HTTP came.
const NO_STATUS: &[&str] = &["probe_websocket_status_code 0", "probe_websocket_connection_upgraded 0"];

/// Nobody was even connected.
const UNCONNECTED: &[&str] = &[
    "probe_websocket_status_code 0",
    "probe_websocket_connection_upgraded 0",
    "!probe_websocket_duration_seconds{phase=\"connect\"}",
];

const DIAL: &[&str] = &["ERROR Error dialing websocket"];
const NOTHING: &[&str] = &[];
const REGEX: &[&str] =
    &["probe_websocket_failed_due_to_regex 1", "probe_websocket_duration_seconds{phase=\"transfer\"} ?"];
const TRANSFER: &[&str] = &["probe_websocket_duration_seconds{phase=\"transfer\"} ?"];

fn main() -> ExitCode {
    run(
        vec![
            ("upgrades", upgrades()),
            ("refusals", refusals()),
            ("dialogue", dialogue()),
            ("tls", over_tls()),
        ],
        &[],
    )
}

fn ws(name: &str, section: &str, server: Server) -> Case {
    probe(name, "websocket", &format!("preferred_ip_protocol: ip4, {section}"), &[ADDRESS, WEBSOCKET])
        .on("s", server)
        .target("ws://@s/chat")
        .ours_alone("it is newer")
}

fn holds() -> Server {
    websocket(&[Say::Hold])
}

fn upgrades() -> Vec<Case> {
    let sends = |name, section: &str, seen| ws(name, section, holds()).saw(&[seen]);
    vec![
        ws("a_connection", "", holds()).saw(&[
            "s: GET /chat HTTP/1.1",
            "s: connection: Upgrade",
            "s: host: @s",
            "s: sec-websocket-version: 13",
            "s: upgrade: websocket",
            "s: user-agent: Go-http-client/1.1",
            "!s: origin",
            "!s: sec-websocket-extensions",
        ]),
        ws("a_path_and_a_query", "", holds()).target("ws://@s/a?b=c").saw(&["s: GET /a?b=c HTTP/1.1"]),
        ws("no_path", "", holds()).target("ws://@s").saw(&["s: GET / HTTP/1.1"]),
        ws("a_scheme_in_capitals", "", holds()).target("WS://@s/"),
        ws("ipv6", "", websocket(&[Say::Hold]).at("::1")).needs(Need::Ipv6).with(IPV6),
        ws("without_a_section", "", holds()).module("{prober: websocket, timeout: 20s}"),
        sends(
            "basic",
            "http_config: {basic_auth: {username: u, password: p}}",
            "s: authorization: Basic dTpw",
        ),
        sends(
            "basic_with_files",
            "http_config: {basic_auth: {username_file: @dir/username, password_file: @dir/password}}",
            "s: authorization: Basic ZmlsZS11c2VyOmZyb20tZmlsZQ==",
        ),
        sends("a_token", "http_config: {bearer_token: t}", "s: authorization: Bearer t"),
        sends(
            "authorization",
            "http_config: {authorization: {type: Token, credentials: t}}",
            "s: authorization: Token t",
        ),
        sends("a_header", "headers: {X-A: {values: [b]}}", "s: x-a: b"),
        sends("a_secret_header", "headers: {X-A: {secrets: [b]}}", "s: x-a: b"),
        sends("a_header_in_a_file", "headers: {X-A: {files: [@dir/token]}}", "s: x-a: file-token"),
        ws("several_values", "headers: {X-A: {values: [b], secrets: [c]}}", holds())
            .saw(&["s: x-a: b", "s: x-a: c"]),
        sends("a_host", "headers: {Host: {values: [vhost.test]}}", "s: host: vhost.test"),
    ]
}

fn refusals() -> Vec<Case> {
    let refused = |name, code: u16| {
        ws(name, "", web(answer(code)))
            .fails(&[format!("probe_websocket_status_code {code}")])
            .with(&["probe_websocket_connection_upgraded 0"])
            .says(DIAL)
    };
    let malformed = |name, target: &str| ws(name, "", holds()).target(target).fails(UNCONNECTED).says(DIAL);
    let unresolved = |name, section: &str, target: &str| {
        ws(name, section, holds())
            .target(target)
            .fails(NO_STATUS)
            .with(NO_ADDRESS)
            .with(&["!probe_websocket_duration_seconds"])
            .says(&["ERROR Resolution with IP protocol failed", "ERROR Error resolving address"])
    };
    vec![
        refused("status_200", 200),
        refused("status_401", 401),
        refused("status_404", 404),
        ws("a_redirect_is_not_followed", "", web(redirect(302, "/end")))
            .fails(&["probe_websocket_status_code 302", "probe_websocket_connection_upgraded 0"])
            .says(DIAL)
            .saw(&["!s: GET /end"]),
        malformed("http", "http://@s/"),
        malformed("a_user", "ws://u:p@@s/"),
        ws("a_header_that_is_there_already", "headers: {Upgrade: {values: [x]}}", holds()).fails(NO_STATUS).with(&["probe_websocket_duration_seconds{phase=\"connect\"} ?"]).says(DIAL),
        unresolved("the_other_family_without_fallback", "ip_protocol_fallback: false", "ws://[::1]:@s.port/"),
        ws("nobody_listens", "", closed()).fails(UNCONNECTED).says(DIAL),
        ws("a_server_that_closes", "", talk(&[Do::Head])).fails(NO_STATUS).says(DIAL),
        ws("a_server_that_says_nothing", "", silent()).timeout("600ms").fails(NO_STATUS).says(DIAL),
        ws("an_upgrade_with_a_wrong_key", "", web(probe_tests::compat::servers::web::raw(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: AAAA\r\n\r\n",
        )))
        .fails(&["probe_websocket_status_code 101", "probe_websocket_connection_upgraded 0"])
        .says(DIAL),
    ]
}

fn dialogue() -> Vec<Case> {
    let of = |name, entries: &str, script: &[Say]| {
        ws(name, &format!("query_response: [{entries}]"), websocket(script)).with(TRANSFER)
    };
    vec![
        of("a_greeting", "{expect: ^hello}", &[Say::Text("hello bob"), Say::Hold]),
        of("a_greeting_of_bytes", "{expect: ^hello}", &[Say::Binary(b"hello bob"), Say::Hold]),
        of(
            "a_question_and_its_answer",
            "{send: ping}, {expect: ^pong$}",
            &[Say::Read, Say::Text("pong"), Say::Hold],
        )
        .saw(&["s: message 1 ping"]),
        of(
            "an_answer_from_a_group",
            "{expect: 'id=(\\d+)', send: 'ack ${1}'}",
            &[Say::Text("id=42"), Say::Read],
        )
        .saw(&["s: message 1 ack 42"]),
        of(
            "two_entries",
            "{expect: ^a$, send: b}, {expect: ^c$}",
            &[Say::Text("a"), Say::Read, Say::Text("c"), Say::Hold],
        ),
        of("nothing_to_do", "{}", &[Say::Hold]),
        of("a_ping_in_between", "{expect: ^a$}", &[Say::Frame(&[0x89, 0]), Say::Text("a"), Say::Hold]),
        of(
            "a_message_in_parts",
            "{expect: ^hello$}",
            &[Say::Frame(b"\x01\x03hel"), Say::Frame(b"\x80\x02lo"), Say::Hold],
        ),
        of("another_message", "{expect: ^a$}", &[Say::Text("b"), Say::Hold])
            .fails(REGEX)
            .says(&["ERROR Regexp did not match"]),
        of(
            "the_second_message_is_another",
            "{expect: ^a$}, {expect: ^b$}",
            &[Say::Text("a"), Say::Text("c"), Say::Hold],
        )
        .fails(REGEX)
        .says(&["ERROR Regexp did not match"]),
        of("the_end_in_place_of_a_message", "{expect: ^a$}", &[])
            .fails(REGEX)
            .says(&["ERROR Error reading message"]),
        of("a_close_in_place_of_a_message", "{expect: ^a$}", &[Say::Frame(&[0x88, 2, 0x03, 0xe8])])
            .fails(REGEX)
            .says(&["ERROR Error reading message"]),
        of("a_frame_that_is_none", "{expect: ^a$}", &[Say::Frame(&[0xff, 0xff])])
            .fails(REGEX)
            .says(&["ERROR Error reading message"]),
        of("no_message_in_time", "{expect: ^a$}", &[Say::Hold])
            .timeout("600ms")
            .fails(REGEX)
            .says(&["ERROR Error reading message"]),
    ]
}

fn over_tls() -> Vec<Case> {
    let wss = |name, config: &str, certificate: &'static str| {
        ws(name, &format!("http_config: {{tls_config: {{{config}}}}}"), holds().tls(certificate))
            .target("wss://@s/")
    };
    vec![
        wss("trusted", "ca_file: @dir/ca.pem", "server").saw(&["s: GET / HTTP/1.1"]),
        wss("nothing_is_verified", "insecure_skip_verify: true", "self_signed"),
        wss("a_name_in_the_configuration", "ca_file: @dir/ca.pem, server_name: target.test", "named")
            .saw(&["s: tls sni=target.test"]),
        wss("nobody_is_trusted", "", "server").fails(NO_STATUS).says(DIAL),
        wss("another_name", "ca_file: @dir/ca.pem, server_name: other.test", "server")
            .fails(NO_STATUS)
            .says(DIAL),
        wss("a_file_that_is_missing", "ca_file: @dir/nothing.pem", "server")
            .fails(NO_STATUS)
            .with(&[
                "!probe_websocket_duration_seconds",
                "!probe_dns_lookup_time_seconds",
                "!probe_ip_protocol",
                "!probe_ip_addr_hash",
            ])
            .says(&["ERROR Error creating TLS config"]),
        ws(
            "tls_where_there_is_none",
            "http_config: {tls_config: {ca_file: @dir/ca.pem}}",
            talk(&[Do::Bytes(5)]),
        )
        .target("wss://@s/")
        .fails(NOTHING)
        .with(NO_STATUS)
        .says(DIAL),
    ]
}
