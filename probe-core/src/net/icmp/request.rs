//! The requests in flight and the flows they belong to, as the engine keeps them.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::task::Waker;
use std::time::Duration;

use super::burst::Place;
use super::event::Event;
use crate::net::control::SendControl;
use crate::net::link::SocketKey;
use crate::net::packet::Name;
use crate::net::timestamps::Departure;
use crate::wire::Sequence;
use crate::wire::pending::COOKIE_LENGTH;

/// Where a request is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Waiting to be sent.
    Queued,
    /// Sent, not answered.
    Sent,
    /// Answered; kept for a while to recognise copies.
    Answered,
    /// Out of time; kept for a while to recognise late answers.
    Expired,
}

/// A request by number, and by generation so that a number used anew is not mistaken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Ticket {
    pub(super) request: u32,
    pub(super) generation: u32,
}

/// One request.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) flow: u32,
    pub(super) index: u64,
    pub(super) socket: usize,
    pub(super) space: usize,
    pub(super) sequence: Sequence,
    pub(super) generation: u32,
    pub(super) cookie: [u8; COOKIE_LENGTH],
    pub(super) stage: Stage,
    pub(super) timeout: Duration,
    /// When it was handed to the kernel; meaningless while queued.
    pub(super) departure: Departure,
    pub(super) place: Place,
}

/// One [`Pinger`](super::Pinger)'s part of the engine.
pub(super) struct Flow {
    pub(super) destination: Name,
    pub(super) address: IpAddr,
    pub(super) key: SocketKey,
    /// What travels beside its packets, if anything does.
    pub(super) control: Option<Box<SendControl>>,
    pub(super) payload_size: usize,
    pub(super) next_index: u64,
    pub(super) buffers: Buffers,
    pub(super) waker: Option<Waker>,
    /// The group that its events go to.
    pub(super) group: Option<usize>,
}

/// The growing parts of a flow, handed on from one flow to the next so that a ping allocates nothing.
#[derive(Default)]
pub(super) struct Buffers {
    pub(super) events: VecDeque<Event>,
    /// Requests of the flow, oldest first.
    pub(super) requests: VecDeque<u32>,
}
