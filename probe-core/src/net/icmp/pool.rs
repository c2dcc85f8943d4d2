//! The engine's sockets: shared, bounded, each with the identifiers and sequence numbers it can tell apart.

use std::collections::VecDeque;
use std::io;
use std::net::IpAddr;
use std::time::Instant;

use slab::Slab;

use super::request::Ticket;
use crate::net::link::{IdentifierRange, Link, Network, SocketKey};
use crate::wire::pending::{CookieKey, SequenceSpace};
use crate::wire::{Identifier, Sequence};

/// Open sockets at most; beyond it the least recently used idle one is closed.
const SOCKETS: usize = 64;
/// A raw socket listens to a block of sixteen identifiers: a million requests.
const IDENTIFIERS: u16 = 16;

/// One identifier and its sequence numbers.
pub(super) struct Space {
    pub(super) identifier: Identifier,
    pub(super) sequences: SequenceSpace,
}

/// One socket of the pool.
pub(crate) struct PoolSocket {
    pub(super) key: SocketKey,
    pub(super) spaces: Vec<Space>,
    /// Packets dropped for want of buffer, as last told.
    pub(super) drops: u32,
    /// Requests that wait to be sent.
    pub(super) queue: VecDeque<Ticket>,
    /// Its send buffer had no room for the last packet: others of its packets may wait for neighbours that do not answer.
    pub(super) full: bool,
    /// When to try again, after the kernel had no room.
    pub(super) rests_until: Option<Instant>,
    identifiers: Option<IdentifierRange>,
    last_used: Instant,
    /// Never closed to make room, since it might not be had again.
    is_kept: bool,
}

impl PoolSocket {
    /// Whether it has packets to send and may try.
    pub(super) fn is_ready(&self, now: Instant) -> bool {
        !self.queue.is_empty() && self.rests_until.is_none_or(|until| until <= now)
    }

    fn in_use(&self) -> usize {
        self.spaces.iter().map(|space| space.sequences.used()).sum()
    }

    /// A free sequence number for `request`: space and sequence. A raw socket takes a further identifier when all
    /// of one are in flight.
    fn claim(&mut self, request: u32, first: Sequence) -> Option<(usize, Sequence)> {
        for (at, space) in self.spaces.iter_mut().enumerate() {
            if let Some(sequence) = space.sequences.claim(request) {
                return Some((at, sequence));
            }
        }
        let identifiers = self.identifiers?;
        let at = self.spaces.len();
        let number = u16::try_from(at).ok().filter(|number| *number < IDENTIFIERS)?;
        let mut sequences = SequenceSpace::new(first);
        let sequence = sequences.claim(request)?;
        self.spaces.push(Space { identifier: Identifier(identifiers.base | number), sequences });
        Some((at, sequence))
    }

    /// The space of an identifier. A datagram socket has one, and the kernel has matched it already.
    pub(super) fn space_of(&self, identifier: Identifier) -> Option<usize> {
        match self.identifiers {
            None => Some(0),
            Some(_) => self.spaces.iter().position(|space| space.identifier == identifier),
        }
    }
}

/// Every open socket by a number that stays.
pub(crate) struct Pool {
    pub(super) sockets: Slab<PoolSocket>,
    /// Links opened and closed since the driver last looked.
    pub(super) opened: Vec<(usize, Box<dyn Link>)>,
    pub(super) closed: Vec<usize>,
    network: Box<dyn Network>,
    random: u64,
    /// Whose turn to send it is.
    turn: usize,
}

impl Pool {
    pub(super) fn new(network: Box<dyn Network>, cookies: &CookieKey) -> Self {
        Self {
            sockets: Slab::new(),
            opened: Vec::new(),
            closed: Vec::new(),
            network,
            random: cookies.random(),
            turn: 0,
        }
    }

    /// Whether packets may leave from `source`.
    pub(super) fn may_send_from(&self, source: IpAddr) -> bool {
        self.network.may_send_from(source)
    }

    /// Whether a socket with this key is open.
    pub(crate) fn has(&self, key: &SocketKey) -> bool {
        self.sockets.iter().any(|(_, socket)| socket.key == *key)
    }

    /// A free sequence number on a socket with this key: socket, space, sequence. Opens a socket if none has one.
    pub(super) fn claim(
        &mut self,
        key: &SocketKey,
        request: u32,
        now: Instant,
    ) -> io::Result<(usize, usize, Sequence)> {
        let first = Sequence(self.next_random());
        if let Some(claimed) = self.claim_open(key, request, first, now, false) {
            return Ok(claimed);
        }
        let at = match self.open(key, now) {
            Ok(at) => at,
            // Rather a socket without room at present than none.
            Err(error) => return self.claim_open(key, request, first, now, true).ok_or(error),
        };
        let (space, sequence) = self.sockets[at]
            .claim(request, first)
            .ok_or_else(|| io::Error::from(io::ErrorKind::ResourceBusy))?;
        Ok((at, space, sequence))
    }

    /// A free sequence number on an open socket with this key, of those without room only if `full` allows them.
    fn claim_open(
        &mut self,
        key: &SocketKey,
        request: u32,
        first: Sequence,
        now: Instant,
        full: bool,
    ) -> Option<(usize, usize, Sequence)> {
        let fitting =
            self.sockets.iter_mut().filter(|(_, socket)| socket.key == *key && (full || !socket.full));
        for (at, socket) in fitting {
            if let Some((space, sequence)) = socket.claim(request, first) {
                socket.last_used = now;
                return Some((at, space, sequence));
            }
        }
        None
    }

    /// The next socket with packets to send that may try, each in its turn.
    pub(super) fn next_ready(&mut self, now: Instant) -> Option<usize> {
        let mut ready = self.sockets.iter().filter(|(_, socket)| socket.is_ready(now)).map(|(at, _)| at);
        let first = ready.next()?;
        let chosen =
            if first >= self.turn { first } else { ready.find(|at| *at >= self.turn).unwrap_or(first) };
        self.turn = chosen + 1;
        Some(chosen)
    }

    /// When the first of the sockets that rest may try again.
    pub(super) fn next_try(&self) -> Option<Instant> {
        let waiting = self.sockets.iter().filter(|(_, socket)| !socket.queue.is_empty());
        waiting.filter_map(|(_, socket)| socket.rests_until).min()
    }

    /// Opens a socket with this key.
    pub(crate) fn open(&mut self, key: &SocketKey, now: Instant) -> io::Result<usize> {
        if self.sockets.len() >= SOCKETS {
            self.close_idle()?;
        }
        let range =
            IdentifierRange { base: self.next_random() & !(IDENTIFIERS - 1), mask: !(IDENTIFIERS - 1) };
        let opened = self.network.open(key, range)?;
        let first = Sequence(self.next_random());
        let (spaces, identifiers) = match opened.identifier {
            Some(identifier) => (vec![Space { identifier, sequences: SequenceSpace::new(first) }], None),
            None => (Vec::new(), Some(range)),
        };
        let socket = PoolSocket {
            key: *key,
            spaces,
            drops: 0,
            queue: VecDeque::new(),
            full: false,
            rests_until: None,
            identifiers,
            last_used: now,
            is_kept: false,
        };
        let at = self.sockets.insert(socket);
        self.opened.push((at, opened.link));
        Ok(at)
    }

    /// Keeps every open socket with this key for good.
    pub(super) fn keep(&mut self, key: &SocketKey) {
        for (_, socket) in self.sockets.iter_mut().filter(|(_, socket)| socket.key == *key) {
            socket.is_kept = true;
        }
    }

    /// Closes the socket that has been idle longest.
    fn close_idle(&mut self) -> io::Result<()> {
        let idle = self.sockets.iter().filter(|(_, socket)| socket.in_use() == 0 && !socket.is_kept);
        let (at, _) = idle
            .min_by_key(|(_, socket)| socket.last_used)
            .ok_or_else(|| io::Error::other("all of the engine's sockets are in use"))?;
        self.sockets.remove(at);
        self.opened.retain(|(opened, _)| *opened != at);
        self.closed.push(at);
        Ok(())
    }

    /// The next of a row of unpredictable numbers (a Weyl sequence through a mixing step).
    fn next_random(&mut self) -> u16 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.random ^ (self.random >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed >> 40) as u16
    }
}
