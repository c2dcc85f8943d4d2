//! A hashed timing wheel: when does which request run out of time? Insert and remove are O(1) and allocate nothing
//! once as many requests were in flight as there will be.

use std::time::{Duration, Instant};

/// Width of a slot; a request expires at most this much late.
const TICK: Duration = Duration::from_millis(1);
/// Slots; what is further away than their span waits in its slot for the next turn.
const SLOTS: usize = 1024;
/// No request. Requests are kept as their number plus one, so that an empty wheel is zeroed memory, which costs nothing
/// until it is touched.
const NONE: u32 = 0;

#[derive(Clone, Copy)]
struct Entry {
    previous: u32,
    next: u32,
    /// Absolute tick; meaningless while not in the wheel.
    tick: u64,
    inserted: bool,
}

/// Deadlines of requests, by request number.
pub(super) struct Wheel {
    origin: Instant,
    /// Everything before this tick has been handed out.
    current: u64,
    heads: Box<[u32]>,
    /// One bit a slot: whether it has entries.
    occupied: [u64; SLOTS / 64],
    entries: Vec<Entry>,
    len: usize,
}

impl Wheel {
    pub(super) fn new(origin: Instant) -> Self {
        Self {
            origin,
            current: 0,
            heads: vec![0; SLOTS].into_boxed_slice(),
            occupied: [0; SLOTS / 64],
            entries: Vec::new(),
            len: 0,
        }
    }

    /// Sets the deadline of `request`, replacing an earlier one.
    pub(super) fn insert(&mut self, request: u32, at: Instant) {
        self.remove(request);
        let index = request as usize;
        if self.entries.len() <= index {
            let free = Entry { previous: NONE, next: NONE, tick: 0, inserted: false };
            self.entries.resize(index + 1, free);
        }
        let since = at.saturating_duration_since(self.origin);
        let tick = (since.as_nanos().div_ceil(TICK.as_nanos()) as u64).max(self.current);
        let slot = tick as usize % SLOTS;
        let head = self.heads[slot];
        self.entries[index] = Entry { previous: NONE, next: head, tick, inserted: true };
        if head != NONE {
            self.entries[head as usize - 1].previous = request + 1;
        }
        self.heads[slot] = request + 1;
        self.occupied[slot / 64] |= 1 << (slot % 64);
        self.len += 1;
    }

    /// Forgets the deadline of `request`, if it has one.
    pub(super) fn remove(&mut self, request: u32) {
        let Some(&entry) = self.entries.get(request as usize) else { return };
        if !entry.inserted {
            return;
        }
        let slot = entry.tick as usize % SLOTS;
        match entry.previous {
            NONE => self.heads[slot] = entry.next,
            previous => self.entries[previous as usize - 1].next = entry.next,
        }
        if entry.next != NONE {
            self.entries[entry.next as usize - 1].previous = entry.previous;
        }
        if self.heads[slot] == NONE {
            self.occupied[slot / 64] &= !(1 << (slot % 64));
        }
        self.entries[request as usize].inserted = false;
        self.len -= 1;
    }

    /// Takes out every request whose deadline has passed at `now` and appends it to `expired`.
    pub(super) fn advance(&mut self, now: Instant, expired: &mut Vec<u32>) {
        let until = (now.saturating_duration_since(self.origin).as_nanos() / TICK.as_nanos()) as u64;
        if until < self.current {
            return;
        }
        let mut tick = self.current;
        let last = until.min(self.current + SLOTS as u64 - 1);
        while let Some(slot) = self.occupied_from(tick, last) {
            tick = slot;
            let mut link = self.heads[tick as usize % SLOTS];
            let first = expired.len();
            while link != NONE {
                let request = link - 1;
                let entry = self.entries[request as usize];
                if entry.tick <= until {
                    self.remove(request);
                    expired.push(request);
                }
                link = entry.next;
            }
            // Whoever came last is at the head.
            expired[first..].reverse();
            tick += 1;
        }
        self.current = until + 1;
    }

    /// When to look again: not later than the first deadline, `None` if there is none.
    pub(super) fn next(&self) -> Option<Instant> {
        let tick = self.occupied_from(self.current, self.current + SLOTS as u64 - 1)?;
        Some(self.origin + Duration::from_millis(tick))
    }

    /// Requests with a deadline.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The first tick from `from` to `to` whose slot has entries.
    fn occupied_from(&self, from: u64, to: u64) -> Option<u64> {
        if self.len == 0 {
            return None;
        }
        let mut tick = from;
        while tick <= to {
            let slot = tick as usize % SLOTS;
            let word = self.occupied[slot / 64] >> (slot % 64);
            if word != 0 {
                let found = tick + u64::from(word.trailing_zeros());
                return (found <= to).then_some(found);
            }
            tick += 64 - (slot % 64) as u64;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[test]
    fn expires_in_time_and_not_before() {
        let start = Instant::now();
        let mut wheel = Wheel::new(start);
        wheel.insert(3, start + Duration::from_millis(10));
        let mut expired = Vec::new();
        wheel.advance(start + Duration::from_millis(9), &mut expired);
        assert!(expired.is_empty());
        assert_eq!(wheel.next(), Some(start + Duration::from_millis(10)));
        wheel.advance(start + Duration::from_millis(10), &mut expired);
        assert_eq!((expired.as_slice(), wheel.len(), wheel.next()), (&[3_u32][..], 0, None));
    }

    #[test]
    fn of_one_moment_the_first_expires_first() {
        let start = Instant::now();
        let mut wheel = Wheel::new(start);
        for request in [7, 3, 9] {
            wheel.insert(request, start + Duration::from_millis(5));
        }
        wheel.insert(1, start + Duration::from_millis(4));
        let mut expired = vec![42];
        wheel.advance(start + Duration::from_millis(6), &mut expired);
        assert_eq!(expired, [42, 1, 7, 3, 9]);
    }

    #[test]
    fn deadline_beyond_the_span_waits_for_its_turn() {
        let start = Instant::now();
        let mut wheel = Wheel::new(start);
        wheel.insert(0, start + Duration::from_secs(10));
        let mut expired = Vec::new();
        for second in 1..10 {
            wheel.advance(start + Duration::from_secs(second), &mut expired);
        }
        assert!(expired.is_empty());
        wheel.advance(start + Duration::from_secs(60), &mut expired);
        assert_eq!(expired, [0]);
    }

    proptest! {
        #[test]
        fn agrees_with_a_sorted_map(steps in proptest::collection::vec((0_u32..40, 0_u64..9000, 0_u64..700, any::<bool>()), 1..200)) {
            let start = Instant::now();
            let mut wheel = Wheel::new(start);
            let mut model: BTreeMap<u32, u64> = BTreeMap::new();
            let mut now = 0;
            for (request, delay, step, remove) in steps {
                if remove {
                    wheel.remove(request);
                    model.remove(&request);
                } else {
                    wheel.insert(request, start + Duration::from_millis(now + delay));
                    model.insert(request, now + delay);
                }
                if let Some(next) = wheel.next() {
                    let first = model.values().copied().min().expect("wheel has entries");
                    prop_assert!(next <= start + Duration::from_millis(first.max(now + 1)));
                }
                now += step;
                let mut expired = Vec::new();
                wheel.advance(start + Duration::from_millis(now), &mut expired);
                expired.sort_unstable();
                // A deadline that had passed when it was set expires with the next tick.
                let due: Vec<u32> = model.iter().filter(|(_, at)| **at <= now).map(|(id, _)| *id).collect();
                for id in &expired {
                    prop_assert!(due.contains(id));
                }
                for id in &expired {
                    model.remove(id);
                }
                prop_assert_eq!(wheel.len(), model.len());
                for at in model.values() {
                    prop_assert!(*at >= now || step == 0);
                }
            }
        }
    }
}
