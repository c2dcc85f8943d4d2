//! When work that blocks has to end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use crate::model::Deadline;

/// Tells work on another thread that nobody waits for it any more: its time is up, or its probe was dropped.
#[cfg_attr(not(feature = "cel"), allow(dead_code, reason = "only expressions can be stopped"))]
#[derive(Clone, Debug)]
pub(super) struct Stop {
    deadline: Deadline,
    is_dropped: Arc<AtomicBool>,
}

/// Lives as long as somebody waits.
#[derive(Debug)]
pub(super) struct Waiting(Arc<AtomicBool>);

impl Stop {
    /// Stops at the deadline, or when the other half is dropped.
    pub(super) fn at(deadline: Deadline) -> (Self, Waiting) {
        let is_dropped = Arc::new(AtomicBool::new(false));
        (Self { deadline, is_dropped: is_dropped.clone() }, Waiting(is_dropped))
    }

    /// Whether it is time to end.
    #[cfg_attr(not(feature = "cel"), allow(dead_code, reason = "only expressions can be stopped"))]
    pub(super) fn is_due(&self) -> bool {
        self.is_dropped.load(Ordering::Relaxed) || self.deadline.has_passed(Instant::now())
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
