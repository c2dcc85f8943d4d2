//! What was found out about passwords, and who waits to be told.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::web::digest::Digest;

/// Right passwords that are remembered; each is somebody's.
const RIGHT: usize = 1000;
/// Wrong passwords that are remembered; anybody can try some.
const WRONG: usize = 1000;

/// What was found out. Passwords are known by a digest.
#[derive(Default)]
pub(super) struct Known(Mutex<Findings>);

#[derive(Default)]
struct Findings {
    by_key: HashMap<Digest, Finding>,
    /// In the order in which they were found, so that the oldest goes first. Wrong ones never drive out right ones.
    right: VecDeque<Digest>,
    wrong: VecDeque<Digest>,
}

enum Finding {
    Found(bool),
    /// These want to know.
    Open(Vec<oneshot::Sender<bool>>),
}

/// What there is to be done about a question.
pub(super) enum Ask {
    /// To find the answer; it arrives here too.
    Find(oneshot::Receiver<bool>),
    /// Nothing: here it is.
    Known(bool),
    /// To wait: somebody else finds it.
    Wait(oneshot::Receiver<bool>),
}

impl Known {
    /// Asks whether a password is right.
    pub(super) fn ask(&self, key: Digest) -> Ask {
        let mut findings = self.lock();
        let (answer, answered) = oneshot::channel();
        match findings.by_key.get_mut(&key) {
            Some(Finding::Found(is_right)) => Ask::Known(*is_right),
            Some(Finding::Open(waiting)) => {
                waiting.push(answer);
                Ask::Wait(answered)
            }
            None => {
                findings.by_key.insert(key, Finding::Open(vec![answer]));
                Ask::Find(answered)
            }
        }
    }

    /// Tells everybody who waits, and remembers.
    pub(super) fn tell(&self, key: Digest, is_right: bool) {
        let mut findings = self.lock();
        if let Some(Finding::Open(waiting)) = findings.by_key.insert(key, Finding::Found(is_right)) {
            for answer in waiting {
                // Clients that have left do not want to know.
                let _ = answer.send(is_right);
            }
        }
        let Findings { by_key, right, wrong } = &mut *findings;
        let (order, most) = if is_right { (right, RIGHT) } else { (wrong, WRONG) };
        order.push_back(key);
        if order.len() > most
            && let Some(oldest) = order.pop_front()
        {
            by_key.remove(&oldest);
        }
    }

    /// Nobody is going to find out; those who wait are told by their closed channels.
    pub(super) fn give_up(&self, key: Digest) {
        self.lock().by_key.remove(&key);
    }

    fn lock(&self) -> MutexGuard<'_, Findings> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: usize) -> Digest {
        let mut key = Digest::default();
        key[..8].copy_from_slice(&number.to_be_bytes());
        key
    }

    fn find(known: &Known, number: usize, is_right: bool) {
        assert!(matches!(known.ask(key(number)), Ask::Find(_)), "{number}");
        known.tell(key(number), is_right);
    }

    fn is_known(known: &Known, number: usize) -> Option<bool> {
        match known.ask(key(number)) {
            Ask::Known(is_right) => Some(is_right),
            Ask::Find(_) => {
                known.give_up(key(number));
                None
            }
            Ask::Wait(_) => panic!("{number} is open"),
        }
    }

    #[test]
    fn one_finds_out_and_all_are_told() {
        let known = Known::default();
        let Ask::Find(mut first) = known.ask(key(1)) else { panic!("nobody has asked yet") };
        let Ask::Wait(mut second) = known.ask(key(1)) else { panic!("somebody finds out") };
        known.tell(key(1), true);
        assert_eq!((first.try_recv(), second.try_recv()), (Ok(true), Ok(true)));
        assert_eq!(is_known(&known, 1), Some(true));
    }

    #[test]
    fn those_who_wait_in_vain_notice() {
        let known = Known::default();
        let Ask::Find(mut answer) = known.ask(key(1)) else { panic!("nobody has asked yet") };
        known.give_up(key(1));
        assert!(answer.try_recv().is_err());
        assert_eq!(is_known(&known, 1), None);
    }

    #[test]
    fn wrong_passwords_never_drive_out_right_ones() {
        let known = Known::default();
        find(&known, 0, true);
        for number in 1..=WRONG + 10 {
            find(&known, number, false);
        }
        assert_eq!(is_known(&known, 0), Some(true));
        assert_eq!(is_known(&known, 1), None, "the oldest wrong one is forgotten");
        assert_eq!(is_known(&known, WRONG + 10), Some(false));
        assert!(known.lock().by_key.len() <= RIGHT + WRONG);
    }
}
