//! What a router on the way says, or does not say.

use libtest_mimic::Trial;

use super::bench::{Family, for_each_family, for_each_socket};
use super::identity::{probe, run_role};
use super::network::Routed;
use super::outcome::Outcome;

pub(crate) fn trials() -> Vec<Trial> {
    [
        for_each_socket("a blackhole is a timeout", blackhole),
        for_each_socket("an unreachable route is reported at once", unreachable),
        for_each_socket("a prohibited route is reported at once", prohibited),
        for_each_socket("a hop limit that runs out is reported by the router", hop_limit),
        for_each_socket("a packet over the path's MTU is reported with the MTU", path_mtu),
        for_each_socket("the path's MTU is asked anew by every probe", path_mtu_again),
        for_each_family("half-open probes hear the router", half_open),
        for_each_socket("thousands of dead hosts do not disturb the living", crowd),
        for_each_socket("one error among replies is found", one_error),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn ping(routed: &Routed, target: &str, socket: &str, settings: &[&str]) -> Outcome {
    let socket = format!("socket={socket}");
    probe(&routed.near, &[&["icmp", target, &socket], settings].concat())
}

fn blackhole(family: Family, socket: &'static str) {
    let routed = Routed::new();
    routed.router.sh("ip route add blackhole 198.19.0.0/24; ip -6 route add blackhole fd99::/64");
    let target = family.pick("198.19.0.1", "fd99::1");
    ping(&routed, target, socket, &["timeout_ms=1000"]).assert_failure("timeout", "rtt");
}

/// The router answers for a target with an error; the report says what and who.
fn assert_reported(family: Family, socket: &str, kind: &str, words: &str) {
    let routed = Routed::new();
    routed.router.sh(&format!("ip route add {kind} 198.19.0.0/24; ip -6 route add {kind} fd99::/64"));
    let outcome = ping(&routed, family.pick("198.19.0.1", "fd99::1"), socket, &[]);
    outcome.assert_failure("network", "rtt");
    outcome.assert_says(&[words, &format!("reported by {}", Routed::router(family))]);
    assert!(outcome.was_quick(), "{outcome}");
}

fn unreachable(family: Family, socket: &'static str) {
    assert_reported(
        family,
        socket,
        "unreachable",
        family.pick("host unreachable", "no route to destination"),
    );
}

fn prohibited(family: Family, socket: &'static str) {
    assert_reported(family, socket, "prohibit", "administratively prohibited");
}

fn hop_limit(family: Family, socket: &'static str) {
    let routed = Routed::new();
    let outcome = ping(&routed, Routed::target(family), socket, &["ttl=1"]);
    outcome.assert_failure("network", "rtt");
    outcome.assert_says(&["hop limit exceeded", &format!("reported by {}", Routed::router(family))]);
    assert!(outcome.was_quick(), "{outcome}");
    ping(&routed, Routed::target(family), socket, &["ttl=2"]).assert_success(socket);
}

fn narrow() -> Routed {
    let routed = Routed::new();
    routed.router.sh("ip link set v1 mtu 1300");
    routed.far.sh("ip link set v0 mtu 1300");
    routed.router.await_ipv6("fd00:1::2");
    routed.far.await_ipv6("fd00:1::1");
    routed
}

fn path_mtu(family: Family, socket: &'static str) {
    let routed = narrow();
    let outcome = ping(&routed, Routed::target(family), socket, &["df=1", "size=1400"]);
    outcome.assert_failure("network", "rtt");
    outcome.assert_says(&["too big", "1300", &format!("reported by {}", Routed::router(family))]);
    assert!(outcome.was_quick(), "{outcome}");
    let fits = family.pick("size=1272", "size=1252");
    ping(&routed, Routed::target(family), socket, &["df=1", fits]).assert_success(socket);
}

fn path_mtu_again(family: Family, socket: &'static str) {
    let routed = narrow();
    let size = ["df=1", "size=1400"];
    for _ in 0..2 {
        // The second time the kernel knows the path's MTU, and must send all the same.
        let outcome = ping(&routed, Routed::target(family), socket, &size);
        outcome.assert_says(&[&format!("reported by {}", Routed::router(family))]);
    }
    routed.far.sh("ip link set v0 mtu 1500");
    routed.router.sh("ip link set v1 mtu 1500");
    routed.router.await_ipv6("fd00:1::2");
    ping(&routed, Routed::target(family), socket, &size).assert_success(socket);
}

fn half_open(family: Family) {
    let routed = Routed::new();
    routed.router.sh("ip route add unreachable 198.19.0.0/24; ip -6 route add unreachable fd99::/64");
    let reported = format!("reported by {}", Routed::router(family));
    let unreachable = probe(&routed.near, &["syn", family.pick("198.19.0.1:7", "[fd99::1]:7")]);
    unreachable.assert_failure("network", "rtt");
    unreachable.assert_says(&[&reported]);
    assert!(unreachable.was_quick(), "{unreachable}");
}

/// An error is pending on the socket as well, where it must not hide the replies behind it.
fn one_error(family: Family, socket: &'static str) {
    let routed = Routed::new();
    let request = family.pick("icmp type echo-request", "icmpv6 type echo-request");
    let reject = format!("{request} numgen inc mod 20 == 19 counter reject with icmpx type host-unreachable");
    routed.far.filter("input", &reject);
    let outcome = ping(&routed, Routed::target(family), socket, &["count=20", "interval_ms=1"]);
    outcome.assert_failure("network", "rtt");
    assert_eq!(outcome.packets("error"), 1, "{outcome}");
    assert_eq!((outcome.figure("received"), outcome.figure("icmp_errors")), (19, 1), "{outcome}");
}

/// Living and dead hosts alternate: while errors of the dead come in, packets to the living leave the same socket.
fn crowd(family: Family, socket: &'static str) {
    let routed = Routed::new();
    routed.router.sh("ip route add 198.18.64.0/18 via 198.18.1.2; ip -6 route add fd98::/64 via fd00:1::2");
    routed.far.sh("ip route add local 198.18.64.0/18 dev lo; ip -6 route add local fd98::/64 dev lo");
    // Errors of the routing table are limited for the whole host, those of the packet filter are not.
    let dead = family.pick("ip daddr 198.19.0.0/16", "ip6 daddr fd99::/64");
    routed.router.sh("ip route add 198.19.0.0/16 dev v1; ip -6 route add fd99::/64 dev v1");
    routed.router.filter("forward", &format!("{dead} counter reject with icmpx type host-unreachable"));
    let ranges = family.pick(["alive=198.18.64.1", "dead=198.19.0.1"], ["alive=fd98::1", "dead=fd99::1"]);
    // Packets are lost while neighbours look for each other.
    assert!(ping(&routed, family.pick("198.18.64.1", "fd98::1"), socket, &[]).succeeded());
    let result = run_role(&routed.near, &[&["crowd", socket], &ranges[..]].concat());
    assert_eq!(result["mistaken"], 0, "{result:#}");
    assert_eq!((&result["replies"], &result["unreachable"]), (&5000.into(), &5000.into()), "{result:#}");
}
