//! The requests in flight and the flows they belong to, as the engine keeps them.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::task::Waker;
use std::time::{Duration, Instant};

use socket2::SockAddr;

use super::event::{Clock, Event};
use crate::net::link::SocketKey;
use crate::net::packet::SendControl;
use crate::wire::Sequence;
use crate::wire::pending::COOKIE_LENGTH;

/// How far the kernel's round trip may exceed the process's own before a clock step is suspected.
const CLOCK_SLACK: Duration = Duration::from_millis(2);

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
    /// Handed to the kernel: monotonic clock.
    pub(super) sent: Instant,
    /// Handed to the kernel: wall clock, since the Unix epoch.
    pub(super) sent_wall: Duration,
    /// The kernel's transmit stamp, since the Unix epoch.
    pub(super) transmitted: Option<Duration>,
}

impl Request {
    /// The round-trip time of an answer stamped at `received` (since the Unix epoch) and seen at `now`.
    ///
    /// The kernel's stamps are on the wall clock, which may be set meanwhile: a round trip that is negative or longer
    /// than what the monotonic clock saw is not believed.
    pub(super) fn round_trip(&self, received: Option<Duration>, now: Instant) -> (Duration, Clock) {
        let process = now.saturating_duration_since(self.sent);
        let believable =
            |start: Duration| received?.checked_sub(start).filter(|rtt| *rtt <= process + CLOCK_SLACK);
        if let Some(rtt) = self.transmitted.and_then(believable) {
            (rtt, Clock::Kernel)
        } else if let Some(rtt) = believable(self.sent_wall) {
            (rtt, Clock::KernelReceive)
        } else {
            (process, Clock::Process)
        }
    }
}

/// One [`Pinger`](super::Pinger)'s part of the engine.
pub(super) struct Flow {
    pub(super) destination: SockAddr,
    pub(super) address: IpAddr,
    pub(super) key: SocketKey,
    pub(super) control: SendControl,
    pub(super) payload_size: usize,
    pub(super) next_index: u64,
    pub(super) buffers: Buffers,
    pub(super) waker: Option<Waker>,
}

/// The growing parts of a flow, handed on from one flow to the next so that a ping allocates nothing.
#[derive(Default)]
pub(super) struct Buffers {
    pub(super) events: VecDeque<Event>,
    /// Requests of the flow, oldest first.
    pub(super) requests: VecDeque<u32>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(sent: Instant) -> Request {
        Request {
            flow: 0,
            index: 0,
            socket: 0,
            space: 0,
            sequence: Sequence(0),
            generation: 0,
            cookie: [0; COOKIE_LENGTH],
            stage: Stage::Sent,
            timeout: Duration::from_secs(1),
            sent,
            sent_wall: Duration::from_secs(1000),
            transmitted: Some(Duration::from_secs(1000) + Duration::from_micros(30)),
        }
    }

    #[test]
    fn kernel_stamps_win_over_a_late_process() {
        let sent = Instant::now();
        let received = Duration::from_secs(1000) + Duration::from_micros(530);
        let (rtt, clock) = request(sent).round_trip(Some(received), sent + Duration::from_millis(40));
        assert_eq!((rtt, clock), (Duration::from_micros(500), Clock::Kernel));
    }

    #[test]
    fn without_transmit_stamp_the_arrival_still_counts() {
        let sent = Instant::now();
        let request = Request { transmitted: None, ..request(sent) };
        let received = Duration::from_secs(1000) + Duration::from_micros(530);
        let (rtt, clock) = request.round_trip(Some(received), sent + Duration::from_millis(40));
        assert_eq!((rtt, clock), (Duration::from_micros(530), Clock::KernelReceive));
    }

    #[test]
    fn wall_clock_that_was_set_is_not_believed() {
        let sent = Instant::now();
        let now = sent + Duration::from_millis(5);
        for received in [Duration::from_secs(999), Duration::from_secs(1100)] {
            assert_eq!(
                request(sent).round_trip(Some(received), now),
                (Duration::from_millis(5), Clock::Process)
            );
        }
        assert_eq!(request(sent).round_trip(None, now), (Duration::from_millis(5), Clock::Process));
    }
}
