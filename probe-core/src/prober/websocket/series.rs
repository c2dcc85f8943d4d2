//! The series of the websocket prober.

use tokio::time::Instant;

use crate::model::{Family, Flag, Gauge, Number, Recorder, Seconds};
use crate::prober::shared::ADDRESS_FAMILIES;

/// The status of the answer; 0 without one.
pub static STATUS_CODE: Gauge<Number> =
    Gauge::new("probe_websocket_status_code", "Response HTTP status code", &[]);
/// Whether the connection speaks websocket.
pub static UPGRADED: Gauge<Flag> = Gauge::new(
    "probe_websocket_connection_upgraded",
    "Indicates if the websocket connection was successfully upgraded",
    &[],
);
/// Whether the messages went wrong, be it in whatever way.
pub static FAILED_DUE_TO_REGEX: Gauge<Flag> =
    Gauge::new("probe_websocket_failed_due_to_regex", "Indicates if probe failed due to regex", &[]);
/// Duration by phase: `resolve` once the name is looked up, `connect` once connected, `processing` for the rest of the
/// handshake, `transfer` for the messages if there are any.
pub static DURATION: Gauge<Seconds, 1> =
    Gauge::new("probe_websocket_duration_seconds", "Duration of websocket request by phase", &["phase"]);

/// Everything the prober may record.
pub(super) static FAMILIES: &[&Family] = &[
    ADDRESS_FAMILIES[0],
    ADDRESS_FAMILIES[1],
    ADDRESS_FAMILIES[2],
    STATUS_CODE.family(),
    UPGRADED.family(),
    FAILED_DUE_TO_REGEX.family(),
    DURATION.family(),
];

/// Makes present what every probe has whose target is a URL.
pub(super) fn declare(out: &mut Recorder) {
    out.declare(&STATUS_CODE);
    out.declare(&UPGRADED);
    out.declare(&FAILED_DUE_TO_REGEX);
}

/// Records the duration of a phase when dropped, hence also when it is cut short.
pub(super) struct PhaseTimer<'a> {
    pub(super) out: &'a mut Recorder,
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
        self.out.set(&DURATION, [self.phase], self.start.elapsed());
    }
}
