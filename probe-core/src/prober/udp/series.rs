//! The series of the UDP prober.

use crate::model::{Bytes, Family, Gauge, Seconds};
use crate::prober::shared::{ADDRESS_FAMILIES, FAILED_DUE_TO_BYTES, FAILED_DUE_TO_REGEX};

/// Duration by phase: `resolve`, and `request` from the first datagram sent to the last one awaited.
pub static DURATION: Gauge<Seconds, 1> =
    Gauge::new("probe_udp_duration_seconds", "Duration of the UDP probe by phase", &["phase"]);
/// What the datagrams that came back add up to; present once the socket is open.
pub static RECEIVED: Gauge<Bytes> =
    Gauge::new("probe_udp_received_bytes", "Bytes of the datagrams received from the target", &[]);

/// Everything the prober may record.
pub(super) static FAMILIES: &[&Family] = &[
    ADDRESS_FAMILIES[0],
    ADDRESS_FAMILIES[1],
    ADDRESS_FAMILIES[2],
    FAILED_DUE_TO_REGEX.family(),
    FAILED_DUE_TO_BYTES.family(),
    DURATION.family(),
    RECEIVED.family(),
];
