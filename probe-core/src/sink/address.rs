//! Where a receiver is that is no URL: a host, and a port that may be left out.

use std::net::SocketAddr;

use super::receiver::SendError;
use crate::model::HostPort;
use crate::net::{Approved, Families, Policy, Resolve, literal_in};

/// A host as the operator wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerAddress {
    /// A name or an address.
    pub host: String,
    /// The port.
    pub port: u16,
}

impl ServerAddress {
    /// Reads `HOST`, `HOST:PORT`, `ADDRESS` or `[ADDRESS]:PORT`.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(text: &str, usual_port: u16) -> Result<Self, String> {
        let wrong = || format!("{text:?}: a host is wanted, or HOST:PORT");
        let (host, port) = match HostPort::parse(text) {
            Ok(HostPort { host, port }) => (host, port.parse().map_err(|_| wrong())?),
            // No port, or colons of an address.
            Err(_) => (text.trim_start_matches('[').trim_end_matches(']'), usual_port),
        };
        if host.is_empty() || host.contains(['/', ' ']) || port == 0 {
            return Err(wrong());
        }
        Ok(Self { host: host.to_owned(), port })
    }

    /// Its addresses. The receiver is the operator's choice, wherever it is.
    pub(super) async fn addresses(
        &self,
        resolver: &dyn Resolve,
    ) -> Result<Vec<Approved<SocketAddr>>, SendError> {
        let unknown =
            |error: crate::net::ResolveError| SendError::Passing { what: error.to_string(), after: None };
        let addresses = match literal_in(&self.host, Families::Both) {
            Some(literal) => literal.map_err(unknown)?,
            None => resolver.lookup(&self.host, Families::Both).await.map_err(unknown)?,
        };
        let policy = Policy::operator();
        Ok(addresses.iter().filter_map(|address| policy.approve(address.with_port(self.port)).ok()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_have_a_port_or_the_usual_one() {
        let read = |text: &str| ServerAddress::parse(text, 10).map(|place| (place.host, place.port));
        for (text, host, port) in
            [("a", "a", 10), ("a:1", "a", 1), ("::1", "::1", 10), ("[::1]:2", "::1", 2), ("[::1]", "::1", 10)]
        {
            assert_eq!(read(text), Ok((host.to_owned(), port)), "{text}");
        }
        for text in ["", ":1", "a:b", "a:0", "http://a", "a:70000"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
