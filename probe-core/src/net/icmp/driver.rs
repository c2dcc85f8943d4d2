//! The future that does an engine's work: sends, receives, expires.

use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use tokio::time::{Sleep, sleep_until};

use super::arrival::{self, Beside, Meaning};
use super::engine::Shared;
use super::state::{State, Ticket};
use crate::net::link::{Link, Received, SocketKey};
use crate::net::packet::{Incoming, Outgoing};
use crate::net::sys::BATCH;
use crate::net::timestamps::since_epoch;

/// Longest packet read in full; of longer ones the beginning is enough to recognise them, but their transmit stamps are
/// not found.
const PACKET_SPACE: usize = 2048;
/// How long to wait when the kernel has no room for packets.
const BACK_OFF: Duration = Duration::from_millis(1);
/// Rounds before other tasks of the thread get their turn.
const ROUNDS: usize = 8;

/// Does an [`Engine`](super::Engine)'s work while it is polled; ends when the last handle is gone.
///
/// All system calls of the engine happen here, on the thread that polls it, in batches.
pub struct Driver {
    shared: Arc<Shared>,
    links: Vec<(usize, Box<dyn Link>)>,
    outbox: Vec<Outgoing>,
    batch: Vec<Ticket>,
    arrivals: Vec<Incoming>,
    notices: Vec<Incoming>,
    wake: Vec<Waker>,
    timer: Option<Pin<Box<Sleep>>>,
    armed: Option<Instant>,
    backing_off: Option<Instant>,
}

/// What one round of work came to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Round {
    Busy,
    Idle,
}

impl Driver {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        let nowhere = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
        Self {
            shared,
            links: Vec::new(),
            outbox: (0..BATCH).map(|_| Outgoing::new(nowhere)).collect(),
            batch: Vec::with_capacity(BATCH),
            arrivals: (0..BATCH).map(|_| Incoming::new(PACKET_SPACE)).collect(),
            notices: (0..BATCH).map(|_| Incoming::new(PACKET_SPACE)).collect(),
            wake: Vec::with_capacity(BATCH),
            timer: None,
            armed: None,
            backing_off: None,
        }
    }

    /// One round: send a batch, read what has come, expire what is out of time.
    fn round(&mut self, cx: &mut Context<'_>) -> Round {
        let sent = self.transmit();
        let received = self.receive(cx);
        let mut state = self.shared.lock();
        state.expire(tokio::time::Instant::now().into_std(), &mut self.wake);
        drop(state);
        for waker in self.wake.drain(..) {
            waker.wake();
        }
        if sent || received { Round::Busy } else { Round::Idle }
    }

    /// Sends one batch. Returns whether there was one.
    fn transmit(&mut self) -> bool {
        let now = tokio::time::Instant::now().into_std();
        if self.backing_off.is_some_and(|until| now < until) {
            return false;
        }
        self.backing_off = None;
        let mut state = self.shared.lock();
        adopt(&mut self.links, &mut state);
        let Some(socket) = state.fill(&mut self.outbox, &mut self.batch) else { return false };
        drop(state);
        let Some((_, link)) = self.links.iter_mut().find(|(number, _)| *number == socket) else {
            return false;
        };

        let packets = &self.outbox[..self.batch.len()];
        let now = tokio::time::Instant::now().into_std();
        let wall = since_epoch();
        let mut result = link.send(packets);
        let mut mtu = None;
        if let Err(error) = &result
            && !is_full(error)
        {
            // The error may be an old one that another packet brought back. Reading the error queue clears it, so that a
            // second refusal is this packet's own.
            mtu = clear_errors(&self.shared, socket, link.as_mut(), &mut self.notices, &mut self.wake);
            result = link.send(packets);
        }
        let mut state = self.shared.lock();
        match result {
            Ok(count) => state.sent(&self.batch, count, now, wall),
            Err(error) if is_full(&error) => {
                state.sent(&self.batch, 0, now, wall);
                self.backing_off = Some(now + BACK_OFF);
            }
            Err(error) => {
                let mtu = mtu.or_else(|| {
                    drop_queue(socket, link.as_mut(), &mut self.notices, &mut state, &mut self.wake)
                });
                state.refused(self.batch[0], error, mtu, &mut self.wake);
                state.sent(&self.batch[1..], 0, now, wall);
            }
        }
        true
    }

    /// Reads a batch from every link that has something. Returns whether any had.
    fn receive(&mut self, cx: &mut Context<'_>) -> bool {
        let mut any = false;
        for (socket, link) in &mut self.links {
            let received = match link.poll_receive(cx, &mut self.arrivals, &mut self.notices) {
                Poll::Pending => continue,
                Poll::Ready(Ok(received)) => received,
                Poll::Ready(Err(_)) => {
                    // This socket cannot be waited for or read now; trying again at once would spin.
                    let now = tokio::time::Instant::now().into_std();
                    self.backing_off = Some(now + BACK_OFF);
                    continue;
                }
            };
            any |= received != Received::default();
            let now = tokio::time::Instant::now().into_std();
            let mut state = self.shared.lock();
            let Some(key) = state.pool.sockets.get(*socket).map(|socket| socket.key) else { continue };
            let notices = &self.notices[..received.notices];
            read_notices(*socket, &key, notices, now, &mut state, &mut self.wake);
            let arrivals = &self.arrivals[..received.arrivals];
            read_arrivals(*socket, &key, arrivals, now, &mut state, &mut self.wake);
        }
        any
    }

    /// Goes to sleep until there is something to do; `false` if there is something already.
    fn rest(&mut self, cx: &mut Context<'_>) -> bool {
        let mut state = self.shared.lock();
        if state.has_work() && self.backing_off.is_none() {
            return false;
        }
        let wanted = [state.next_expiry(), self.backing_off].into_iter().flatten().min();
        match &mut state.driver {
            Some(waker) => waker.clone_from(cx.waker()),
            empty => *empty = Some(cx.waker().clone()),
        }
        drop(state);
        // The last handle may have gone before it found a waker to call.
        if !self.shared.is_needed() {
            return false;
        }
        let Some(wanted) = wanted else { return true };
        // A timer that rings early costs less than setting it anew for every ping.
        if self.armed.is_none_or(|armed| wanted < armed) {
            let at = tokio::time::Instant::from_std(wanted);
            match &mut self.timer {
                Some(timer) => timer.as_mut().reset(at),
                empty => *empty = Some(Box::pin(sleep_until(at))),
            }
            self.armed = Some(wanted);
        }
        let rang = self.timer.as_mut().is_some_and(|timer| timer.as_mut().poll(cx).is_ready());
        if rang {
            self.armed = None;
        }
        !rang
    }
}

impl Future for Driver {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let driver = self.get_mut();
        for _ in 0..ROUNDS {
            if !driver.shared.is_needed() {
                return Poll::Ready(());
            }
            if driver.round(cx) == Round::Idle && driver.rest(cx) {
                return Poll::Pending;
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let wakers = self.shared.lock().close();
        for waker in wakers {
            waker.wake();
        }
    }
}

/// Takes over links that were opened and lets go of those that were closed.
fn adopt(links: &mut Vec<(usize, Box<dyn Link>)>, state: &mut State) {
    for closed in state.pool.closed.drain(..) {
        links.retain(|(number, _)| *number != closed);
    }
    links.append(&mut state.pool.opened);
}

/// No room in the socket or the queue of the interface: the packet may be sent later.
fn is_full(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock || error.raw_os_error() == Some(libc::ENOBUFS)
}

fn clear_errors(
    shared: &Shared,
    socket: usize,
    link: &mut dyn Link,
    notices: &mut [Incoming],
    wake: &mut Vec<Waker>,
) -> Option<u32> {
    drop_queue(socket, link, notices, &mut shared.lock(), wake)
}

/// Reads the error queue until it is empty (bounded) and returns the MTU that the kernel told last.
fn drop_queue(
    socket: usize,
    link: &mut dyn Link,
    notices: &mut [Incoming],
    state: &mut State,
    wake: &mut Vec<Waker>,
) -> Option<u32> {
    let mut mtu = None;
    for _ in 0..ROUNDS {
        let Ok(count) = link.receive_notices(notices) else { break };
        let Some(key) = state.pool.sockets.get(socket).map(|socket| socket.key) else { break };
        let now = tokio::time::Instant::now().into_std();
        mtu = read_notices(socket, &key, &notices[..count], now, state, wake).or(mtu);
        if count < notices.len() {
            break;
        }
    }
    mtu
}

fn read_notices(
    socket: usize,
    key: &SocketKey,
    notices: &[Incoming],
    now: Instant,
    state: &mut State,
    wake: &mut Vec<Waker>,
) -> Option<u32> {
    let mut told = None;
    for notice in notices {
        let beside = Beside::of(notice);
        match arrival::notice(key, notice, &beside) {
            Ok(Meaning::TooBig { mtu }) => told = Some(mtu),
            Ok(meaning) => state.apply(socket, meaning, beside.stamp, now, wake),
            Err(_) => state.statistics.malformed += 1,
        }
    }
    told
}

fn read_arrivals(
    socket: usize,
    key: &SocketKey,
    arrivals: &[Incoming],
    now: Instant,
    state: &mut State,
    wake: &mut Vec<Waker>,
) {
    for (at, packet) in arrivals.iter().enumerate() {
        let beside = Beside::of(packet);
        if at == 0
            && let Some(stamp) = beside.stamp
        {
            let lag = since_epoch().saturating_sub(stamp);
            state.statistics.lag_total += lag;
            state.statistics.lag_max = state.statistics.lag_max.max(lag);
            state.statistics.batches += 1;
        }
        if let Some(drops) = beside.drops
            && let Some(known) = state.pool.sockets.get_mut(socket)
        {
            state.statistics.kernel_drops += u64::from(drops.wrapping_sub(known.drops));
            known.drops = drops;
        }
        match arrival::packet(key, packet, &beside) {
            Ok(Meaning::Nothing) => state.statistics.foreign += 1,
            Ok(meaning) => state.apply(socket, meaning, beside.stamp, now, wake),
            Err(_) => state.statistics.malformed += 1,
        }
    }
}
