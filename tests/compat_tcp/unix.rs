//! The unix prober.

use probe_tests::compat::series::{DIALOGUE, leaf, tls, tls_of, tls_unverified, year};
use probe_tests::compat::servers::talk::{Do, silent, talk};
use probe_tests::compat::{Server, probe};

use super::{BYTES, Case, NOT_CONNECTED, NOTHING, REGEX};

fn unix(name: &'static str, section: &str, server: Server) -> Case {
    probe(name, "unix", section, &[DIALOGUE]).on("s", server.unix())
}

const DIAL: &[&str] = &["ERROR Error dialing unix"];

pub(crate) fn cases() -> Vec<Case> {
    use Do::{Hold, Line, Send, StartTls};
    const CA: &str = "ca_file: @dir/ca.pem";
    let missing =
        |name, target: &str| unix(name, "", silent()).target(target).fails(NOT_CONNECTED).says(DIAL);
    let named = tls_of(
        "named",
        &leaf("CN=server", "CN=Root,O=Probe Tests", "target.test", "1234"),
        year(2060),
        &year(2060).to_string(),
    );
    vec![
        unix("connecting_is_enough", "", silent()),
        unix("without_a_section", "", silent()).module("{prober: unix, timeout: 20s}"),
        missing("no_socket", "@dir/nothing"),
        missing("a_file_is_no_socket", "@dir/body.txt"),
        missing("a_folder_is_no_socket", "@dir"),
        missing("a_scheme_is_part_of_the_path", "unix://@s"),
        missing("a_path_that_is_too_long", &format!("/{}", "x".repeat(200))),
        missing("an_abstract_socket_that_is_missing", "@@nobody-is-there"),
        unix("a_path_with_dots", "", silent()).target("/.@s"),
        unix("hostname_is_ignored", "", silent()).ask("hostname", "target.test"),
        unix("a_dialogue", "query_response: [{expect: '^v(.*)$', send: 'got $1'}]", talk(&[Send(b"v12\n"), Line]))
            .saw(&["s: line got 12\\n"]),
        unix("labels", "query_response: [{expect: '^v(.*)$', labels: [{name: v, value: $1}]}]", talk(&[Send(b"v12\n"), Hold]))
            .with(&["probe_expect_info{v=\"12\"} 1"]),
        unix("no_line", "query_response: [{expect: '^v$'}]", talk(&[Send(b"x\n")])).fails(REGEX).says(&["ERROR Regexp did not match"]),
        unix("no_line_in_time", "query_response: [{expect: '^v$'}]", silent())
            .timeout("600ms")
            .fails(NOTHING)
            .says(&["ERROR Error reading from connection"]),
        unix("bytes", "query_response: [{expect_bytes: abc}]", talk(&[Send(b"abc"), Hold])),
        unix("other_bytes", "query_response: [{expect_bytes: abc}]", talk(&[Send(b"xyz"), Hold])).fails(BYTES).says(&["ERROR Bytes did not match"]),
        unix("tls", &format!("tls: true, tls_config: {{{CA}, server_name: target.test}}"), silent().tls("named")).with(&named),
        unix("tls_unverified", "tls: true, tls_config: {insecure_skip_verify: true}", silent().tls("server"))
            .with(&tls_unverified("server"))
            .ours_alone("its name by SNI is the path, which this server refuses"),
        unix("tls_needs_a_name", &format!("tls: true, tls_config: {{{CA}}}"), silent().tls("server"))
            .fails(NOT_CONNECTED)
            .says(DIAL),
        unix("tls_under_another_name", &format!("tls: true, tls_config: {{{CA}, server_name: other.test}}"), silent().tls("server"))
            .fails(NOT_CONNECTED)
            .says(DIAL),
        unix(
            "tls_later",
            &format!("query_response: [{{expect: ^go$}}, {{starttls: true}}, {{expect: ^in$}}], tls_config: {{{CA}, server_name: target.test}}"),
            talk(&[Send(b"go\n"), StartTls("server".into()), Send(b"in\n"), Hold]),
        )
        .with(&tls("server")),
        unix("tls_later_needs_a_name", &format!("query_response: [{{starttls: true}}], tls_config: {{{CA}}}"), talk(&[StartTls("server".into()), Hold]))
            .fails(NOTHING)
            .says(&["ERROR TLS Handshake (client) failed"]),
        unix("tls_with_a_file_that_is_missing", "tls: true, tls_config: {ca_file: @dir/nothing.pem}", silent().tls("server"))
            .fails(NOT_CONNECTED)
            .says(&["ERROR Error creating TLS configuration", "ERROR Error dialing unix"])
            .ours_alone("it crashes"),
    ]
}
