//! Words for addresses that everybody means.

use super::address::Cidr;

/// A word for addresses that are denied or allowed together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressWord {
    /// Everybody on the link (RFC 919).
    Broadcast,
    /// Addresses shared by the customers of a provider (RFC 6598).
    Cgnat,
    /// Addresses of one link (RFC 3927, RFC 4291).
    LinkLocal,
    /// This host, by the addresses that never leave it. The unspecified address reaches it too.
    Loopback,
    /// The services that hand credentials to virtual machines and containers.
    Metadata,
    /// Groups of hosts (RFC 5771, RFC 4291).
    Multicast,
    /// This machine's own addresses, at any port: hence also what the program itself listens on.
    OwnAddress,
    /// Networks that anybody may use inside (RFC 1918), and their forgotten counterpart (RFC 3879).
    Private,
    /// Networks that anybody may use inside, IPv6 (RFC 4193).
    Ula,
    /// No address, which many kernels take for this host (RFC 1122, RFC 4291).
    Unspecified,
}

impl AddressWord {
    /// Every word.
    pub const ALL: [Self; 10] = [
        Self::Broadcast,
        Self::Cgnat,
        Self::LinkLocal,
        Self::Loopback,
        Self::Metadata,
        Self::Multicast,
        Self::OwnAddress,
        Self::Private,
        Self::Ula,
        Self::Unspecified,
    ];

    /// The word in configurations.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Broadcast => "broadcast",
            Self::Cgnat => "cgnat",
            Self::LinkLocal => "link-local",
            Self::Loopback => "loopback",
            Self::Metadata => "metadata",
            Self::Multicast => "multicast",
            Self::OwnAddress => "self",
            Self::Private => "private",
            Self::Ula => "ula",
            Self::Unspecified => "unspecified",
        }
    }

    pub(super) fn listed() -> String {
        Self::ALL.map(Self::as_str).join(", ")
    }

    pub(super) fn networks(self) -> &'static [Cidr] {
        match self {
            Self::Broadcast => const { &[Cidr::v4(255, 255, 255, 255, 32)] },
            Self::Cgnat => const { &[Cidr::v4(100, 64, 0, 0, 10)] },
            Self::LinkLocal => {
                const { &[Cidr::v4(169, 254, 0, 0, 16), Cidr::v6(0xfe80_0000_0000_0000_0000_0000_0000_0000, 10)] }
            }
            Self::Loopback | Self::OwnAddress => &LOOPBACK,
            Self::Metadata => &METADATA,
            Self::Multicast => {
                const { &[Cidr::v4(224, 0, 0, 0, 4), Cidr::v6(0xff00_0000_0000_0000_0000_0000_0000_0000, 8)] }
            }
            Self::Private => &PRIVATE,
            Self::Ula => const { &[Cidr::v6(0xfc00_0000_0000_0000_0000_0000_0000_0000, 7)] },
            Self::Unspecified => const { &[Cidr::v4(0, 0, 0, 0, 8), Cidr::v6(0, 128)] },
        }
    }
}

static LOOPBACK: [Cidr; 4] =
    [Cidr::v4(127, 0, 0, 0, 8), Cidr::v4(0, 0, 0, 0, 32), Cidr::v6(1, 128), Cidr::v6(0, 128)];

static PRIVATE: [Cidr; 4] = [
    Cidr::v4(10, 0, 0, 0, 8),
    Cidr::v4(172, 16, 0, 0, 12),
    Cidr::v4(192, 168, 0, 0, 16),
    Cidr::v6(0xfec0_0000_0000_0000_0000_0000_0000_0000, 10),
];

/// Where clouds hand out credentials, by their documentation.
static METADATA: [Cidr; 16] = [
    // Amazon, Azure, Google, Oracle, OpenStack, DigitalOcean, Hetzner and others.
    Cidr::v4(169, 254, 169, 254, 32),
    // Amazon: time and name service, credentials of tasks (ECS) and of pods (EKS).
    Cidr::v4(169, 254, 169, 123, 32),
    Cidr::v4(169, 254, 169, 253, 32),
    Cidr::v4(169, 254, 170, 2, 32),
    Cidr::v4(169, 254, 170, 23, 32),
    Cidr::v6(0xfd00_0ec2_0000_0000_0000_0000_0000_0000, 32),
    // Azure's wire server.
    Cidr::v4(168, 63, 129, 16, 32),
    // Alibaba.
    Cidr::v4(100, 100, 100, 200, 32),
    // Tencent.
    Cidr::v4(169, 254, 0, 23, 32),
    Cidr::v4(169, 254, 10, 10, 32),
    // Scaleway.
    Cidr::v4(169, 254, 42, 42, 32),
    Cidr::v6(0xfd00_0042_0000_0000_0000_0000_0000_0042, 128),
    // Google.
    Cidr::v6(0xfd20_00ce_0000_0000_0000_0000_0000_0254, 128),
    // Oracle, of old, and over IPv6.
    Cidr::v4(192, 0, 0, 192, 32),
    Cidr::v6(0xfd00_00c1_0000_0000_0000_0000_a9fe_a9fe, 128),
    // OpenStack.
    Cidr::v6(0xfe80_0000_0000_0000_0000_0000_a9fe_a9fe, 128),
];

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    fn covers(word: &str, address: &str) -> bool {
        let word = AddressWord::ALL.into_iter().find(|known| known.as_str() == word).expect(word);
        let address: IpAddr = address.parse().expect(address);
        word.networks().iter().any(|cidr| cidr.contains(address))
    }

    #[test]
    fn words_cover_both_families() {
        for (word, addresses) in [
            ("broadcast", &["255.255.255.255"][..]),
            ("cgnat", &["100.64.0.1", "100.127.255.255"]),
            ("link-local", &["169.254.1.1", "fe80::1", "febf::1"]),
            ("loopback", &["127.0.0.1", "127.255.255.254", "::1", "0.0.0.0", "::"]),
            (
                "metadata",
                &[
                    "169.254.169.254",
                    "169.254.170.2",
                    "168.63.129.16",
                    "100.100.100.200",
                    "fd00:ec2::254",
                    "fd00:ec2::23",
                    "fd20:ce::254",
                    "fe80::a9fe:a9fe",
                ],
            ),
            ("multicast", &["224.0.0.1", "239.255.255.255", "ff02::1"]),
            ("private", &["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.0.1", "fec0::1"]),
            ("ula", &["fc00::1", "fdff::1"]),
            ("unspecified", &["0.0.0.0", "0.1.2.3", "::"]),
        ] {
            for address in addresses {
                assert!(covers(word, address), "{word} {address}");
            }
            assert!(!covers(word, "192.0.2.1") && !covers(word, "2001:db8::1"), "{word}");
        }
        assert!(!covers("private", "172.32.0.1") && !covers("cgnat", "100.128.0.0"));
    }
}
