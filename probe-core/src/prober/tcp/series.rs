//! The series of the TCP prober.

use crate::model::{Count, Family, Gauge, Seconds};
use crate::prober::shared::{ADDRESS_FAMILIES, DIALOGUE_FAMILIES, TLS_FAMILIES};

/// Duration by phase: `resolve`, `connect`; only with `tcp_info`.
pub static DURATION: Gauge<Seconds, 1> =
    Gauge::new("probe_tcp_duration_seconds", "Duration of the TCP probe by phase", &["phase"]);
/// The kernel's round-trip time; only with `tcp_info`.
pub static ROUND_TRIP: Gauge<Seconds> = Gauge::new(
    "probe_tcp_rtt_seconds",
    "Smoothed round-trip time of the connection as the kernel measured it",
    &[],
);
/// Its mean deviation; only with `tcp_info`.
pub static ROUND_TRIP_VARIATION: Gauge<Seconds> = Gauge::new(
    "probe_tcp_rtt_variation_seconds",
    "Mean deviation of the connection's round-trip time as the kernel measured it",
    &[],
);
/// Segments sent again; only with `tcp_info`.
pub static RETRANSMITS: Gauge<Count> = Gauge::new(
    "probe_tcp_retransmits",
    "Number of segments the kernel sent again until connected, the SYN included",
    &[],
);
/// Round trip of SYN and answer; only with `half_open`.
pub static HANDSHAKE: Gauge<Seconds> =
    Gauge::new("probe_tcp_handshake_seconds", "Time from the SYN to its answer, by the packets' stamps", &[]);
/// `open`, `closed` or `filtered`; only with `half_open`.
pub static PORT_STATE: Gauge<Count, 1> = Gauge::new(
    "probe_tcp_port_state_info",
    "What the port said to a SYN: open, closed or filtered",
    &["state"],
);

/// Everything the prober may record.
pub(super) static FAMILIES: &[&Family] = &[
    ADDRESS_FAMILIES[0],
    ADDRESS_FAMILIES[1],
    ADDRESS_FAMILIES[2],
    DIALOGUE_FAMILIES[0],
    DIALOGUE_FAMILIES[1],
    DIALOGUE_FAMILIES[2],
    TLS_FAMILIES[0],
    TLS_FAMILIES[1],
    TLS_FAMILIES[2],
    TLS_FAMILIES[3],
    DURATION.family(),
    ROUND_TRIP.family(),
    ROUND_TRIP_VARIATION.family(),
    RETRANSMITS.family(),
    HANDSHAKE.family(),
    PORT_STATE.family(),
];
