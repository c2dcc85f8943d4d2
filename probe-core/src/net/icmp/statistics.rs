//! The engine's own figures.

use std::time::Duration;

/// What an engine has done since it was made; counters unless said otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EngineStatistics {
    /// Requests the kernel took.
    pub sent: u64,
    /// Answers in time.
    pub received: u64,
    /// Answers to requests already answered.
    pub duplicates: u64,
    /// Answers after the timeout.
    pub late: u64,
    /// Requests whose timeout ran out.
    pub lost: u64,
    /// ICMP errors quoting our requests.
    pub icmp_errors: u64,
    /// Requests the kernel refused to send.
    pub send_errors: u64,
    /// Packets that answer none of our requests.
    pub foreign: u64,
    /// Packets with an identifier and sequence number of ours, but the wrong address or payload.
    pub forged: u64,
    /// Packets that could not be read.
    pub malformed: u64,
    /// Packets the kernel dropped because a receive buffer was full.
    pub kernel_drops: u64,
    /// Sum of the times between the kernel's stamp of a batch and the moment we read it.
    pub lag_total: Duration,
    /// The longest such time.
    pub lag_max: Duration,
    /// Batches that `lag_total` sums up.
    pub batches: u64,
    /// Requests in flight at this moment, those kept to recognise late answers included.
    pub in_flight: u64,
    /// Sockets open at this moment.
    pub sockets: u64,
}
