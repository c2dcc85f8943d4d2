//! How the name server is reached.

use probe_tests::compat::case::Need;
use probe_tests::compat::series::{IPV6, NO_ADDRESS};
use probe_tests::compat::servers::closed::{closed, closed_udp};
use probe_tests::compat::servers::dns::answering;
use probe_tests::compat::servers::talk::{Do, silent, talk};

use super::{Case, QUERY, UNANSWERED, counts, dns, soa, two};

const SHORT: &str = "600ms";
const TCP: &str = "transport_protocol: tcp";
const RESOLVE: &[&str] = &["ERROR Resolution with IP protocol failed", "ERROR Error resolving address"];

/// What is left if nothing was sent.
const UNSENT: &[&str] = &[
    "probe_dns_duration_seconds{phase=\"connect\"} 0",
    "probe_dns_duration_seconds{phase=\"request\"} 0",
    "probe_dns_query_succeeded 0",
];

pub(crate) fn cases() -> Vec<Case> {
    [plain(), targets(), sources(), over_tls()].concat()
}

fn plain() -> Vec<Case> {
    let ok = |name, section: &str, server| dns(name, section, server).with(&counts(2, 0, 0));
    vec![
        ok("udp", "transport_protocol: udp", answering(two()).udp_alone())
            .saw(&["s: udp example.test. type 1 class 1 header 01000001000000000000 length 30"]),
        ok("udp_by_default", "", answering(two()).udp_alone()),
        ok("an_empty_transport_is_udp", "transport_protocol: ''", answering(two()).udp_alone()),
        ok("tcp", TCP, answering(two()).tcp_alone())
            .saw(&["s: tcp example.test. type 1 class 1 header 01000001000000000000 length 30"]),
        dns("udp_where_there_is_tcp", "", closed_udp()).fails(UNANSWERED).says(QUERY),
        dns("tcp_where_there_is_udp", TCP, closed())
            .fails(UNANSWERED)
            .with(&["probe_dns_duration_seconds{phase=\"request\"} 0"])
            .says(QUERY),
        dns("an_unknown_transport", "transport_protocol: sctp", answering(two()))
            .fails(UNSENT)
            .with(&[
                "!probe_dns_lookup_time_seconds",
                "!probe_ip_protocol",
                "!probe_ip_addr_hash",
                "probe_dns_duration_seconds{phase=\"resolve\"} 0",
            ])
            .says(&["ERROR Configuration error: Expected transport protocol udp or tcp"]),
        dns("a_transport_in_capitals", "transport_protocol: UDP", answering(two()))
            .fails(UNSENT)
            .with(&[
                "!probe_dns_lookup_time_seconds",
                "!probe_ip_protocol",
                "!probe_ip_addr_hash",
                "probe_dns_duration_seconds{phase=\"resolve\"} 0",
            ])
            .says(&["ERROR Configuration error: Expected transport protocol udp or tcp"]),
        dns("a_server_that_closes_at_once", TCP, talk(&[])).fails(UNANSWERED).says(QUERY),
        dns("a_server_that_reads_and_closes", TCP, talk(&[Do::Skip(2)])).fails(UNANSWERED).says(QUERY),
        dns("half_a_length", TCP, talk(&[Do::Skip(32), Do::Send(b"\0")])).fails(UNANSWERED).says(QUERY),
        dns("half_a_message", TCP, talk(&[Do::Skip(32), Do::Send(b"\0\x20half")]))
            .fails(UNANSWERED)
            .says(QUERY),
        dns("a_server_that_says_nothing", TCP, silent()).timeout(SHORT).fails(UNANSWERED).says(QUERY),
        ok("ipv6", "", answering(two()).at("::1")).needs(Need::Ipv6).with(IPV6),
        ok("ipv6_over_tcp", TCP, answering(two()).at("::1")).needs(Need::Ipv6).with(IPV6),
        ok("ipv6_is_preferred_but_ipv4_will_do", "", answering(two()))
            .module("{prober: dns, timeout: 20s, dns: {query_name: example.test, query_type: A}}"),
    ]
}

fn targets() -> Vec<Case> {
    let unresolved = |name, section, target: &str| {
        dns(name, section, answering(two()))
            .target(target)
            .fails(UNSENT)
            .with(NO_ADDRESS)
            .with(&["probe_dns_duration_seconds{phase=\"resolve\"} 0"])
            .says(RESOLVE)
    };
    vec![
        dns("an_address_in_brackets", "", answering(two()))
            .target("[127.0.0.1]:@s.port")
            .with(&counts(2, 0, 0)),
        dns("nobody_on_port_53", TCP, answering(two()))
            .target("127.53.254.253")
            .fails(UNANSWERED)
            .with(&["probe_ip_addr_hash 18154192", "probe_dns_duration_seconds{phase=\"request\"} 0"])
            .says(QUERY),
        dns("ipv6_without_brackets", TCP, answering(two()))
            .needs(Need::Ipv6)
            .target("::1")
            .fails(UNANSWERED)
            .with(IPV6)
            .with(&["probe_dns_duration_seconds{phase=\"request\"} 0"])
            .says(QUERY),
        dns("a_port_that_is_too_large", "", answering(two()))
            .target("127.0.0.1:65536")
            .fails(UNANSWERED)
            .with(&["probe_dns_duration_seconds{phase=\"request\"} 0"])
            .says(QUERY),
        unresolved("no_host", "", ":@s.port"),
        unresolved("the_other_family_without_fallback", "ip_protocol_fallback: false", "[::1]:@s.port"),
    ]
}

fn sources() -> Vec<Case> {
    let ok = |name, section: &str| {
        dns(name, section, answering(two())).with(&counts(2, 0, 0)).saw(&["s: peer 127.0.0.66"])
    };
    vec![
        ok("from_a_source_address", "source_ip_address: 127.0.0.66"),
        ok("from_a_source_address_over_tcp", "source_ip_address: 127.0.0.66, transport_protocol: tcp"),
        dns("a_source_that_is_no_address", "source_ip_address: somewhere", answering(two()))
            .fails(UNSENT)
            .says(&["ERROR Error parsing source ip address"]),
        dns("a_source_of_the_other_family", "source_ip_address: '::1'", answering(two()))
            .fails(UNANSWERED)
            .with(&["probe_dns_duration_seconds{phase=\"request\"} 0"])
            .says(QUERY),
        dns("a_source_of_another_machine", "source_ip_address: 192.0.2.1", answering(two()))
            .fails(UNANSWERED)
            .with(&["probe_dns_duration_seconds{phase=\"request\"} 0"])
            .says(QUERY),
    ]
}

fn over_tls() -> Vec<Case> {
    let dot = |name, config: &str, rest: &str, server| {
        dns(
            name,
            &format!("dns_over_tls: true, transport_protocol: tcp, tls_config: {{{config}}}, {rest}"),
            server,
        )
    };
    let served = |certificate: &'static str| answering(two()).tcp_alone().tls(certificate);
    const CA: &str = "ca_file: @dir/ca.pem";
    let no = |name, config: &str, certificate: &'static str| {
        dot(name, config, "", served(certificate))
            .fails(UNANSWERED)
            .with(&["probe_dns_duration_seconds{phase=\"request\"} 0"])
            .says(QUERY)
    };
    vec![
        dot("tls", CA, "", served("server")).with(&counts(2, 0, 0)).saw(&[
            "s: tls sni=-",
            "s: tcp example.test. type 1 class 1 header 01000001000000000000 length 30",
        ]),
        dot("tls_unverified", "insecure_skip_verify: true", "", served("self_signed")).with(&counts(2, 0, 0)),
        dot("tls_under_a_name", &format!("{CA}, server_name: target.test"), "", served("named"))
            .with(&counts(2, 0, 0))
            .saw(&["s: tls sni=target.test"]),
        dot(
            "tls_and_a_serial",
            CA,
            "query_type: SOA",
            answering(probe_tests::compat::servers::dns::records(&[soa(9)])).tcp_alone().tls("server"),
        )
        .with(&counts(1, 0, 0))
        .with(&["probe_dns_serial 9"]),
        dot("tls_from_a_source_address", CA, "source_ip_address: 127.0.0.66", served("server"))
            .with(&counts(2, 0, 0))
            .saw(&["s: peer 127.0.0.66"]),
        dot("tls_to_a_closed_port", CA, "", closed())
            .fails(UNANSWERED)
            .with(&["probe_dns_duration_seconds{phase=\"request\"} 0"])
            .says(QUERY),
        no("tls_of_nobody_trusted", "", "server"),
        no("tls_under_another_name", CA, "named"),
        no("tls_that_is_expired", CA, "expired"),
        dot("tls_where_there_is_none", CA, "", answering(two()).tcp_alone())
            .timeout(SHORT)
            .fails(UNANSWERED)
            .with(&["probe_dns_duration_seconds{phase=\"request\"} 0"])
            .says(QUERY),
        dns("tls_over_udp", &format!("dns_over_tls: true, tls_config: {{{CA}}}"), answering(two()))
            .fails(UNSENT)
            .says(&["ERROR Configuration error: Expected transport protocol tcp for DoT"]),
        dot("tls_with_a_file_that_is_missing", "ca_file: @dir/nothing.pem", "", served("server"))
            .fails(UNSENT)
            .says(&["ERROR Failed to create TLS configuration"]),
        dns("tls_is_off", &format!("tls_config: {{{CA}}}"), answering(two())).with(&counts(2, 0, 0)),
    ]
}
