//! What probes found: the newest ones, older failures, and per target its last failures, all within bounds.
//!
//! The first two are the reference exporter's, rule by rule. The third is ours: one target that keeps failing cannot push
//! the others out of it.

mod kept;
mod weighed;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::capture::Capture;

use self::kept::Kept;
use self::weighed::Weighed;

pub(crate) use self::kept::LastFailure;

/// What one entry may weigh on average before the history keeps fewer than its limit.
const BYTES_PER_ENTRY: usize = 32 << 10;
/// What the history may weigh in any case.
const BYTES_AT_LEAST: usize = 8 << 20;

/// One probe of the history.
pub(crate) struct Entry {
    /// Counts from 0 over the life of the process.
    pub(crate) id: u64,
    /// What there is to know.
    pub(crate) capture: Capture,
}

/// The probes that are remembered.
pub(crate) struct History {
    limit: usize,
    rings: Mutex<Rings>,
}

struct Rings {
    next: u64,
    recent: Weighed,
    /// Failures that were pushed out of the recent ones.
    failures: Weighed,
    kept: Kept,
}

impl History {
    /// Keeps `limit` probes, and as many older failures; nothing if that is zero.
    pub(crate) fn new(limit: usize) -> Self {
        let bytes = limit.saturating_mul(BYTES_PER_ENTRY).max(BYTES_AT_LEAST);
        Self {
            limit,
            rings: Mutex::new(Rings {
                next: 0,
                recent: Weighed::new(limit, bytes / 2),
                failures: Weighed::new(limit, bytes / 2),
                kept: Kept::new(limit),
            }),
        }
    }

    /// Remembers a probe and gives it its number.
    pub(crate) fn add(&self, capture: Capture) -> Arc<Entry> {
        let mut rings = self.lock();
        let entry = Arc::new(Entry { id: rings.next, capture });
        rings.next += 1;
        if self.limit > 0 {
            rings.kept.add(&entry);
            for fallen in rings.recent.push(entry.clone()) {
                if !fallen.capture.report.is_success() {
                    rings.failures.push(fallen);
                }
            }
        }
        entry
    }

    /// The older failures and then the recent probes, the oldest first.
    pub(crate) fn list(&self) -> Vec<Arc<Entry>> {
        let rings = self.lock();
        rings.failures.iter().chain(rings.recent.iter()).cloned().collect()
    }

    /// The last failure of every target that failed, the newest first.
    pub(crate) fn failing(&self) -> Vec<LastFailure> {
        self.lock().kept.newest()
    }

    /// The probe of this number, if it is in the list.
    pub(crate) fn by_id(&self, id: u64) -> Option<Arc<Entry>> {
        let rings = self.lock();
        rings.failures.iter().chain(rings.recent.iter()).find(|entry| entry.id == id).cloned()
    }

    /// The same also among those that are kept for their target alone.
    pub(crate) fn by_id_anywhere(&self, id: u64) -> Option<Arc<Entry>> {
        self.by_id(id).or_else(|| self.lock().kept.find(|entry| entry.id == id))
    }

    /// The oldest probe of the list with this target, and of this module if one is named. Where the list has none, the
    /// oldest failure that is kept for the target.
    pub(crate) fn by_target(&self, target: &str, module: Option<&str>) -> Option<Arc<Entry>> {
        let matches = |entry: &Entry| {
            let report = &entry.capture.report;
            report.target.as_str() == target && module.is_none_or(|module| *report.module == *module)
        };
        let rings = self.lock();
        let mut listed = rings.failures.iter().chain(rings.recent.iter());
        listed.find(|entry| matches(entry)).cloned().or_else(|| rings.kept.find(matches))
    }

    /// Nothing that holds the lock can leave the rings half-changed.
    fn lock(&self) -> MutexGuard<'_, Rings> {
        self.rings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn with(limit: usize, plan: &str) -> History {
        let history = History::new(limit);
        for (module, letter) in plan.chars().map(|letter| (if letter == 'x' { "other" } else { "m" }, letter))
        {
            history.add(match letter {
                'g' | 'x' => testing::success(module, "good"),
                target => testing::failure(module, &target.to_string()),
            });
        }
        history
    }

    fn ids(entries: &[Arc<Entry>]) -> Vec<u64> {
        entries.iter().map(|entry| entry.id).collect()
    }

    #[test]
    fn keeps_the_newest_when_all_succeed() {
        assert_eq!(ids(&with(3, "ggggg").list()), [2, 3, 4]);
    }

    #[test]
    fn failures_that_fall_out_are_preserved_and_successes_are_not() {
        let history = with(3, "gfgfggg");
        assert_eq!(ids(&history.list()), [1, 3, 4, 5, 6]);
        assert!(history.by_id(0).is_none() && history.by_id(3).is_some());
    }

    #[test]
    fn preserved_failures_are_limited_too() {
        assert_eq!(ids(&with(2, "fffgggg").list()), [1, 2, 5, 6]);
    }

    #[test]
    fn a_target_is_found_by_its_oldest_entry() {
        let history = with(2, "fxgf");
        let found = |target, module| history.by_target(target, module).map(|entry| entry.id);
        assert_eq!(found("f", None), Some(0));
        assert_eq!(found("good", None), Some(2));
        assert_eq!(found("good", Some("other")), None);
        assert_eq!(found("good", Some("m")), Some(2));
        assert_eq!(found("absent", None), None);
    }

    #[test]
    fn nothing_is_kept_without_a_limit() {
        let history = with(0, "fgf");
        assert!(history.list().is_empty() && history.failing().is_empty());
        assert!(history.by_target("f", None).is_none());
        assert_eq!(history.add(testing::success("m", "good")).id, 3);
    }

    #[test]
    fn one_failing_target_does_not_push_out_the_others() {
        let history = with(2, "abbbbbbbb");
        assert_eq!(ids(&history.list()), [5, 6, 7, 8]);
        assert_eq!(history.by_target("a", None).map(|entry| entry.id), Some(0));
        let failing: Vec<_> = history.failing().iter().map(|failure| failure.entry.id).collect();
        assert_eq!(failing, [8, 0]);
        assert!(history.by_id(0).is_none() && history.by_id_anywhere(0).is_some());
    }

    #[test]
    fn large_probes_are_kept_within_bytes() {
        let history = History::new(400);
        for number in 0..400 {
            history.add(testing::failure("m", &format!("{number}{}", "a".repeat(60_000))));
        }
        let held: usize = history.list().iter().map(|entry| entry.capture.size()).sum();
        let bound = 400 * BYTES_PER_ENTRY;
        assert!(held <= bound && held > bound / 2, "{held}");
        assert_eq!(history.list().last().map(|entry| entry.id), Some(399));
    }
}
