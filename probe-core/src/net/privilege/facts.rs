//! What the kernel says about this process, its files and its surroundings, as far as sockets depend on it.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::capability::{Capabilities, Capability};
use super::parse::{self, OVERFLOW_ID, Status};

const PING_GROUP_RANGE: &str = "/proc/sys/net/ipv4/ping_group_range";

/// What decides, or explains, which sockets this process may open. Plain data: `None` is "not known".
///
/// Capabilities belong to threads; these are the ones of the thread that read them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The effective user.
    pub effective_user: Option<u32>,
    /// The effective group.
    pub effective_group: Option<u32>,
    /// The supplementary groups.
    pub groups: Vec<u32>,
    /// What the effective group is called outside the user namespace.
    pub outside_group: Option<u32>,
    /// The capability sets.
    pub capabilities: Option<Capabilities>,
    /// Whether starting a program can no longer give privileges.
    pub no_new_privs: Option<bool>,
    /// Whether a seccomp filter judges the system calls.
    pub seccomp_filter: Option<bool>,
    /// What `SELinux` or `AppArmor` calls this process, if it is confined by one.
    pub security_label: Option<String>,
    /// The groups that may open datagram ICMP sockets in this network namespace, of IPv4 and IPv6 alike.
    pub ping_group_range: Option<GroupRange>,
    /// Whether the process is in a user namespace other than the initial one.
    pub user_namespace: Option<bool>,
    /// Whether capabilities held in its user namespace count in its network namespace.
    pub owns_network: Option<bool>,
    /// Whether it is in the network namespace of the host.
    pub host_network: Option<bool>,
    /// The state of the IPv6 stack.
    pub ipv6: Option<Ipv6>,
    /// The container around the process, if there is one.
    pub container: Option<Container>,
    /// The systemd unit, if it is a system service.
    pub systemd_unit: Option<String>,
    /// The program file.
    pub executable: Option<PathBuf>,
    /// The mount point that holds the program file, if it is mounted `nosuid`.
    pub nosuid_mount: Option<String>,
    /// How many descriptors the process may hold.
    pub open_files: Option<OpenFiles>,
    /// How many files the whole system may hold open.
    pub system_files: Option<u64>,
    /// The kernel's version.
    pub kernel: Option<(u32, u32)>,
}

/// An inclusive range of groups; a low end above the high end holds nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupRange {
    /// The first group.
    pub low: u32,
    /// The last group.
    pub high: u32,
}

/// The state of the IPv6 stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ipv6 {
    /// The kernel has no IPv6.
    Absent,
    /// Switched off for every interface by `net.ipv6.conf.all.disable_ipv6`.
    Disabled,
    /// Usable.
    Enabled,
    /// Switched off by `ipv6.disable=1` when the kernel started.
    OffAtBoot,
}

/// What kind of container is around the process, as far as its files tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Container {
    /// Docker.
    Docker,
    /// A Kubernetes pod.
    Kubernetes,
    /// Podman.
    Podman,
    /// Some other, or one that hides its name.
    Unknown,
}

/// The limits on the descriptors of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenFiles {
    /// The limit in force.
    pub soft: u64,
    /// How far the process may raise it.
    pub hard: u64,
}

impl Facts {
    /// Reads them from `/proc`. Never fails: what cannot be read is not known.
    pub fn read() -> Self {
        let status =
            read_text("/proc/thread-self/status").as_deref().map(parse::parse_status).unwrap_or_default();
        let cgroup = read_text("/proc/self/cgroup").unwrap_or_default();
        let mountinfo = read_text("/proc/self/mountinfo").unwrap_or_default();
        let executable = fs::read_link("/proc/self/exe").ok().map(without_deletion_mark);
        let container = find_container(&cgroup, &mountinfo);
        Self {
            security_label: read_text("/proc/self/attr/current").and_then(|label| confinement(&label)),
            ping_group_range: read_text(PING_GROUP_RANGE).as_deref().and_then(parse::parse_range),
            host_network: find_host_network(),
            ipv6: find_ipv6(),
            systemd_unit: parse::service_unit(&cgroup).filter(|_| container.is_none()),
            container,
            nosuid_mount: executable.as_deref().and_then(|file| parse::nosuid_mount(&mountinfo, file)),
            executable,
            open_files: read_text("/proc/self/limits").as_deref().and_then(parse::parse_open_files),
            system_files: read_text("/proc/sys/fs/file-max").and_then(|text| text.trim().parse().ok()),
            kernel: read_text("/proc/sys/kernel/osrelease").as_deref().and_then(parse::parse_kernel),
            ..Self::of_identity(status)
        }
    }

    /// Whether `capability` is in the effective set.
    pub fn effective(&self, capability: Capability) -> Option<bool> {
        self.capabilities.map(|sets| sets.effective.contains(capability))
    }

    /// Whether `capability` is in the permitted set.
    pub fn permitted(&self, capability: Capability) -> Option<bool> {
        self.capabilities.map(|sets| sets.permitted.contains(capability))
    }

    /// Whether `capability` is in the bounding set.
    pub fn bounding(&self, capability: Capability) -> Option<bool> {
        self.capabilities.map(|sets| sets.bounding.contains(capability))
    }

    /// Whether the kernel should allow datagram ICMP sockets. A prediction: only trying tells.
    pub fn datagram_allowed(&self) -> Option<bool> {
        let GroupRange { low, high } = self.ping_group_range?;
        if self.user_namespace != Some(false) && [low, high].contains(&OVERFLOW_ID) {
            // A bound without a name in this user namespace: it could be any group.
            return None;
        }
        let group = self.effective_group?;
        Some(self.groups.iter().chain([&group]).any(|group| (low..=high).contains(group)))
    }

    /// Whether the kernel should allow raw and packet sockets. A prediction: only trying tells.
    pub fn raw_allowed(&self) -> Option<bool> {
        self.may_use(Capability::NetRaw)
    }

    /// Whether `capability` is effective and counts in this network namespace.
    pub(super) fn may_use(&self, capability: Capability) -> Option<bool> {
        match (self.effective(capability)?, self.owns_network) {
            (false, _) | (_, Some(false)) => Some(false),
            (true, Some(true)) => Some(true),
            (true, None) => (self.user_namespace == Some(false)).then_some(true),
        }
    }

    /// The facts about who this process is, inside and outside its user namespace.
    fn of_identity(status: Status) -> Self {
        let users = read_text("/proc/self/uid_map").as_deref().and_then(parse::parse_id_map);
        let groups = read_text("/proc/self/gid_map").as_deref().and_then(parse::parse_id_map);
        let owner = fs::metadata(PING_GROUP_RANGE).ok().map(|file| file.uid());
        Self {
            effective_user: status.effective_user,
            effective_group: status.effective_group,
            groups: status.groups,
            outside_group: groups.and_then(|map| map.outside(status.effective_group?)),
            capabilities: status.capabilities,
            no_new_privs: status.no_new_privs,
            seccomp_filter: status.seccomp_filter,
            owns_network: users.as_ref().and_then(|map| map.owns_network(owner?)),
            user_namespace: users.map(|map| !map.is_initial()),
            ..Self::default()
        }
    }
}

fn read_text(path: &str) -> Option<String> {
    fs::read(path).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// The file a running program was replaced by: the kernel marks the link to the old one.
fn without_deletion_mark(link: PathBuf) -> PathBuf {
    let path = link.to_str().and_then(|path| path.strip_suffix(" (deleted)")).map(PathBuf::from);
    path.unwrap_or(link)
}

/// The name of a confinement; `unconfined` is none.
fn confinement(label: &str) -> Option<String> {
    let label = label.trim_matches(['\0', '\n', ' ']);
    (!label.is_empty() && !label.starts_with("unconfined")).then(|| label.to_owned())
}

/// The kernel shows the device backlog, which is one for the whole host, in the host's network namespace alone.
fn find_host_network() -> Option<bool> {
    let folder = Path::new("/proc/sys/net/core");
    folder.is_dir().then(|| folder.join("netdev_max_backlog").exists())
}

fn find_ipv6() -> Option<Ipv6> {
    match fs::metadata("/proc/net/if_inet6") {
        Ok(_) => {
            let disabled = read_text("/proc/sys/net/ipv6/conf/all/disable_ipv6")?;
            Some(if disabled.trim() == "1" { Ipv6::Disabled } else { Ipv6::Enabled })
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound && Path::new("/proc/net/dev").exists() => {
            let off = read_text("/sys/module/ipv6/parameters/disable").is_some_and(|text| text.trim() == "1");
            Some(if off { Ipv6::OffAtBoot } else { Ipv6::Absent })
        }
        Err(_) => None,
    }
}

fn find_container(cgroup: &str, mountinfo: &str) -> Option<Container> {
    let exists = |path: &str| Path::new(path).exists();
    if exists("/var/run/secrets/kubernetes.io") || cgroup.contains("kubepods") || parse::is_pod(mountinfo) {
        Some(Container::Kubernetes)
    } else if exists("/run/.containerenv") {
        Some(Container::Podman)
    } else if exists("/.dockerenv") {
        Some(Container::Docker)
    } else {
        (exists("/run/systemd/container") || parse::is_container_group(cgroup)).then_some(Container::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_never_fails() {
        let facts = Facts::read();
        #[cfg(target_os = "linux")]
        assert!(facts.effective_user.is_some() && facts.capabilities.is_some());
        assert!(facts.systemd_unit.is_none() || facts.container.is_none());
    }

    #[test]
    fn replaced_program_is_still_found() {
        let link = |path: &str| without_deletion_mark(PathBuf::from(path));
        assert_eq!(link("/usr/bin/probe (deleted)"), PathBuf::from("/usr/bin/probe"));
        assert_eq!(link("/usr/bin/probe"), PathBuf::from("/usr/bin/probe"));
    }

    #[test]
    fn unconfined_is_no_confinement() {
        assert_eq!(confinement("docker-default (enforce)\n"), Some("docker-default (enforce)".to_owned()));
        assert_eq!(confinement("unconfined\n"), None);
        assert_eq!(confinement("\0"), None);
    }
}
