//! The ordered ways to get an ICMP socket: tries the least privileged first, remembers refusals, explains them.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use thiserror::Error;

use super::icmp::Pool;
use super::link::{SocketKey, SocketKind};
use super::privilege::{Facts, Rung, explain};
use crate::model::{Reason, Refusal};
use crate::wire::IpVersion;

/// How long a refusal is believed before the kernel is asked again: the administrator may have lifted it meanwhile.
const MEMORY: Duration = Duration::from_secs(1);

/// Which sockets may be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SocketChoice {
    /// A datagram socket, or a raw one where that is refused.
    #[default]
    Auto,
    /// A datagram socket only.
    Datagram,
    /// A raw socket only.
    Raw,
}

impl SocketChoice {
    /// The rungs in the order in which they are tried.
    pub fn rungs(self) -> &'static [SocketKind] {
        match self {
            Self::Auto => &[SocketKind::Datagram, SocketKind::Raw],
            Self::Datagram => &[SocketKind::Datagram],
            Self::Raw => &[SocketKind::Raw],
        }
    }

    /// The words users write, with their meanings.
    pub const WORDS: [(&'static str, Self); 3] =
        [("auto", Self::Auto), ("datagram", Self::Datagram), ("raw", Self::Raw)];
}

/// No socket could be had.
#[derive(Debug, Error)]
#[error("{problem}")]
pub struct OpenError {
    /// The word for reports.
    pub reason: Reason,
    /// What is wrong, in words.
    pub problem: String,
    /// Every rung that was refused, and what would lift each refusal.
    pub refusals: Vec<Arc<Refusal>>,
}

impl OpenError {
    fn new(reason: Reason, problem: String) -> Self {
        Self { reason, problem, refusals: Vec::new() }
    }

    pub(super) fn engine_gone() -> Self {
        Self::new(Reason::Internal, "the ICMP engine is not running".into())
    }

    pub(super) fn no_interface(name: &str) -> Self {
        Self::new(Reason::Configuration, format!("there is no interface {name:?} on this host"))
    }

    pub(super) fn source_family(source: IpAddr) -> Self {
        Self::new(
            Reason::Configuration,
            format!("source address {source} is of another family than the target"),
        )
    }

    fn refused(refusals: Vec<(Arc<Refusal>, Reason)>, version: IpVersion) -> Self {
        let family = if version == IpVersion::V6 { "ICMPv6" } else { "ICMP" };
        let reason = refusals.last().map_or(Reason::Privilege, |(_, reason)| *reason);
        let refusals: Vec<_> = refusals.into_iter().map(|(refusal, _)| refusal).collect();
        let tried: Vec<String> = refusals.iter().map(ToString::to_string).collect();
        let problem = format!("no {family} socket may be opened: {}", tried.join("; "));
        Self { reason, problem, refusals }
    }
}

/// The socket that was chosen, and the rungs above it.
#[derive(Debug)]
pub(super) struct Chosen {
    pub(super) key: SocketKey,
    pub(super) refusals: Vec<Arc<Refusal>>,
}

struct Remembered {
    key: SocketKey,
    refusal: Arc<Refusal>,
    reason: Reason,
    at: Instant,
}

/// Chooses sockets; one an engine.
#[derive(Default)]
pub(super) struct Ladder {
    refused: Vec<Remembered>,
}

impl Ladder {
    /// The first rung of `choice` that opens, `wanted` otherwise.
    pub(super) fn choose(
        &mut self,
        pool: &mut Pool,
        choice: SocketChoice,
        wanted: SocketKey,
        now: Instant,
    ) -> Result<Chosen, OpenError> {
        let mut refusals = Vec::new();
        for &kind in choice.rungs() {
            let key = SocketKey { kind, ..wanted };
            if pool.has(&key) {
                return Ok(Chosen {
                    key,
                    refusals: refusals.into_iter().map(|(refusal, _)| refusal).collect(),
                });
            }
            if let Some(known) = self.recall(&key, now) {
                refusals.push(known);
                continue;
            }
            match pool.open(&key, now) {
                Ok(_) => {
                    return Ok(Chosen {
                        key,
                        refusals: refusals.into_iter().map(|(refusal, _)| refusal).collect(),
                    });
                }
                Err(error) => refusals.push(self.remember(key, &error, now)),
            }
        }
        Err(OpenError::refused(refusals, wanted.version))
    }

    fn recall(&mut self, key: &SocketKey, now: Instant) -> Option<(Arc<Refusal>, Reason)> {
        self.refused.retain(|known| now.saturating_duration_since(known.at) < MEMORY);
        let known = self.refused.iter().find(|known| known.key == *key)?;
        Some((known.refusal.clone(), known.reason))
    }

    fn remember(&mut self, key: SocketKey, error: &io::Error, now: Instant) -> (Arc<Refusal>, Reason) {
        let rung = match key.kind {
            SocketKind::Datagram => Rung::Datagram,
            SocketKind::Raw => Rung::Raw,
        };
        let refusal = Arc::new(explain(rung, key.version == IpVersion::V6, error, &Facts::read()));
        let reason = reason_of(error);
        self.refused.push(Remembered { key, refusal: refusal.clone(), reason, at: now });
        (refusal, reason)
    }
}

/// The word for an error of opening a socket.
pub(crate) fn reason_of(error: &io::Error) -> Reason {
    match error.raw_os_error() {
        Some(libc::EMFILE | libc::ENFILE | libc::ENOBUFS | libc::ENOMEM) | None => Reason::Resource,
        Some(libc::EAFNOSUPPORT | libc::EADDRNOTAVAIL) => Reason::Network,
        Some(_) => Reason::Privilege,
    }
}
