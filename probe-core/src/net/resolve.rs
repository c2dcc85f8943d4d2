//! Names to addresses: the seam that resolvers implement.

use std::future::Future;
use std::net::{IpAddr, SocketAddr, SocketAddrV6};
use std::pin::Pin;

use thiserror::Error;

use super::literal::literal;
use crate::model::{Phase, ProbeError, Reason};

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

/// A resolver without names: only literal addresses resolve.
#[derive(Clone, Copy, Debug, Default)]
pub struct LiteralsOnly;

impl Resolve for LiteralsOnly {
    fn lookup<'a>(
        &'a self,
        host: &'a str,
        families: Families,
    ) -> BoxFuture<'a, Result<Vec<ScopedIp>, ResolveError>> {
        Box::pin(async move {
            literal_in(host, families).unwrap_or_else(|| Err(ResolveError::NoResolver { host: host.into() }))
        })
    }
}

/// The answer to a literal address, which no name server is asked about; `None` for a name.
pub(crate) fn literal_in(host: &str, families: Families) -> Option<Result<Vec<ScopedIp>, ResolveError>> {
    let address = match literal(host)? {
        Ok(address) => address,
        Err(error) => return Some(Err(error)),
    };
    if families.contain(address.ip) {
        Some(Ok(vec![address]))
    } else {
        Some(Err(ResolveError::NoSuitableAddress { host: host.into() }))
    }
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

impl From<ResolveError> for ProbeError {
    fn from(error: ResolveError) -> Self {
        let reason = match error {
            ResolveError::NotAName { .. } => Reason::Target,
            _ => Reason::Resolve,
        };
        Self::new(reason, Phase::Resolve, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mapped_address_counts_as_ipv4() {
        let mapped: IpAddr = "::ffff:192.0.2.1".parse().expect("an address");
        assert!(Families::V4.contain(mapped));
        assert!(!Families::V6.contain(mapped));
    }

    #[tokio::test]
    async fn literals_only_knows_no_names() {
        let loopback: IpAddr = "127.0.0.1".parse().expect("an address");
        assert_eq!(LiteralsOnly.lookup("127.0.0.1", Families::Both).await, Ok(vec![loopback.into()]));
        assert_eq!(
            LiteralsOnly.lookup("127.0.0.1", Families::V6).await,
            Err(ResolveError::NoSuitableAddress { host: "127.0.0.1".into() })
        );
        assert_eq!(
            LiteralsOnly.lookup("localhost", Families::Both).await,
            Err(ResolveError::NoResolver { host: "localhost".into() })
        );
    }

    #[test]
    fn only_text_that_is_no_name_blames_the_target() {
        let not_a_name = ResolveError::NotAName { host: "a b".into(), problem: "a blank".into() };
        let unknown = ResolveError::NoSuchHost { host: "a".into() };
        assert_eq!(ProbeError::from(not_a_name).reason, Reason::Target);
        assert_eq!(ProbeError::from(unknown.clone()).reason, Reason::Resolve);
        assert_eq!(ProbeError::from(unknown).chain(), "lookup a: no such host");
    }
}
