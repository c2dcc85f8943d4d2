//! The series of the DNS prober.

use std::time::Duration;

use tokio::time::Instant;

use crate::model::{Count, Family, Flag, Gauge, Recorder, Seconds};
use crate::prober::shared::ADDRESS_FAMILIES;

/// Duration by phase: `resolve`, `connect`, `request`; all three are always there.
pub static DURATION: Gauge<Seconds, 1> =
    Gauge::new("probe_dns_duration_seconds", "Duration of DNS request by phase", &["phase"]);
/// Records in the answer section.
pub static ANSWER_RECORDS: Gauge<Count> =
    Gauge::new("probe_dns_answer_rrs", "Returns number of entries in the answer resource record list", &[]);
/// Records in the authority section.
pub static AUTHORITY_RECORDS: Gauge<Count> = Gauge::new(
    "probe_dns_authority_rrs",
    "Returns number of entries in the authority resource record list",
    &[],
);
/// Records in the additional section, that of EDNS included.
pub static ADDITIONAL_RECORDS: Gauge<Count> = Gauge::new(
    "probe_dns_additional_rrs",
    "Returns number of entries in the additional resource record list",
    &[],
);
/// Whether an answer came back, whatever it said.
pub static QUERY_SUCCEEDED: Gauge<Flag> = Gauge::new(
    "probe_dns_query_succeeded",
    "Displays whether or not the query was executed successfully",
    &[],
);
/// The serial number of the zone; only for queries of type SOA that were answered.
pub static SERIAL: Gauge<Count> =
    Gauge::new("probe_dns_serial", "Returns the serial number of the zone", &[]);

/// Everything the prober may record.
pub(super) static FAMILIES: &[&Family] = &[
    ADDRESS_FAMILIES[0],
    ADDRESS_FAMILIES[1],
    ADDRESS_FAMILIES[2],
    DURATION.family(),
    ANSWER_RECORDS.family(),
    AUTHORITY_RECORDS.family(),
    ADDITIONAL_RECORDS.family(),
    QUERY_SUCCEEDED.family(),
    SERIAL.family(),
];

/// Makes what every probe has present.
pub(super) fn declare(out: &mut Recorder) {
    for phase in ["resolve", "connect", "request"] {
        out.set(&DURATION, [phase], Duration::ZERO);
    }
    out.declare(&ANSWER_RECORDS);
    out.declare(&AUTHORITY_RECORDS);
    out.declare(&ADDITIONAL_RECORDS);
    out.declare(&QUERY_SUCCEEDED);
}

/// Adds to the duration of a phase when dropped, hence also when the phase is cut short.
pub(super) struct PhaseTimer<'a> {
    out: &'a mut Recorder,
    phase: &'static str,
    start: Instant,
}

impl<'a> PhaseTimer<'a> {
    pub(super) fn start(phase: &'static str, out: &'a mut Recorder) -> Self {
        Self { out, phase, start: Instant::now() }
    }
}

impl Drop for PhaseTimer<'_> {
    fn drop(&mut self) {
        let before = self.out.read(&DURATION, [self.phase]).unwrap_or_default();
        self.out.set(&DURATION, [self.phase], before + self.start.elapsed());
    }
}
