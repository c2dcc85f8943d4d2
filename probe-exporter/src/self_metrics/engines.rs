//! The figures of the ICMP engines, all of them together.

use std::time::Duration;

use probe_core::net::icmp::{Engine, EngineStatistics};

use crate::exposition::{Counter, Gauge, IntGauge, Page};

/// How a figure is read.
type Read = fn(&EngineStatistics) -> f64;

const COUNTERS: [(Counter, Read); 13] = [
    (Counter::new("probe_icmp_engine_requests_total", "Echo requests that the kernel took."), |it| {
        it.sent as f64
    }),
    (Counter::new("probe_icmp_engine_replies_total", "Echo replies that came in time."), |it| {
        it.received as f64
    }),
    (
        Counter::new(
            "probe_icmp_engine_duplicates_total",
            "Echo replies to requests that were answered already.",
        ),
        |it| it.duplicates as f64,
    ),
    (
        Counter::new("probe_icmp_engine_late_replies_total", "Echo replies that came after the timeout."),
        |it| it.late as f64,
    ),
    (Counter::new("probe_icmp_engine_lost_total", "Echo requests without an answer in time."), |it| {
        it.lost as f64
    }),
    (
        Counter::new(
            "probe_icmp_engine_errors_received_total",
            "ICMP errors that answered an echo request, such as destination unreachable.",
        ),
        |it| it.icmp_errors as f64,
    ),
    (
        Counter::new("probe_icmp_engine_send_errors_total", "Echo requests that the kernel refused to send."),
        |it| it.send_errors as f64,
    ),
    (
        Counter::new(
            "probe_icmp_engine_foreign_packets_total",
            "Received packets that answer no request of this exporter; other programs' pings count here.",
        ),
        |it| it.foreign as f64,
    ),
    (
        Counter::new(
            "probe_icmp_engine_forged_packets_total",
            "Received packets that look like an answer but have the wrong sender or payload.",
        ),
        |it| it.forged as f64,
    ),
    (
        Counter::new("probe_icmp_engine_malformed_packets_total", "Received packets that cannot be read."),
        |it| it.malformed as f64,
    ),
    (
        Counter::new(
            "probe_icmp_engine_kernel_drops_total",
            "Packets that the kernel dropped because a receive buffer was full; such losses are not the network's.",
        ),
        |it| it.kernel_drops as f64,
    ),
    (
        Counter::new(
            "probe_icmp_engine_receive_lag_seconds_total",
            "Time between the arrival of packets at the kernel and their being read, summed over batches. \
                 Round-trip times do not contain it; a growing lag means that this machine is too busy.",
        ),
        |it| it.lag_total.as_secs_f64(),
    ),
    (Counter::new("probe_icmp_engine_receive_batches_total", "Batches of packets read."), |it| {
        it.batches as f64
    }),
];

const NUMBERS: [(IntGauge, Read); 2] = [
    (
        IntGauge::new(
            "probe_icmp_engine_in_flight",
            "Echo requests that are waiting for an answer, those kept to recognise late answers included.",
        ),
        |it| it.in_flight as f64,
    ),
    (IntGauge::new("probe_icmp_engine_sockets", "Open ICMP sockets."), |it| it.sockets as f64),
];

const LONGEST_LAG: Gauge = Gauge::new(
    "probe_icmp_engine_receive_lag_max_seconds",
    "Longest time between the arrival of packets at the kernel and their being read, since the start.",
);

/// Adds the series of all engines together.
pub(super) fn add(page: &mut Page<'_>, engines: &[Engine]) {
    let total = total(engines.iter().map(Engine::statistics));
    for (counter, read) in &COUNTERS {
        page.add(counter, read(&total));
    }
    for (gauge, read) in &NUMBERS {
        page.add(gauge, read(&total));
    }
    page.add(&LONGEST_LAG, total.lag_max.as_secs_f64());
}

/// Sums, and of the longest lag the longest.
fn total(engines: impl Iterator<Item = EngineStatistics>) -> EngineStatistics {
    engines.fold(EngineStatistics::default(), |sum, one| EngineStatistics {
        sent: sum.sent + one.sent,
        received: sum.received + one.received,
        duplicates: sum.duplicates + one.duplicates,
        late: sum.late + one.late,
        lost: sum.lost + one.lost,
        icmp_errors: sum.icmp_errors + one.icmp_errors,
        send_errors: sum.send_errors + one.send_errors,
        foreign: sum.foreign + one.foreign,
        forged: sum.forged + one.forged,
        malformed: sum.malformed + one.malformed,
        kernel_drops: sum.kernel_drops + one.kernel_drops,
        lag_total: sum.lag_total.checked_add(one.lag_total).unwrap_or(Duration::MAX),
        lag_max: sum.lag_max.max(one.lag_max),
        batches: sum.batches + one.batches,
        in_flight: sum.in_flight + one.in_flight,
        sockets: sum.sockets + one.sockets,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engines_are_summed_and_the_longest_lag_wins() {
        let engine = |sent, lag| EngineStatistics {
            sent,
            lag_total: Duration::from_secs(lag),
            lag_max: Duration::from_secs(lag),
            ..EngineStatistics::default()
        };
        let sum = total([engine(3, 5), engine(4, 2)].into_iter());
        assert_eq!((sum.sent, sum.lag_total.as_secs(), sum.lag_max.as_secs()), (7, 7, 5));
    }
}
