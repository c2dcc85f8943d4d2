//! The icmp prober, case by case, beside the reference exporter where it is installed.

use std::process::ExitCode;

use probe_tests::compat::case::Need;
use probe_tests::compat::series::{ADDRESS, ICMP, IPV6, NO_ADDRESS};
use probe_tests::compat::{Case, probe, run};

/// Nothing came back.
const LOST: &[&str] = &["!probe_icmp_reply_hop_limit", "probe_icmp_duration_seconds{phase=\"rtt\"} 0"];

/// It was not even sent.
const UNSENT: &[&str] = &[
    "!probe_icmp_reply_hop_limit",
    "probe_icmp_duration_seconds{phase=\"rtt\"} 0",
    "probe_icmp_duration_seconds{phase=\"setup\"} 0",
];

const RESOLVE: &[&str] = &["ERROR Resolution with IP protocol failed", "ERROR Error resolving address"];

fn main() -> ExitCode {
    run(vec![("targets", targets()), ("packets", packets()), ("sources", sources())], &[])
}

fn icmp(name: &str, section: &str, target: &str) -> Case {
    probe(name, "icmp", &format!("preferred_ip_protocol: ip4, {section}"), &[ADDRESS, ICMP])
        .target(target)
        .needs(Need::Icmp)
}

fn targets() -> Vec<Case> {
    let unresolved = |name, section: &str, target: &str| {
        icmp(name, section, target)
            .fails(&[NO_ADDRESS, UNSENT].concat())
            .with(&["probe_icmp_duration_seconds{phase=\"resolve\"} 0"])
            .says(RESOLVE)
    };
    vec![
        icmp("ipv4", "", "127.0.0.1"),
        icmp("another_address_of_the_machine", "", "127.1.2.3").with(&["probe_ip_addr_hash 1704651018"]),
        icmp("ipv4_mapped_into_ipv6", "", "::ffff:127.0.0.1"),
        icmp("ipv6", "", "::1").needs(Need::Ipv6).with(IPV6),
        icmp("ipv6_written_out", "", "0:0:0:0:0:0:0:1").needs(Need::Ipv6).with(IPV6),
        icmp("ipv6_is_preferred_but_ipv4_will_do", "", "127.0.0.1").module("{prober: icmp, timeout: 20s}"),
        icmp("ipv6_preferred_by_its_name", "", "127.0.0.1")
            .module("{prober: icmp, timeout: 20s, icmp: {preferred_ip_protocol: ip6}}"),
        unresolved("an_address_with_a_port", "", "[127.0.0.1]:80"),
        unresolved("the_other_family_without_fallback", "ip_protocol_fallback: false", "::1"),
        unresolved("a_host_that_is_a_colon", "", ":"),
        icmp("hostname_is_ignored", "", "127.0.0.1").ask("hostname", "target.test"),
        icmp("without_a_timeout", "", "127.0.0.1")
            .module("{prober: icmp, icmp: {preferred_ip_protocol: ip4}}"),
        icmp("no_time_at_all", "", "127.0.0.1")
            .module("{prober: icmp, icmp: {preferred_ip_protocol: ip4}}")
            .header("X-Prometheus-Scrape-Timeout-Seconds", "0.5")
            .fails(LOST)
            .with(&[
                "probe_icmp_duration_seconds{phase=\"setup\"} ?",
                "probe_icmp_duration_seconds{phase=\"resolve\"} ?",
                "probe_ip_protocol ?",
                "probe_ip_addr_hash ?",
            ])
            .ours_alone("a literal is looked up by the one and not by the other if there is no time"),
    ]
}

fn packets() -> Vec<Case> {
    let size = |name, bytes: u32| icmp(name, &format!("payload_size: {bytes}"), "127.0.0.1");
    vec![
        size("a_payload_of_1_byte", 1),
        size("a_payload_shorter_than_the_text", 27),
        size("a_payload_as_long_as_the_text", 28),
        size("a_payload_longer_than_the_text", 29),
        size("a_payload_of_1472_bytes", 1472),
        size("a_payload_of_9000_bytes", 9000),
        icmp("a_payload_over_ipv6", "payload_size: 1000", "::1").needs(Need::Ipv6).with(IPV6),
        icmp("a_hop_limit_of_1", "ttl: 1", "127.0.0.1"),
        icmp("a_hop_limit_of_255", "ttl: 255", "127.0.0.1"),
        icmp("the_hop_limit_of_the_system", "ttl: 0", "127.0.0.1"),
        icmp("a_hop_limit_over_ipv6", "ttl: 5", "::1").needs(Need::Ipv6).with(IPV6),
        icmp("no_fragments", "dont_fragment: true", "127.0.0.1").needs(Need::RawIcmp),
        icmp("no_fragments_and_a_hop_limit", "dont_fragment: true, ttl: 9", "127.0.0.1").needs(Need::RawIcmp),
        icmp("no_fragments_and_a_payload", "dont_fragment: true, payload_size: 1000", "127.0.0.1")
            .needs(Need::RawIcmp),
        icmp("no_fragments_over_ipv6", "dont_fragment: true", "::1").needs(Need::Ipv6).with(IPV6),
    ]
}

fn sources() -> Vec<Case> {
    vec![
        icmp("from_a_source_address", "source_ip_address: 127.0.0.3", "127.0.0.1"),
        icmp(
            "from_a_source_address_without_fragments",
            "source_ip_address: 127.0.0.3, dont_fragment: true",
            "127.0.0.1",
        )
        .needs(Need::RawIcmp),
        icmp("from_a_source_address_of_ipv6", "source_ip_address: '::1'", "::1").needs(Need::Ipv6).with(IPV6),
        icmp("a_source_that_is_no_address", "source_ip_address: somewhere", "127.0.0.1")
            .fails(UNSENT)
            .says(&["ERROR Error parsing source ip address"]),
        icmp("a_source_of_another_machine", "source_ip_address: 192.0.2.1", "127.0.0.1")
            .timeout("600ms")
            .fails(UNSENT)
            .with(&["probe_icmp_duration_seconds{phase=\"setup\"} ?"])
            .says(&["ERROR Error listening to socket"]),
    ]
}
