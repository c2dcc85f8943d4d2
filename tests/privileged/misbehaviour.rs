//! Hosts that answer twice, late, from elsewhere, or with what they do not know.

use libtest_mimic::Trial;

use super::bench::{Family, for_each_socket, trial};
use super::identity::{Running, probe};
use super::network::Pair;
use super::outcome::Outcome;

pub(crate) fn trials() -> Vec<Trial> {
    let v4_only = ["datagram", "raw"].map(|socket| {
        trial(format!("a redirect is not a failure (IPv4, {socket})"), move || redirect(socket))
    });
    let mut trials: Vec<Trial> = [
        for_each_socket("copies are counted", copies),
        for_each_socket("replies out of order are counted", reordering),
        for_each_socket("a late reply is late", late),
        for_each_socket("a reply from another address is none", elsewhere),
        for_each_socket("a reply with another payload is none", forged),
        for_each_socket("guessing every identifier gains nothing", blind),
        for_each_socket("an error that quotes another payload is none", slander),
        for_each_socket("a storm of such errors stops no packet", storm),
        for_each_socket("an error that quotes the request is one", unreachable),
    ]
    .into_iter()
    .flatten()
    .collect();
    trials.extend(v4_only);
    trials
}

/// A host that answers in its own way.
fn misbehaving(way: &[&str], family: Family) -> (Pair, Running) {
    let pair = Pair::with_ping_sockets();
    pair.far.sh("ip address add 198.18.0.3/24 dev v0; ip address add fd00::3/64 dev v0 nodad");
    pair.far.ignore_echo_requests();
    let responder = Running::ready(&pair.far, &[&["respond", Pair::target(family)], way].concat());
    (pair, responder)
}

/// Probes such a host once.
fn ping(family: Family, socket: &str, way: &[&str], settings: &[&str]) -> Outcome {
    let (pair, _responder) = misbehaving(way, family);
    let socket = format!("socket={socket}");
    probe(&pair.near, &[&["icmp", Pair::target(family), &socket], settings].concat())
}

fn copies(family: Family, socket: &'static str) {
    let outcome = ping(family, socket, &["way=again"], &["count=10", "interval_ms=10", "timeout_ms=30000"]);
    outcome.assert_success(socket);
    assert_eq!(outcome.measured("probe_icmp_packets_received"), Some(10.0), "{outcome}");
    assert_eq!(outcome.measured("probe_icmp_duplicates"), Some(9.0), "{outcome}");
    assert_eq!((outcome.packets("duplicate"), outcome.figure("duplicates")), (9, 9), "{outcome}");
}

fn reordering(family: Family, socket: &'static str) {
    let outcome = ping(family, socket, &["way=swapped"], &["count=10", "interval_ms=10", "timeout_ms=30000"]);
    outcome.assert_success(socket);
    assert_eq!(outcome.measured("probe_icmp_packets_received"), Some(10.0), "{outcome}");
    assert_eq!(outcome.measured("probe_icmp_reordered"), Some(5.0), "{outcome}");
}

/// The first packet is answered when the second arrives: four seconds after it left, with three allowed.
fn late(family: Family, socket: &'static str) {
    let settings = ["count=2", "interval_ms=4000", "packet_timeout_ms=3000", "timeout_ms=30000"];
    let outcome = ping(family, socket, &["way=late"], &settings);
    outcome.assert_failure("timeout", "rtt");
    assert_eq!((outcome.packets("late"), outcome.packets("lost")), (1, 2), "{outcome}");
    assert_eq!(outcome.figure("late"), 1, "{outcome}");
}

fn elsewhere(family: Family, socket: &'static str) {
    let other = family.pick("elsewhere=198.18.0.3", "elsewhere=fd00::3");
    let outcome = ping(family, socket, &["way=elsewhere", other], &["timeout_ms=1000"]);
    outcome.assert_failure("timeout", "rtt");
    assert_eq!(outcome.figure("forged"), 1, "{outcome}");
}

fn forged(family: Family, socket: &'static str) {
    let outcome = ping(family, socket, &["way=forged"], &["timeout_ms=3000"]);
    outcome.assert_failure("timeout", "rtt");
    assert_eq!(outcome.figure("forged"), 5, "{outcome}");
    assert!(outcome.figure("foreign") >= 1, "{outcome}");
    assert_eq!(outcome.figure("received"), 0, "{outcome}");
}

fn blind(family: Family, socket: &'static str) {
    let outcome = ping(family, socket, &["way=blind"], &["timeout_ms=5000"]);
    outcome.assert_failure("timeout", "rtt");
    assert!(outcome.figure("foreign") + outcome.figure("forged") >= 1, "{outcome}");
    assert_eq!(outcome.figure("received"), 0, "{outcome}");
}

fn slander(family: Family, socket: &'static str) {
    let outcome = ping(family, socket, &["way=slander"], &["count=10", "interval_ms=10"]);
    outcome.assert_success(socket);
    assert_eq!(outcome.packets("reply"), 10, "{outcome}");
    assert_eq!((outcome.figure("forged"), outcome.figure("icmp_errors")), (10, 0), "{outcome}");
}

/// The errors come in while further packets are sent: each makes the kernel refuse the next call on a datagram socket.
fn storm(family: Family, socket: &'static str) {
    let pair = misbehaving(&["way=storm"], family);
    let socket_setting = format!("socket={socket}");
    let settings = ["icmp", Pair::target(family), &socket_setting, "count=200", "interval_ms=0"];
    for _ in 0..10 {
        let outcome = probe(&pair.0.near, &settings);
        outcome.assert_success(socket);
        assert_eq!((outcome.packets("reply"), outcome.figure("send_errors")), (200, 0), "{outcome}");
        assert_eq!(outcome.figure("icmp_errors"), 0, "{outcome}");
    }
}

fn unreachable(family: Family, socket: &'static str) {
    let outcome = ping(family, socket, &["way=unreachable"], &[]);
    outcome.assert_failure("network", "rtt");
    outcome.assert_says(&["port unreachable", &format!("reported by {}", Pair::target(family))]);
}

fn redirect(socket: &'static str) {
    let outcome = ping(Family::V4, socket, &["way=redirect"], &["count=5", "interval_ms=10"]);
    outcome.assert_success(socket);
    assert_eq!(outcome.packets("reply"), 5, "{outcome}");
}
