//! When the packets of a batch left, from the stamps of some of them.

use std::time::Duration;

use super::request::Ticket;
use crate::net::sys::BATCH;

/// In a large batch every so many packets get a stamp, and the last: a stamp costs half as much as the packet itself, and between
/// two of them lie some thirty microseconds, which the others share.
const STRIDE: usize = 8;
/// Smaller batches get all their stamps.
const LARGE: usize = 2 * STRIDE;
/// Batches whose stamps may be under way. They come back with the next reading, if not at once.
const REMEMBERED: usize = 64;

/// Between two stamps lie some thirty microseconds. If it is this long, another process ran in between, and nobody knows which packets
/// left before that and which after.
const INTERRUPTED: Duration = Duration::from_millis(1);
/// Batches that get all their stamps after one that was interrupted: on a busy machine most of them, so that not one packet in five
/// hundred is left in such a gap.
const WARY: u32 = 64;

/// A packet's place in a large batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// The number of its batch; 0 if it was a small one.
    pub(super) batch: u32,
    pub(super) at: u8,
}

/// The last large batches.
#[derive(Debug, Default)]
pub(super) struct Bursts {
    recent: Vec<Burst>,
    number: u32,
    /// Batches that are still to get all their stamps.
    wary: u32,
}

#[derive(Debug)]
struct Burst {
    number: u32,
    tickets: [Ticket; BATCH],
    /// The latest stamp and whose it is.
    latest: Option<(usize, Duration)>,
}

impl Bursts {
    /// Whether a packet gets a stamp that is at this place of a batch.
    pub(super) const fn is_stamped(&self, place: usize, batch: usize) -> bool {
        self.wary > 0 || batch < LARGE || place.is_multiple_of(STRIDE) || place + 1 == batch
    }

    /// Remembers a batch that was sent. Its packets' places have this number; 0 if it is a small one.
    pub(super) fn sent(&mut self, batch: &[Ticket]) -> u32 {
        if batch.len() < LARGE {
            return 0;
        }
        self.number = self.number.wrapping_add(1).max(1);
        self.wary = self.wary.saturating_sub(1);
        let mut tickets = [Ticket::default(); BATCH];
        tickets[..batch.len()].copy_from_slice(batch);
        let burst = Burst { number: self.number, tickets, latest: None };
        match self.recent.get_mut(slot_of(self.number)) {
            Some(old) => *old = burst,
            None => self.recent.push(burst),
        }
        self.number
    }

    /// Takes in the stamp of one packet, and tells when those between it and the stamped one before it left.
    pub(super) fn stamped(&mut self, place: Place, stamp: Duration, mut left: impl FnMut(Ticket, Duration)) {
        if place.batch == 0 {
            return;
        }
        let burst = self.recent.get_mut(slot_of(place.batch)).filter(|burst| burst.number == place.batch);
        let Some(burst) = burst else { return };
        let at = usize::from(place.at);
        if let Some((before, earlier)) = burst.latest
            && before < at
        {
            let time = stamp.saturating_sub(earlier);
            let gap = time / (at - before) as u32;
            if time > INTERRUPTED {
                self.wary = WARY;
            }
            for (steps, ticket) in (1..).zip(&burst.tickets[before + 1..at]) {
                left(*ticket, earlier + gap * steps);
            }
        }
        burst.latest = Some((at, stamp));
    }
}

const fn slot_of(number: u32) -> usize {
    (number as usize - 1) % REMEMBERED
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tickets(count: usize) -> Vec<Ticket> {
        (0..count as u32).map(|request| Ticket { request, generation: 7 }).collect()
    }

    fn places(bursts: &mut Bursts, count: usize) -> Vec<Place> {
        let batch = bursts.sent(&tickets(count));
        (0..count as u8).map(|at| Place { batch, at }).collect()
    }

    #[test]
    fn packets_between_two_stamps_share_the_time_between_them() {
        for count in [LARGE, LARGE + 1, LARGE + 3, BATCH] {
            let mut bursts = Bursts::default();
            let places = places(&mut bursts, count);
            let mut known = vec![None; count];
            for at in (0..count).filter(|at| Bursts::default().is_stamped(*at, count)) {
                // The later a packet is, the longer it takes.
                let stamp = Duration::from_micros(1_000 + (at * at) as u64);
                known[at] = Some(stamp);
                bursts.stamped(places[at], stamp, |ticket, left| known[ticket.request as usize] = Some(left));
            }
            let known: Vec<Duration> = known.into_iter().map(|left| left.expect("all are known")).collect();
            assert!(known.is_sorted(), "{known:?}");
            let halfway = Duration::from_micros(1_000 + (STRIDE * STRIDE / 2) as u64);
            assert_eq!(known[STRIDE / 2], halfway, "between the first two stamps");
            assert_eq!(known[count - 1], Duration::from_micros(1_000 + (count - 1).pow(2) as u64));
        }
    }

    #[test]
    fn small_batches_have_all_their_stamps() {
        let mut bursts = Bursts::default();
        assert!((0..LARGE - 1).all(|at| bursts.is_stamped(at, LARGE - 1)));
        assert_eq!((0..BATCH).filter(|at| bursts.is_stamped(*at, BATCH)).count(), BATCH / STRIDE + 1);
        assert_eq!(bursts.sent(&tickets(LARGE - 1)), 0);
        bursts.stamped(Place::default(), Duration::ZERO, |_, _| panic!("it is in no batch"));
    }

    #[test]
    fn stamps_that_are_lost_or_late_spoil_nothing() {
        let mut bursts = Bursts::default();
        let first = places(&mut bursts, BATCH);
        let at = |place: usize| Duration::from_micros(10 * place as u64);
        bursts.stamped(first[0], at(0), |_, _| panic!("nothing before it"));
        // That of the fourth did not come.
        let mut left = Vec::new();
        bursts.stamped(first[8], at(8), |ticket, time| left.push((ticket.request, time)));
        assert_eq!(left, (1..8).map(|place| (place, at(place as usize))).collect::<Vec<_>>());
        bursts.stamped(first[4], at(4), |_, _| panic!("it is known by now"));
        for _ in 0..REMEMBERED {
            places(&mut bursts, BATCH);
        }
        bursts.stamped(first[12], at(12), |_, _| panic!("its batch is forgotten"));
        assert_eq!(bursts.recent.len(), REMEMBERED);
    }

    #[test]
    fn after_an_interruption_all_packets_get_stamps_for_a_while() {
        let mut bursts = Bursts::default();
        let stamps = |bursts: &Bursts| (0..BATCH).filter(|at| bursts.is_stamped(*at, BATCH)).count();
        let first = places(&mut bursts, BATCH);
        bursts.stamped(first[0], Duration::ZERO, |_, _| {});
        bursts.stamped(first[4], INTERRUPTED, |_, _| {});
        assert!(stamps(&bursts) < BATCH, "slow, but nothing interrupted it");
        bursts.stamped(first[8], Duration::from_millis(3), |_, _| {});
        for _ in 0..WARY {
            assert_eq!(stamps(&bursts), BATCH);
            places(&mut bursts, BATCH);
        }
        assert!(stamps(&bursts) < BATCH);
        // Nor is it forgotten while it goes on.
        let later = places(&mut bursts, BATCH);
        bursts.stamped(later[3], Duration::ZERO, |_, _| {});
        bursts.stamped(later[4], Duration::from_millis(3), |_, _| {});
        assert_eq!(stamps(&bursts), BATCH);
    }
}
