//! A resolver that knows a fixed list of names.

use std::net::IpAddr;

use crate::net::{BoxFuture, Families, Resolve, ResolveError, ScopedIp, literal_in};

/// Answers from a fixed list, in the order given there. Literals resolve as always; any other name does not exist.
///
/// ```
/// use probe_core::sim::FixedResolver;
///
/// let resolver = FixedResolver::new([("web.test", vec!["192.0.2.1".parse().unwrap()])]);
/// # let _ = resolver;
/// ```
#[derive(Clone, Debug, Default)]
pub struct FixedResolver {
    names: Vec<(String, Vec<ScopedIp>)>,
}

impl FixedResolver {
    /// A resolver that knows `names` and their addresses.
    pub fn new<N: Into<String>>(names: impl IntoIterator<Item = (N, Vec<IpAddr>)>) -> Self {
        let names = names
            .into_iter()
            .map(|(name, addresses)| (name.into(), addresses.into_iter().map(ScopedIp::from).collect()))
            .collect();
        Self { names }
    }

    fn find(&self, host: &str, families: Families) -> Result<Vec<ScopedIp>, ResolveError> {
        let addresses: Vec<ScopedIp> = self
            .names
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case(host))
            .flat_map(|(_, addresses)| addresses.iter().copied())
            .filter(|address| families.contain(address.ip))
            .collect();
        if addresses.is_empty() {
            return Err(ResolveError::NoSuchHost { host: host.into() });
        }
        Ok(addresses)
    }
}

impl Resolve for FixedResolver {
    fn lookup<'a>(
        &'a self,
        host: &'a str,
        families: Families,
    ) -> BoxFuture<'a, Result<Vec<ScopedIp>, ResolveError>> {
        Box::pin(async move { literal_in(host, families).unwrap_or_else(|| self.find(host, families)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[tokio::test]
    async fn keeps_the_given_order_and_obeys_the_families() {
        let (v4, v6) = (ip("192.0.2.1"), ip("2001:db8::1"));
        let resolver = FixedResolver::new([("Both.test", vec![v4, v6]), ("four.test", vec![v4])]);
        assert_eq!(resolver.lookup("both.test", Families::Both).await, Ok(vec![v4.into(), v6.into()]));
        assert_eq!(resolver.lookup("both.test", Families::V6).await, Ok(vec![v6.into()]));
        assert_eq!(resolver.lookup("::1", Families::V6).await, Ok(vec![ip("::1").into()]));
        for (host, families) in [("four.test", Families::V6), ("other.test", Families::Both)] {
            let error = ResolveError::NoSuchHost { host: host.into() };
            assert_eq!(resolver.lookup(host, families).await, Err(error));
        }
    }
}
