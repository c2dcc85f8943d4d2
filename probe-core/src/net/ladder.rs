//! The ordered ways to get an ICMP socket: tries the least privileged first, remembers refusals, explains them.

use std::io;
use std::time::{Duration, Instant};

use super::icmp::Pool;
use super::link::{SocketKey, SocketKind};
use super::open_error::{OpenError, mark_refusal, reason_of};
use super::privilege::{Facts, Rung, explain, explain_mark};
use crate::model::{Explanation, Reason};
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

/// The socket that was chosen, and the rungs above it.
#[derive(Debug)]
pub(super) struct Chosen {
    pub(super) key: SocketKey,
    pub(super) refusals: Vec<Explanation>,
}

struct Remembered {
    key: SocketKey,
    refusal: Explanation,
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
                Err(error) => refusals.push(self.remember(key, error, now)),
            }
        }
        Err(OpenError::refused(refusals, wanted.version))
    }

    fn recall(&mut self, key: &SocketKey, now: Instant) -> Option<(Explanation, Reason)> {
        self.refused.retain(|known| now.saturating_duration_since(known.at) < MEMORY);
        let known = self.refused.iter().find(|known| known.key == *key)?;
        Some((known.refusal.clone(), known.reason))
    }

    fn remember(&mut self, key: SocketKey, error: io::Error, now: Instant) -> (Explanation, Reason) {
        let rung = match key.kind {
            SocketKind::Datagram => Rung::Datagram,
            SocketKind::Raw => Rung::Raw,
        };
        let reason = reason_of(&error);
        let ipv6 = key.version == IpVersion::V6;
        let refusal = Explanation::later(move || match mark_refusal(&error) {
            Some(error) => explain_mark(error, &Facts::read()),
            None => explain(rung, ipv6, &error, &Facts::read()),
        });
        self.refused.push(Remembered { key, refusal: refusal.clone(), reason, at: now });
        (refusal, reason)
    }
}
