//! Many destinations, one stream of events.

use std::collections::VecDeque;
use std::sync::{Arc, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use super::engine::{Engine, Shared, leave_waker};
use super::event::Event;
use super::pinger::Pinger;
use super::state::State;

/// One destination of a [`PingGroup`]. Its number is small, and used again once it has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Member(pub(super) u32);

impl Member {
    /// Its number, as an index into whatever is kept for each.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What many [`Pinger`]s do, from one task: for whoever watches hosts by the thousand, and would rather not wake as many tasks.
///
/// The events are those of a pinger, in the order in which they came about over all members. Dropping the group forgets
/// whatever is in flight.
pub struct PingGroup {
    engine: Engine,
    number: usize,
    /// What was taken from the engine and not handed out yet.
    taken: VecDeque<(Member, Event)>,
}

/// The engine's part of a group.
#[derive(Default)]
pub(super) struct Outlet {
    pub(super) events: VecDeque<(Member, Event)>,
    pub(super) waker: Option<Waker>,
}

impl PingGroup {
    pub(super) fn new(engine: Engine) -> Self {
        let number = engine.shared().lock().flows.add_group();
        Self { engine, number, taken: VecDeque::new() }
    }

    /// Takes a pinger in, with what it has in flight.
    ///
    /// # Errors
    /// The pinger, if it belongs to another engine.
    pub fn adopt(&mut self, pinger: Pinger) -> Result<Member, Pinger> {
        if !Arc::ptr_eq(pinger.engine().shared(), self.engine.shared()) {
            return Err(pinger);
        }
        let flow = pinger.into_flow();
        let waker = self.engine.shared().lock().flows.join(flow, self.number);
        if let Some(waker) = waker {
            waker.wake();
        }
        Ok(Member(flow))
    }

    /// Queues one packet to a member and returns its index, counted from 0; `None` if it is not here. It is lost if no answer
    /// comes within `timeout` of the moment the kernel takes it.
    pub fn send(&mut self, member: Member, timeout: Duration) -> Option<u64> {
        self.burst().send(member, timeout)
    }

    /// Packets to many members in a row: nothing leaves, and nobody else gets at the engine, before it is dropped.
    pub fn burst(&mut self) -> GroupBurst<'_> {
        let now = tokio::time::Instant::now().into_std();
        GroupBurst { state: Some(self.engine.shared().lock()), group: self.number, now }
    }

    /// The next event and whose it is; `None` if the engine's driver is gone.
    pub fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<(Member, Event)>> {
        if let Some(event) = self.taken.pop_front() {
            return Poll::Ready(Some(event));
        }
        let mut state = self.engine.shared().lock();
        let closed = state.closed;
        let outlet = state.flows.outlet(self.number);
        // All at once: the engine is asked once for many.
        std::mem::swap(&mut outlet.events, &mut self.taken);
        if let Some(event) = self.taken.pop_front() {
            return Poll::Ready(Some(event));
        }
        if closed {
            return Poll::Ready(None);
        }
        leave_waker(&mut outlet.waker, cx);
        Poll::Pending
    }

    /// The next event and whose it is; `None` if the engine's driver is gone.
    pub async fn next(&mut self) -> Option<(Member, Event)> {
        std::future::poll_fn(|cx| self.poll_event(cx)).await
    }

    /// Lets a member go, with what it has in flight and what was not told of it.
    pub fn remove(&mut self, member: Member) {
        let mut state = self.engine.shared().lock();
        if state.flows.is_in(member, self.number) {
            state.remove_flow(member.0);
            self.taken.retain(|(whose, _)| *whose != member);
        }
    }
}

/// Packets of a [`PingGroup`] that are queued together.
pub struct GroupBurst<'g> {
    /// There until it is dropped.
    state: Option<MutexGuard<'g, State>>,
    group: usize,
    now: Instant,
}

impl GroupBurst<'_> {
    /// Queues one packet, as [`PingGroup::send`] does.
    pub fn send(&mut self, member: Member, timeout: Duration) -> Option<u64> {
        let state = self.state.as_mut()?;
        state.flows.is_in(member, self.group).then(|| state.enqueue(member.0, timeout, self.now))
    }

    /// Reads a little of what sending to a member needs, so that it is at hand when it is needed: worth it for hundreds of
    /// members before the first packet. The number says nothing.
    pub fn touch(&self, member: Member) -> u64 {
        self.state.as_ref().map_or(0, |state| state.flows.touch(member))
    }
}

impl Drop for GroupBurst<'_> {
    fn drop(&mut self) {
        if let Some(state) = self.state.take() {
            Shared::release(state);
        }
    }
}

impl Drop for PingGroup {
    fn drop(&mut self) {
        self.engine.shared().lock().remove_group(self.number);
    }
}
