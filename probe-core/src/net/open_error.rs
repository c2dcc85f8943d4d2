//! No socket: why, and what would lift each refusal.

use std::fmt;
use std::io;
use std::net::IpAddr;

use thiserror::Error;

use crate::model::{Explanation, Reason};
use crate::wire::IpVersion;

/// No socket could be had.
#[derive(Debug, Error)]
#[error("{problem}{}", Refused(.refusals))]
pub struct OpenError {
    /// The word for reports.
    pub reason: Reason,
    /// What is wrong, in words; the refusals are not in them.
    pub problem: String,
    /// Every rung that was refused, and what would lift each refusal.
    pub refusals: Vec<Explanation>,
}

impl OpenError {
    pub(super) fn new(reason: Reason, problem: String) -> Self {
        Self { reason, problem, refusals: Vec::new() }
    }

    pub(super) fn engine_gone() -> Self {
        Self::new(Reason::Internal, "the ICMP engine is not running".into())
    }

    pub(super) fn no_interface(name: &str) -> Self {
        Self::new(Reason::Configuration, format!("there is no interface {name:?} on this host"))
    }

    pub(super) fn foreign_source(source: IpAddr) -> Self {
        Self::new(Reason::Configuration, format!("source address {source} is not an address of this host"))
    }

    pub(super) fn source_family(source: IpAddr) -> Self {
        Self::new(
            Reason::Configuration,
            format!("source address {source} is of another family than the target"),
        )
    }

    pub(super) fn refused(refusals: Vec<(Explanation, Reason)>, version: IpVersion) -> Self {
        let family = if version == IpVersion::V6 { "ICMPv6" } else { "ICMP" };
        let reason = refusals.last().map_or(Reason::Privilege, |(_, reason)| *reason);
        let refusals: Vec<_> = refusals.into_iter().map(|(refusal, _)| refusal).collect();
        let problem = format!("no {family} socket may be opened");
        Self { reason, problem, refusals }
    }
}

struct Refused<'a>(&'a [Explanation]);

impl fmt::Display for Refused<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, refusal) in self.0.iter().enumerate() {
            write!(f, "{}{}", if at == 0 { ": " } else { "; " }, **refusal)?;
        }
        Ok(())
    }
}

/// The kernel gave the socket, but not the firewall mark.
#[derive(Debug, Error)]
#[error("cannot set the firewall mark")]
struct MarkRefused(#[source] io::Error);

/// Sets the firewall mark; the error tells a refused mark from a refused socket.
pub(crate) fn set_mark(socket: &socket2::Socket, mark: u32) -> io::Result<()> {
    socket.set_mark(mark).map_err(|error| io::Error::new(error.kind(), MarkRefused(error)))
}

/// What the kernel said to the firewall mark, if that is what it refused.
pub(crate) fn mark_refusal(error: &io::Error) -> Option<&io::Error> {
    let MarkRefused(error) = error.get_ref()?.downcast_ref()?;
    Some(error)
}

/// The word for an error of opening a socket.
pub(crate) fn reason_of(error: &io::Error) -> Reason {
    match mark_refusal(error).unwrap_or(error).raw_os_error() {
        Some(libc::EMFILE | libc::ENFILE | libc::ENOBUFS | libc::ENOMEM) | None => Reason::Resource,
        Some(libc::EAFNOSUPPORT | libc::EADDRNOTAVAIL) => Reason::Network,
        Some(_) => Reason::Privilege,
    }
}
