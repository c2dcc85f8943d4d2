//! The future that does an engine's work: sends, receives, expires.

use std::future::Future;
use std::io;
use std::iter::repeat_with;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use tokio::time::{Sleep, sleep_until};

use super::arrival::{self, Meaning};
use super::engine::{Shared, leave_waker};
use super::request::Ticket;
use super::state::State;
use crate::net::control::Beside;
use crate::net::link::{Link, Received, SocketKey};
use crate::net::packet::{Incoming, Outgoing};
use crate::net::sys::BATCH;
use crate::net::timestamps::since_epoch;

/// Longest packet read in full; of longer ones the beginning is enough to recognise them, but their transmit stamps are
/// not found.
const PACKET_SPACE: usize = 2048;
/// Room for packets at first. A batch that fills it doubles it, up to [`BATCH`]: who pings once touches little memory.
const FIRST_BATCH: usize = 2;
/// How long to wait when the kernel has no room for packets.
const BACK_OFF: Duration = Duration::from_millis(1);
/// How often to send a packet while errors of other packets come in between.
const SEND_ATTEMPTS: usize = 64;
/// Refusals in a row that the error queue does not explain before they are the packet's own: an error may come in between the
/// reading of the queue and the next call.
const UNEXPLAINED: usize = 6;
/// Batches of errors read before a packet is tried again.
const CLEARINGS: usize = 16;
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
        Self {
            shared,
            links: Vec::new(),
            outbox: repeat_with(empty_packet).take(FIRST_BATCH).collect(),
            batch: Vec::with_capacity(BATCH),
            arrivals: repeat_with(empty_space).take(FIRST_BATCH).collect(),
            notices: repeat_with(empty_space).take(FIRST_BATCH).collect(),
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
        let mut state = self.shared.lock();
        adopt(&mut self.links, &mut state);
        let Some(socket) = state.fill(&mut self.outbox, &mut self.batch, now) else { return false };
        drop(state);
        let Some((_, link)) = self.links.iter_mut().find(|(number, _)| *number == socket) else {
            return false;
        };

        let packets = &self.outbox[..self.batch.len()];
        let now = tokio::time::Instant::now().into_std();
        let wall = since_epoch();
        let mut result = link.send(packets);
        let mut told = Told::default();
        let mut unexplained = 0;
        for _ in 0..SEND_ATTEMPTS {
            if !result.as_ref().is_err_and(|error| !is_full(error)) {
                break;
            }
            // The error may be one that another packet brought back. Reading the error queue clears it, and while the queue
            // tells of such errors the packet is tried again. A refusal that it does not explain several times is its own.
            let queue = clear_errors(&self.shared, socket, link.as_mut(), &mut self.notices, &mut self.wake);
            told.mtu = queue.mtu.or(told.mtu);
            unexplained = if queue.of_the_path { 0 } else { unexplained + 1 };
            if unexplained == UNEXPLAINED {
                break;
            }
            result = link.send(packets);
        }
        let mut state = self.shared.lock();
        match result {
            Ok(count) => {
                state.sent(socket, &self.batch, count, now, wall);
                if count == self.outbox.len() {
                    double(&mut self.outbox, empty_packet);
                }
            }
            // Errors of the path came without end; whose this one is will show later.
            Err(error) if is_full(&error) || unexplained < UNEXPLAINED => {
                state.sent(socket, &self.batch, 0, now, wall);
                if let Some(socket) = state.pool.sockets.get_mut(socket) {
                    socket.full |= error.kind() == io::ErrorKind::WouldBlock;
                    socket.rests_until = Some(now + BACK_OFF);
                }
            }
            Err(error) => {
                state.refused(self.batch[0], error, told.mtu, &mut self.wake);
                state.sent(socket, &self.batch[1..], 0, now, wall);
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
            drop(state);
            if received.arrivals == self.arrivals.len() || received.notices == self.notices.len() {
                double(&mut self.arrivals, empty_space);
                double(&mut self.notices, empty_space);
            }
        }
        any
    }

    /// Goes to sleep until there is something to do; `false` if there is something already.
    fn rest(&mut self, cx: &mut Context<'_>) -> bool {
        let mut state = self.shared.lock();
        let now = tokio::time::Instant::now().into_std();
        if state.has_work(now) {
            return false;
        }
        self.backing_off = self.backing_off.filter(|until| *until > now);
        let wanted =
            [state.next_expiry(), state.pool.next_try(), self.backing_off].into_iter().flatten().min();
        leave_waker(&mut state.driver, cx);
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

fn empty_packet() -> Outgoing {
    Outgoing::new(SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)))
}

fn empty_space() -> Incoming {
    Incoming::new(PACKET_SPACE)
}

/// Makes room for twice as many, up to [`BATCH`].
fn double<T>(space: &mut Vec<T>, empty: fn() -> T) {
    let more = space.len().min(BATCH - space.len());
    space.extend(repeat_with(empty).take(more));
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

/// What the error queue told while it was emptied.
#[derive(Clone, Copy, Debug, Default)]
struct Told {
    /// The MTU that the kernel told last.
    mtu: Option<u32>,
    /// Errors of packets sent earlier were among it: routers and hosts reported them, not this host.
    of_the_path: bool,
}

/// Reads the error queue until it is empty (bounded).
fn clear_errors(
    shared: &Shared,
    socket: usize,
    link: &mut dyn Link,
    notices: &mut Vec<Incoming>,
    wake: &mut Vec<Waker>,
) -> Told {
    let mut all = Told::default();
    for _ in 0..CLEARINGS {
        let Ok(count) = link.receive_notices(notices) else {
            // Errors come faster than they can be read; those are not of the packet's own.
            all.of_the_path = true;
            break;
        };
        let mut state = shared.lock();
        let Some(key) = state.pool.sockets.get(socket).map(|socket| socket.key) else { break };
        let now = tokio::time::Instant::now().into_std();
        let told = read_notices(socket, &key, &notices[..count], now, &mut state, wake);
        all.mtu = told.mtu.or(all.mtu);
        all.of_the_path |= told.of_the_path;
        if count < notices.len() {
            break;
        }
        double(notices, empty_space);
    }
    all
}

fn read_notices(
    socket: usize,
    key: &SocketKey,
    notices: &[Incoming],
    now: Instant,
    state: &mut State,
    wake: &mut Vec<Waker>,
) -> Told {
    let mut told = Told::default();
    for notice in notices {
        let beside = Beside::of(notice.control());
        told.of_the_path |= beside.is_error_of_the_path();
        match arrival::notice(key, notice, &beside) {
            Ok(Meaning::TooBig { mtu }) => told.mtu = Some(mtu),
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
        let beside = Beside::of(packet.control());
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
