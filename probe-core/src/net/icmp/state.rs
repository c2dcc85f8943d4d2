//! What the handles and the driver of an engine share: requests, flows, sockets, deadlines. No input or output here.

use std::collections::VecDeque;
use std::io;
use std::task::Waker;
use std::time::{Duration, Instant};

use slab::Slab;

use super::arrival::{Meaning, Subject};
use super::burst::{Bursts, Place};
use super::event::{Event, PacketError, Reply};
use super::flows::Flows;
use super::pool::{Pool, PoolSocket};
use super::request::{Request, Stage, Ticket};
use super::statistics::EngineStatistics;
use super::wheel::Wheel;
use crate::net::ladder::Ladder;
use crate::net::link::Network;
use crate::net::packet::Outgoing;
use crate::net::timestamps::Departure;
use crate::wire::echo::{HEADER_LENGTH, emit_request};
use crate::wire::pending::{CookieKey, fill_payload, is_pattern};

/// How long an unanswered request is remembered after its timeout, to recognise a late answer.
const LINGER: Duration = Duration::from_secs(10);
/// The longest timeout; longer ones would leave the clock's range.
const LONGEST: Duration = Duration::from_secs(30 * 365 * 86_400);

/// Why a packet answers none of our requests.
enum Mismatch {
    /// No request has its identifier and sequence number.
    Foreign,
    /// One has, but address or payload are not its own.
    Forged,
}

/// The shared part of an engine.
pub(super) struct State {
    pub(super) pool: Pool,
    pub(super) ladder: Ladder,
    pub(super) statistics: EngineStatistics,
    /// Wakes the driver; taken when it is woken.
    pub(super) driver: Option<Waker>,
    /// The driver is gone: nothing will be sent or answered any more.
    pub(super) closed: bool,
    pub(super) flows: Flows,
    requests: Slab<Request>,
    wheel: Wheel,
    cookies: CookieKey,
    bursts: Bursts,
    generation: u32,
    payload: Vec<u8>,
    expired: Vec<u32>,
}

impl State {
    pub(super) fn new(network: Box<dyn Network>, now: Instant) -> Self {
        let cookies = CookieKey::new();
        Self {
            pool: Pool::new(network, &cookies),
            ladder: Ladder::default(),
            statistics: EngineStatistics::default(),
            driver: None,
            closed: false,
            requests: Slab::new(),
            flows: Flows::default(),
            wheel: Wheel::new(now),
            cookies,
            bursts: Bursts::default(),
            generation: 0,
            payload: Vec::new(),
            expired: Vec::new(),
        }
    }

    /// Forgets a flow and every request of its own.
    pub(super) fn remove_flow(&mut self, number: u32) {
        let mut buffers = self.flows.remove(number);
        while let Some(request) = buffers.requests.pop_front() {
            self.release(request);
        }
        self.flows.recycle(buffers);
    }

    /// Forgets a group and its members.
    pub(super) fn remove_group(&mut self, group: usize) {
        for member in self.flows.remove_group(group) {
            self.remove_flow(member);
        }
    }

    /// Queues one packet of a flow and returns its index.
    pub(super) fn enqueue(&mut self, flow_number: u32, timeout: Duration, now: Instant) -> u64 {
        let flow = &mut self.flows[flow_number];
        let index = flow.next_index;
        flow.next_index += 1;
        let entry = self.requests.vacant_entry();
        let request = entry.key() as u32;
        let Ok((socket, space, sequence)) = self.pool.claim(&flow.key, request, now) else {
            self.statistics.send_errors += 1;
            let event = Event::Failed { index, error: PacketError::NoSequence };
            self.flows.tell(flow_number, event);
            return index;
        };
        self.generation = self.generation.wrapping_add(1);
        let generation = self.generation;
        entry.insert(Request {
            flow: flow_number,
            index,
            socket,
            space,
            sequence,
            generation,
            cookie: self.cookies.cookie(flow.address, sequence, generation),
            stage: Stage::Queued,
            timeout: timeout.min(LONGEST),
            departure: Departure { monotonic: now, wall: Duration::ZERO, transmitted: None },
            place: Place::default(),
        });
        flow.buffers.requests.push_back(request);
        self.pool.sockets[socket].queue.push_back(Ticket { request, generation });
        index
    }

    /// Fills `outbox` with packets that wait for one socket, remembers them in `batch` and returns the socket.
    pub(super) fn fill(
        &mut self,
        outbox: &mut [Outgoing],
        batch: &mut Vec<Ticket>,
        now: Instant,
    ) -> Option<usize> {
        batch.clear();
        let socket = self.pool.next_ready(now)?;
        let PoolSocket { queue, spaces, .. } = &mut self.pool.sockets[socket];
        while batch.len() < outbox.len()
            && let Some(ticket) = queue.pop_front()
        {
            let Some(request) = current(&self.requests, ticket) else { continue };
            let flow = &self.flows[request.flow];
            let packet = &mut outbox[batch.len()];
            packet.destination = flow.destination;
            match &flow.control {
                Some(control) => packet.control = **control,
                None => packet.control.clear(),
            }
            self.payload.clear();
            fill_payload(request.cookie, flow.payload_size, &mut self.payload);
            let identifier = spaces[request.space].identifier;
            emit_request(flow.key.version, identifier, request.sequence, &self.payload, &mut packet.bytes);
            batch.push(ticket);
        }
        for (at, packet) in outbox[..batch.len()].iter_mut().enumerate() {
            if !self.bursts.is_stamped(at, batch.len()) {
                packet.control.decline_stamp();
            }
        }
        if batch.is_empty() {
            // Nobody waits for it any more, so nobody would find out that it has room again.
            self.pool.sockets[socket].full = false;
            return None;
        }
        Some(socket)
    }

    /// The first `count` packets of `batch` were taken at `now` (`wall` since the Unix epoch); the rest waits again.
    pub(super) fn sent(
        &mut self,
        socket: usize,
        batch: &[Ticket],
        count: usize,
        now: Instant,
        wall: Duration,
    ) {
        let burst = self.bursts.sent(&batch[..count]);
        for (at, &ticket) in batch[..count].iter().enumerate() {
            let Some(request) = current_mut(&mut self.requests, ticket) else { continue };
            request.stage = Stage::Sent;
            request.departure = Departure { monotonic: now, wall, transmitted: None };
            request.place = Place { batch: burst, at: at as u8 };
            self.wheel.insert(ticket.request, now + request.timeout);
            self.statistics.sent += 1;
            // Nobody is woken for this: whoever waits, waits for what comes back.
            let (number, event) = (request.flow, Event::Sent { index: request.index });
            self.flows.tell(number, event);
        }
        if let Some(socket) = self.pool.sockets.get_mut(socket) {
            socket.full &= count == 0;
            for &ticket in batch[count..].iter().rev() {
                socket.queue.push_front(ticket);
            }
        }
    }

    /// The kernel refused to send the packet.
    pub(super) fn refused(
        &mut self,
        ticket: Ticket,
        error: io::Error,
        mtu: Option<u32>,
        wake: &mut Vec<Waker>,
    ) {
        let Some(request) = current(&self.requests, ticket) else { return };
        self.statistics.send_errors += 1;
        let error = match error.raw_os_error() {
            Some(libc::EMSGSIZE) => PacketError::TooBig { mtu },
            _ => PacketError::Send(error),
        };
        let (flow, event) = (request.flow, Event::Failed { index: request.index, error });
        self.finish(ticket.request, flow, event, wake);
    }

    /// Applies what a packet or a notice on `socket` means.
    pub(super) fn apply(
        &mut self,
        socket: usize,
        meaning: Meaning<'_>,
        stamp: Option<Duration>,
        now: Instant,
        wake: &mut Vec<Waker>,
    ) {
        match meaning {
            Meaning::Reply { subject, hop_limit, tos, bytes } => {
                let Some(number) = self.authenticate(socket, &subject) else { return };
                let request = &mut self.requests[number as usize];
                let whole = HEADER_LENGTH + self.flows[request.flow].payload_size;
                let (rtt, clock) = request.departure.round_trip(stamp, now);
                // What did not fit the buffer was recognised by its beginning.
                let length = if subject.complete { bytes } else { bytes.max(whole) };
                let reply = Reply { index: request.index, rtt, clock, hop_limit, tos, bytes: length };
                let event = match request.stage {
                    Stage::Answered => {
                        self.statistics.duplicates += 1;
                        Event::Duplicate(reply)
                    }
                    Stage::Expired => {
                        self.statistics.late += 1;
                        Event::Late(reply)
                    }
                    Stage::Queued | Stage::Sent => {
                        self.statistics.received += 1;
                        Event::Reply(reply)
                    }
                };
                request.stage = Stage::Answered;
                wake.extend(self.flows.tell(request.flow, event).take());
            }
            Meaning::Error { subject, kind, from } => {
                let Some(number) = self.authenticate(socket, &subject) else { return };
                let request = &self.requests[number as usize];
                if request.stage == Stage::Sent {
                    self.statistics.icmp_errors += 1;
                    let error = PacketError::Icmp { kind, from };
                    let (flow, event) = (request.flow, Event::Failed { index: request.index, error });
                    self.finish(number, flow, event, wake);
                }
            }
            Meaning::Transmitted { subject, at } => {
                if let Ok(number) = self.find(socket, &subject) {
                    let request = &mut self.requests[number as usize];
                    request.departure.transmitted = Some(at);
                    self.bursts.stamped(request.place, at, |ticket, left| {
                        if let Some(request) = current_mut(&mut self.requests, ticket) {
                            request.departure.transmitted = Some(left);
                        }
                    });
                }
            }
            Meaning::TooBig { .. } | Meaning::Nothing => {}
        }
    }

    /// Hands out what ran out of time at `now`.
    pub(super) fn expire(&mut self, now: Instant, wake: &mut Vec<Waker>) {
        let mut expired = std::mem::take(&mut self.expired);
        self.wheel.advance(now, &mut expired);
        for number in expired.drain(..) {
            let request = &mut self.requests[number as usize];
            if request.stage == Stage::Sent {
                request.stage = Stage::Expired;
                self.statistics.lost += 1;
                self.wheel.insert(number, now + request.timeout.min(LINGER));
                let event = Event::Lost { index: request.index };
                wake.extend(self.flows.tell(request.flow, event).take());
            } else {
                forget(&mut self.flows[request.flow].buffers.requests, number);
                self.release(number);
            }
        }
        self.expired = expired;
    }

    /// When something runs out of time next.
    pub(super) fn next_expiry(&self) -> Option<Instant> {
        self.wheel.next()
    }

    /// Whether packets may be sent at once.
    pub(super) fn has_work(&self, now: Instant) -> bool {
        let ready = self.pool.sockets.iter().any(|(_, socket)| socket.is_ready(now));
        ready || !self.pool.opened.is_empty() || !self.pool.closed.is_empty()
    }

    /// The driver is gone: wakes every flow, so that nobody waits for ever.
    pub(super) fn close(&mut self) -> Vec<Waker> {
        self.closed = true;
        self.flows.take_wakers()
    }

    /// The engine's figures of this moment.
    pub(super) fn figures(&self) -> EngineStatistics {
        EngineStatistics {
            in_flight: self.wheel.len() as u64,
            sockets: self.pool.sockets.len() as u64,
            ..self.statistics
        }
    }

    /// The request a packet from outside speaks of. What does not match is counted and ignored: anybody may send us
    /// such packets.
    fn authenticate(&mut self, socket: usize, subject: &Subject<'_>) -> Option<u32> {
        match self.find(socket, subject) {
            Ok(number) => Some(number),
            Err(Mismatch::Foreign) => {
                self.statistics.foreign += 1;
                None
            }
            Err(Mismatch::Forged) => {
                self.statistics.forged += 1;
                None
            }
        }
    }

    /// The request a packet speaks of, if address, identifier, sequence and cookie all say so.
    fn find(&self, socket: usize, subject: &Subject<'_>) -> Result<u32, Mismatch> {
        let Subject { destination, echo, complete } = subject;
        let found = self.pool.sockets.get(socket).and_then(|socket| {
            let space = &socket.spaces[socket.space_of(echo.identifier)?];
            space.sequences.holder(echo.sequence)
        });
        let number = found.ok_or(Mismatch::Foreign)?;
        let request = &self.requests[number as usize];
        let flow = &self.flows[request.flow];
        let length = echo.payload.len();
        let genuine = request.stage != Stage::Queued
            && flow.address == *destination
            && (length == flow.payload_size || (!complete && length < flow.payload_size))
            && CookieKey::matches(request.cookie, echo.payload)
            && is_pattern(echo.payload);
        if genuine { Ok(number) } else { Err(Mismatch::Forged) }
    }

    /// Ends a request with its last event.
    fn finish(&mut self, number: u32, flow: u32, event: Event, wake: &mut Vec<Waker>) {
        wake.extend(self.flows.tell(flow, event).take());
        forget(&mut self.flows[flow].buffers.requests, number);
        self.release(number);
    }

    /// Frees the number and the sequence of a request.
    fn release(&mut self, number: u32) {
        self.wheel.remove(number);
        let request = self.requests.remove(number as usize);
        if let Some(socket) = self.pool.sockets.get_mut(request.socket) {
            socket.spaces[request.space].sequences.release(request.sequence);
        }
    }
}

/// Removes a request from its flow's list: nearly always the oldest.
fn forget(requests: &mut VecDeque<u32>, number: u32) {
    if requests.front() == Some(&number) {
        requests.pop_front();
    } else if let Some(at) = requests.iter().position(|request| *request == number) {
        requests.remove(at);
    }
}

fn current(requests: &Slab<Request>, ticket: Ticket) -> Option<&Request> {
    requests.get(ticket.request as usize).filter(|request| request.generation == ticket.generation)
}

fn current_mut(requests: &mut Slab<Request>, ticket: Ticket) -> Option<&mut Request> {
    requests.get_mut(ticket.request as usize).filter(|request| request.generation == ticket.generation)
}
