//! From a refusal to its causes, in words.

use std::io;

use super::Rung;
use super::capability::Capability;
use super::error_text::error_text;
use super::facts::{Container, Facts, GroupRange};
use super::obstacle::Obstacle;
use super::remedy::lift;
use crate::model::{Refusal, Remedy};

/// Since this version, `CAP_NET_RAW` suffices to mark packets.
const MARKS_WITH_NET_RAW: (u32, u32) = (5, 17);

/// Why opening `rung` failed with `error`, and what would allow it. `ipv6` is the family of the target.
///
/// An error that neither privileges nor settings explain has no causes and no remedies.
pub fn explain(rung: Rung, ipv6: bool, error: &io::Error, facts: &Facts) -> Refusal {
    let obstacle = Obstacle::find(rung, ipv6, error, facts);
    refusal(rung.as_str(), error, obstacle, facts)
}

/// Why setting `SO_MARK` failed with `error`, and what would allow it. The word in place of the rung is `marked`.
pub fn explain_mark(error: &io::Error, facts: &Facts) -> Refusal {
    let denied = matches!(error.raw_os_error(), Some(libc::EPERM | libc::EACCES));
    let obstacle = denied.then(|| Obstacle::of_capability(mark_capability(facts), facts));
    let mut refusal = refusal("marked", error, obstacle, facts);
    if denied {
        let needs = "SO_MARK needs CAP_NET_ADMIN, or since Linux 5.17 CAP_NET_RAW";
        refusal.causes.insert(0, needs.to_owned());
    }
    refusal
}

/// What would allow `rung`, by the facts alone: the least privileged first, nothing if it should work already.
pub fn remedies(rung: Rung, facts: &Facts) -> Vec<Remedy> {
    Obstacle::predict(rung, facts).map(|obstacle| lift(obstacle, facts)).unwrap_or_default()
}

fn refusal(rung: &'static str, error: &io::Error, obstacle: Option<Obstacle>, facts: &Facts) -> Refusal {
    Refusal {
        rung,
        error: error_text(error),
        causes: obstacle.map(|obstacle| causes(obstacle, facts)).unwrap_or_default(),
        remedies: obstacle.map(|obstacle| lift(obstacle, facts)).unwrap_or_default(),
    }
}

/// The capability to ask for: the least that marks packets on this kernel, unless the other is there already.
fn mark_capability(facts: &Facts) -> Capability {
    let has = |capability| facts.may_use(capability) == Some(true);
    let raw_suffices = facts.kernel.map_or(!has(Capability::NetRaw), |kernel| kernel >= MARKS_WITH_NET_RAW);
    if raw_suffices && !has(Capability::NetAdmin) { Capability::NetRaw } else { Capability::NetAdmin }
}

fn causes(obstacle: Obstacle, facts: &Facts) -> Vec<String> {
    match obstacle {
        Obstacle::FamilyFilter(_) => {
            vec!["a seccomp filter hides the address family (systemd: RestrictAddressFamilies=)".to_owned()]
        }
        Obstacle::ForeignNetwork(capability) => foreign_network_causes(capability, facts),
        Obstacle::Ipv6Disabled => {
            vec!["net.ipv6.conf.all.disable_ipv6 is 1 in this network namespace".to_owned()]
        }
        Obstacle::MissingCapability(capability) => capability_causes(capability, facts),
        Obstacle::NoIpv6 { off_at_boot: true } => {
            vec!["no IPv6 stack: the kernel was started with ipv6.disable=1".to_owned()]
        }
        Obstacle::NoIpv6 { off_at_boot: false } => vec!["this kernel has no IPv6 stack".to_owned()],
        Obstacle::PacketModule => vec!["the kernel has no packet sockets, or has not loaded them".to_owned()],
        Obstacle::PingGroupRange => ping_group_range_causes(facts),
        Obstacle::PingSockets { ipv6 } => vec![format!(
            "this kernel has no datagram ICMP sockets for {}",
            if ipv6 { "IPv6 (Linux has them since 3.11)" } else { "IPv4 (Linux has them since 3.0)" }
        )],
        Obstacle::ProcessFiles => vec![open_files_cause(facts)],
        Obstacle::SecurityModule => vec![security_module_cause(facts)],
        Obstacle::SystemCallFilter => {
            vec!["a seccomp filter is active and refuses the call, whatever the privileges".to_owned()]
        }
        Obstacle::SystemFiles => vec![match facts.system_files {
            Some(limit) => format!("the whole system may hold {limit} open files (fs.file-max)"),
            None => "the whole system may not hold more open files (fs.file-max)".to_owned(),
        }],
    }
}

fn ping_group_range_causes(facts: &Facts) -> Vec<String> {
    const NAME: &str = "net.ipv4.ping_group_range";
    let groups = own_groups(facts);
    let mut causes = vec![match facts.ping_group_range {
        None => format!("{NAME} could not be read; it probably leaves out this process's groups ({groups})"),
        Some(GroupRange { low, high }) if facts.datagram_allowed().is_none() => format!(
            "{NAME} leaves out this process's groups ({groups}); inside this user namespace it reads {low} {high}"
        ),
        Some(GroupRange { low, high }) if low > high => {
            format!("{NAME} is \"{low} {high}\" (closed to everybody) in this network namespace")
        }
        Some(GroupRange { low, high }) => {
            format!("{NAME} is \"{low} {high}\" and this process's groups are {groups}")
        }
    }];
    if facts.container.is_some() && facts.host_network == Some(true) {
        causes.push("the container uses the host's network, so the setting is the host's".to_owned());
    }
    causes
}

/// The groups the kernel looks at, the effective one first.
fn own_groups(facts: &Facts) -> String {
    let mut groups: Vec<u32> = facts.effective_group.into_iter().collect();
    groups.extend(facts.groups.iter().filter(|group| facts.effective_group != Some(**group)));
    if groups.is_empty() {
        return "unknown".to_owned();
    }
    groups.iter().map(u32::to_string).collect::<Vec<_>>().join(", ")
}

fn capability_causes(capability: Capability, facts: &Facts) -> Vec<String> {
    let Some(sets) = facts.capabilities else {
        return vec![format!(
            "{capability} is needed and probably missing (the capability sets could not be read)"
        )];
    };
    let yes_no = |flag| if flag { "yes" } else { "no" };
    let (permitted, bounding) = (sets.permitted.contains(capability), sets.bounding.contains(capability));
    let held = format!("permitted: {}; bounding: {}", yes_no(permitted), yes_no(bounding));
    let root_in_container = facts.container.is_some() && facts.effective_user == Some(0);
    let mut causes = vec![if permitted {
        format!("{capability} is permitted but not effective (a file capability needs +ep, not +p)")
    } else if root_in_container {
        format!(
            "this process is root in its container, but {capability} is not in the effective set ({held})"
        )
    } else {
        format!("{capability} is not in the effective set ({held})")
    }];
    if !permitted && !bounding {
        causes.push(format!(
            "{capability} is not in the bounding set: nothing inside can gain it, {} must add it",
            starter(facts)
        ));
    }
    if facts.no_new_privs == Some(true) {
        causes.push("no_new_privs is set: file capabilities and setuid have no effect".to_owned());
    }
    if let Some(point) = &facts.nosuid_mount {
        causes.push(format!("{point} is mounted nosuid: file capabilities there have no effect"));
    }
    causes
}

/// Who decides what this process may have at most.
fn starter(facts: &Facts) -> String {
    match (facts.container, &facts.systemd_unit) {
        (Some(Container::Kubernetes), _) => "the pod".to_owned(),
        (Some(_), _) => "the container".to_owned(),
        (None, Some(unit)) => format!("the systemd unit {unit}"),
        (None, None) => "what started this process".to_owned(),
    }
}

fn foreign_network_causes(capability: Capability, facts: &Facts) -> Vec<String> {
    let held = if facts.effective(capability) == Some(true) {
        format!("{capability} is effective, but only in this user namespace")
    } else {
        format!("{capability} is not effective, and in this user namespace it would not help")
    };
    vec![format!("{held}: the network namespace belongs to another")]
}

fn open_files_cause(facts: &Facts) -> String {
    let Some(limit) = facts.open_files else {
        return "this process may not hold more descriptors (RLIMIT_NOFILE)".to_owned();
    };
    let hard = if limit.hard == u64::MAX { "unlimited".to_owned() } else { limit.hard.to_string() };
    format!("this process may hold {} descriptors (soft limit; the hard limit is {hard})", limit.soft)
}

fn security_module_cause(facts: &Facts) -> String {
    let suspect =
        "no setting and no capability explains it: a security module (SELinux, AppArmor, BPF) may refuse it";
    match &facts.security_label {
        Some(label) => format!("{suspect}; this process runs as {label}"),
        None => suspect.to_owned(),
    }
}
