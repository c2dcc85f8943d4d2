//! Query and response against small servers, over TCP and unix sockets: what the reference exporter's own tests
//! demand, what it crashes on, and what a hostile server may try.

#[path = "dialogue/peer.rs"]
mod peer;

use std::sync::Arc;
use std::time::Duration;

use peer::{Do, Peer};
use probe_core::config::{Config, read};
use probe_core::model::{Phase, Reason, Report, Target, Verdict};
use probe_core::net::LiteralsOnly;
use probe_core::prober::shared::address::PROTOCOL;
use probe_core::prober::shared::{FAILED_DUE_TO_BYTES, FAILED_DUE_TO_REGEX};
use probe_core::prober::{BUILTIN, Overrides, Services};
use probe_core::render::prometheus;
use probe_core::settings::Dump;
use probe_core::sim::FixedResolver;

/// So long that no machine is too slow.
const LONG: Duration = Duration::from_secs(60);
/// For servers that never come to an end: how long is all the same.
const SHORT: Duration = Duration::from_millis(200);

fn config(prober: &str, section: &str) -> Config {
    let text = format!("modules: {{m: {{prober: {prober}, {prober}: {section}}}}}");
    read(&text, "b.yml", BUILTIN).unwrap_or_else(|errors| panic!("{text}\n{errors}"))
}

async fn probe(config: &Config, target: &Target, timeout: Duration) -> Report {
    let services = Services::new(Arc::new(LiteralsOnly));
    probe_with(config, target, timeout, &services).await
}

async fn probe_with(config: &Config, target: &Target, timeout: Duration, services: &Services) -> Report {
    let module = &config.modules["m"];
    let prober = module.build().expect("a prober of this build");
    probe_core::prober::run(&*prober, target, &module.run_options(timeout), services).await
}

/// The report of a TCP probe, and what the server read.
async fn tcp(section: &str, script: &[Do]) -> (Report, Vec<String>) {
    with(Peer::tcp(script).await, "tcp", section).await
}

async fn unix(section: &str, script: &[Do]) -> (Report, Vec<String>) {
    with(Peer::unix(script), "unix", section).await
}

async fn with(mut peer: Peer, prober: &str, section: &str) -> (Report, Vec<String>) {
    let report = probe(&config(prober, section), &peer.target, LONG).await;
    let read = (&mut peer.task).await.expect("the server ends when the prober has");
    (report, read)
}

#[track_caller]
fn succeeded(report: &Report) {
    assert!(report.is_success(), "{:?}", report.verdict);
    assert_eq!(gauges(report), (Some(false), Some(false)));
}

#[track_caller]
fn failed(report: &Report) -> (Reason, Phase, String) {
    match &report.verdict {
        Verdict::Failure { reason, phase, error } => (*reason, *phase, error.chain()),
        verdict => panic!("{verdict:?}"),
    }
}

/// Whether it failed due to an expression, and due to bytes.
fn gauges(report: &Report) -> (Option<bool>, Option<bool>) {
    (report.measurements.get(&FAILED_DUE_TO_REGEX), report.measurements.get(&FAILED_DUE_TO_BYTES))
}

/// The lines of the info family, its type line first.
fn info(report: &Report) -> Vec<String> {
    let text = prometheus::text(std::slice::from_ref(report));
    text.lines().filter(|line| line.contains("probe_expect_info")).map(Into::into).collect()
}

// What the reference exporter's own tests demand.

#[tokio::test]
async fn holds_a_chat_and_skips_lines_that_do_not_match() {
    let section = r#"{query_response: [{send: "NICK prober"}, {send: "USER prober prober prober :prober"},
        {expect: "^:[^ ]+ 001"}, {expect: "PING :([^ ]+)", send: "PONG ${1}"}]}"#;
    let script = [
        Do::Send(b":ircd.localhost NOTICE AUTH :*** Looking up your hostname...\n"),
        Do::Read,
        Do::Read,
        Do::Send(b":ircd.localhost 001 prober :Welcome\nPING :ready\n"),
        Do::Read,
    ];
    let (report, read) = tcp(section, &script).await;
    succeeded(&report);
    assert_eq!(read, [r"NICK prober\n", r"USER prober prober prober :prober\n", r"PONG ready\n"]);
}

#[tokio::test]
async fn an_error_instead_of_the_line_fails_due_to_the_expression() {
    let section = r#"{query_response: [{expect: "^:[^ ]+ 001"}]}"#;
    let script = [Do::Send(b":ircd.localhost NOTICE AUTH :***\r\nERROR :Closing Link\r\n")];
    let (report, _) = tcp(section, &script).await;
    let detail = "step 1: no line matched \"^:[^ ]+ 001\" before the connection was closed; \
                  the last of 2 was \"ERROR :Closing Link\"";
    assert_eq!(failed(&report), (Reason::Expectation, Phase::Validate, detail.into()));
    assert_eq!(gauges(&report), (Some(true), Some(false)));
}

#[tokio::test]
async fn groups_fill_answers_and_labels() {
    let section = r#"{query_response: [{expect: "^SSH-2.0-(OpenSSH_([0-9.]+))", send: "CONFIRM ${1}",
        labels: [{name: ssh, value: "${1}"}, {name: version, value: "got ${2} here"}, {name: both, value: "${2} on $1"}]}]}"#;
    let (report, read) = tcp(section, &[Do::Send(b"SSH-2.0-OpenSSH_6.9p1 Debian-8\r\n"), Do::Read]).await;
    succeeded(&report);
    assert_eq!(read, [r"CONFIRM OpenSSH_6.9\n"]);
    let expected = [
        "# HELP probe_expect_info Explicit content matched",
        "# TYPE probe_expect_info gauge",
        "probe_expect_info{both=\"6.9 on OpenSSH_6.9\",ssh=\"OpenSSH_6.9\",version=\"got 6.9 here\"} 1",
    ];
    assert_eq!(info(&report), expected);
}

#[tokio::test]
async fn bytes_match_or_fail_due_to_bytes() {
    let script = [Do::Send(b"\xc3\xa9\x01abcdefghi"), Do::Hold];
    let (report, _) = tcp(
        r#"{query_response: [{expect_bytes: "é\x01"}, {expect_bytes: abc}, {expect_bytes: def}]}"#,
        &script,
    )
    .await;
    succeeded(&report);
    let (report, _) = tcp(r#"{query_response: [{expect_bytes: "é\x02"}]}"#, &script).await;
    let detail = r#"step 1: the bytes received are not those expected: "\xc3\xa9\x01""#;
    assert_eq!(failed(&report), (Reason::Expectation, Phase::Validate, detail.into()));
    assert_eq!(gauges(&report), (Some(false), Some(true)));
}

#[tokio::test]
async fn the_preferred_protocol_decides_the_address() {
    let peer = Peer::tcp(&[Do::Hold]).await;
    let addresses = ["127.0.0.1", "::1"].map(|text| text.parse().expect("literal"));
    let resolver = FixedResolver::new([("both.test", addresses.to_vec())]);
    let services = Services::new(Arc::new(resolver));
    let port = peer.target.host_port().expect("an address and a port").port;
    let target = format!("both.test:{port}").into();
    // The server is there with IPv4 alone.
    for (preferred, protocol, succeeds) in [("ip4", 4.0, true), ("ip6", 6.0, false), ("", 6.0, false)] {
        let section = format!("{{preferred_ip_protocol: '{preferred}', ip_protocol_fallback: false}}");
        let report = probe_with(&config("tcp", &section), &target, LONG, &services).await;
        assert_eq!(report.measurements.get(&PROTOCOL), Some(protocol), "{preferred:?}");
        assert_eq!(report.is_success(), succeeds, "{preferred:?}");
    }
}

#[tokio::test]
async fn a_server_that_closes_without_its_banner_fails() {
    let (report, _) = tcp(r#"{query_response: [{expect: "^SSH-"}]}"#, &[]).await;
    let (reason, _, detail) = failed(&report);
    assert_eq!(reason, Reason::Expectation);
    assert!(detail.ends_with("before the connection was closed; no line came at all"), "{detail}");
    assert_eq!(gauges(&report), (Some(true), Some(false)));
}

#[tokio::test]
async fn line_ends_and_the_last_line_without_one_are_read_as_in_the_reference() {
    let section = r#"{query_response: [{expect: "^220 .*ready$", send: "HELLO\r"}, {expect: "^caf.$"}, {expect: "^partial$"}]}"#;
    let script = [Do::Send(b"220 mail rea"), Do::Send(b"dy\r\n"), Do::Read, Do::Send(b"caf\xe9\npartial")];
    let (report, read) = tcp(section, &script).await;
    succeeded(&report);
    assert_eq!(read, [r"HELLO\r\n"]);
}

#[tokio::test]
async fn what_is_no_template_is_sent_as_it_is() {
    let section = r#"{query_response: [{send: "$1 ${x}"}, {}, ~, {send: !!binary "AP8="}]}"#;
    let (report, read) = tcp(section, &[Do::Read, Do::Read]).await;
    succeeded(&report);
    assert_eq!(read, [r"$1 ${x}\n", r"\x00\xff\n"]);
}

#[tokio::test]
async fn only_connecting_is_enough_without_entries() {
    for section in ["{}", "{query_response: []}", "{query_response: [{}]}"] {
        let (report, _) = tcp(section, &[Do::Hold]).await;
        succeeded(&report);
        assert_eq!(info(&report), [""; 0]);
    }
}

// Where the reference loses what it has received, and where it crashes.

#[tokio::test]
async fn bytes_behind_a_line_are_not_lost() {
    let section =
        r#"{query_response: [{expect: "^header$"}, {expect_bytes: "\0\n\0body"}, {expect: "^end$"}]}"#;
    let (report, _) = tcp(section, &[Do::Send(b"header\n\0\n\0bodyend\n"), Do::Hold]).await;
    succeeded(&report);
}

#[tokio::test]
async fn bytes_may_come_in_pieces_but_must_come() {
    let script = [Do::Send(b"lon"), Do::Read, Do::Send(b"ger"), Do::Hold];
    let (report, _) = tcp(r"{query_response: [{send: go}, {expect_bytes: longer}]}", &script).await;
    succeeded(&report);
    let (report, _) = tcp(r"{query_response: [{expect_bytes: longer}]}", &[Do::Send(b"lon")]).await;
    let detail = "step 1: the connection was closed after 3 of 6 bytes";
    assert_eq!(failed(&report), (Reason::Expectation, Phase::Transfer, detail.into()));
    assert_eq!(gauges(&report), (Some(false), Some(false)));
}

#[tokio::test]
async fn labels_that_cannot_be_are_a_failure_and_no_crash() {
    let cases = [
        (r#"[{expect: "(.*)", labels: [{name: a, value: $1}]}]"#, b"\xff\n".as_slice(), Reason::Expectation),
        ("[{expect: a, labels: [{name: a, value: x}, {name: a, value: y}]}]", b"a\n", Reason::Configuration),
        (r#"[{expect: a, labels: [{name: "", value: x}]}]"#, b"a\n", Reason::Configuration),
        ("[{expect: a, labels: [{name: __a, value: x}]}]", b"a\n", Reason::Configuration),
        ("[{expect: a, labels: []}, {expect: b, labels: []}]", b"a\nb\n", Reason::Configuration),
    ];
    for (entries, sent, reason) in cases {
        let (report, _) = tcp(&format!("{{query_response: {entries}}}"), &[Do::Send(sent), Do::Hold]).await;
        let (found, phase, detail) = failed(&report);
        assert_eq!((found, phase), (reason, Phase::Validate), "{entries}: {detail}");
        assert!(detail.contains("label"), "{entries}: {detail}");
    }
}

#[tokio::test]
async fn odd_labels_are_escaped_and_an_empty_list_is_a_series() {
    let entries = r#"[{expect: "(.*)", labels: [{name: build-date, value: "<$1>"}]}]"#;
    let script = [Do::Send(b"say \"hi\" \\ end\n"), Do::Hold];
    let (report, _) = tcp(&format!("{{query_response: {entries}}}"), &script).await;
    succeeded(&report);
    assert_eq!(info(&report)[2], r#"probe_expect_info{build_date="<say \"hi\" \\ end>"} 1"#);
    let (report, _) = tcp("{query_response: [{expect: a, labels: []}]}", &[Do::Send(b"a\n"), Do::Hold]).await;
    succeeded(&report);
    assert_eq!(info(&report)[2], "probe_expect_info 1");
}

// Hostile servers.

#[tokio::test]
async fn an_endless_line_fails_at_the_limit() {
    let (report, _) = tcp("{query_response: [{expect: '^x$'}]}", &[Do::Flood(&[b'a'; 4096])]).await;
    let detail = "step 1: a line is longer than 65536 bytes";
    assert_eq!(failed(&report), (Reason::Limit, Phase::Transfer, detail.into()));
    assert_eq!(gauges(&report), (Some(false), Some(false)));
}

#[tokio::test]
async fn endless_lines_fail_at_the_deadline() {
    let peer = Peer::tcp(&[Do::Flood(b"noise\r\n")]).await;
    let config = config("tcp", "{query_response: [{expect: '^signal$'}]}");
    let report = probe(&config, &peer.target, SHORT).await;
    let (reason, phase, detail) = failed(&report);
    assert_eq!((reason, phase), (Reason::Timeout, Phase::Transfer));
    assert!(detail.ends_with("was \"noise\""), "{detail}");
    assert_eq!(gauges(&report), (Some(false), Some(false)));
}

#[tokio::test]
async fn silence_fails_at_the_deadline_and_not_due_to_the_expectation() {
    for entries in ["[{expect: '^never$'}]", "[{expect_bytes: never}]"] {
        let peer = Peer::tcp(&[Do::Send(b"x"), Do::Hold]).await;
        let config = config("tcp", &format!("{{query_response: {entries}}}"));
        let report = probe(&config, &peer.target, SHORT).await;
        let (reason, phase, detail) = failed(&report);
        assert_eq!((reason, phase), (Reason::Timeout, Phase::Transfer), "{detail}");
        assert_eq!(gauges(&report), (Some(false), Some(false)));
    }
}

#[tokio::test]
async fn a_half_closed_connection_still_takes_answers() {
    let section = "{query_response: [{expect: '^hello$', send: bye}]}";
    let (report, read) = tcp(section, &[Do::Send(b"hello"), Do::CloseHalf, Do::Read]).await;
    succeeded(&report);
    assert_eq!(read, [r"bye\n"]);
    let section = "{query_response: [{expect: '^hello$', send: bye}, {expect: '^bye$'}]}";
    let (report, _) = tcp(section, &[Do::Send(b"hello"), Do::CloseHalf, Do::Read]).await;
    assert_eq!(failed(&report).0, Reason::Expectation);
    assert_eq!(gauges(&report), (Some(true), Some(false)));
}

#[tokio::test]
async fn a_reset_is_a_broken_connection_and_no_mismatch() {
    let peer = Peer::resets(b"").await;
    let section = "{query_response: [{send: hello}, {expect: '^x$'}]}";
    let report = probe(&config("tcp", section), &peer.target, LONG).await;
    let (reason, phase, detail) = failed(&report);
    assert_eq!((reason, phase), (Reason::Connect, Phase::Transfer), "{detail}");
    assert_eq!(gauges(&report), (Some(false), Some(false)));
}

// Ready-made dialogues.

#[tokio::test]
async fn ready_made_dialogues_talk_as_their_protocols_do() {
    let cases: [(&str, &[Do], &[&str]); 6] = [
        (
            "ftp",
            &[Do::Send(b"220-Welcome\r\n220 ready\r\n"), Do::Read, Do::Send(b"221 Bye\r\n")],
            &[r"QUIT\r\n"],
        ),
        (
            "imap",
            &[Do::Send(b"* OK [CAPABILITY] ready\r\n"), Do::Read, Do::Send(b"* BYE\r\na1 OK done\r\n")],
            &[r"a1 LOGOUT\r\n"],
        ),
        ("pop3", &[Do::Send(b"+OK ready\r\n"), Do::Read, Do::Send(b"+OK bye\r\n")], &[r"QUIT\r\n"]),
        ("redis_ping", &[Do::Read, Do::Send(b"+PONG\r\n")], &[r"PING\r\n"]),
        (
            "smtp",
            &[
                Do::Send(b"220-mx\r\n220 mx ESMTP\r\n"),
                Do::Read,
                Do::Send(b"250-mx\r\n250 HELP\r\n"),
                Do::Read,
                Do::Send(b"221 2.0.0 Bye\r\n"),
            ],
            &[r"EHLO probe.invalid\r\n", r"QUIT\r\n"],
        ),
        ("ssh_banner", &[Do::Send(b"notice\r\nSSH-2.0-OpenSSH_9.9\r\n"), Do::Read], &[r"SSH-2.0-probe\r\n"]),
    ];
    for (name, script, expected) in cases {
        let (report, read) = tcp(&format!("{{dialogue: {name}}}"), script).await;
        succeeded(&report);
        assert_eq!(read, expected, "{name}");
    }
    let (report, _) = unix("{dialogue: redis_ping}", &[Do::Read, Do::Send(b"-NOAUTH\r\n")]).await;
    assert_eq!(failed(&report).0, Reason::Expectation);
}

// Unix sockets.

#[tokio::test]
async fn a_unix_socket_is_connected_to_and_talked_with() {
    let (report, _) = unix("{}", &[Do::Hold]).await;
    succeeded(&report);
    assert_eq!(report.address, None);
    let section = r#"{query_response: [{expect: "^v(\\d+)", send: "got $1", labels: [{name: v, value: $1}]}, {expect_bytes: ok}]}"#;
    let (report, read) = unix(section, &[Do::Send(b"v12\n"), Do::Read, Do::Send(b"ok")]).await;
    succeeded(&report);
    assert_eq!(read, [r"got 12\n"]);
    assert_eq!(info(&report)[2], "probe_expect_info{v=\"12\"} 1");
}

#[tokio::test]
async fn an_abstract_socket_has_a_name_instead_of_a_path() {
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::{SocketAddr, UnixListener};
    let name = format!("probe-dialogue-{}", std::process::id());
    let address = SocketAddr::from_abstract_name(&name).expect("a short name");
    let _listener = UnixListener::bind_addr(&address).expect("the name is free");
    let report = probe(&config("unix", "{}"), &format!("@{name}").into(), LONG).await;
    succeeded(&report);
}

#[tokio::test]
async fn a_unix_socket_that_is_not_there_fails_without_series_of_its_own() {
    let long = format!("/{}", "x".repeat(200));
    let cases = [
        ("/nonexistent/probe.sock", Reason::Connect, "no such file or directory"),
        ("/dev/null", Reason::Connect, "connection refused"),
        (long.as_str(), Reason::Target, "path"),
        ("", Reason::Target, "the path is empty"),
    ];
    for (path, expected, said) in cases {
        let report = probe(&config("unix", "{query_response: [{expect: x}]}"), &path.into(), LONG).await;
        let (reason, _, detail) = failed(&report);
        assert_eq!(reason, expected, "{detail}");
        assert!(detail.to_lowercase().contains(said), "{detail}");
        assert_eq!(gauges(&report), (None, None));
    }
}

// Configurations.

#[test]
fn mistakes_are_found_at_load_and_named_with_their_place() {
    let cases = [
        (
            "query_response: [{expect: ':['}]",
            "query_response[0].expect: \"Could not compile regular expression\" regexp=\":[\": missing closing ]: `[`",
        ),
        (
            "query_response: [{expect: '', expect_bytes: x}]",
            "query_response[0].expect_bytes: expect and expect_bytes are mutually exclusive",
        ),
        (
            "query_response: [{expct: a}]",
            "query_response[0].expct: unknown key, did you mean \"expect\"? \
             allowed here: expect, expect_bytes, labels, send, starttls",
        ),
        (
            "query_response: [{labels: [{nam: a}]}]",
            "query_response[0].labels[0].nam: unknown key, did you mean \"name\"? allowed here: name, value",
        ),
        ("query_response: {expect: a}", "query_response: found a mapping, allowed a list of mappings"),
        ("query_response: [{send: [a]}]", "query_response[0].send: found a list, allowed a string"),
        (
            "{dialogue: smtp, query_response: []}",
            "dialogue: dialogue and query_response are mutually exclusive",
        ),
        (
            "dialogue: smpt",
            "dialogue: found \"smpt\", allowed ftp, ftp_starttls, imap, imap_starttls, mqtt, mysql, pop3, pop3_starttls, \
             postgresql, postgresql_starttls, redis_ping, smtp, smtp_starttls, ssh_banner, did you mean \"smtp\"?",
        ),
    ];
    for prober in ["tcp", "unix"] {
        for (line, expected) in cases {
            let text = format!("modules:\n  m:\n    prober: {prober}\n    {prober}:\n      {line}\n");
            let errors = read(&text, "b.yml", BUILTIN).expect_err(line);
            let [problem] = errors.problems() else { panic!("{line}: {errors}") };
            assert_eq!((problem.line, problem.path.starts_with("modules.m.")), (5, true), "{line}");
            assert!(problem.to_string().ends_with(&format!(".{prober}.{expected}")), "{line}: {problem}");
        }
    }
}

#[test]
fn half_open_leaves_no_room_for_a_dialogue() {
    for other in ["dialogue: smtp", "tls: true"] {
        let text = format!("modules: {{m: {{prober: tcp, tcp: {{half_open: true, {other}}}}}}}");
        let errors = read(&text, "b.yml", BUILTIN).expect_err("both");
        let expected = "half_open: not allowed with a dialogue or TLS, which need a connection";
        assert!(errors.to_string().ends_with(expected), "{errors}");
    }
}

#[test]
fn unix_sections_have_no_address_keys() {
    let text = "modules: {m: {prober: unix, unix: {preferred_ip_protocol: ip4}}}";
    let errors = read(text, "b.yml", BUILTIN).expect_err("an unknown key");
    assert!(errors.to_string().contains("unix.preferred_ip_protocol: unknown key"), "{errors}");
}

#[test]
fn what_will_fail_is_a_warning_at_load() {
    let cases = [
        (
            "{tls: true, tls_config: {ca_file: /nonexistent, server_name: a}}",
            "tls_config.ca_file: there is no such file; probes fail until there is",
        ),
        (
            "{query_response: [{expect: a, labels: [{name: a}, {name: a}]}]}",
            "query_response[0].labels: label name \"a\" is there twice; probes that match here will fail",
        ),
        (
            "{query_response: [{expect: a, labels: []}, {expect: b, labels: []}]}",
            "query_response: more than one entry has labels; probes that match a second one will fail",
        ),
    ];
    for (section, expected) in cases {
        for prober in ["tcp", "unix"] {
            let config = config(prober, section);
            let [warning] = config.warnings.as_slice() else { panic!("{section}: {:?}", config.warnings) };
            assert!(warning.to_string().ends_with(&format!(".{prober}.{expected}")), "{section}: {warning}");
        }
    }
}

#[test]
fn over_a_unix_socket_tls_needs_a_name_or_no_verification() {
    for section in ["{tls: true}", "{query_response: [{starttls: true}]}"] {
        let config = config("unix", section);
        let [warning] = config.warnings.as_slice() else { panic!("{section}: {:?}", config.warnings) };
        let expected =
            "tls_config: without server_name or insecure_skip_verify in it, every handshake will fail";
        assert!(warning.to_string().ends_with(expected), "{warning}");
    }
}

#[tokio::test]
async fn hopeless_tls_fails_before_anything_is_sent() {
    let section = "{tls: true, tls_config: {ca_file: /nonexistent, server_name: a}}";
    for (prober, target) in [("tcp", "127.0.0.1:1"), ("unix", "/nonexistent")] {
        let report = probe(&config(prober, section), &target.into(), LONG).await;
        let (reason, _, detail) = failed(&report);
        assert_eq!(reason, Reason::Configuration, "{detail}");
        assert!(detail.starts_with("unable to read CA cert: unable to read file /nonexistent"), "{detail}");
    }
}

#[tokio::test]
async fn tls_with_a_server_that_speaks_none_is_a_failure_of_tls() {
    for section in [
        "{tls: true, tls_config: {server_name: a}}",
        "{query_response: [{starttls: true}], tls_config: {server_name: a}}",
    ] {
        let script = [Do::Send(b"220 mail ready\r\n"), Do::Hold];
        for (report, dialled) in [
            (tcp(section, &script).await.0, section.starts_with("{query")),
            (unix(section, &script).await.0, section.starts_with("{query")),
        ] {
            let (reason, phase, detail) = failed(&report);
            assert_eq!((reason, phase), (Reason::Tls, Phase::Tls), "{detail}");
            assert!(detail.contains("TLS handshake failed: what the peer sent is not TLS"), "{detail}");
            assert_eq!(
                gauges(&report).0.is_some(),
                dialled,
                "gauges of the dialogue come after the handshake"
            );
        }
    }
}

#[test]
fn a_host_name_fills_the_server_name_only_where_there_is_none() {
    let overrides = Overrides { hostname: Some("asked.test".into()) };
    for (section, expected) in
        [("{}", Some("server_name: asked.test\n")), ("{tls_config: {server_name: configured.test}}", None)]
    {
        let config = config("tcp", section);
        let settings = config.modules["m"].own_settings().expect("a prober of this build");
        let changed = settings.with_overrides(&overrides).expect("no contradiction");
        let mut dump = Dump::default();
        changed.as_ref().unwrap_or(settings).dump(&mut dump);
        let dump = dump.finish();
        assert!(dump.contains(expected.unwrap_or("server_name: configured.test\n")), "{dump}");
    }
}

#[test]
fn a_dialogue_is_dumped_as_the_reference_does() {
    let section = r#"{query_response: [{expect: "^220", send: "a: $1", labels: [{name: x, value: "1"}]}, ~,
        {expect_bytes: "b"}, {starttls: true}]}"#;
    let expected = "        tcp:
            ip_protocol_fallback: true
            query_response:
                - expect: ^220
                  labels:
                    - name: x
                      value: \"1\"
                  send: 'a: $1'
                - expect_bytes: b
                - starttls: true
";
    let dump = config("tcp", section).dump();
    assert!(dump.contains(expected), "{dump}");
    let dump = config("unix", "{dialogue: ssh_banner}").dump();
    assert!(dump.contains("        unix:\n            dialogue: ssh_banner\n"), "{dump}");
}
