//! The one thing that stands in the way: found from the error first, from the facts second.

use std::io;

use super::Rung;
use super::capability::Capability;
use super::facts::{Facts, Ipv6};

/// What has to change before the socket can be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// A seccomp filter hides the address family.
    FamilyFilter(Rung),
    /// The capabilities are held in a user namespace that does not own the network namespace.
    ForeignNetwork(Capability),
    /// IPv6 is switched off for all interfaces.
    Ipv6Disabled,
    /// The thread lacks a capability.
    MissingCapability(Capability),
    /// The kernel has no IPv6, or was started without.
    NoIpv6 { off_at_boot: bool },
    /// The kernel has no packet sockets, or has not loaded them.
    PacketModule,
    /// No groups of this process may open datagram ICMP sockets.
    PingGroupRange,
    /// The kernel has no datagram ICMP sockets.
    PingSockets { ipv6: bool },
    /// The process may not hold more descriptors.
    ProcessFiles,
    /// By the facts it should work; something they do not show refuses.
    SecurityModule,
    /// A seccomp filter refuses the call.
    SystemCallFilter,
    /// The whole system may not hold more open files.
    SystemFiles,
}

impl Obstacle {
    /// What made opening `rung` fail with `error`; `None` if it is nothing that privileges or settings explain.
    pub(super) fn find(rung: Rung, ipv6: bool, error: &io::Error, facts: &Facts) -> Option<Self> {
        let filtered = facts.seccomp_filter == Some(true);
        match error.raw_os_error()? {
            libc::EACCES | libc::EPERM if rung != Rung::Datagram => {
                Some(Self::of_capability(Capability::NetRaw, facts))
            }
            libc::EACCES if facts.datagram_allowed() != Some(true) => Some(Self::PingGroupRange),
            libc::EPERM if filtered => Some(Self::SystemCallFilter),
            libc::EACCES | libc::EPERM => Some(Self::SecurityModule),
            libc::ENOSYS => filtered.then_some(Self::SystemCallFilter),
            libc::EAFNOSUPPORT => Self::of_family(rung, ipv6, facts),
            libc::EADDRNOTAVAIL | libc::ENETUNREACH if ipv6 && facts.ipv6 == Some(Ipv6::Disabled) => {
                Some(Self::Ipv6Disabled)
            }
            libc::EPROTONOSUPPORT | libc::ESOCKTNOSUPPORT if rung == Rung::Datagram => {
                Some(Self::PingSockets { ipv6 })
            }
            libc::EMFILE => Some(Self::ProcessFiles),
            libc::ENFILE => Some(Self::SystemFiles),
            _ => None,
        }
    }

    /// What made a call that needs `capability` fail.
    pub(super) fn of_capability(capability: Capability, facts: &Facts) -> Self {
        if facts.owns_network == Some(false) {
            return Self::ForeignNetwork(capability);
        }
        match facts.effective(capability) {
            Some(true) if facts.may_use(capability).is_none() => Self::ForeignNetwork(capability),
            Some(true) if facts.seccomp_filter == Some(true) => Self::SystemCallFilter,
            Some(true) => Self::SecurityModule,
            _ => Self::MissingCapability(capability),
        }
    }

    /// What would stand in the way of `rung` by the facts alone.
    pub(super) fn predict(rung: Rung, facts: &Facts) -> Option<Self> {
        match rung {
            Rung::Datagram => (facts.datagram_allowed() != Some(true)).then_some(Self::PingGroupRange),
            _ if facts.raw_allowed() == Some(true) => None,
            _ => Some(Self::of_capability(Capability::NetRaw, facts)),
        }
    }

    /// What hides the address family.
    fn of_family(rung: Rung, ipv6: bool, facts: &Facts) -> Option<Self> {
        match facts.ipv6 {
            Some(state @ (Ipv6::Absent | Ipv6::OffAtBoot)) if ipv6 && rung != Rung::Packet => {
                Some(Self::NoIpv6 { off_at_boot: state == Ipv6::OffAtBoot })
            }
            _ if facts.seccomp_filter == Some(true) => Some(Self::FamilyFilter(rung)),
            _ if rung == Rung::Packet => Some(Self::PacketModule),
            _ => None,
        }
    }
}
