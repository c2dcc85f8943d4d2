//! Engines leave nothing behind.

use libtest_mimic::Trial;

use super::bench::{Family, for_each_family};
use super::identity::run_role;
use super::network::Pair;

pub(crate) fn trials() -> Vec<Trial> {
    for_each_family("the last handle ends thread, driver and sockets", last_handle)
}

fn last_handle(family: Family) {
    let pair = Pair::with_ping_sockets();
    let result = run_role(&pair.near, &["lifecycle", Pair::target(family)]);
    assert_eq!(result["replied"], true, "{result:#}");
    let numbers = |name: &str| -> Vec<u64> {
        result[name].as_array().expect("a list").iter().filter_map(serde_json::Value::as_u64).collect()
    };
    let threads = numbers("threads");
    assert_eq!(threads, [threads[0], threads[0] + 1, threads[0] + 1, threads[0]], "{result:#}");
    let descriptors = numbers("descriptors");
    assert!(descriptors[1] > descriptors[0], "{result:#}");
    assert_eq!(descriptors[2..], [descriptors[0], descriptors[0]], "{result:#}");
    assert_eq!(result["driver_ended"], true, "{result:#}");
    assert_eq!(result["waiting_ends_with_the_driver"], true, "{result:#}");
}
