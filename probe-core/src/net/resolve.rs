//! Names to addresses: the seam that resolvers implement.

use std::future::Future;
use std::net::{IpAddr, SocketAddr, SocketAddrV6};
use std::pin::Pin;

use thiserror::Error;

/// A boxed future, as dyn-compatible traits return it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Which address families to ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Families {
    /// IPv4 and IPv6.
    Both,
    /// IPv4 only.
    V4,
    /// IPv6 only.
    V6,
}

impl Families {
    /// Whether `ip` belongs to them. An IPv4-mapped address counts as IPv4.
    pub fn contain(self, ip: IpAddr) -> bool {
        match self {
            Self::Both => true,
            Self::V4 => ip.to_canonical().is_ipv4(),
            Self::V6 => ip.to_canonical().is_ipv6(),
        }
    }
}

/// An address with the zone (interface index) that a link-local IPv6 address needs; 0 for none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ScopedIp {
    /// The address.
    pub ip: IpAddr,
    /// The zone.
    pub scope: u32,
}

impl ScopedIp {
    /// The address with a port, as sockets want it.
    pub fn with_port(self, port: u16) -> SocketAddr {
        match self.ip {
            IpAddr::V4(ip) => SocketAddr::from((ip, port)),
            IpAddr::V6(ip) => SocketAddrV6::new(ip, port, 0, self.scope).into(),
        }
    }
}

impl From<IpAddr> for ScopedIp {
    fn from(ip: IpAddr) -> Self {
        Self { ip, scope: 0 }
    }
}

/// Turns names into addresses. Implementations keep no cache: a cache would hide outages.
pub trait Resolve: Send + Sync {
    /// Every address of `host` in the wanted families, best first by RFC 6724. Never empty.
    fn lookup<'a>(
        &'a self,
        host: &'a str,
        families: Families,
    ) -> BoxFuture<'a, Result<Vec<ScopedIp>, ResolveError>>;
}

/// Why a name has no usable address.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResolveError {
    /// A literal, or a name whose addresses are all of another family.
    #[error("address {host}: no suitable address found")]
    NoSuitableAddress {
        /// The name.
        host: String,
    },
    /// The name does not exist, or has no addresses.
    #[error("lookup {host}: no such host")]
    NoSuchHost {
        /// The name.
        host: String,
    },
    /// Not a name at all.
    #[error("{host:?} is not a host name: {problem}")]
    NotAName {
        /// The text.
        host: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The interface of a zone does not exist.
    #[error("{host}: no interface {zone:?} on this host")]
    UnknownZone {
        /// The literal.
        host: String,
        /// Its zone.
        zone: String,
    },
    /// The name servers did not answer usefully.
    #[error("lookup {host}: {problem}")]
    Server {
        /// The name.
        host: String,
        /// What they did.
        problem: String,
    },
    /// No resolver in this build, and not a literal.
    #[error("lookup {host}: this build has no resolver, give a literal address")]
    NoResolver {
        /// The name.
        host: String,
    },
}
