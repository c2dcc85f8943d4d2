//! Which addresses may be contacted. Every socket opener takes an [`Approved`] value, and only this module makes one.

use std::fmt;
use std::net::SocketAddr;
use std::ops::Deref;
use std::path::{Path, PathBuf};

use thiserror::Error;

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

/// What a module may contact. This version has one policy: everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    _private: (),
}

impl Policy {
    /// Allows every contact.
    pub fn allow_all() -> Self {
        Self::default()
    }

    /// Allows what the operator configured, past the policy of a module: name servers, proxies.
    pub(crate) fn operator() -> Self {
        Self::allow_all()
    }

    /// Approves contact with `address`, or says why not. A zone travels in the address; ICMP uses port 0.
    pub fn approve(&self, address: SocketAddr) -> Result<Approved<SocketAddr>, Denied> {
        Ok(Approved(address))
    }

    /// Approves contact with a unix socket, or says why not.
    pub fn approve_path(&self, path: &Path) -> Result<Approved<PathBuf>, DeniedPath> {
        Ok(Approved(path.to_owned()))
    }
}

/// A contact the policy forbids.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{address} is denied by the target policy")]
pub struct Denied {
    /// The address.
    pub address: SocketAddr,
}

/// A unix socket the policy forbids.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{} is denied by the target policy", path.display())]
pub struct DeniedPath {
    /// The socket.
    pub path: PathBuf,
}
