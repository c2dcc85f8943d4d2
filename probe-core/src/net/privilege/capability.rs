//! The two capabilities that matter to probes, and the sets a thread holds them in.

use std::fmt;

/// A capability that a socket may need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Capability {
    /// Administers networks: among much else, marks packets.
    NetAdmin,
    /// Opens raw and packet sockets; since Linux 5.17 also marks packets.
    NetRaw,
}

impl Capability {
    /// Its name, as systemd writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NetAdmin => "CAP_NET_ADMIN",
            Self::NetRaw => "CAP_NET_RAW",
        }
    }

    /// Its name without the prefix, as container runtimes write it.
    pub(super) const fn short(self) -> &'static str {
        match self {
            Self::NetAdmin => "NET_ADMIN",
            Self::NetRaw => "NET_RAW",
        }
    }

    /// Its bit, from `linux/capability.h`.
    const fn bit(self) -> u32 {
        match self {
            Self::NetAdmin => 12,
            Self::NetRaw => 13,
        }
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A set of capabilities, bit by bit as the kernel numbers them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct CapabilitySet(pub u64);

impl CapabilitySet {
    /// Whether `capability` is in it.
    pub const fn contains(self, capability: Capability) -> bool {
        self.0 >> capability.bit() & 1 == 1
    }
}

impl FromIterator<Capability> for CapabilitySet {
    fn from_iter<I: IntoIterator<Item = Capability>>(capabilities: I) -> Self {
        Self(capabilities.into_iter().fold(0, |set, capability| set | 1 << capability.bit()))
    }
}

/// The capability sets of a thread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// What the kernel checks.
    pub effective: CapabilitySet,
    /// What may be made effective.
    pub permitted: CapabilitySet,
    /// What a program file may take over.
    pub inheritable: CapabilitySet,
    /// What every program started from here keeps.
    pub ambient: CapabilitySet,
    /// What can be gained at all.
    pub bounding: CapabilitySet,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_those_of_the_kernel() {
        // `capsh --decode=0000000000003000` says cap_net_admin,cap_net_raw.
        let both: CapabilitySet = [Capability::NetAdmin, Capability::NetRaw].into_iter().collect();
        assert_eq!(both, CapabilitySet(0x3000));
        assert!(both.contains(Capability::NetRaw));
        assert!(!CapabilitySet(0x1000).contains(Capability::NetRaw));
    }
}
