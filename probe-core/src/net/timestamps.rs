//! When packets left and arrived: asks the kernel for its stamps, and makes round-trip times of them.

use std::fmt;
use std::io;
use std::os::fd::AsFd;
use std::time::{Duration, Instant, SystemTime};

use super::sys;

/// How far the kernel's round trip may exceed the process's own before a clock step is suspected.
const CLOCK_SLACK: Duration = Duration::from_millis(2);

/// Where a round-trip time comes from, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Clock {
    /// Both stamps are the kernel's: a busy process does not look like a slow network.
    Kernel,
    /// The kernel stamped the arrival only.
    KernelReceive,
    /// The process's own clock.
    Process,
}

impl Clock {
    /// The words used in every output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Kernel => "kernel",
            Self::KernelReceive => "kernel receive",
            Self::Process => "process",
        }
    }
}

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// When a packet was sent, by every clock there is. Stamps count from the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Departure {
    /// Handed to the kernel: monotonic clock.
    pub(crate) monotonic: Instant,
    /// Handed to the kernel: wall clock.
    pub(crate) wall: Duration,
    /// The kernel's transmit stamp.
    pub(crate) transmitted: Option<Duration>,
}

impl Departure {
    /// The round-trip time of an answer stamped at `received` and seen at `now`.
    ///
    /// The kernel's stamps are on the wall clock, which may be set meanwhile: a round trip that is negative or longer
    /// than what the monotonic clock saw is not believed.
    pub(crate) fn round_trip(&self, received: Option<Duration>, now: Instant) -> (Duration, Clock) {
        let process = now.saturating_duration_since(self.monotonic);
        let believable =
            |start: Duration| received?.checked_sub(start).filter(|rtt| *rtt <= process + CLOCK_SLACK);
        if let Some(rtt) = self.transmitted.and_then(believable) {
            (rtt, Clock::Kernel)
        } else if let Some(rtt) = believable(self.wall) {
            (rtt, Clock::KernelReceive)
        } else {
            (process, Clock::Process)
        }
    }
}

/// Asks for software stamps of what leaves and what arrives. Entries of the error queue, where transmit stamps come
/// back, make the socket readable as urgent data would, so that one wait serves both queues.
pub(crate) fn request_stamps(socket: &impl AsFd) -> io::Result<()> {
    let stamps = libc::SOF_TIMESTAMPING_TX_SOFTWARE
        | libc::SOF_TIMESTAMPING_RX_SOFTWARE
        | libc::SOF_TIMESTAMPING_SOFTWARE;
    // A kernel without stamps leaves us with the process's own clock, which the report says.
    let _ = sys::set_integer(socket.as_fd(), libc::SOL_SOCKET, libc::SO_TIMESTAMPING, stamps.cast_signed());
    sys::set_integer(socket.as_fd(), libc::SOL_SOCKET, libc::SO_SELECT_ERR_QUEUE, 1)
}

/// The wall clock, as the kernel's stamps count.
pub(crate) fn since_epoch() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn departure(monotonic: Instant) -> Departure {
        Departure {
            monotonic,
            wall: Duration::from_secs(1000),
            transmitted: Some(Duration::from_secs(1000) + Duration::from_micros(30)),
        }
    }

    #[test]
    fn kernel_stamps_win_over_a_late_process() {
        let sent = Instant::now();
        let received = Duration::from_secs(1000) + Duration::from_micros(530);
        let (rtt, clock) = departure(sent).round_trip(Some(received), sent + Duration::from_millis(40));
        assert_eq!((rtt, clock), (Duration::from_micros(500), Clock::Kernel));
    }

    #[test]
    fn without_transmit_stamp_the_arrival_still_counts() {
        let sent = Instant::now();
        let departure = Departure { transmitted: None, ..departure(sent) };
        let received = Duration::from_secs(1000) + Duration::from_micros(530);
        let (rtt, clock) = departure.round_trip(Some(received), sent + Duration::from_millis(40));
        assert_eq!((rtt, clock), (Duration::from_micros(530), Clock::KernelReceive));
    }

    #[test]
    fn wall_clock_that_was_set_is_not_believed() {
        let sent = Instant::now();
        let now = sent + Duration::from_millis(5);
        for received in [Duration::from_secs(999), Duration::from_secs(1100)] {
            let seen = departure(sent).round_trip(Some(received), now);
            assert_eq!(seen, (Duration::from_millis(5), Clock::Process));
        }
        assert_eq!(departure(sent).round_trip(None, now), (Duration::from_millis(5), Clock::Process));
    }
}
