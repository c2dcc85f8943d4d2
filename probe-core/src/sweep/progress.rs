//! What others may know of a sweep, and do to it, while it runs and when it was stopped.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use thiserror::Error;

use super::account::Account;

/// How far a sweep has come, for others to look at while it runs.
#[derive(Debug, Default)]
pub struct Progress {
    /// Packets that were sent.
    pub sent: AtomicU64,
    /// Targets that have answered.
    pub answered: AtomicU64,
    /// Targets that are up or open.
    pub open: AtomicU64,
    /// Targets that were gone over in this try, and whether it is the first.
    pub place: AtomicU64,
    /// Which try it is, from zero on.
    pub pass: AtomicU64,
    /// Answers that the kernel dropped.
    pub dropped: AtomicU64,
}

/// Stops a sweep from elsewhere; what is known is kept.
#[derive(Clone, Debug, Default)]
pub struct Stopper(Arc<AtomicBool>);

impl Stopper {
    /// Stops it.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Where a sweep was stopped: enough to go on in another process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which try, from zero on.
    pub pass: u32,
    /// How many targets were gone over in it.
    pub place: u64,
    /// Who has answered, a bit a target; empty without marks.
    pub marks: Vec<u8>,
    /// What is known so far.
    pub account: Account,
}

/// Why a sweep ended before its end.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SweepError {
    /// A socket is broken.
    #[error("the socket of the sweep is broken")]
    Socket(#[source] io::Error),
    /// A checkpoint of other targets or options.
    #[error("the state that was saved is of another sweep")]
    ForeignCheckpoint,
}
