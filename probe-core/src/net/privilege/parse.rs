//! The texts under `/proc` and what they say. Pure functions: nonsense gives nothing, never a panic.

use std::path::Path;

use super::capability::{Capabilities, CapabilitySet};
use super::facts::{GroupRange, OpenFiles};

/// What an identifier without a mapping reads as inside a user namespace (`/proc/sys/kernel/overflowuid`).
pub(super) const OVERFLOW_ID: u32 = 65_534;

/// What `/proc/thread-self/status` says about a thread's rights.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Status {
    pub(super) effective_user: Option<u32>,
    pub(super) effective_group: Option<u32>,
    pub(super) groups: Vec<u32>,
    pub(super) capabilities: Option<Capabilities>,
    pub(super) no_new_privs: Option<bool>,
    pub(super) seccomp_filter: Option<bool>,
}

/// Reads a `status` file.
pub(super) fn parse_status(text: &str) -> Status {
    let value = |key: &str| {
        text.lines().filter_map(|line| line.split_once(':')).find(|(name, _)| *name == key).map(|pair| pair.1)
    };
    // Four numbers: real, effective, saved, file system.
    let effective = |key| value(key)?.split_whitespace().nth(1)?.parse().ok();
    let set = |key| u64::from_str_radix(value(key)?.trim(), 16).ok().map(CapabilitySet);
    let number = |key| value(key)?.trim().parse::<u32>().ok();
    let capabilities = || {
        Some(Capabilities {
            effective: set("CapEff")?,
            permitted: set("CapPrm")?,
            inheritable: set("CapInh").unwrap_or_default(),
            ambient: set("CapAmb").unwrap_or_default(),
            bounding: set("CapBnd")?,
        })
    };
    Status {
        effective_user: effective("Uid"),
        effective_group: effective("Gid"),
        groups: value("Groups")
            .map(|groups| groups.split_whitespace().filter_map(|group| group.parse().ok()).collect())
            .unwrap_or_default(),
        capabilities: capabilities(),
        no_new_privs: number("NoNewPrivs").map(|flag| flag != 0),
        // 0 is off, 1 strict (no sockets at all), 2 a filter.
        seccomp_filter: number("Seccomp").map(|mode| mode != 0),
    }
}

/// Reads `net.ipv4.ping_group_range`.
pub(super) fn parse_range(text: &str) -> Option<GroupRange> {
    let mut bounds = text.split_whitespace().map(str::parse);
    match (bounds.next(), bounds.next(), bounds.next()) {
        (Some(Ok(low)), Some(Ok(high)), None) => Some(GroupRange { low, high }),
        _ => None,
    }
}

/// How identifiers inside a user namespace map to those of its parent.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct IdMap(Vec<[u32; 3]>);

/// Reads a `uid_map` or `gid_map`; an empty one is a namespace nobody has mapped yet.
pub(super) fn parse_id_map(text: &str) -> Option<IdMap> {
    let line = |line: &str| {
        let numbers: Vec<u32> = line.split_whitespace().map(str::parse).collect::<Result<_, _>>().ok()?;
        numbers.try_into().ok()
    };
    text.lines().map(line).collect::<Option<Vec<_>>>().map(IdMap)
}

impl IdMap {
    /// Whether this is the initial user namespace, where every identifier means itself.
    pub(super) fn is_initial(&self) -> bool {
        self.0 == [[0, 0, u32::MAX]]
    }

    /// What `inside` is called in the parent namespace.
    pub(super) fn outside(&self, inside: u32) -> Option<u32> {
        self.0.iter().find_map(|&[first, parent, count]| {
            let offset = inside.checked_sub(first).filter(|offset| *offset < count)?;
            parent.checked_add(offset)
        })
    }

    /// Whether this user namespace owns the network namespace whose settings in `/proc/sys/net` belong to `owner`.
    /// The kernel shows them as owned by root of the owning user namespace.
    pub(super) fn owns_network(&self, owner: u32) -> Option<bool> {
        if self.is_initial() {
            return Some(true);
        }
        match (owner, self.outside(0)?) {
            // Root here is root in the parent: both look alike.
            (0, 0) => None,
            (0, _) => Some(true),
            _ => Some(false),
        }
    }
}

/// Reads the descriptor limits from a `limits` file.
pub(super) fn parse_open_files(text: &str) -> Option<OpenFiles> {
    let limit = |word: &str| if word == "unlimited" { Some(u64::MAX) } else { word.parse().ok() };
    let mut words = text.lines().find_map(|line| line.strip_prefix("Max open files"))?.split_whitespace();
    Some(OpenFiles { soft: limit(words.next()?)?, hard: limit(words.next()?)? })
}

/// Reads the first two numbers of a kernel release such as `6.18.44-generic`.
pub(super) fn parse_kernel(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.trim().split(|c: char| !c.is_ascii_digit()).map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// The system service in a `cgroup` file. A user's own services do not count: they cannot be given capabilities.
pub(super) fn service_unit(cgroup: &str) -> Option<String> {
    let systemd = |line: &'_ str| line.starts_with("0::/") || line.contains(":name=systemd:/");
    let mut paths = cgroup.lines().filter(|line| systemd(line)).filter_map(|line| line.splitn(3, ':').nth(2));
    let path = paths.find(|path| *path != "/")?;
    if path.starts_with("/user.slice/") {
        return None;
    }
    // Below a service or scope there may be groups of its own making; the last name with a kind is the unit.
    let kinds = path.split('/').filter_map(|part| Some((part, part.rsplit_once('.')?.1)));
    let (unit, kind) = kinds.rev().find(|(_, kind)| matches!(*kind, "service" | "scope"))?;
    (kind == "service").then(|| unit.to_owned())
}

/// Whether a `cgroup` file places the process in a container.
pub(super) fn is_container_group(cgroup: &str) -> bool {
    const MARKS: [&str; 5] = ["docker", "kubepods", "libpod-", "cri-containerd-", "/lxc"];
    let path = |line: &'_ str| line.splitn(3, ':').nth(2).map(str::to_owned);
    cgroup.lines().filter_map(path).any(|path| {
        // The runtimes' own services are not containers.
        !path.ends_with(".service") && MARKS.iter().any(|mark| path.contains(mark))
    })
}

/// Whether a `mountinfo` file shows what only a pod has: files of the node's kubelet mounted elsewhere.
pub(super) fn is_pod(mountinfo: &str) -> bool {
    const PODS: &str = "/kubelet/pods/";
    mountinfo.lines().any(|line| {
        let mut fields = line.split(' ').skip(3);
        matches!((fields.next(), fields.next()), (Some(root), Some(point)) if root.contains(PODS) && !point.contains(PODS))
    })
}

/// The mount point that holds `file`, if it is mounted `nosuid`.
pub(super) fn nosuid_mount(mountinfo: &str, file: &Path) -> Option<String> {
    let mounts = mountinfo.lines().filter_map(|line| {
        let mut fields = line.split(' ').skip(4);
        Some((unescape(fields.next()?), fields.next()?))
    });
    let (point, options) =
        mounts.filter(|(point, _)| file.starts_with(point)).max_by_key(|(point, _)| point.len())?;
    options.split(',').any(|option| option == "nosuid").then_some(point)
}

/// Undoes the octal escapes of `mountinfo`.
fn unescape(field: &str) -> String {
    [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")]
        .iter()
        .fold(field.to_owned(), |text, (escape, plain)| text.replace(escape, plain))
}

#[cfg(test)]
mod tests {
    use super::super::capability::Capability;
    use super::*;

    /// In the format of Linux 6.18, with a different value in every place that must not be confused with another.
    const STATUS: &str = "Name:\tprobe: x\nUid:\t0\t65534\t0\t0\nGid:\t0\t65533\t0\t0\nGroups:\t10 20 \n\
        CapInh:\t0000000000000000\nCapPrm:\t0000000000002000\nCapEff:\t0000000000000000\n\
        CapBnd:\t000001fffeffdfff\nCapAmb:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:\t1\n";

    /// A root, a container's read-only bind mount, an escaped nosuid mount and a mount inside it.
    const MOUNTS: &str = "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard\n\
        41 27 254:0 /var/lib/kubelet/pods/1/etc-hosts /etc/hosts rw - ext4 /dev/vda rw\n\
        42 27 0:25 / /my\\040tools rw,nosuid,nodev - tmpfs tools rw\n\
        43 42 0:26 / /my\\040tools/suid rw,nodev - tmpfs tools rw,nosuid\n";

    #[test]
    fn status_gives_effective_identity_and_sets() {
        let status = parse_status(STATUS);
        assert_eq!(status.effective_user, Some(65_534));
        assert_eq!(status.effective_group, Some(65_533));
        assert_eq!(status.groups, [10, 20]);
        assert_eq!((status.no_new_privs, status.seccomp_filter), (Some(true), Some(true)));
        let sets = status.capabilities.expect("all five sets are there");
        assert!(sets.permitted.contains(Capability::NetRaw));
        assert!(!sets.effective.contains(Capability::NetRaw));
        assert!(!sets.bounding.contains(Capability::NetRaw));
        assert!(sets.bounding.contains(Capability::NetAdmin));
    }

    #[test]
    fn nonsense_status_gives_nothing() {
        for text in
            ["", ":::\n", "Uid:\t0\nGid: a b c d\nCapEff:\tzz\nNoNewPrivs:\nSeccomp: -1\nGroups: x", "\u{0}"]
        {
            assert_eq!(parse_status(text), Status::default(), "{text:?}");
        }
    }

    #[test]
    fn range_is_two_numbers() {
        assert_eq!(parse_range("1\t0\n"), Some(GroupRange { low: 1, high: 0 }));
        assert_eq!(parse_range("0 4294967294"), Some(GroupRange { low: 0, high: 4_294_967_294 }));
        for text in ["", "1", "1 x", "-1 0", "1 2 3", "99999999999 1"] {
            assert_eq!(parse_range(text), None, "{text:?}");
        }
    }

    #[test]
    fn id_maps_translate_to_the_parent() {
        let map = parse_id_map("         0       1000          1\n         1     100000      65536\n")
            .expect("a map");
        assert_eq!(map.outside(0), Some(1000));
        assert_eq!(map.outside(65_536), Some(165_535));
        assert_eq!(map.outside(65_537), None);
        assert!(!map.is_initial());
        assert!(parse_id_map("0 0 4294967295").expect("a map").is_initial());
        assert_eq!(parse_id_map(""), Some(IdMap::default()));
        assert_eq!(parse_id_map("0 0"), None);
    }

    /// The owners seen with `unshare` in its combinations of `-U`, `-r` and `-n`.
    #[test]
    fn owner_of_settings_tells_who_owns_the_network() {
        let table = [
            ("0 0 4294967295", 0, Some(true)),
            ("0 1000 1", 0, Some(true)),
            ("0 1000 1", OVERFLOW_ID, Some(false)),
            ("0 0 1", 0, None),
            ("1000 1000 1", OVERFLOW_ID, None),
            ("", OVERFLOW_ID, None),
        ];
        for (map, owner, owns) in table {
            assert_eq!(parse_id_map(map).expect("a map").owns_network(owner), owns, "{map:?} {owner}");
        }
    }

    #[test]
    fn open_files_are_soft_and_hard() {
        let text = "Limit  Soft Limit  Hard Limit  Units\nMax open files            1024                 unlimited            files     \n";
        assert_eq!(parse_open_files(text), Some(OpenFiles { soft: 1024, hard: u64::MAX }));
        assert_eq!(parse_open_files("Max open files   lots"), None);
        assert_eq!(parse_open_files(""), None);
    }

    #[test]
    fn kernel_is_two_numbers() {
        assert_eq!(parse_kernel("6.18.44-fc-v669\n"), Some((6, 18)));
        assert_eq!(parse_kernel("5.4"), Some((5, 4)));
        assert_eq!(parse_kernel("six"), None);
    }

    #[test]
    fn only_system_services_are_units() {
        let table = [
            ("0::/system.slice/probe-exporter.service\n", Some("probe-exporter.service")),
            ("4:memory:/\n1:name=systemd:/system.slice/cron.service\n0::/\n", Some("cron.service")),
            ("0::/system.slice/system-probe.slice/probe@a.service/worker\n", Some("probe@a.service")),
            ("0::/monitoring.slice/probe.service\n", Some("probe.service")),
            ("0::/system.slice/docker-0123.scope\n", None),
            ("0::/user.slice/user-1000.slice/user@1000.service/app.slice/probe.service\n", None),
            ("0::/user.slice/user-1000.slice/session-3.scope\n", None),
            ("0::/\n", None),
            ("nonsense", None),
        ];
        for (text, unit) in table {
            assert_eq!(service_unit(text).as_deref(), unit, "{text:?}");
        }
    }

    #[test]
    fn containers_show_in_their_control_group() {
        assert!(is_container_group("0::/system.slice/docker-0123.scope"));
        assert!(is_container_group("1:name=systemd:/kubepods/besteffort/pod1/2"));
        assert!(is_container_group(
            "0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-1.scope/container"
        ));
        assert!(!is_container_group("0::/system.slice/docker.service"));
        assert!(!is_container_group("0::/\nnonsense:docker"));
    }

    #[test]
    fn pods_mount_what_the_kubelet_made() {
        assert!(is_pod(MOUNTS));
        // On the node itself, the volumes of its pods are mounted in the kubelet's own folder.
        assert!(!is_pod("50 27 0:30 / /var/lib/kubelet/pods/1/volumes/token rw - tmpfs tmpfs rw"));
        assert!(!is_pod("1 2"));
    }

    #[test]
    fn nosuid_is_an_option_of_the_innermost_mount() {
        let mount = |path| nosuid_mount(MOUNTS, Path::new(path));
        assert_eq!(mount("/my tools/probe"), Some("/my tools".to_owned()));
        assert_eq!(mount("/my tools/suid/probe"), None);
        assert_eq!(mount("/usr/bin/probe"), None);
        assert_eq!(mount("/my toolsets/probe"), None);
        assert_eq!(nosuid_mount("x\ny z", Path::new("/probe")), None);
    }
}
