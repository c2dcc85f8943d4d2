//! The series of the gRPC prober.

use std::time::Duration;

use tokio::time::Instant;

use crate::model::{Count, Family, Flag, Gauge, Number, Recorder, Seconds};
use crate::prober::shared::{ADDRESS_FAMILIES, EARLIEST_EXPIRY, LAST_CHAIN_INFO, VERSION};
use crate::wire::health::{Code, ServingStatus};

/// Duration by phase: `resolve`, always there; `check` once the call was made, connecting included.
pub static DURATION: Gauge<Seconds, 1> =
    Gauge::new("probe_grpc_duration_seconds", "Duration of gRPC request by phase", &["phase"]);
/// Whether the call went well over TLS.
pub static SSL: Gauge<Flag> =
    Gauge::new("probe_grpc_ssl", "Indicates if SSL was used for the connection", &[]);
/// The status code of the call; 0 also if it was not made.
pub static STATUS_CODE: Gauge<Number> =
    Gauge::new("probe_grpc_status_code", "Response gRPC status code", &[]);
/// The status of the service; all 0 if the call did not go well, absent if it was not made.
pub static HEALTH: Gauge<Count, 1> =
    Gauge::new("probe_grpc_healthcheck_response", "Response HealthCheck response", &["serving_status"]);

/// Everything the prober may record.
pub(super) static FAMILIES: &[&Family] = &[
    ADDRESS_FAMILIES[0],
    ADDRESS_FAMILIES[1],
    ADDRESS_FAMILIES[2],
    DURATION.family(),
    SSL.family(),
    STATUS_CODE.family(),
    HEALTH.family(),
    EARLIEST_EXPIRY.family(),
    LAST_CHAIN_INFO.family(),
    VERSION.family(),
];

/// Makes what every probe has present.
pub(super) fn declare(out: &mut Recorder) {
    out.set(&DURATION, ["resolve"], Duration::ZERO);
    out.declare(&SSL);
    out.declare(&STATUS_CODE);
}

/// What a call came to. Recorded before the call as out of time: so it is if the deadline cuts it.
pub(super) fn record(code: Code, status: Option<ServingStatus>, out: &mut Recorder) {
    out.put(&STATUS_CODE, code.0.into());
    for named in ServingStatus::NAMED {
        out.set(&HEALTH, [named.name()], 0);
    }
    if let Some(status) = status {
        out.set(&HEALTH, [status.name()], 1);
    }
}

/// Records how long the call took when dropped, hence also when it is cut short.
pub(super) struct CheckTimer<'a> {
    pub(super) out: &'a mut Recorder,
    start: Instant,
}

impl<'a> CheckTimer<'a> {
    pub(super) fn start(out: &'a mut Recorder) -> Self {
        Self { out, start: Instant::now() }
    }
}

impl Drop for CheckTimer<'_> {
    fn drop(&mut self) {
        self.out.set(&DURATION, ["check"], self.start.elapsed());
    }
}
