//! The engine's sockets: shared, bounded, each with the identifiers and sequence numbers it can tell apart.

use std::io;
use std::net::IpAddr;
use std::time::Instant;

use slab::Slab;

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
    identifiers: Option<IdentifierRange>,
    last_used: Instant,
}

impl PoolSocket {
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
}

impl Pool {
    pub(super) fn new(network: Box<dyn Network>, cookies: &CookieKey) -> Self {
        Self {
            sockets: Slab::new(),
            opened: Vec::new(),
            closed: Vec::new(),
            network,
            random: cookies.random(),
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
        for (at, socket) in self.sockets.iter_mut().filter(|(_, socket)| socket.key == *key) {
            if let Some((space, sequence)) = socket.claim(request, first) {
                socket.last_used = now;
                return Ok((at, space, sequence));
            }
        }
        let at = self.open(key, now)?;
        let (space, sequence) = self.sockets[at]
            .claim(request, first)
            .ok_or_else(|| io::Error::from(io::ErrorKind::ResourceBusy))?;
        Ok((at, space, sequence))
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
        let socket = PoolSocket { key: *key, spaces, drops: 0, identifiers, last_used: now };
        let at = self.sockets.insert(socket);
        self.opened.push((at, opened.link));
        Ok(at)
    }

    /// Closes the socket that has been idle longest.
    fn close_idle(&mut self) -> io::Result<()> {
        let idle = self.sockets.iter().filter(|(_, socket)| socket.in_use() == 0);
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
