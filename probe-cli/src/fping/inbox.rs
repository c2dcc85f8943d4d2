//! Which of many pingers have something to tell.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

/// The targets whose pingers were woken, in that order.
#[derive(Default)]
pub(super) struct Inbox {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    woken: VecDeque<usize>,
    reader: Option<Waker>,
}

/// Wakes the reader for one target.
pub(super) struct Bell {
    inbox: Arc<Inbox>,
    target: usize,
    has_rung: AtomicBool,
}

impl Inbox {
    /// The waker of a target.
    pub(super) fn bell(self: &Arc<Self>, target: usize) -> Arc<Bell> {
        Arc::new(Bell { inbox: self.clone(), target, has_rung: AtomicBool::new(false) })
    }

    /// The next target that was woken; pending until there is one.
    pub(super) fn poll_next(&self, cx: &Context<'_>) -> Poll<usize> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(target) = state.woken.pop_front() {
            return Poll::Ready(target);
        }
        state.reader = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl Bell {
    /// From now on it may ring again: to be called before the pinger is read.
    pub(super) fn answered(&self) {
        self.has_rung.store(false, Ordering::Release);
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        if self.has_rung.swap(true, Ordering::AcqRel) {
            return;
        }
        let mut state = self.inbox.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.woken.push_back(self.target);
        let reader = state.reader.take();
        drop(state);
        if let Some(reader) = reader {
            reader.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_there_once_until_it_is_answered() {
        let inbox = Arc::new(Inbox::default());
        let bells = [inbox.bell(0), inbox.bell(1)];
        let cx = Context::from_waker(Waker::noop());
        for target in [1, 0, 1] {
            bells[target].clone().wake();
        }
        assert_eq!(inbox.poll_next(&cx), Poll::Ready(1));
        bells[1].answered();
        bells[1].clone().wake();
        assert_eq!(inbox.poll_next(&cx), Poll::Ready(0));
        assert_eq!(inbox.poll_next(&cx), Poll::Ready(1));
        assert!(inbox.poll_next(&cx).is_pending());
    }
}
