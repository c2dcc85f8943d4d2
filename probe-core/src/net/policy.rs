//! Which targets may be contacted. Every socket opener takes an [`Approved`] value, and only this module makes one.

mod address;
mod embedded;
mod host;
mod name;
mod own;
mod path;
mod port;
mod rules;
mod word;

use std::fmt;
use std::net::SocketAddr;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;

pub use address::{AddressRule, Cidr};
pub use embedded::Nat64Prefix;
pub use name::NameRule;
pub use path::PathRule;
pub use port::PortRange;
pub use rules::{PolicyRules, RuleError, Scheme, Selection};
pub use word::AddressWord;

use super::ScopedIp;
use crate::model::{Phase, ProbeError, Reason};

/// Proof that the policy in force allows a contact.
///
/// There is no other way to make one than through a [`Policy`]:
///
/// ```compile_fail
/// use probe_core::net::Approved;
/// let forged = Approved("127.0.0.1:80".parse::<std::net::SocketAddr>().unwrap());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Approved<T>(T);

impl<T> Deref for Approved<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: fmt::Display> fmt::Display for Approved<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a module may contact: layers of [rules](PolicyRules), each of which must agree. Without a layer, everything.
///
/// A contact is asked about in the order in which it comes about: the host as written before it is looked up, its
/// address before anything is said about it, address and port before a socket touches them. Who looks a name up by
/// himself, for a redirect or a proxy, asks for each of them himself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    layers: Arc<[Arc<PolicyRules>]>,
}

impl Policy {
    /// Allows every contact.
    pub fn allow_all() -> Self {
        Self::default()
    }

    /// For what the operator configured, not the one who asks for a probe: name servers, sinks, proxies and token
    /// servers of a module. Allows every contact.
    pub fn operator() -> Self {
        Self::allow_all()
    }

    /// Allows what these rules allow.
    pub fn new(rules: impl Into<Arc<PolicyRules>>) -> Self {
        Self::allow_all().and(rules)
    }

    /// Allows what this policy and these rules allow.
    #[must_use]
    pub fn and(&self, rules: impl Into<Arc<PolicyRules>>) -> Self {
        let rules = rules.into();
        if !rules.is_restrictive() {
            return self.clone();
        }
        Self { layers: self.layers.iter().cloned().chain([rules]).collect() }
    }

    /// Whether anything is forbidden. Then who may ask for probes may not know everything about this network, and
    /// details of a failure are for the operator alone.
    pub fn is_restrictive(&self) -> bool {
        !self.layers.is_empty()
    }

    /// Approves a host as it was written, a name or a literal address, before any name server is asked about it.
    pub fn approve_name(&self, host: &str) -> Result<(), DeniedName> {
        let denied = || DeniedName { name: host.into() };
        self.all(|rules| rules.permit_host(host)).then_some(()).ok_or_else(denied)
    }

    /// Approves the address that a host turned out to have, whatever port will be asked for.
    pub fn approve_ip(&self, address: ScopedIp) -> Result<(), Denied> {
        self.approve(address.with_port(0)).map(|_| ())
    }

    /// Approves contact with `address`, or says why not. A zone travels in the address; ICMP uses port 0, which rules
    /// about ports say nothing about.
    pub fn approve(&self, address: SocketAddr) -> Result<Approved<SocketAddr>, Denied> {
        let permitted = self.all(|rules| rules.permit_address(address));
        permitted.then_some(Approved(address)).ok_or(Denied { address })
    }

    /// Approves the scheme of a URL.
    pub fn approve_scheme(&self, scheme: &str) -> Result<(), DeniedScheme> {
        let denied = || DeniedScheme { scheme: scheme.into() };
        self.all(|rules| rules.permit_scheme(scheme)).then_some(()).ok_or_else(denied)
    }

    /// Approves contact with a unix socket, or says why not. Where rules are about paths, the approved path is the one
    /// that the given one leads to, so that no symbolic link gets around them.
    pub fn approve_path(&self, path: &Path) -> Result<Approved<PathBuf>, DeniedPath> {
        if !self.is_restrictive() {
            return Ok(Approved(path.to_owned()));
        }
        let resolved = path::resolve(path);
        let permitted = self.all(|rules| rules.permit_path(&resolved));
        permitted.then_some(Approved(resolved)).ok_or_else(|| DeniedPath { path: path.to_owned() })
    }

    fn all(&self, agrees: impl Fn(&PolicyRules) -> bool) -> bool {
        self.layers.iter().all(|rules| agrees(rules))
    }
}

/// An address the policy forbids.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{} is denied by the target policy", shown(address))]
pub struct Denied {
    /// The address; port 0 if no port had been asked for yet.
    pub address: SocketAddr,
}

impl Denied {
    /// The failure of a probe that had come as far as `phase`.
    pub fn into_failure(self, phase: Phase) -> ProbeError {
        ProbeError::new(Reason::Policy, phase, self.to_string())
    }
}

fn shown(address: &SocketAddr) -> String {
    match address.port() {
        0 => address.ip().to_string(),
        _ => address.to_string(),
    }
}

/// A host the policy forbids to ask about.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("host {name:?} is denied by the target policy")]
pub struct DeniedName {
    /// The host as it was written.
    pub name: String,
}

/// A scheme the policy forbids.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("scheme {scheme:?} is denied by the target policy")]
pub struct DeniedScheme {
    /// The scheme as it was written.
    pub scheme: String,
}

/// A unix socket the policy forbids.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{} is denied by the target policy", path.display())]
pub struct DeniedPath {
    /// The socket as it was written.
    pub path: PathBuf,
}

impl From<DeniedName> for ProbeError {
    fn from(denied: DeniedName) -> Self {
        Self::new(Reason::Policy, Phase::Resolve, denied.to_string())
    }
}

impl From<DeniedScheme> for ProbeError {
    fn from(denied: DeniedScheme) -> Self {
        Self::new(Reason::Policy, Phase::Prepare, denied.to_string())
    }
}

#[cfg(test)]
mod tests;
