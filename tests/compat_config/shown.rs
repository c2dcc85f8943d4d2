//! How modules are shown: on the page of `debug=true` and under `/config`.

use probe_tests::compat::exporter::{Exporter, Side};
use probe_tests::compat::scenario::{Scenario, scenario};
use probe_tests::compat::{Case, probe};

/// A module as it stands. A tcp probe of nobody's target fails at once, whatever else the module says.
fn shown(name: &str, module: &str) -> Case {
    probe(name, "tcp", "", &[])
        .module(module)
        .target("nobody")
        .fails(&[] as &[&str])
        .says(&["ERROR Error splitting target address and port", "ERROR Error dialing TCP"])
}

fn http(name: &str, section: &str) -> Case {
    shown(name, &format!("{{prober: tcp, http: {{{section}}}}}"))
}

pub(crate) fn cases() -> Vec<Case> {
    [defaults(), http_sections(), secrets(), others()].concat()
}

/// What is shown of the sections that a module does not have.
const DEFAULTS: &str = "http:
  ip_protocol_fallback: true
  follow_redirects: true
  enable_http2: true
tcp:
  ip_protocol_fallback: true
icmp:
  ip_protocol_fallback: true
  ttl: 64
dns:
  ip_protocol_fallback: true
  recursion_desired: true
";

fn defaults() -> Vec<Case> {
    vec![
        shown("a_module_of_nothing_else", "{prober: tcp}").dumps(DEFAULTS).dumps("!grpc").dumps("!unix").dumps("!timeout"),
        shown("a_timeout", "{prober: tcp, timeout: 2500ms}").dumps("prober: tcp\ntimeout: 2.5s\nhttp:\n"),
        shown("a_timeout_in_minutes", "{prober: tcp, timeout: 90s}").dumps("timeout: 1m30s\n"),
        shown("a_negative_timeout", "{prober: tcp, timeout: -1s}").dumps("timeout: -1s\n"),
        shown("sections_without_values", "{prober: tcp, http: , tcp: ~, icmp: null}").dumps(DEFAULTS),
        shown("values_of_nothing_are_left_out", "{prober: tcp, tcp: {ip_protocol_fallback: false, tls: false}, icmp: {ttl: 0}, dns: {query_name: a, recursion_desired: false}}")
            .dumps("!tcp:\n"),
        shown("an_empty_grpc", "{prober: tcp, grpc: {}}").dumps("grpc:\n  ip_protocol_fallback: true\n"),
        shown("an_empty_unix", "{prober: tcp, unix: {}}").dumps("!unix"),
    ]
}

fn http_sections() -> Vec<Case> {
    vec![
        http("keys_have_their_order", "enable_http2: false, body: x, method: POST, valid_status_codes: [200, 301], valid_http_versions: [HTTP/1.1], headers: {b: c, a: d}, fail_if_ssl: true, preferred_ip_protocol: ip4, compression: gzip, follow_redirects: false")
            .dumps("http:\n  valid_status_codes:\n  - 200\n  - 301\n  valid_http_versions:\n  - HTTP/1.1\n  preferred_ip_protocol: ip4\n  ip_protocol_fallback: true\n  fail_if_ssl: true\n  method: POST\n  headers:\n    a: d\n    b: c\n  body: x\n  follow_redirects: false\n  enable_http2: false\n  compression: gzip\n"),
        http("expressions", "fail_if_body_matches_regexp: ['a.*b', '(?i)x'], fail_if_body_not_matches_regexp: [^c$], fail_if_body_json_matches_cel: body.a == 1")
            .dumps("  fail_if_body_matches_regexp:\n  - a.*b\n  - (?i)x\n  fail_if_body_not_matches_regexp:\n  - ^c$\n  fail_if_body_json_matches_cel: body.a == 1\n"),
        http("rules_for_headers", "fail_if_header_matches: [{header: X, regexp: y, allow_missing: true}], fail_if_header_not_matches: [{header: X, regexp: z}]")
            .dumps("  fail_if_header_matches:\n  - header: X\n    regexp: \"y\"\n    allow_missing: true\n  fail_if_header_not_matches:\n  - header: X\n    regexp: z\n"),
        http("a_size", "body_size_limit: 10MB").dumps("  body_size_limit: 10MiB\n"),
        http("a_size_of_several_units", "body_size_limit: 1MB512KB").dumps("  body_size_limit: 1MiB512KiB\n"),
        http("a_size_of_bytes", "body_size_limit: 1536B").dumps("  body_size_limit: 1KiB512B\n"),
        http("a_negative_size", "body_size_limit: -1B").dumps("  body_size_limit: 7EiB1023PiB1023TiB1023GiB1023MiB1023KiB1022B\n"),
        http("the_old_way_of_not_following", "no_follow_redirects: true").dumps("  follow_redirects: false\n").dumps("!no_follow_redirects"),
        http("http_3", "enable_http3: true, enable_http2: false").dumps("  enable_http2: false\n  enable_http3: true\n"),
        http("a_text_in_several_lines", r#"body: "a\nb\n""#).dumps("  body: |\n    a\n    b\n"),
        http("texts_that_need_quotes", "method: 'true', body: '123', headers: {a: '', b: ' x', c: 'null', d: '- e', f: 'g: h', i: '#j', k: 'yes', l: '1e3', m: '@n'}"),
        http("letters_of_any_kind", "body: 'zoë 🎉'"),
        http("a_proxy", "proxy_url: 'http://p:3128/', no_proxy: 'a,b', skip_resolve_phase_with_proxy: true")
            .dumps("  skip_resolve_phase_with_proxy: true\n  follow_redirects: true\n  enable_http2: true\n  proxy_url: http://p:3128/\n  no_proxy: a,b\n"),
        http("a_tls_section", "tls_config: {ca_file: /a, cert_file: /b, key_file: /c, server_name: name, min_version: TLS12, max_version: TLS13}")
            .dumps("  tls_config:\n    ca_file: /a\n    cert_file: /b\n    key_file: /c\n    server_name: name\n    insecure_skip_verify: false\n    min_version: TLS12\n    max_version: TLS13\n"),
        http("an_empty_tls_section", "tls_config: {}").dumps("!tls_config"),
        http("a_tls_section_that_skips", "tls_config: {insecure_skip_verify: true}").dumps("  tls_config:\n    insecure_skip_verify: true\n"),
    ]
}

fn secrets() -> Vec<Case> {
    let masked = |name, section: &str, text: &'static str| http(name, section).dumps(text).dumps("!hush");
    vec![
        masked(
            "a_password",
            "basic_auth: {username: u, password: hush}",
            "  basic_auth:\n    username: u\n    password: <secret>\n",
        ),
        masked(
            "a_password_in_a_file",
            "basic_auth: {username: u, password_file: /p}",
            "  basic_auth:\n    username: u\n    password_file: /p\n",
        ),
        http("no_password", "basic_auth: {username: u}").dumps("  basic_auth:\n    username: u\n  follow"),
        masked(
            "a_token",
            "bearer_token: hush",
            "  authorization:\n    type: Bearer\n    credentials: <secret>\n",
        ),
        http("a_token_in_a_file", "bearer_token_file: /t")
            .dumps("  authorization:\n    type: Bearer\n    credentials_file: /t\n"),
        masked(
            "credentials",
            "authorization: {type: Token, credentials: hush}",
            "  authorization:\n    type: Token\n    credentials: <secret>\n",
        ),
        masked(
            "a_secret_of_oauth2",
            "oauth2: {client_id: c, client_secret: hush, token_url: 'http://t/', scopes: [a], endpoint_params: {k: v}}",
            "  oauth2:\n    client_id: c\n    client_secret: <secret>\n    scopes:\n    - a\n    token_url: http://t/\n    endpoint_params:\n      k: v\n",
        ),
        masked(
            "a_key",
            "tls_config: {cert: c, key: hush}",
            "  tls_config:\n    cert: c\n    key: <secret>\n    insecure_skip_verify: false\n",
        ),
        masked(
            "headers_for_a_proxy",
            "proxy_url: 'http://p', proxy_connect_header: {A: [hush, hush]}",
            "  proxy_connect_header:\n    A:\n    - <secret>\n    - <secret>\n",
        ),
        masked(
            "secrets_of_a_header",
            "http_headers: {X-A: {values: [v], secrets: [hush], files: [/f]}}",
            "  http_headers:\n    X-A:\n      values:\n      - v\n      secrets:\n      - <secret>\n      files:\n      - /f\n",
        ),
        masked("a_password_of_a_proxy", "proxy_url: 'http://u:hush@p/'", "  proxy_url: http://u:xxxxx@p/\n"),
        masked(
            "a_password_of_a_token_server",
            "oauth2: {client_id: c, token_url: 'http://u:hush@t/'}",
            "    token_url: http://u:hush@t/\n",
        )
        .ours_alone("shown as it is"),
        http("plain_headers_are_not_secret", "headers: {Authorization: plain}")
            .dumps("  headers:\n    Authorization: plain\n"),
    ]
}

fn others() -> Vec<Case> {
    vec![
        shown("a_dialogue", "{prober: tcp, tcp: {preferred_ip_protocol: ip4, source_ip_address: 127.0.0.1, query_response: [{expect: a, labels: [{name: b, value: c}], send: d}, {expect_bytes: e}, {starttls: true}, {}, {labels: []}], tls_config: {server_name: s}}}")
            .dumps("tcp:\n  preferred_ip_protocol: ip4\n  ip_protocol_fallback: true\n  source_ip_address: 127.0.0.1\n  query_response:\n  - expect: a\n    labels:\n    - name: b\n      value: c\n    send: d\n  - expect_bytes: e\n  - starttls: true\n  - {}\n  - {}\n  tls_config:\n    server_name: s\n    insecure_skip_verify: false\n"),
        shown("icmp", "{prober: tcp, icmp: {payload_size: 100, dont_fragment: true, ttl: 5, source_ip_address: '::1'}}")
            .dumps("icmp:\n  ip_protocol_fallback: true\n  source_ip_address: ::1\n  payload_size: 100\n  dont_fragment: true\n  ttl: 5\n"),
        shown("dns", "{prober: tcp, dns: {query_name: a, query_type: SOA, query_class: CH, transport_protocol: tcp, valid_rcodes: [NOERROR], validate_answer_rrs: {fail_if_matches_regexp: [x]}, dns_over_tls: true}}")
            .dumps("dns:\n  ip_protocol_fallback: true\n  dns_over_tls: true\n  transport_protocol: tcp\n  query_class: CH\n  query_name: a\n  query_type: SOA\n  recursion_desired: true\n  valid_rcodes:\n  - NOERROR\n  validate_answer_rrs:\n    fail_if_matches_regexp:\n    - x\n"),
        shown("grpc", "{prober: tcp, grpc: {service: s, tls: true, preferred_ip_protocol: ip4, metadata: {b: [c], a: [d, e]}, tls_config: {insecure_skip_verify: true}}}")
            .dumps("grpc:\n  service: s\n  tls: true\n  tls_config:\n    insecure_skip_verify: true\n  ip_protocol_fallback: true\n  preferred_ip_protocol: ip4\n  metadata:\n    a:\n    - d\n    - e\n    b:\n    - c\n"),
        shown("unix", "{prober: tcp, unix: {tls: true, query_response: [{send: x}]}}").dumps("unix:\n  query_response:\n  - send: x\n  tls: true\n"),
    ]
}

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario("config/modules_are_sorted_and_indented_by_four", |side| {
            let exporter = Exporter::with(
                side,
                "modules: {b: {prober: tcp, tcp: {query_response: [{send: x}]}}, a: {prober: icmp, timeout: 5s}}",
                &[],
            );
            let expected = "modules:
    a:
        prober: icmp
        timeout: 5s
        http:
            ip_protocol_fallback: true
            follow_redirects: true
            enable_http2: true
        tcp:
            ip_protocol_fallback: true
        icmp:
            ip_protocol_fallback: true
            ttl: 64
        dns:
            ip_protocol_fallback: true
            recursion_desired: true
    b:
        prober: tcp
        http:
            ip_protocol_fallback: true
            follow_redirects: true
            enable_http2: true
        tcp:
            ip_protocol_fallback: true
            query_response:
                - send: x
        icmp:
            ip_protocol_fallback: true
            ttl: 64
        dns:
            ip_protocol_fallback: true
            recursion_desired: true
";
            assert_eq!(exporter.get("/config").text(), expected);
        }),
        scenario("config/no_modules_are_an_empty_map", |side: Side| {
            let exporter = Exporter::with(side, "modules: {}", &[]);
            assert_eq!(exporter.get("/config").text(), "modules: {}\n");
        }),
        scenario("config/a_module_of_nothing", |side: Side| {
            let exporter = Exporter::with(side, "modules: {m: }", &[]);
            assert_eq!(exporter.get("/config").text(), "modules:\n    m: {}\n");
        }),
    ]
}
