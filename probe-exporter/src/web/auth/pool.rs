//! Threads for what takes the processor long: whoever serves must not wait for it.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;

/// Threads; more would take the cores from those who serve.
const THREADS: usize = 2;
/// Work that may wait: some seconds of it.
const WAITING: usize = 64;

type Work = Box<dyn FnOnce() + Send>;

/// Threads that take work in turn, started with the first of it: a process that confines itself has no others before. They
/// end with the value.
#[derive(Default)]
pub(super) struct Pool(OnceLock<SyncSender<Work>>);

impl Pool {
    /// Has this done; an error if there is no room.
    pub(super) fn run(&self, work: impl FnOnce() + Send + 'static) -> Result<(), ()> {
        self.0.get_or_init(start).try_send(Box::new(work)).map_err(|_| ())
    }
}

fn start() -> SyncSender<Work> {
    let (work, waiting) = sync_channel(WAITING);
    let waiting = Arc::new(Mutex::new(waiting));
    for number in 0..THREADS {
        let waiting = waiting.clone();
        // A thread that cannot be had is made up for by the others, and without any the queue is full soon.
        let _ = thread::Builder::new().name(format!("password-{number}")).spawn(move || take_turns(&waiting));
    }
    work
}

fn take_turns(waiting: &Mutex<Receiver<Work>>) {
    loop {
        let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match next {
            Ok(work) => work(),
            Err(_) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn work_is_done_and_bounded() {
        let pool = Pool::default();
        let (release, gate) = channel::<()>();
        let gate = Arc::new(Mutex::new(gate));
        let (done, all_done) = channel();
        let mut accepted = 0;
        let refused = (0..THREADS + WAITING + 10).any(|_| {
            let (gate, done) = (gate.clone(), done.clone());
            let held = pool.run(move || {
                let _ = gate.lock().map(|gate| gate.recv());
                let _ = done.send(());
            });
            accepted += usize::from(held.is_ok());
            held.is_err()
        });
        assert!(refused && accepted >= WAITING);
        drop(release);
        assert_eq!(all_done.iter().take(accepted).count(), accepted);
    }
}
