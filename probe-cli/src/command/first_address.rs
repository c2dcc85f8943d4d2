//! Which of a name's addresses the command line probes.

use std::sync::Arc;

use probe_core::net::{BoxFuture, Families, Resolve, ResolveError, ScopedIp};

/// Keeps the first address, in the order in which this host would try them (RFC 6724), as `ping` does.
/// Modules keep to the reference exporter, which prefers a family instead.
pub(super) struct FirstAddress(pub(super) Arc<dyn Resolve>);

impl Resolve for FirstAddress {
    fn lookup<'a>(
        &'a self,
        host: &'a str,
        families: Families,
    ) -> BoxFuture<'a, Result<Vec<ScopedIp>, ResolveError>> {
        Box::pin(async move {
            let mut addresses = self.0.lookup(host, families).await?;
            addresses.truncate(1);
            Ok(addresses)
        })
    }
}
