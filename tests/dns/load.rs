//! What the `dns` section of a configuration may say.

use probe_core::config::{Config, read};
use probe_core::prober::BUILTIN;

fn load(section: &str) -> Result<Config, String> {
    let text = format!("modules:\n  a:\n    prober: dns\n    dns: {section}\n");
    read(&text, "b.yml", BUILTIN).map_err(|errors| errors.to_string())
}

fn warnings(section: &str) -> Vec<String> {
    load(section).expect("it loads").warnings.iter().map(ToString::to_string).collect()
}

#[test]
fn refuses_what_the_reference_exporter_refuses_and_says_where() {
    for (section, expected) in [
        ("{}", "b.yml:4:10: modules.a.dns.query_name: query name must be set for DNS module"),
        ("{query_name: ''}", "b.yml:4:11: modules.a.dns.query_name: query name must be set for DNS module"),
        (
            "{query_name: x, query_class: X}",
            "b.yml:4:26: modules.a.dns.query_class: query class 'X' is not valid",
        ),
        (
            "{query_name: x, query_type: TYPE65}",
            "b.yml:4:26: modules.a.dns.query_type: query type 'TYPE65' is not valid",
        ),
        (
            "{query_name: x, query_type: a}",
            "b.yml:4:26: modules.a.dns.query_type: query type 'a' is not valid",
        ),
        (
            "{query_name: x, edns_udp_size: 511}",
            "b.yml:4:26: modules.a.dns.edns_udp_size: found 511, allowed 512 to 65535",
        ),
        (
            "{query_name: x, server: 'ns.test'}",
            "b.yml:4:26: modules.a.dns.server: the target is not used; with server, query_name must contain {target}",
        ),
    ] {
        assert_eq!(load(section).expect_err(section), expected, "{section}");
    }
    let unknown =
        load("{query_name: x, validate_answer_rrs: {fail_if_matches: [a]}}").expect_err("no such key");
    assert!(unknown.contains("validate_answer_rrs.fail_if_matches: unknown key"), "{unknown}");
}

#[test]
fn warns_of_what_can_never_succeed() {
    for (section, expected) in [
        (
            "{query_name: a..b}",
            "query_name: cannot be asked about: empty label in a name; every probe will fail",
        ),
        (
            "{query_name: '{target}'}",
            "query_name: asks about {target} itself; it stands for the target only with server",
        ),
        (
            "{query_name: x, transport_protocol: sctp}",
            "transport_protocol: none of udp tcp https quic, so every probe will fail",
        ),
        (
            "{query_name: x, valid_rcodes: []}",
            "valid_rcodes: no response code is valid, so every probe will fail",
        ),
        (
            "{query_name: x, valid_rcodes: [NOERROR, nope]}",
            "valid_rcodes: not all are response codes, so every probe will fail",
        ),
        (
            "{query_name: x, validate_answer_rrs: {fail_if_matches_regexp: [a, ':[']}}",
            "validate_answer_rrs.fail_if_matches_regexp: item 1 is not a regular expression; \
             probes that come to it will fail",
        ),
        (
            "{query_name: x, dns_over_tls: true}",
            "dns_over_tls: needs transport_protocol tcp, so every probe will fail",
        ),
    ] {
        let warnings = warnings(section);
        assert_eq!(warnings.len(), 1, "{section}: {warnings:?}");
        let (_, message) = warnings[0].split_once("modules.a.dns.").expect("a path");
        assert_eq!(message, expected, "{section}");
    }
    assert_eq!(warnings("{query_name: x, tls_config: {}}"), [""; 0]);
}

#[test]
fn section_that_is_not_given_needs_no_name() {
    for section in ["", "~"] {
        assert_eq!(warnings(section), [""; 0]);
    }
    let dump = load("").expect("it loads").dump();
    let expected = "dns:\n            ip_protocol_fallback: true\n            recursion_desired: true\n";
    assert!(dump.ends_with(expected), "{dump}");
}

#[test]
fn dumps_keys_in_the_order_of_the_reference_exporter_and_ours_after_them() {
    let section = "{dns_over_tls: on, tls_config: {server_name: s},
      query_type: CAA, query_name: '{target}', query_class: ANY, valid_rcodes: [NOERROR, NXDOMAIN],
      transport_protocol: udp, preferred_ip_protocol: ip4, ip_protocol_fallback: no, recursion_desired: no,
      retry_over_tcp: yes, edns_udp_size: 1232, server: 'ns.test:5353', source_ip_address: 127.0.0.2, tos: 8,
      validate_additional_rrs: {fail_if_none_matches_regexp: [d], fail_if_not_matches_regexp: [c],
        fail_if_all_match_regexp: [b], fail_if_matches_regexp: ['a: ']}}";
    let dump = load(section).expect("it loads").dump();
    let expected = "        dns:
            preferred_ip_protocol: ip4
            dns_over_tls: true
            tls_config:
                server_name: s
                insecure_skip_verify: false
            source_ip_address: 127.0.0.2
            transport_protocol: udp
            query_class: ANY
            query_name: '{target}'
            query_type: CAA
            valid_rcodes:
                - NOERROR
                - NXDOMAIN
            validate_additional_rrs:
                fail_if_matches_regexp:
                    - 'a: '
                fail_if_all_match_regexp:
                    - b
                fail_if_not_matches_regexp:
                    - c
                fail_if_none_matches_regexp:
                    - d
            server: ns.test:5353
            edns_udp_size: 1232
            retry_over_tcp: true
            tos: 8
";
    assert!(dump.ends_with(expected), "{dump}");
}
