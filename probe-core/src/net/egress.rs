//! How packets leave: source address, interface, type of service, mark and hop limit.

use std::net::IpAddr;

/// How the packets of a probe leave this host. The same for every prober.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Egress {
    /// The source address; the kernel's choice if absent.
    pub source: Option<IpAddr>,
    /// The interface, by name; the routing table's choice if absent.
    pub interface: Option<String>,
    /// The IPv4 type-of-service octet or IPv6 traffic class (DSCP and ECN).
    pub tos: Option<u8>,
    /// The firewall mark (`SO_MARK`); needs `CAP_NET_ADMIN` or `CAP_NET_RAW`.
    pub mark: Option<u32>,
    /// The hop limit (TTL for IPv4); the kernel's default if absent.
    pub hop_limit: Option<u8>,
}
