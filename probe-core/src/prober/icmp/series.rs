//! The series of the ICMP prober.

use crate::model::{Count, Family, Gauge, Number, Ratio, Recorder, RoundTrips, Seconds};
use crate::prober::shared::ADDRESS_FAMILIES;

/// Duration by phase: `resolve`, `setup`, `rtt`. With several packets, `rtt` is the mean.
pub static DURATION: Gauge<Seconds, 1> =
    Gauge::new("probe_icmp_duration_seconds", "Duration of icmp request by phase", &["phase"]);
/// Hop limit of the last answer; absent if there was none or the kernel did not tell.
pub static HOP_LIMIT: Gauge<Number> =
    Gauge::new("probe_icmp_reply_hop_limit", "Replied packet hop limit (TTL for ipv4)", &[]);
/// Packets sent; only with a count over 1, as all that follow.
pub static PACKETS_SENT: Gauge<Count> =
    Gauge::new("probe_icmp_packets_sent", "Number of echo requests sent in this probe", &[]);
/// Packets answered in time.
pub static PACKETS_RECEIVED: Gauge<Count> = Gauge::new(
    "probe_icmp_packets_received",
    "Number of echo requests answered in time in this probe, copies not counted",
    &[],
);
/// Share of packets lost.
pub static LOSS_RATIO: Gauge<Ratio> =
    Gauge::new("probe_icmp_packet_loss_ratio", "Share of echo requests not answered in time, 0 to 1", &[]);
/// Round-trip times: `min`, `mean`, `max`, `stddev`; where many packets are sent, `p50`, `p95` and `p99` too.
pub static ROUND_TRIP: Gauge<Seconds, 1> = Gauge::new(
    "probe_icmp_rtt_seconds",
    "Round-trip time over the packets of this probe: min, mean, max and standard deviation",
    &["statistic"],
);
/// RFC 3550 jitter.
pub static JITTER: Gauge<Seconds> = Gauge::new(
    "probe_icmp_jitter_seconds",
    "Interarrival jitter over the packets of this probe, estimated as in RFC 3550 section 6.4.1",
    &[],
);
/// Answers to packets already answered.
pub static DUPLICATES: Gauge<Count> =
    Gauge::new("probe_icmp_duplicates", "Number of answers to echo requests that were answered already", &[]);
/// Answers that came after one to a later packet.
pub static REORDERED: Gauge<Count> = Gauge::new(
    "probe_icmp_reordered",
    "Number of answers that arrived after one to a later echo request",
    &[],
);

/// Everything the prober may record.
pub(super) static FAMILIES: &[&Family] = &[
    ADDRESS_FAMILIES[0],
    ADDRESS_FAMILIES[1],
    ADDRESS_FAMILIES[2],
    DURATION.family(),
    HOP_LIMIT.family(),
    PACKETS_SENT.family(),
    PACKETS_RECEIVED.family(),
    LOSS_RATIO.family(),
    ROUND_TRIP.family(),
    JITTER.family(),
    DUPLICATES.family(),
    REORDERED.family(),
];

/// Records what several packets came to.
pub(super) fn record(trips: &RoundTrips, out: &mut Recorder) {
    out.put(&PACKETS_SENT, trips.sent);
    out.put(&PACKETS_RECEIVED, trips.received);
    out.put(&LOSS_RATIO, trips.loss_ratio());
    out.put(&DUPLICATES, trips.duplicates);
    out.put(&REORDERED, trips.reordered);
    let statistics = [
        ("min", trips.minimum()),
        ("mean", trips.mean()),
        ("max", trips.maximum()),
        ("stddev", trips.deviation()),
        ("p50", trips.quantile(0.5)),
        ("p95", trips.quantile(0.95)),
        ("p99", trips.quantile(0.99)),
    ];
    for (name, value) in statistics {
        if let Some(value) = value {
            out.set(&ROUND_TRIP, [name], value);
        }
    }
    if let Some(jitter) = trips.jitter() {
        out.put(&JITTER, jitter);
    }
}
