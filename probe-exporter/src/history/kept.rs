//! The last failures of every target, however many others fail meanwhile.

use std::collections::HashMap;
use std::sync::Arc;

use probe_core::model::Target;

use super::Entry;
use super::weighed::Weighed;

/// How many failures of one target are kept.
const PER_TARGET: usize = 3;
/// What the failures of one target may weigh.
const BYTES_PER_TARGET: usize = 192 << 10;
/// What all of them together may weigh.
const BYTES: usize = 4 << 20;
/// How many targets there are for each entry of the history.
const TARGETS_PER_ENTRY: usize = 10;

/// Failures by module and target.
pub(super) struct Kept {
    targets: HashMap<(Arc<str>, Target), Failing>,
    most_targets: usize,
    bytes: usize,
}

/// The failures of one target.
struct Failing {
    failures: Weighed,
    /// How many there were since it succeeded last.
    in_a_row: u64,
}

/// A target that failed.
#[derive(Clone)]
pub(crate) struct LastFailure {
    /// Its last failure.
    pub(crate) entry: Arc<Entry>,
    /// How many failures there were since it succeeded last; none if it has recovered.
    pub(crate) in_a_row: u64,
}

impl Kept {
    /// For a history of `limit` entries.
    pub(super) fn new(limit: usize) -> Self {
        Self { targets: HashMap::new(), most_targets: limit.saturating_mul(TARGETS_PER_ENTRY), bytes: 0 }
    }

    /// Adds a failure, or notes that a target has recovered. The targets whose last failure is the longest ago make room.
    pub(super) fn add(&mut self, entry: &Arc<Entry>) {
        let report = &entry.capture.report;
        if report.is_success() && self.targets.is_empty() {
            return;
        }
        let key = (report.module.clone(), report.target.clone());
        if report.is_success() {
            if let Some(target) = self.targets.get_mut(&key) {
                target.in_a_row = 0;
            }
            return;
        }
        let target = self
            .targets
            .entry(key)
            .or_insert_with(|| Failing { failures: Weighed::new(PER_TARGET, BYTES_PER_TARGET), in_a_row: 0 });
        target.in_a_row += 1;
        self.bytes -= target.failures.bytes();
        target.failures.push(entry.clone());
        self.bytes += target.failures.bytes();
        self.make_room();
    }

    fn make_room(&mut self) {
        while self.targets.len() > self.most_targets || self.bytes > BYTES {
            let last = |target: &Failing| target.failures.iter().next_back().map(|entry| entry.id);
            let oldest =
                self.targets.iter().min_by_key(|(_, target)| last(target)).map(|(key, _)| key.clone());
            let Some(gone) = oldest.and_then(|key| self.targets.remove(&key)) else { break };
            self.bytes -= gone.failures.bytes();
        }
    }

    /// The last failure of every target, the newest first.
    pub(super) fn newest(&self) -> Vec<LastFailure> {
        let last = self.targets.values().filter_map(|target| {
            let entry = target.failures.iter().next_back()?.clone();
            Some(LastFailure { entry, in_a_row: target.in_a_row })
        });
        let mut newest: Vec<_> = last.collect();
        newest.sort_unstable_by_key(|failure| std::cmp::Reverse(failure.entry.id));
        newest
    }

    /// The oldest failure that `matches`.
    pub(super) fn find(&self, matches: impl Fn(&Entry) -> bool) -> Option<Arc<Entry>> {
        let all = self.targets.values().flat_map(|target| target.failures.iter());
        all.filter(|entry| matches(entry)).min_by_key(|entry| entry.id).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn entry(id: u64, target: &str) -> Arc<Entry> {
        Arc::new(Entry { id, capture: testing::failure("m", target) })
    }

    fn ids(kept: &Kept) -> Vec<u64> {
        kept.newest().iter().map(|failure| failure.entry.id).collect()
    }

    #[test]
    fn a_target_keeps_its_last_few_failures() {
        let mut kept = Kept::new(100);
        for id in 0..5 {
            kept.add(&entry(id, "a"));
        }
        assert_eq!(ids(&kept), [4]);
        assert_eq!(kept.find(|_| true).map(|entry| entry.id), Some(2));
    }

    #[test]
    fn a_success_ends_the_row_of_failures() {
        let mut kept = Kept::new(100);
        let in_a_row = |kept: &Kept| kept.newest().iter().map(|failure| failure.in_a_row).collect::<Vec<_>>();
        kept.add(&Arc::new(Entry { id: 0, capture: testing::success("m", "a") }));
        assert!(in_a_row(&kept).is_empty());
        kept.add(&entry(1, "a"));
        kept.add(&entry(2, "a"));
        assert_eq!(in_a_row(&kept), [2]);
        kept.add(&Arc::new(Entry { id: 3, capture: testing::success("m", "a") }));
        assert_eq!((in_a_row(&kept), ids(&kept)), (vec![0], vec![2]));
    }

    #[test]
    fn the_target_that_failed_the_longest_ago_makes_room() {
        let mut kept = Kept::new(1);
        for id in 0..10 {
            kept.add(&entry(id, &id.to_string()));
        }
        kept.add(&entry(10, "0"));
        kept.add(&entry(11, "new"));
        assert_eq!(kept.newest().len(), 10);
        assert!(kept.find(|entry| entry.id == 1).is_none() && kept.find(|entry| entry.id == 0).is_some());
    }

    #[test]
    fn all_together_are_bounded_in_bytes() {
        let mut kept = Kept::new(1000);
        for id in 0..400 {
            kept.add(&entry(id, &format!("{id}{}", "a".repeat(60_000))));
        }
        let held: usize = kept.targets.values().map(|target| target.failures.bytes()).sum();
        assert_eq!(held, kept.bytes);
        assert!(held <= BYTES && held > BYTES / 2, "{held}");
        assert_eq!(ids(&kept)[0], 399);
    }
}
