//! Targets, addresses and connecting.

use probe_tests::compat::case::Need;
use probe_tests::compat::probe;
use probe_tests::compat::series::{ADDRESS, DIALOGUE, IPV6, NO_ADDRESS};
use probe_tests::compat::servers::closed::closed;
use probe_tests::compat::servers::talk::{Do, silent, talk};

use super::{Case, NOT_CONNECTED, NOTHING, tcp};

/// What a probe without an address lacks.
const NO_TARGET: &[&str] = &[
    "!probe_dns_lookup_time_seconds",
    "!probe_ip_addr_hash",
    "!probe_ip_protocol",
    "!probe_failed_due_to_bytes",
    "!probe_failed_due_to_regex",
];

const SPLIT: &[&str] = &["ERROR Error splitting target address and port", "ERROR Error dialing TCP"];
const RESOLVE: &[&str] =
    &["ERROR Resolution with IP protocol failed", "ERROR Error resolving address", "ERROR Error dialing TCP"];
const DIAL: &[&str] = &["ERROR Error dialing TCP"];

pub(crate) fn cases() -> Vec<Case> {
    [good(), bad(), sources()].concat()
}

fn good() -> Vec<Case> {
    vec![
        tcp("connecting_is_enough", "", silent()),
        tcp("a_server_that_closes_at_once_is_there", "", talk(&[])),
        tcp("an_address_in_brackets", "", silent()).target("[127.0.0.1]:@s.port"),
        tcp("another_address_of_the_machine", "", silent().at("127.9.8.7"))
            .with(&["probe_ip_addr_hash 1249124496"]),
        tcp("any_other_word_prefers_ipv4", "", silent())
            .module("{prober: tcp, timeout: 20s, tcp: {preferred_ip_protocol: ipv6}}"),
        tcp("ipv6_is_preferred_but_ipv4_will_do", "", silent()).module("{prober: tcp, timeout: 20s}"),
        tcp("ipv6", "", silent().at("::1")).needs(Need::Ipv6).with(IPV6),
        tcp("ipv4_is_preferred_but_ipv6_will_do", "", silent().at("::1")).needs(Need::Ipv6).with(IPV6),
        tcp("a_zone_on_a_literal", "", silent().at("::1"))
            .needs(Need::Ipv6)
            .with(IPV6)
            .target("[::1%lo]:@s.port"),
        tcp("ipv4_mapped_into_ipv6_is_ipv4", "", silent()).target("[::ffff:127.0.0.1]:@s.port"),
        tcp("ipv4_mapped_into_ipv6_without_fallback", "ip_protocol_fallback: false", silent())
            .target("[::ffff:127.0.0.1]:@s.port"),
        tcp("ipv4_alone", "ip_protocol_fallback: false", silent()),
        tcp("a_port_with_zeros", "", silent()).target("127.0.0.1:0@s.port"),
        tcp("without_a_timeout", "", silent()).module("{prober: tcp, tcp: {preferred_ip_protocol: ip4}}"),
    ]
}

fn bad() -> Vec<Case> {
    let without_address =
        |name, target: &str| tcp(name, "", silent()).target(target).fails(NO_TARGET).says(SPLIT);
    let unresolved = |name, section, target: &str| {
        tcp(name, section, silent()).target(target).fails(&[NO_ADDRESS, NOT_CONNECTED].concat()).says(RESOLVE)
    };
    let unreached =
        |name, target: &str| tcp(name, "", silent()).target(target).fails(NOT_CONNECTED).says(DIAL);
    vec![
        without_address("a_target_needs_a_port", "127.0.0.1"),
        without_address("a_scheme_is_no_part_of_a_target", "tcp://@s"),
        without_address("ipv6_needs_brackets", "::1:80"),
        without_address("brackets_need_a_port", "[::1]"),
        without_address("a_bracket_that_is_not_closed", "[::1:80"),
        without_address("brackets_in_the_middle", "a[b]:80"),
        without_address("only_digits", "80"),
        unresolved("a_target_needs_a_host", "", ":@s.port").fails(NOTHING),
        unresolved("a_target_needs_a_host_even_with_port_0", "", ":0"),
        unresolved("the_other_family_without_fallback", "ip_protocol_fallback: false", "[::1]:@s.port"),
        unresolved("the_other_family_without_fallback_by_default", "", "127.0.0.1:@s.port")
            .module("{prober: tcp, timeout: 20s, tcp: {ip_protocol_fallback: false}}"),
        unresolved("spaces_are_part_of_a_name", "", " 127.0.0.1:@s.port"),
        unreached("a_port_that_is_too_large", "127.0.0.1:65536"),
        unreached("a_port_that_is_no_service", "127.0.0.1:no-such-service"),
        unreached("a_negative_port", "127.0.0.1:-1"),
        unreached("an_empty_port", "127.0.0.1:"),
        unreached("a_space_behind_the_port", "127.0.0.1:@s.port "),
        tcp("nobody_listens", "", closed()).fails(NOT_CONNECTED).says(DIAL),
        tcp("nobody_listens_on_ipv6", "", closed().at("::1"))
            .needs(Need::Ipv6)
            .fails(&[IPV6, NOT_CONNECTED].concat())
            .says(DIAL),
        probe("the_wrong_family_is_listening", "tcp", "", &[ADDRESS, DIALOGUE])
            .needs(Need::Ipv6)
            .on("s", silent())
            .target("[::1]:@s.port")
            .fails(&[IPV6, NOT_CONNECTED].concat())
            .says(DIAL),
    ]
}

fn sources() -> Vec<Case> {
    let peer = || talk(&[Do::Peer, Do::Hold]);
    let refused = |name, address: &str, said| {
        tcp(name, &format!("source_ip_address: '{address}'"), peer()).fails(NOT_CONNECTED).says(said)
    };
    const BAD: &[&str] = &["ERROR Error parsing source ip address", "ERROR Error dialing TCP"];
    vec![
        tcp("from_a_source_address", "source_ip_address: 127.0.0.77", peer()).saw(&["s: peer 127.0.0.77"]),
        tcp("an_empty_source_address_is_none", "source_ip_address: ''", peer()).saw(&["s: peer 127.0.0.1"]),
        tcp("from_a_source_address_of_ipv6", "source_ip_address: '::1'", peer().at("::1"))
            .needs(Need::Ipv6)
            .with(IPV6)
            .saw(&["s: peer ::1"]),
        tcp("from_a_mapped_source_address", "source_ip_address: '::ffff:127.0.0.78'", peer())
            .saw(&["s: peer 127.0.0.78"]),
        refused("a_source_that_is_no_address", "somewhere", BAD),
        refused("a_source_that_is_a_network", "127.0.0.0/8", BAD),
        refused("a_source_with_zeros", "127.0.0.01", BAD),
        refused("a_source_of_the_other_family", "::1", DIAL),
        refused("a_source_of_another_machine", "192.0.2.1", DIAL),
    ]
}
