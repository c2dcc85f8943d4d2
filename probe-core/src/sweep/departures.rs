//! When packets left. A packet says which batch it was in and where; the batch's record says the rest.

/// A packet's place: the number of its batch, and which of the batch it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tag(pub(super) u64);

impl Tag {
    const INDEX_BITS: u32 = 8;

    /// As many bits as a TCP timestamp has. Never zero, which would mean that there is none.
    pub(super) const fn short(self) -> u32 {
        self.0 as u32
    }
}

/// Batches that are remembered: a million packets at full batches, over two seconds at full speed.
const REMEMBERED: u64 = 1 << 15;

/// From when to when a batch was sent, and how many packets it was.
#[derive(Clone, Copy, Debug, Default)]
struct Batch {
    number: u32,
    packets: u32,
    /// Nanoseconds since the Unix epoch.
    start: u64,
    /// Nanoseconds from packet to packet, shifted: a division for each batch, not for each answer.
    pace: u64,
}

impl Batch {
    const PACE_BITS: u32 = 16;
}

/// The records of the last batches, in memory that does not grow.
pub(super) struct Departures {
    batches: Vec<Batch>,
    /// Of the batch that is being written.
    number: u64,
}

impl Departures {
    pub(super) fn new() -> Self {
        // The batch before the first one, which never was.
        Self { batches: vec![Batch::default()], number: 1 }
    }

    /// The tag of a packet in the batch that is being written.
    pub(super) const fn tag(&self, index: usize) -> Tag {
        Tag(self.number << Tag::INDEX_BITS | index as u64)
    }

    /// Tells that the batch was sent, from `start` on (nanoseconds since the Unix epoch) for `length` nanoseconds.
    pub(super) fn record(&mut self, start: u64, length: u64, packets: usize) {
        let batch = Batch {
            number: self.number as u32,
            packets: packets as u32,
            start,
            pace: (length << Batch::PACE_BITS) / packets.max(1) as u64,
        };
        match self.batches.get_mut((self.number % REMEMBERED) as usize) {
            Some(place) => *place = batch,
            None => self.batches.push(batch),
        }
        self.number += 1;
    }

    /// When a packet left, in nanoseconds since the Unix epoch: the batch's time, shared out evenly.
    pub(super) fn find(&self, tag: Tag) -> Option<u64> {
        self.find_in(tag.0 >> Tag::INDEX_BITS, tag.0 & 0xff, u32::MAX)
    }

    /// The same for a tag that was cut to 32 bits.
    pub(super) fn find_short(&self, tag: u32) -> Option<u64> {
        let kept = u32::MAX >> Tag::INDEX_BITS;
        let number = u64::from(tag >> Tag::INDEX_BITS);
        self.find_in(number, u64::from(tag & 0xff), kept)
    }

    fn find_in(&self, number: u64, index: u64, kept: u32) -> Option<u64> {
        let batch = self.batches.get((number % REMEMBERED) as usize)?;
        if batch.packets == 0 || batch.number & kept != number as u32 & kept {
            return None;
        }
        let offset = (batch.pace * index.min(u64::from(batch.packets))) >> Batch::PACE_BITS;
        Some(batch.start + offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_spread_over_the_time_of_their_batch() {
        let mut departures = Departures::new();
        let tags: Vec<Tag> = (0..4).map(|index| departures.tag(index)).collect();
        assert_eq!(departures.find(tags[0]), None, "it is not sent yet");
        departures.record(5_000_000_000, 40_000, 4);
        for (index, tag) in (0..).zip(tags) {
            let left = Some(5_000_000_000 + 10_000 * index);
            assert_eq!(departures.find(tag), left);
            assert_ne!(tag.short(), 0);
            assert_eq!(departures.find_short(tag.short()), left);
        }
    }

    #[test]
    fn what_is_long_past_is_forgotten_and_never_mistaken() {
        let mut departures = Departures::new();
        let first = departures.tag(0);
        for second in 0..REMEMBERED {
            assert!(second == 0 || departures.find(first).is_some());
            departures.record(second, 0, 1);
        }
        departures.record(9, 0, 1);
        assert_eq!(departures.find(first), None);
        assert_eq!(departures.find_short(first.short()), None);
    }
}
