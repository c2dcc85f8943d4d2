//! Situations and what is said about them.

use std::io;
use std::path::PathBuf;

use super::*;
use crate::model::{Refusal, Situation};

const NET_ADMIN: CapabilitySet = CapabilitySet(1 << 12);
const NET_RAW: CapabilitySet = CapabilitySet(1 << 13);
const NONE: CapabilitySet = CapabilitySet(0);
const ALL: CapabilitySet = CapabilitySet(0x1ff_ffff_ffff);

const CLOSED: GroupRange = GroupRange { low: 1, high: 0 };
const SETCAP: (Situation, &str) = (Situation::Host, "setcap cap_net_raw+ep /usr/bin/probe");
const SETPRIV: (Situation, &str) = (
    Situation::Host,
    "sudo setpriv --reuid=1000 --regid=1000 --clear-groups --inh-caps=+net_raw --ambient-caps=+net_raw /usr/bin/probe …",
);
const AMBIENT: (Situation, &str) = (Situation::Systemd, "AmbientCapabilities=CAP_NET_RAW");
const BOUNDING: (Situation, &str) = (Situation::Systemd, "CapabilityBoundingSet=CAP_NET_RAW");

/// A user's process on a host, with no privileges and no obstacles but the usual ones.
fn user() -> Facts {
    Facts {
        effective_user: Some(1000),
        effective_group: Some(1000),
        outside_group: Some(1000),
        capabilities: Some(Capabilities { bounding: ALL, ..Capabilities::default() }),
        no_new_privs: Some(false),
        seccomp_filter: Some(false),
        ping_group_range: Some(CLOSED),
        user_namespace: Some(false),
        owns_network: Some(true),
        host_network: Some(true),
        ipv6: Some(Ipv6::Enabled),
        executable: Some(PathBuf::from("/usr/bin/probe")),
        open_files: Some(OpenFiles { soft: 1024, hard: 4096 }),
        system_files: Some(5000),
        kernel: Some((6, 18)),
        ..Facts::default()
    }
}

/// The same with `set` effective.
fn holding(set: CapabilitySet, facts: Facts) -> Facts {
    let sets = Capabilities { effective: set, permitted: set, bounding: ALL, ..Capabilities::default() };
    Facts { capabilities: Some(sets), ..facts }
}

/// The same with an empty bounding set.
fn bounded(facts: Facts) -> Facts {
    Facts { capabilities: Some(Capabilities::default()), ..facts }
}

fn service() -> Facts {
    Facts { systemd_unit: Some("probe.service".to_owned()), ..user() }
}

fn inside(container: Container) -> Facts {
    Facts { container: Some(container), host_network: Some(false), ..user() }
}

fn root(facts: Facts) -> Facts {
    Facts { effective_user: Some(0), effective_group: Some(0), outside_group: Some(0), ..facts }
}

fn refused(rung: Rung, number: i32, facts: &Facts) -> Refusal {
    explain(rung, false, &io::Error::from_raw_os_error(number), facts)
}

fn refused_v6(rung: Rung, number: i32, facts: &Facts) -> Refusal {
    explain(rung, true, &io::Error::from_raw_os_error(number), facts)
}

#[track_caller]
fn assert_says(refusal: &Refusal, causes: &[&str], remedies: &[(Situation, &str)]) {
    assert_eq!(refusal.causes, causes);
    let lines: Vec<_> =
        refusal.remedies.iter().map(|remedy| (remedy.situation, remedy.line.as_str())).collect();
    assert_eq!(lines, remedies);
}

#[test]
fn display_is_one_line_with_the_first_cause() {
    assert_eq!(
        refused(Rung::Datagram, libc::EACCES, &user()).to_string(),
        "datagram socket refused: permission denied (EACCES) \
         (net.ipv4.ping_group_range is \"1 0\" (closed to everybody) in this network namespace)"
    );
}

#[test]
fn closed_range_opens_for_the_own_group() {
    assert_says(
        &refused(Rung::Datagram, libc::EACCES, &user()),
        &["net.ipv4.ping_group_range is \"1 0\" (closed to everybody) in this network namespace"],
        &[
            (Situation::Sysctl, "sysctl -w net.ipv4.ping_group_range=\"1000 1000\""),
            (
                Situation::Sysctl,
                "echo 'net.ipv4.ping_group_range = 1000 1000' > /etc/sysctl.d/90-net.ipv4.ping_group_range.conf \
                 && sysctl --system",
            ),
        ],
    );
}

#[test]
fn range_of_others_is_widened_not_replaced() {
    let facts = Facts {
        effective_group: Some(65_533),
        groups: vec![65_533, 20],
        ping_group_range: Some(GroupRange { low: 1000, high: 1000 }),
        host_network: Some(false),
        ..user()
    };
    assert_says(
        &refused(Rung::Datagram, libc::EACCES, &facts),
        &["net.ipv4.ping_group_range is \"1000 1000\" and this process's groups are 65533, 20"],
        &[(Situation::Sysctl, "sysctl -w net.ipv4.ping_group_range=\"1000 65533\"")],
    );
}

#[test]
fn containers_get_the_range_from_their_runtime() {
    let docker = "docker run --sysctl net.ipv4.ping_group_range=\"0 2147483647\" …";
    let podman = "podman run --sysctl net.ipv4.ping_group_range=\"0 2147483647\" …";
    let pod = "securityContext: {sysctls: [{name: net.ipv4.ping_group_range, value: \"0 2147483647\"}]}  # of the pod";
    let inside_it = (Situation::Sysctl, "sysctl -w net.ipv4.ping_group_range=\"0 2147483647\"");
    let table: [(_, &[(Situation, &str)]); 4] = [
        (Container::Docker, &[(Situation::Container, docker), inside_it]),
        (Container::Podman, &[(Situation::Container, podman), inside_it]),
        (Container::Kubernetes, &[(Situation::Kubernetes, pod), inside_it]),
        (Container::Unknown, &[(Situation::Container, docker), (Situation::Kubernetes, pod), inside_it]),
    ];
    for (container, remedies) in table {
        assert_says(
            &refused(Rung::Datagram, libc::EACCES, &inside(container)),
            &["net.ipv4.ping_group_range is \"1 0\" (closed to everybody) in this network namespace"],
            remedies,
        );
    }
}

#[test]
fn container_in_the_network_of_the_host_needs_the_setting_of_the_host() {
    let facts = Facts { host_network: Some(true), ..inside(Container::Docker) };
    let refusal = refused(Rung::Datagram, libc::EACCES, &facts);
    assert_eq!(refusal.causes[1], "the container uses the host's network, so the setting is the host's");
    assert_eq!(refusal.remedies[0].line, "sysctl -w net.ipv4.ping_group_range=\"1000 1000\"");
}

/// As `unshare -Ur` in a closed namespace shows it: group 1000 is called 0 and the range 65534 65534.
#[test]
fn groups_are_named_as_the_namespace_of_the_setting_names_them() {
    let facts = Facts {
        user_namespace: Some(true),
        owns_network: Some(false),
        outside_group: Some(1000),
        ping_group_range: Some(GroupRange { low: 65_534, high: 65_534 }),
        host_network: Some(false),
        effective_group: Some(0),
        ..user()
    };
    assert_says(
        &refused(Rung::Datagram, libc::EACCES, &facts),
        &["net.ipv4.ping_group_range leaves out this process's groups (0); \
           inside this user namespace it reads 65534 65534"],
        &[(Situation::Sysctl, "sysctl -w net.ipv4.ping_group_range=\"1000 1000\"")],
    );

    let owner = Facts { owns_network: Some(true), ..facts };
    let refusal = refused(Rung::Datagram, libc::EACCES, &owner);
    assert_eq!(refusal.remedies[0].line, "sysctl -w net.ipv4.ping_group_range=\"0 0\"");

    let rootless = Facts { container: Some(Container::Podman), ..owner };
    let refusal = refused(Rung::Datagram, libc::EACCES, &rootless);
    assert_eq!(refusal.remedies[0].line, "podman run --sysctl net.ipv4.ping_group_range=\"0 0\" …");
}

#[test]
fn unknown_range_is_suspected() {
    let refusal = refused(Rung::Datagram, libc::EACCES, &Facts::default());
    assert_eq!(
        refusal.causes,
        [
            "net.ipv4.ping_group_range could not be read; it probably leaves out this process's groups (unknown)"
        ]
    );
    assert_eq!(refusal.remedies[0].line, "sysctl -w net.ipv4.ping_group_range=\"0 2147483647\"");
}

#[test]
fn open_range_leaves_a_security_module_to_blame() {
    let facts = Facts {
        ping_group_range: Some(GroupRange { low: 0, high: 2_147_483_647 }),
        security_label: Some("probe (enforce)".to_owned()),
        ..user()
    };
    let cause = "no setting and no capability explains it: \
        a security module (SELinux, AppArmor, BPF) may refuse it; this process runs as probe (enforce)";
    assert_says(&refused(Rung::Datagram, libc::EACCES, &facts), &[cause], &[]);
    assert_says(&refused(Rung::Raw, libc::EPERM, &holding(NET_RAW, facts)), &[cause], &[]);
}

#[test]
fn missing_capability_on_a_host_is_a_file_capability() {
    for rung in [Rung::Raw, Rung::RawTcp, Rung::Packet] {
        assert_says(
            &refused(rung, libc::EPERM, &user()),
            &["CAP_NET_RAW is not in the effective set (permitted: no; bounding: yes)"],
            &[SETCAP],
        );
    }
}

#[test]
fn permitted_capability_must_become_effective() {
    let sets = Capabilities { permitted: NET_RAW, bounding: ALL, ..Capabilities::default() };
    assert_says(
        &refused(Rung::Raw, libc::EPERM, &Facts { capabilities: Some(sets), ..user() }),
        &["CAP_NET_RAW is permitted but not effective (a file capability needs +ep, not +p)"],
        &[SETCAP],
    );
}

#[test]
fn useless_file_capabilities_are_not_proposed() {
    let missing = "CAP_NET_RAW is not in the effective set (permitted: no; bounding: yes)";
    assert_says(
        &refused(Rung::Raw, libc::EPERM, &Facts { no_new_privs: Some(true), ..user() }),
        &[missing, "no_new_privs is set: file capabilities and setuid have no effect"],
        &[SETPRIV],
    );
    assert_says(
        &refused(Rung::Raw, libc::EPERM, &Facts { nosuid_mount: Some("/opt".to_owned()), ..user() }),
        &[missing, "/opt is mounted nosuid: file capabilities there have no effect"],
        &[SETPRIV],
    );
    assert_says(
        &refused(Rung::Raw, libc::EPERM, &bounded(user())),
        &[
            "CAP_NET_RAW is not in the effective set (permitted: no; bounding: no)",
            "CAP_NET_RAW is not in the bounding set: nothing inside can gain it, what started this process must add it",
        ],
        &[SETPRIV],
    );
}

#[test]
fn services_get_the_capability_from_their_unit() {
    assert_says(
        &refused(Rung::Raw, libc::EPERM, &service()),
        &["CAP_NET_RAW is not in the effective set (permitted: no; bounding: yes)"],
        &[AMBIENT, SETCAP],
    );
    assert_says(
        &refused(Rung::Raw, libc::EPERM, &bounded(service())),
        &[
            "CAP_NET_RAW is not in the effective set (permitted: no; bounding: no)",
            "CAP_NET_RAW is not in the bounding set: nothing inside can gain it, \
             the systemd unit probe.service must add it",
        ],
        &[AMBIENT, BOUNDING, SETPRIV],
    );
}

#[test]
fn root_without_the_capability_in_a_container_gets_it_added() {
    let causes = |owner: &str| {
        [
            "this process is root in its container, but CAP_NET_RAW is not in the effective set \
             (permitted: no; bounding: no)"
                .to_owned(),
            format!(
                "CAP_NET_RAW is not in the bounding set: nothing inside can gain it, {owner} must add it"
            ),
        ]
    };
    let refusal = refused(Rung::Raw, libc::EPERM, &bounded(root(inside(Container::Docker))));
    assert_eq!(refusal.causes, causes("the container"));
    assert_says(
        &Refusal { causes: Vec::new(), ..refusal },
        &[],
        &[(Situation::Container, "docker run --cap-add NET_RAW …")],
    );

    let refusal = refused(Rung::Raw, libc::EPERM, &bounded(root(inside(Container::Kubernetes))));
    assert_eq!(refusal.causes, causes("the pod"));
    let line = "securityContext: {capabilities: {add: [\"NET_RAW\"]}}  # of the container";
    assert_says(&Refusal { causes: Vec::new(), ..refusal }, &[], &[(Situation::Kubernetes, line)]);
}

#[test]
fn other_users_in_a_container_need_more_than_an_added_capability() {
    let image = (Situation::Container, "RUN setcap cap_net_raw+ep /usr/bin/probe");
    let inside_it = (Situation::Host, "setcap cap_net_raw+ep /usr/bin/probe");
    let docker = (Situation::Container, "docker run --user 0 --cap-add NET_RAW …");
    let podman = (Situation::Container, "podman run --cap-add NET_RAW …");
    let pod = (
        Situation::Kubernetes,
        "securityContext: {runAsUser: 0, capabilities: {add: [\"NET_RAW\"]}}  # of the container",
    );
    let table: [(_, &[(Situation, &str)]); 5] = [
        (inside(Container::Docker), &[image, docker, inside_it]),
        (inside(Container::Podman), &[image, podman, inside_it]),
        (inside(Container::Kubernetes), &[image, pod, inside_it]),
        (bounded(inside(Container::Unknown)), &[docker, pod]),
        (root(inside(Container::Docker)), &[image, inside_it]),
    ];
    for (facts, remedies) in table {
        let refusal = refused(Rung::Raw, libc::EPERM, &facts);
        assert_says(&Refusal { causes: Vec::new(), ..refusal }, &[], remedies);
    }
}

#[test]
fn capability_of_a_user_namespace_does_not_count_in_the_network_of_another() {
    let foreign = Facts { user_namespace: Some(true), owns_network: Some(false), ..user() };
    let effective = "CAP_NET_RAW is effective, but only in this user namespace: \
        the network namespace belongs to another";
    assert_says(&refused(Rung::Raw, libc::EPERM, &holding(ALL, foreign.clone())), &[effective], &[]);
    // Not certain who owns the network: the refusal tells.
    let unsure = Facts { owns_network: None, ..foreign.clone() };
    assert_says(&refused(Rung::Raw, libc::EPERM, &holding(ALL, unsure)), &[effective], &[]);

    let service = Facts { systemd_unit: Some("probe.service".to_owned()), ..foreign.clone() };
    assert_says(
        &refused(Rung::Raw, libc::EPERM, &service),
        &["CAP_NET_RAW is not effective, and in this user namespace it would not help: \
           the network namespace belongs to another"],
        &[(Situation::Systemd, "PrivateUsers=no"), AMBIENT],
    );
    let podman = Facts { container: Some(Container::Podman), ..foreign };
    assert_says(
        &refused(Rung::Raw, libc::EPERM, &holding(ALL, podman)),
        &[effective],
        &[(Situation::Container, "podman run --network private --cap-add NET_RAW …")],
    );
}

#[test]
fn filters_are_lifted_by_who_set_them() {
    let filtered = |facts| holding(NET_RAW, Facts { seccomp_filter: Some(true), ..facts });
    let cause = "a seccomp filter is active and refuses the call, whatever the privileges";
    let unit = (Situation::Systemd, "SystemCallFilter=@network-io");
    let docker = (Situation::Container, "docker run --security-opt seccomp=unconfined …");
    let pod = (
        Situation::Kubernetes,
        "securityContext: {seccompProfile: {type: RuntimeDefault}}  # of the container",
    );
    assert_says(&refused(Rung::Raw, libc::EPERM, &filtered(service())), &[cause], &[unit]);
    assert_says(&refused(Rung::Datagram, libc::EPERM, &filtered(service())), &[cause], &[unit]);
    assert_says(&refused(Rung::Raw, libc::ENOSYS, &filtered(inside(Container::Docker))), &[cause], &[docker]);
    assert_says(&refused(Rung::Raw, libc::EPERM, &filtered(inside(Container::Kubernetes))), &[cause], &[pod]);
    assert_says(&refused(Rung::Raw, libc::EPERM, &filtered(user())), &[cause], &[]);
    // Without the capability, the filter is not the first suspect.
    let missing = refused(Rung::Raw, libc::EPERM, &Facts { seccomp_filter: Some(true), ..user() });
    assert!(missing.causes[0].starts_with("CAP_NET_RAW is not in the effective set"));
}

#[test]
fn hidden_address_families_are_named() {
    let facts = Facts { seccomp_filter: Some(true), ..service() };
    let cause = "a seccomp filter hides the address family (systemd: RestrictAddressFamilies=)";
    assert_says(
        &refused_v6(Rung::Datagram, libc::EAFNOSUPPORT, &facts),
        &[cause],
        &[(Situation::Systemd, "RestrictAddressFamilies=AF_INET AF_INET6")],
    );
    assert_says(
        &refused(Rung::Packet, libc::EAFNOSUPPORT, &facts),
        &[cause],
        &[(Situation::Systemd, "RestrictAddressFamilies=AF_INET AF_INET6 AF_PACKET")],
    );
    assert_says(
        &refused(Rung::Packet, libc::EAFNOSUPPORT, &user()),
        &["the kernel has no packet sockets, or has not loaded them"],
        &[(Situation::Host, "modprobe af_packet")],
    );
    assert_says(&refused(Rung::Raw, libc::EAFNOSUPPORT, &user()), &[], &[]);
}

#[test]
fn missing_ipv6_is_told_apart_from_disabled_ipv6() {
    let with = |ipv6, facts| Facts { ipv6: Some(ipv6), ..facts };
    assert_says(
        &refused_v6(Rung::Raw, libc::EAFNOSUPPORT, &with(Ipv6::OffAtBoot, user())),
        &["no IPv6 stack: the kernel was started with ipv6.disable=1"],
        &[],
    );
    assert_says(
        &refused_v6(Rung::Datagram, libc::EAFNOSUPPORT, &with(Ipv6::Absent, user())),
        &["this kernel has no IPv6 stack"],
        &[],
    );
    let disabled = "net.ipv6.conf.all.disable_ipv6 is 1 in this network namespace";
    let refusal = refused_v6(Rung::Raw, libc::EADDRNOTAVAIL, &with(Ipv6::Disabled, user()));
    assert_eq!(refusal.causes, [disabled]);
    assert_eq!(refusal.remedies[0].line, "sysctl -w net.ipv6.conf.all.disable_ipv6=0");
    assert_says(
        &refused_v6(Rung::Raw, libc::ENETUNREACH, &with(Ipv6::Disabled, inside(Container::Docker))),
        &[disabled],
        &[
            (Situation::Container, "docker run --sysctl net.ipv6.conf.all.disable_ipv6=0 …"),
            (Situation::Sysctl, "sysctl -w net.ipv6.conf.all.disable_ipv6=0"),
        ],
    );
    // What has nothing to do with it is left alone.
    assert_says(&refused(Rung::Raw, libc::ENETUNREACH, &with(Ipv6::Disabled, user())), &[], &[]);
}

#[test]
fn old_kernels_have_no_datagram_sockets() {
    assert_says(
        &refused_v6(Rung::Datagram, libc::EPROTONOSUPPORT, &user()),
        &["this kernel has no datagram ICMP sockets for IPv6 (Linux has them since 3.11)"],
        &[],
    );
    assert_says(
        &refused(Rung::Datagram, libc::EPROTONOSUPPORT, &user()),
        &["this kernel has no datagram ICMP sockets for IPv4 (Linux has them since 3.0)"],
        &[],
    );
}

#[test]
fn descriptor_limits_are_named_with_their_numbers() {
    let cause = "this process may hold 1024 descriptors (soft limit; the hard limit is 4096)";
    let raise = (Situation::Host, "ulimit -n 4096");
    assert_says(&refused(Rung::Raw, libc::EMFILE, &user()), &[cause], &[raise]);
    let unit = (Situation::Systemd, "LimitNOFILE=65536");
    assert_says(&refused(Rung::Raw, libc::EMFILE, &service()), &[cause], &[unit, raise]);
    let docker = (Situation::Container, "docker run --ulimit nofile=65536:65536 …");
    assert_says(&refused(Rung::Raw, libc::EMFILE, &inside(Container::Docker)), &[cause], &[docker]);

    let spent = Facts { open_files: Some(OpenFiles { soft: 50_000, hard: 50_000 }), ..user() };
    let refusal = refused(Rung::Raw, libc::EMFILE, &spent);
    assert_eq!(refusal.remedies[0].line, "sudo prlimit --pid $$ --nofile=100000:100000");
    assert_says(
        &refused(Rung::Raw, libc::ENFILE, &user()),
        &["the whole system may hold 5000 open files (fs.file-max)"],
        &[(Situation::Sysctl, "sysctl -w fs.file-max=10000")],
    );
}

#[test]
fn marking_asks_for_the_least_capability_of_the_kernel() {
    let error = io::Error::from_raw_os_error(libc::EPERM);
    let needs = "SO_MARK needs CAP_NET_ADMIN, or since Linux 5.17 CAP_NET_RAW";
    assert_says(
        &explain_mark(&error, &user()),
        &[needs, "CAP_NET_RAW is not in the effective set (permitted: no; bounding: yes)"],
        &[SETCAP],
    );
    let old = Facts { kernel: Some((5, 4)), ..user() };
    assert_says(
        &explain_mark(&error, &holding(NET_RAW, old)),
        &[needs, "CAP_NET_ADMIN is not in the effective set (permitted: no; bounding: yes)"],
        &[(Situation::Host, "setcap cap_net_admin+ep /usr/bin/probe")],
    );
    let refusal = explain_mark(&error, &holding(NET_ADMIN, user()));
    assert!(refusal.causes[1].contains("security module"), "{refusal:?}");
    assert_eq!(refusal.rung, "marked");
    assert_says(&explain_mark(&io::Error::from_raw_os_error(libc::ENOPROTOOPT), &user()), &[], &[]);
}

#[test]
fn unexplained_errors_are_not_explained() {
    assert_says(&refused(Rung::Raw, libc::ENOBUFS, &user()), &[], &[]);
    assert_says(&explain(Rung::Raw, false, &io::Error::other("odd"), &user()), &[], &[]);
}

#[test]
fn nothing_known_still_gives_an_answer() {
    let refusal = refused(Rung::Raw, libc::EPERM, &Facts::default());
    assert_says(
        &refusal,
        &["CAP_NET_RAW is needed and probably missing (the capability sets could not be read)"],
        &[],
    );
}

#[test]
fn predictions_follow_the_rules_of_the_kernel() {
    let range = |low, high| Facts { ping_group_range: Some(GroupRange { low, high }), ..user() };
    assert_eq!(user().datagram_allowed(), Some(false));
    assert_eq!(range(1000, 1000).datagram_allowed(), Some(true));
    assert_eq!(Facts { groups: vec![7], ..range(5, 10) }.datagram_allowed(), Some(true));
    assert_eq!(Facts { user_namespace: Some(true), ..range(0, 65_534) }.datagram_allowed(), None);
    assert_eq!(Facts::default().datagram_allowed(), None);

    assert_eq!(user().raw_allowed(), Some(false));
    assert_eq!(holding(NET_RAW, user()).raw_allowed(), Some(true));
    assert_eq!(holding(NONE, user()).raw_allowed(), Some(false));
    let guest = Facts { user_namespace: Some(true), owns_network: None, ..user() };
    assert_eq!(holding(NET_RAW, guest.clone()).raw_allowed(), None);
    assert_eq!(holding(NET_RAW, Facts { owns_network: Some(false), ..guest }).raw_allowed(), Some(false));
    assert_eq!(Facts::default().raw_allowed(), None);
}

#[test]
fn remedies_without_a_refusal_are_those_of_the_prediction() {
    assert!(remedies(Rung::Raw, &holding(NET_RAW, user())).is_empty());
    assert_eq!(remedies(Rung::Raw, &user())[0].line, SETCAP.1);
    assert_eq!(remedies(Rung::Datagram, &user()).len(), 2);
    let open = Facts { ping_group_range: Some(GroupRange { low: 0, high: 2000 }), ..user() };
    assert!(remedies(Rung::Datagram, &open).is_empty());
}
