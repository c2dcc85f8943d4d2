//! From an obstacle to the lines that lift it: only those that would help, the least privileged first.

use std::path::Path;

use super::Rung;
use super::capability::Capability;
use super::facts::{Container, Facts, GroupRange};
use super::obstacle::Obstacle;
use crate::model::{Remedy, Situation};

/// Enough descriptors for a prober that holds tens of thousands of connections.
const OPEN_FILES: u64 = 65_536;

/// Every group a container may have; wider bounds are refused by kernels before 6.4.
const ALL_GROUPS: GroupRange = GroupRange { low: 0, high: 2_147_483_647 };

/// The lines that lift `obstacle`.
pub(super) fn lift(obstacle: Obstacle, facts: &Facts) -> Vec<Remedy> {
    match obstacle {
        Obstacle::FamilyFilter(Rung::Packet) => {
            filter("RestrictAddressFamilies=AF_INET AF_INET6 AF_PACKET", facts)
        }
        Obstacle::FamilyFilter(_) => filter("RestrictAddressFamilies=AF_INET AF_INET6", facts),
        Obstacle::ForeignNetwork(capability) => foreign_network(capability, facts),
        Obstacle::Ipv6Disabled => setting("net.ipv6.conf.all.disable_ipv6", "0", facts),
        Obstacle::MissingCapability(capability) => missing_capability(capability, facts),
        Obstacle::PacketModule => vec![remedy(Situation::Host, "modprobe af_packet")],
        Obstacle::PingGroupRange => ping_group_range(facts),
        Obstacle::ProcessFiles => process_files(facts),
        Obstacle::SystemCallFilter => filter("SystemCallFilter=@network-io", facts),
        Obstacle::SystemFiles => facts.system_files.map_or_else(Vec::new, |limit| {
            vec![remedy(Situation::Sysctl, format!("sysctl -w fs.file-max={}", limit.saturating_mul(2)))]
        }),
        Obstacle::NoIpv6 { .. } | Obstacle::PingSockets { .. } | Obstacle::SecurityModule => Vec::new(),
    }
}

fn remedy(situation: Situation, line: impl Into<String>) -> Remedy {
    Remedy { situation, line: line.into() }
}

fn ping_group_range(facts: &Facts) -> Vec<Remedy> {
    let own = if facts.owns_network == Some(true) { facts.effective_group } else { outside_group(facts) };
    let on_host = own.map_or(ALL_GROUPS, |group| widened(facts, group));
    let in_container = match facts.effective_group {
        // Few groups exist in a user namespace, and the kernel refuses bounds that do not.
        Some(group) if facts.user_namespace == Some(true) => GroupRange { low: group, high: group },
        _ => ALL_GROUPS,
    };
    let range = if has_own_network(facts) { in_container } else { on_host };
    setting("net.ipv4.ping_group_range", &format!("{} {}", range.low, range.high), facts)
}

/// What the effective group is called where the setting is made.
fn outside_group(facts: &Facts) -> Option<u32> {
    if facts.user_namespace == Some(true) { facts.outside_group } else { facts.effective_group }
}

/// The range in force, widened to hold `group`: who could open sockets still can.
fn widened(facts: &Facts, group: u32) -> GroupRange {
    match facts.ping_group_range {
        Some(range) if range.low <= range.high && facts.user_namespace != Some(true) => {
            GroupRange { low: range.low.min(group), high: range.high.max(group) }
        }
        _ => GroupRange { low: group, high: group },
    }
}

/// Whether this is a container with a network namespace of its own, whose settings its runtime makes.
fn has_own_network(facts: &Facts) -> bool {
    facts.container.is_some() && facts.host_network != Some(true)
}

/// The lines that give a setting of the network namespace its value, now and for good.
fn setting(name: &str, value: &str, facts: &Facts) -> Vec<Remedy> {
    let argument = if value.contains(' ') { format!("\"{value}\"") } else { value.to_owned() };
    let now = remedy(Situation::Sysctl, format!("sysctl -w {name}={argument}"));
    if has_own_network(facts) {
        let pod =
            format!(r#"securityContext: {{sysctls: [{{name: {name}, value: "{value}"}}]}}  # of the pod"#);
        let mut remedies = in_container(facts, &format!("--sysctl {name}={argument}"), Some(pod));
        // From inside, where the container's root may; the marks of a container may also stand in a whole machine.
        remedies.push(now);
        return remedies;
    }
    if facts.host_network == Some(false) {
        // A network namespace of its own starts from the defaults; files do not reach it.
        return vec![now];
    }
    let line = format!("echo '{name} = {value}' > /etc/sysctl.d/90-{name}.conf && sysctl --system");
    vec![now, remedy(Situation::Sysctl, line)]
}

/// The forms of the container's runtime, or both where it is not known.
fn in_container(facts: &Facts, options: &str, pod: Option<String>) -> Vec<Remedy> {
    let runtime = if facts.container == Some(Container::Podman) { "podman" } else { "docker" };
    let run = remedy(Situation::Container, format!("{runtime} run {options} …"));
    let pod = pod.map(|line| remedy(Situation::Kubernetes, line));
    match facts.container {
        Some(Container::Kubernetes) => pod.into_iter().collect(),
        Some(Container::Unknown) => [Some(run), pod].into_iter().flatten().collect(),
        _ => vec![run],
    }
}

fn missing_capability(capability: Capability, facts: &Facts) -> Vec<Remedy> {
    let file = file_capability(capability, facts);
    if facts.container.is_some() {
        let image = file.as_ref().map(|line| remedy(Situation::Container, format!("RUN {line}")));
        // From inside, as the container's root.
        let inside = file.map(|line| remedy(Situation::Host, line));
        return image.into_iter().chain(container_capability(capability, facts)).chain(inside).collect();
    }
    let mut remedies = Vec::new();
    if facts.systemd_unit.is_some() {
        remedies.extend(unit_capability(capability, facts));
    }
    let line = file.or_else(|| started_with(capability, facts));
    remedies.extend(line.map(|line| remedy(Situation::Host, line)));
    remedies
}

/// Marks the program file, where the kernel would honour the mark.
fn file_capability(capability: Capability, facts: &Facts) -> Option<String> {
    let ignored = facts.no_new_privs == Some(true) || facts.nosuid_mount.is_some();
    if ignored || facts.bounding(capability) == Some(false) {
        return None;
    }
    let file = quoted(facts.executable.as_deref()?)?;
    Some(format!("setcap {}+ep {file}", capability.as_str().to_lowercase()))
}

/// Starts the program with the capability, whatever its file may not carry.
fn started_with(capability: Capability, facts: &Facts) -> Option<String> {
    let (user, group) = (facts.effective_user?, outside_group(facts)?);
    let file = quoted(facts.executable.as_deref()?)?;
    let name = capability.short().to_lowercase();
    (facts.user_namespace != Some(true)).then(|| {
        format!(
            "sudo setpriv --reuid={user} --regid={group} --clear-groups --inh-caps=+{name} --ambient-caps=+{name} {file} …"
        )
    })
}

/// The lines of a unit. Ambient capabilities work with `NoNewPrivileges=` too.
fn unit_capability(capability: Capability, facts: &Facts) -> Vec<Remedy> {
    let mut lines = vec![remedy(Situation::Systemd, format!("AmbientCapabilities={capability}"))];
    if facts.bounding(capability) == Some(false) {
        lines.push(remedy(Situation::Systemd, format!("CapabilityBoundingSet={capability}")));
    }
    lines
}

/// What the runtime can add. Only podman gives added capabilities to users other than root.
fn container_capability(capability: Capability, facts: &Facts) -> Vec<Remedy> {
    let name = capability.short();
    let root = facts.effective_user == Some(0);
    if root && facts.bounding(capability) == Some(true) {
        // The runtime gave it; something inside took it away.
        return Vec::new();
    }
    let (user, run_as) = if root { ("", "") } else { ("--user 0 ", "runAsUser: 0, ") };
    let user = if facts.container == Some(Container::Podman) { "" } else { user };
    let pod =
        format!(r#"securityContext: {{{run_as}capabilities: {{add: ["{name}"]}}}}  # of the container"#);
    in_container(facts, &format!("{user}--cap-add {name}"), Some(pod))
}

fn foreign_network(capability: Capability, facts: &Facts) -> Vec<Remedy> {
    match facts.container {
        Some(Container::Podman) => {
            in_container(facts, &format!("--network private --cap-add {}", capability.short()), None)
        }
        None if facts.systemd_unit.is_some() => {
            let own = remedy(Situation::Systemd, "PrivateUsers=no");
            [own].into_iter().chain(unit_capability(capability, facts)).collect()
        }
        _ => Vec::new(),
    }
}

/// A filter can only be lifted by whoever set it.
fn filter(unit_line: &str, facts: &Facts) -> Vec<Remedy> {
    if facts.container.is_some() {
        let pod = "securityContext: {seccompProfile: {type: RuntimeDefault}}  # of the container";
        return in_container(facts, "--security-opt seccomp=unconfined", Some(pod.to_owned()));
    }
    facts.systemd_unit.iter().map(|_| remedy(Situation::Systemd, unit_line)).collect()
}

fn process_files(facts: &Facts) -> Vec<Remedy> {
    let (soft, hard) = facts.open_files.map_or((0, 0), |limit| (limit.soft, limit.hard));
    let wanted = OPEN_FILES.max(soft.saturating_mul(2));
    if facts.container.is_some() {
        return in_container(facts, &format!("--ulimit nofile={wanted}:{wanted}"), None);
    }
    let mut remedies = Vec::new();
    if facts.systemd_unit.is_some() {
        remedies.push(remedy(Situation::Systemd, format!("LimitNOFILE={wanted}")));
    }
    remedies.push(remedy(
        Situation::Host,
        if hard > soft {
            format!("ulimit -n {}", wanted.min(hard))
        } else {
            format!("sudo prlimit --pid $$ --nofile={wanted}:{wanted}")
        },
    ));
    remedies
}

/// A path as a shell wants it.
fn quoted(path: &Path) -> Option<String> {
    let path = path.to_str()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._+-@".contains(c);
    Some(if path.chars().all(plain) { path.to_owned() } else { format!("'{}'", path.replace('\'', r"'\''")) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_paths_are_quoted() {
        assert_eq!(quoted(Path::new("/usr/bin/probe-1.0")).as_deref(), Some("/usr/bin/probe-1.0"));
        assert_eq!(quoted(Path::new("/my tools/it's")).as_deref(), Some(r"'/my tools/it'\''s'"));
    }
}
