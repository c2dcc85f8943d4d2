//! A ring of entries that is bounded in their number and in their bytes.

use std::collections::VecDeque;
use std::sync::Arc;

use super::Entry;

/// The newest entries.
pub(super) struct Weighed {
    entries: VecDeque<(usize, Arc<Entry>)>,
    most_entries: usize,
    most_bytes: usize,
    bytes: usize,
}

impl Weighed {
    /// An empty ring with these bounds.
    pub(super) fn new(most_entries: usize, most_bytes: usize) -> Self {
        Self { entries: VecDeque::new(), most_entries, most_bytes, bytes: 0 }
    }

    /// Adds the newest entry and gives back what had to go for it.
    pub(super) fn push(&mut self, entry: Arc<Entry>) -> Vec<Arc<Entry>> {
        let size = entry.capture.size();
        self.bytes += size;
        self.entries.push_back((size, entry));
        let mut fallen = Vec::new();
        while self.entries.len() > self.most_entries || self.bytes > self.most_bytes {
            let Some((size, entry)) = self.entries.pop_front() else { break };
            self.bytes -= size;
            fallen.push(entry);
        }
        fallen
    }

    /// The entries, the oldest first.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Arc<Entry>> {
        self.entries.iter().map(|(_, entry)| entry)
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}
