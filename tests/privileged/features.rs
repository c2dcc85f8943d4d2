//! What nobody in the group range can do without any privilege: the other side counts what arrives.

use libtest_mimic::Trial;

use super::bench::{Family, for_each_family, for_each_socket};
use super::identity::{Running, probe, probe_as_nobody, run_role};
use super::network::{Pair, Routed, link};

pub(crate) fn trials() -> Vec<Trial> {
    [
        for_each_family("nobody sets the type of service", type_of_service),
        for_each_family("nobody sets the hop limit", hop_limit),
        for_each_family("nobody forbids fragmentation", dont_fragment),
        for_each_family("packets longer than the link arrive in fragments", fragments),
        for_each_family("nobody chooses the source address", source_address),
        for_each_family("nobody chooses the interface", interface),
        for_each_family("an address of another host is refused as source", foreign_source),
        for_each_family("an interface that is not there is named", no_interface),
        for_each_family("the hop limit of a routed reply is told", routed_hop_limit),
        for_each_family("payloads of any size come back", payload_sizes),
        for_each_socket("round trips are measured by the kernel's stamps", stamps),
        for_each_family("half-open probes choose source address and type of service", half_open_egress),
        for_each_family("half-open probes never complete a handshake", never_accepted),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Probes once as nobody; exactly one packet must match `rule` on arrival.
fn one_arrives(pair: &Pair, family: Family, rule: &str, settings: &[&str]) {
    let request = family.pick("icmp type echo-request", "icmpv6 type echo-request");
    pair.far.filter("input", &format!("{request} {rule} counter"));
    let outcome = probe_as_nobody(&pair.near, &[&["icmp", Pair::target(family)], settings].concat());
    outcome.assert_success("datagram");
    assert_eq!(pair.far.counted("input"), 1, "{outcome}");
}

fn type_of_service(family: Family) {
    let pair = Pair::with_ping_sockets();
    one_arrives(&pair, family, family.pick("ip dscp 46", "ip6 dscp 46"), &["tos=184"]);
}

fn hop_limit(family: Family) {
    let pair = Pair::with_ping_sockets();
    one_arrives(&pair, family, family.pick("ip ttl 7", "ip6 hoplimit 7"), &["ttl=7"]);
}

fn dont_fragment(family: Family) {
    let pair = Pair::with_ping_sockets();
    // IPv6 packets have no such flag: that they may not be fragmented shows where they do not fit.
    let rule = family.pick("ip frag-off & 0x4000 == 0x4000", "ip6 length 1408");
    one_arrives(&pair, family, rule, &["df=1", "size=1400"]);
    let without = Pair::with_ping_sockets();
    let rule = family.pick("ip frag-off & 0x4000 == 0", "ip6 length 1408");
    one_arrives(&without, family, rule, &["size=1400"]);
}

fn fragments(family: Family) {
    let pair = Pair::with_ping_sockets();
    for socket in ["socket=datagram", "socket=raw"] {
        let outcome = probe(&pair.near, &["icmp", Pair::target(family), "size=4000", socket]);
        assert!(outcome.succeeded(), "{outcome}");
    }
}

fn source_address(family: Family) {
    let pair = Pair::with_ping_sockets();
    pair.near.sh("ip address add 198.18.0.11/24 dev v0; ip address add fd00::11/64 dev v0 nodad");
    let (rule, setting) = family
        .pick(("ip saddr 198.18.0.11", "source=198.18.0.11"), ("ip6 saddr fd00::11", "source=fd00::11"));
    one_arrives(&pair, family, rule, &[setting]);
}

fn interface(family: Family) {
    let pair = Pair::with_ping_sockets();
    link(&pair.near, "v1", &pair.far, "v1");
    // The far host has one more address, reached through either link; the first is preferred.
    pair.far.sh("ip address add 198.18.2.2/24 dev v1
         ip address add fd00:2::2/64 dev v1 nodad
         ip address add 198.18.9.9/32 dev lo
         ip address add fd00:9::9/128 dev lo nodad");
    pair.near.sh("ip address add 198.18.2.1/24 dev v1
         ip address add fd00:2::1/64 dev v1 nodad
         ip route add 198.18.9.9 via 198.18.0.2 metric 10
         ip route add 198.18.9.9 via 198.18.2.2 metric 20
         ip -6 route add fd00:9::9 via fd00::2 metric 10
         ip -6 route add fd00:9::9 via fd00:2::2 metric 20");
    pair.near.await_ipv6("fd00:2::2");
    pair.far.await_ipv6("fd00:2::1");
    let target = family.pick("198.18.9.9", "fd00:9::9");
    let request = family.pick("icmp type echo-request", "icmpv6 type echo-request");
    pair.far.filter("input", &format!("iifname v1 {request} counter"));
    for (setting, counted) in [("tos=0", 0), ("interface=v1", 1), ("interface=v0", 1)] {
        probe_as_nobody(&pair.near, &["icmp", target, setting]).assert_success("datagram");
        assert_eq!(pair.far.counted("input"), counted, "{setting}");
    }
}

fn foreign_source(family: Family) {
    let pair = Pair::with_ping_sockets();
    let source = family.pick("source=198.18.0.99", "source=fd00::99");
    for socket in ["socket=datagram", "socket=raw"] {
        let outcome = probe(&pair.near, &["icmp", Pair::target(family), source, socket]);
        outcome.assert_failure("configuration", "setup");
        outcome.assert_says(&[family.pick("198.18.0.99", "fd00::99"), "not an address of this host"]);
    }
}

fn no_interface(family: Family) {
    let pair = Pair::with_ping_sockets();
    let outcome = probe_as_nobody(&pair.near, &["icmp", Pair::target(family), "interface=v9"]);
    outcome.assert_failure("configuration", "setup");
    outcome.assert_says(&["\"v9\""]);
}

fn routed_hop_limit(family: Family) {
    let routed = Routed::new();
    for socket in ["socket=datagram", "socket=raw"] {
        let outcome = probe(&routed.near, &["icmp", Routed::target(family), socket]);
        assert!(outcome.succeeded(), "{outcome}");
        assert_eq!(outcome.measured("probe_icmp_reply_hop_limit"), Some(63.0), "{outcome}");
    }
}

fn payload_sizes(family: Family) {
    let pair = Pair::with_ping_sockets();
    for socket in ["socket=datagram", "socket=raw"] {
        for size in ["size=1", "size=7", "size=8", "size=1472", "size=2100", "size=65000"] {
            let outcome = probe(&pair.near, &["icmp", Pair::target(family), socket, size]);
            assert!(outcome.succeeded(), "{size}: {outcome}");
        }
    }
}

/// The kernel begins to stamp arrivals a moment after the first socket of the whole host has asked for it.
fn stamps(family: Family, socket: &'static str) {
    let pair = Pair::with_ping_sockets();
    let result = run_role(&pair.near, &["stamps", Pair::target(family), &format!("socket={socket}")]);
    assert_eq!(result["clock"], "kernel", "{result:#}");
}

fn half_open_egress(family: Family) {
    let pair = Pair::new();
    pair.near.sh("ip address add 198.18.0.11/24 dev v0; ip address add fd00::11/64 dev v0 nodad");
    let _listener = Running::ready(&pair.far, &["listen", &Pair::port(family, 7)]);
    let (rule, source) = family.pick(
        ("ip dscp 46 ip saddr 198.18.0.11", "source=198.18.0.11"),
        ("ip6 dscp 46 ip6 saddr fd00::11", "source=fd00::11"),
    );
    pair.far.filter("input", &format!("tcp flags syn {rule} counter"));
    probe(&pair.near, &["syn", &Pair::port(family, 7), source, "tos=184", "interface=v0"])
        .assert_success("raw-tcp");
    assert_eq!(pair.far.counted("input"), 1);
}

fn never_accepted(family: Family) {
    let pair = Pair::new();
    let mut listener = Running::ready(&pair.far, &["listen", &Pair::port(family, 7)]);
    pair.far.filter("input", "tcp flags rst counter");
    probe(&pair.near, &["syn", &Pair::port(family, 7)]).assert_success("raw-tcp");
    assert_eq!(pair.far.counted("input"), 1, "the kernel resets what it did not ask for");
    // The next connection is the first one that is accepted.
    let source = family.pick("source=198.18.0.11", "source=fd00::11");
    pair.near.sh("ip address add 198.18.0.11/24 dev v0; ip address add fd00::11/64 dev v0 nodad");
    let connected = probe(&pair.near, &["connect", &Pair::port(family, 7), source]);
    assert!(connected.succeeded(), "{connected}");
    let accepted = listener.line();
    let address = family.pick("198.18.0.11:", "[fd00::11]:");
    assert!(accepted.starts_with(&format!("accepted {address}")), "{accepted}");
}
