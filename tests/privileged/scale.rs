//! More pings in flight than one identifier has sequence numbers.

use libtest_mimic::Trial;

use super::bench::trial;
use super::identity::run_role;
use super::network::Namespace;

pub(crate) fn trials() -> Vec<Trial> {
    ["datagram", "raw"]
        .map(|socket| {
            let name = format!("200,000 hosts are pinged through one engine, 70,000 at once ({socket})");
            trial(name, move || swarm(socket))
        })
        .into()
}

fn swarm(socket: &'static str) {
    let namespace = Namespace::new();
    namespace.open_ping_sockets();
    namespace.ignore_echo_requests();
    let result = run_role(&namespace, &["swarm", socket]);
    let number = |name: &str| result[name].as_u64().expect("a number");
    let figure = |name: &str| result["engine"][name].as_u64().expect("a figure");
    assert_eq!((number("replies"), number("others")), (200_000, 0), "{result:#}");
    assert!(number("most_in_flight") > 65_536, "{result:#}");
    assert!(number("most_descriptors") <= 20, "{result:#}");
    assert_eq!((figure("sent"), figure("received")), (200_000, 200_000), "{result:#}");
    for nothing in ["lost", "late", "duplicates", "forged", "foreign", "send_errors", "kernel_drops"] {
        assert_eq!(figure(nothing), 0, "{nothing}: {result:#}");
    }
    assert!(figure("sockets") <= if socket == "raw" { 1 } else { 2 }, "{result:#}");
}
