//! Every identity, with both families, over ICMP and half-open TCP: the rung used, the result, the explanation.

use libtest_mimic::Trial;

use super::bench::{Family, Missing, trial};
use super::identity::{Identity, NOBODY, Program, Running};
use super::network::Pair;

/// One row: who probes, and what is expected.
#[derive(Clone, Copy)]
struct Row {
    who: &'static str,
    identity: Identity,
    /// `net.ipv4.ping_group_range`
    groups: Option<u32>,
    /// The socket, if there is one, and the rungs refused before.
    icmp: (Option<&'static str>, &'static [&'static str]),
    half_open: (&'static str, &'static [&'static str]),
}

const ROWS: [Row; 5] = [
    Row {
        who: "root",
        identity: Identity::Root,
        groups: None,
        icmp: (Some("raw"), &["datagram"]),
        half_open: ("raw-tcp", &[]),
    },
    Row {
        who: "root in the group range",
        identity: Identity::Root,
        groups: Some(0),
        icmp: (Some("datagram"), &[]),
        half_open: ("raw-tcp", &[]),
    },
    Row {
        who: "nobody in the group range",
        identity: Identity::Nobody,
        groups: Some(NOBODY),
        icmp: (Some("datagram"), &[]),
        half_open: ("connect", &["raw-tcp"]),
    },
    Row {
        who: "nobody with a file capability",
        identity: Identity::NobodyWithFileCapability,
        groups: None,
        icmp: (Some("raw"), &["datagram"]),
        half_open: ("raw-tcp", &[]),
    },
    Row {
        who: "nobody with nothing",
        identity: Identity::Nobody,
        groups: None,
        icmp: (None, &["datagram", "raw"]),
        half_open: ("connect", &["raw-tcp"]),
    },
];

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for row in ROWS {
        for family in Family::ALL {
            let name = |what: &str| format!("{}: {what} over {}", row.who, family.word());
            trials.push(trial(name("ICMP"), move || icmp(&row, family)));
            trials.push(trial(name("half-open TCP"), move || half_open(&row, family)));
        }
    }
    trials
}

fn arrange(row: &Row) -> Result<(Pair, Program), Missing> {
    let pair = Pair::new();
    if let Some(group) = row.groups {
        pair.near.sh(&format!("echo {group} {group} > /proc/sys/net/ipv4/ping_group_range"));
    }
    let program = Program::copy();
    if row.identity == Identity::NobodyWithFileCapability {
        program.give_capability(&pair.near)?;
    }
    Ok((pair, program))
}

fn icmp(row: &Row, family: Family) -> Result<(), Missing> {
    let (pair, program) = arrange(row)?;
    let outcome = program.run(&pair.near, row.identity, &["icmp", Pair::target(family)]);
    let (socket, refused) = row.icmp;
    assert_eq!(outcome.refused(), refused, "{outcome}");
    if refused.contains(&"datagram") {
        assert!(outcome.causes().contains("net.ipv4.ping_group_range is"), "{outcome}");
    }
    let Some(socket) = socket else {
        outcome.assert_failure("privilege", "setup");
        outcome.assert_says(&["datagram socket refused", "raw socket refused", "EACCES", "EPERM"]);
        outcome.assert_says(&["ping_group_range", "CAP_NET_RAW"]);
        assert!(outcome.was_quick(), "{outcome}");
        return Ok(());
    };
    outcome.assert_success(socket);
    assert_eq!(outcome.measured("probe_icmp_reply_hop_limit"), Some(64.0), "{outcome}");
    assert_eq!(outcome.packets("reply"), 1, "{outcome}");
    assert!(outcome.note("clock").is_some(), "{outcome}");
    for figure in ["foreign", "forged", "malformed", "kernel_drops"] {
        assert_eq!(outcome.figure(figure), 0, "{figure}: {outcome}");
    }
    Ok(())
}

fn half_open(row: &Row, family: Family) -> Result<(), Missing> {
    let (pair, program) = arrange(row)?;
    let _listener = Running::ready(&pair.far, &["listen", &Pair::port(family, 7)]);
    let outcome = program.run(&pair.near, row.identity, &["syn", &Pair::port(family, 7)]);
    let (socket, refused) = row.half_open;
    outcome.assert_success(socket);
    assert_eq!(outcome.refused(), refused, "{outcome}");
    if socket == "raw-tcp" {
        assert_eq!(outcome.labels("probe_tcp_port_state_info", "state"), ["open"], "{outcome}");
        assert!(outcome.measured("probe_tcp_handshake_seconds").is_some(), "{outcome}");
    } else {
        assert!(outcome.causes().contains("CAP_NET_RAW"), "{outcome}");
        assert!(!outcome.remedies("raw-tcp").is_empty(), "{outcome}");
    }
    Ok(())
}
