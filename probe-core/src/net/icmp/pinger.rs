//! One destination's packets as a stream of events.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use super::engine::{Engine, Shared, leave_waker};
use super::event::Event;
use super::group::PingGroup;
use crate::model::Explanation;
use crate::net::link::SocketKind;
use futures_core::Stream;

/// Sends echo requests to one destination and tells what became of each, as a stream of [`Event`]s.
///
/// Every packet ends in one of `Reply`, `Lost` and `Failed`; `Duplicate` and `Late` may follow. Dropping the pinger
/// forgets whatever is in flight.
pub struct Pinger {
    engine: Engine,
    flow: u32,
    kind: SocketKind,
    refusals: Vec<Explanation>,
    /// Its flow belongs to a group now.
    is_adopted: bool,
}

impl Pinger {
    pub(super) fn new(engine: Engine, flow: u32, kind: SocketKind, refusals: Vec<Explanation>) -> Self {
        Self { engine, flow, kind, refusals, is_adopted: false }
    }

    /// Queues one packet and returns its index, counted from 0. It is lost if no answer comes within `timeout` of the
    /// moment the kernel takes it.
    pub fn send(&mut self, timeout: Duration) -> u64 {
        Shared::send(self.engine.shared().lock(), self.flow, timeout)
    }

    /// The next event; `None` if the engine's driver is gone.
    pub async fn next(&mut self) -> Option<Event> {
        std::future::poll_fn(|cx| self.poll_event(cx)).await
    }

    /// The next event, for hand-written futures.
    pub fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        let mut state = self.engine.shared().lock();
        let closed = state.closed;
        let flow = &mut state.flows[self.flow];
        if let Some(event) = flow.buffers.events.pop_front() {
            return Poll::Ready(Some(event));
        }
        if closed {
            return Poll::Ready(None);
        }
        leave_waker(&mut flow.waker, cx);
        Poll::Pending
    }

    /// An empty group on the same engine.
    pub fn group(&self) -> PingGroup {
        PingGroup::new(self.engine.clone())
    }

    pub(super) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Its part of the engine, for somebody else to remove.
    pub(super) fn into_flow(mut self) -> u32 {
        self.is_adopted = true;
        self.flow
    }

    /// The kind of socket its packets leave through.
    pub fn socket(&self) -> SocketKind {
        self.kind
    }

    /// The rungs of the ladder that were refused before, and why.
    pub fn refusals(&self) -> &[Explanation] {
        &self.refusals
    }
}

impl Stream for Pinger {
    type Item = Event;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        self.get_mut().poll_event(cx)
    }
}

impl Drop for Pinger {
    fn drop(&mut self) {
        if !self.is_adopted {
            self.engine.shared().lock().remove_flow(self.flow);
        }
    }
}
