//! What goes wrong on one link: ports, filters, loss, interfaces.

use libtest_mimic::Trial;

use super::bench::{Family, for_each_family, for_each_socket};
use super::identity::{Running, probe};
use super::network::Pair;
use super::outcome::Outcome;

pub(crate) fn trials() -> Vec<Trial> {
    [
        for_each_family("a closed port is closed at once", closed_port),
        for_each_family("a filtered port is a timeout", filtered_port),
        for_each_family("a port that is prohibited says so", prohibited_port),
        for_each_socket("a host that is prohibited says so", prohibited_host),
        for_each_socket("a host that drops is a timeout", silent_host),
        for_each_socket("a host that is not there is unreachable", absent_host),
        for_each_socket("no route at all is told by the kernel", no_route),
        for_each_socket("a packet over the interface's MTU is too big", interface_mtu),
        for_each_socket("an interface that goes down ends the run", interface_down),
        for_each_socket("a far interface that goes down ends the run", far_interface_down),
        for_each_socket("loss is counted exactly", loss),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn closed_port(family: Family) {
    let pair = Pair::new();
    let half_open = probe(&pair.near, &["syn", &Pair::port(family, 7)]);
    half_open.assert_failure("connect", "rtt");
    assert_eq!(half_open.labels("probe_tcp_port_state_info", "state"), ["closed"], "{half_open}");
    assert!(half_open.was_quick(), "{half_open}");
    let connect = probe(&pair.near, &["connect", &Pair::port(family, 7)]);
    connect.assert_failure("connect", "connect");
    assert!(connect.was_quick(), "{connect}");
}

fn filtered_port(family: Family) {
    let pair = Pair::new();
    pair.far.filter("input", "tcp dport 7 counter drop");
    let half_open = probe(&pair.near, &["syn", &Pair::port(family, 7), "timeout_ms=1000"]);
    half_open.assert_failure("timeout", "rtt");
    assert_eq!(half_open.labels("probe_tcp_port_state_info", "state"), ["filtered"], "{half_open}");
    assert_eq!(pair.far.counted("input"), 1, "one SYN and no more");
    let connect = probe(&pair.near, &["connect", &Pair::port(family, 7), "timeout_ms=1000"]);
    connect.assert_failure("timeout", "connect");
}

fn prohibited_port(family: Family) {
    let pair = Pair::new();
    let reject = "tcp dport 7 counter reject with icmpx type admin-prohibited";
    pair.far.filter("input", reject);
    let half_open = probe(&pair.near, &["syn", &Pair::port(family, 7)]);
    half_open.assert_failure("network", "rtt");
    half_open.assert_says(&["prohibited", &format!("reported by {}", Pair::target(family))]);
    assert_eq!(half_open.labels("probe_tcp_port_state_info", "state"), ["filtered"], "{half_open}");
    assert!(half_open.was_quick(), "{half_open}");
    let connect = probe(&pair.near, &["connect", &Pair::port(family, 7)]);
    connect.assert_failure("network", "connect");
}

fn ping(pair: &Pair, family: Family, socket: &str, settings: &[&str]) -> Outcome {
    let socket = format!("socket={socket}");
    probe(&pair.near, &[&["icmp", Pair::target(family), &socket], settings].concat())
}

fn prohibited_host(family: Family, socket: &'static str) {
    let pair = Pair::with_ping_sockets();
    let request = family.pick("icmp type echo-request", "icmpv6 type echo-request");
    pair.far.filter("input", &format!("{request} counter reject with icmpx type admin-prohibited"));
    let outcome = ping(&pair, family, socket, &[]);
    outcome.assert_failure("network", "rtt");
    outcome.assert_says(&["prohibited", &format!("reported by {}", Pair::target(family))]);
    assert!(outcome.was_quick(), "{outcome}");
    assert_eq!(outcome.figure("icmp_errors"), 1, "{outcome}");
}

fn silent_host(family: Family, socket: &'static str) {
    let pair = Pair::with_ping_sockets();
    pair.far.ignore_echo_requests();
    let outcome = ping(&pair, family, socket, &["timeout_ms=1000", "count=3", "interval_ms=10"]);
    outcome.assert_failure("timeout", "rtt");
    assert_eq!(outcome.packets("lost"), 3, "{outcome}");
    assert_eq!(outcome.measured("probe_icmp_packet_loss_ratio"), Some(1.0), "{outcome}");
}

fn absent_host(family: Family, socket: &'static str) {
    let pair = Pair::with_ping_sockets();
    let target = family.pick("198.18.0.77", "fd00::77");
    let socket = format!("socket={socket}");
    // The kernel gives up on a neighbour after three seconds.
    let outcome = probe(&pair.near, &["icmp", target, &socket, "timeout_ms=30000"]);
    outcome.assert_failure("network", "rtt");
    outcome.assert_says(&["unreachable"]);
    assert!(outcome.was_quick(), "{outcome}");
}

fn no_route(family: Family, socket: &'static str) {
    let pair = Pair::with_ping_sockets();
    let target = family.pick("198.19.0.1", "fd99::1");
    let socket = format!("socket={socket}");
    let outcome = probe(&pair.near, &["icmp", target, &socket]);
    outcome.assert_failure("network", "rtt");
    assert!(outcome.was_quick(), "{outcome}");
    let half_open = probe(&pair.near, &["syn", &family.pick(format!("{target}:7"), format!("[{target}]:7"))]);
    half_open.assert_failure("network", "connect");
}

fn interface_mtu(family: Family, socket: &'static str) {
    let pair = Pair::with_ping_sockets();
    pair.near.sh("ip link set v0 mtu 1300");
    pair.near.await_ipv6("fd00::2");
    let outcome = ping(&pair, family, socket, &["df=1", "size=1400"]);
    outcome.assert_failure("network", "rtt");
    outcome.assert_says(&["too big"]);
    if socket == "datagram" {
        outcome.assert_says(&["1300"]);
    }
    assert!(outcome.was_quick(), "{outcome}");
    let fits = ping(&pair, family, socket, &["df=1", family.pick("size=1272", "size=1252")]);
    fits.assert_success(socket);
}

/// Lets three replies come, breaks something, and waits for the end.
fn broken_after_three_replies(
    pair: &Pair,
    family: Family,
    socket: &str,
    settings: &[&str],
    break_it: impl Fn(),
) -> Outcome {
    let socket = format!("socket={socket}");
    let arguments = ["icmp", Pair::target(family), &socket, "watch=1", "timeout_ms=60000", "count=20"];
    let mut run = Running::start(&pair.near, &[&arguments, settings].concat());
    for _ in 0..3 {
        let event = run.line();
        assert!(event.contains("\"reply\""), "{event}");
    }
    break_it();
    Outcome::parse(&run.last_line())
}

fn interface_down(family: Family, socket: &'static str) {
    let pair = Pair::with_ping_sockets();
    let settings = ["interval_ms=500", "packet_timeout_ms=2000"];
    let outcome = broken_after_three_replies(&pair, family, socket, &settings, || {
        pair.near.sh("ip link set v0 down");
    });
    outcome.assert_failure("network", "rtt");
    assert!(outcome.packets("reply") >= 3, "{outcome}");
    assert!(outcome.was_quick(), "{outcome}");
}

fn far_interface_down(family: Family, socket: &'static str) {
    let pair = Pair::with_ping_sockets();
    let settings = ["interval_ms=250", "packet_timeout_ms=2000", "max_loss=0.1"];
    let outcome = broken_after_three_replies(&pair, family, socket, &settings, || {
        pair.far.sh("ip link set v0 down");
    });
    assert!(!outcome.succeeded(), "{outcome}");
    let named = ["packet loss of", "unreachable"].iter().any(|words| outcome.error().contains(words));
    assert!(named, "{outcome}");
    assert!(outcome.was_quick(), "{outcome}");
}

fn loss(family: Family, socket: &'static str) {
    let pair = Pair::with_ping_sockets();
    let reply = family.pick("icmp type echo-reply", "icmpv6 type echo-reply");
    pair.far.filter("output", &format!("{reply} numgen inc mod 10 < 3 counter drop"));
    let settings = ["count=50", "interval_ms=10", "packet_timeout_ms=3000", "timeout_ms=30000"];
    let outcome = ping(&pair, family, socket, &settings);
    outcome.assert_success(socket);
    let dropped = pair.far.counted("output");
    assert_eq!(dropped, 15, "{outcome}");
    assert_eq!(outcome.packets("lost") as u64, dropped, "{outcome}");
    assert_eq!(outcome.figure("lost"), dropped, "{outcome}");
    assert_eq!(outcome.measured("probe_icmp_packets_sent"), Some(50.0), "{outcome}");
    assert_eq!(outcome.measured("probe_icmp_packets_received"), Some(35.0), "{outcome}");
    assert_eq!(outcome.measured("probe_icmp_packet_loss_ratio"), Some(0.3), "{outcome}");
}
