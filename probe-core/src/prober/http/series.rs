//! The series of the HTTP prober.

use std::time::Duration;

use crate::model::{Count, Family, Flag, Gauge, Number, Recorder, Seconds};
use crate::prober::shared::{ADDRESS_FAMILIES, TLS_FAMILIES};

/// Duration by phase, summed over all hops: `resolve`, `connect`, `tls`, `processing`, `transfer`.
pub static DURATION: Gauge<Seconds, 1> = Gauge::new(
    "probe_http_duration_seconds",
    "Duration of http request by phase, summed over all redirects",
    &["phase"],
);
/// `Content-Length` of the final answer; -1 if it says nothing of it, 0 without an answer.
pub static CONTENT_LENGTH: Gauge<Number> =
    Gauge::new("probe_http_content_length", "Length of http content response", &[]);
/// Bytes of the body, decompressed if the module says so.
pub static UNCOMPRESSED_BODY_LENGTH: Gauge<Count> =
    Gauge::new("probe_http_uncompressed_body_length", "Length of uncompressed response body", &[]);
/// Answers that redirect, one that was not followed included.
pub static REDIRECTS: Gauge<Count> = Gauge::new("probe_http_redirects", "The number of redirects", &[]);
/// Whether the final answer came over TLS.
pub static SSL: Gauge<Flag> =
    Gauge::new("probe_http_ssl", "Indicates if SSL was used for the final redirect", &[]);
/// The status of the final answer; 0 without one.
pub static STATUS_CODE: Gauge<Count> = Gauge::new("probe_http_status_code", "Response HTTP status code", &[]);
/// The version of the final answer, as a number: 1.1, 2; 0 without one.
pub static VERSION: Gauge<Number> =
    Gauge::new("probe_http_version", "Returns the version of HTTP of the probe response", &[]);
pub use crate::prober::shared::FAILED_DUE_TO_REGEX;
/// Whether an expression over the JSON body did; only where there is such an expression.
pub static FAILED_DUE_TO_CEL: Gauge<Flag> = Gauge::new(
    "probe_failed_due_to_cel",
    "Indicates if probe failed due to CEL expression not matching",
    &[],
);
/// `Last-Modified` of the final answer, in Unix time; only if it is a date.
pub static LAST_MODIFIED: Gauge<Number> = Gauge::new(
    "probe_http_last_modified_timestamp_seconds",
    "Returns the Last-Modified HTTP response header in unixtime",
    &[],
);

/// Everything the prober may record.
pub(super) static FAMILIES: &[&Family] = &[
    ADDRESS_FAMILIES[0],
    ADDRESS_FAMILIES[1],
    ADDRESS_FAMILIES[2],
    TLS_FAMILIES[0],
    TLS_FAMILIES[1],
    TLS_FAMILIES[2],
    TLS_FAMILIES[3],
    TLS_FAMILIES[4],
    DURATION.family(),
    CONTENT_LENGTH.family(),
    UNCOMPRESSED_BODY_LENGTH.family(),
    REDIRECTS.family(),
    SSL.family(),
    STATUS_CODE.family(),
    VERSION.family(),
    FAILED_DUE_TO_REGEX.family(),
    FAILED_DUE_TO_CEL.family(),
    LAST_MODIFIED.family(),
];

/// Makes what every probe has present; the series of expressions only where there are any.
pub(super) fn declare(has_expressions: bool, out: &mut Recorder) {
    out.declare(&CONTENT_LENGTH);
    out.declare(&UNCOMPRESSED_BODY_LENGTH);
    out.declare(&REDIRECTS);
    out.declare(&SSL);
    out.declare(&STATUS_CODE);
    out.declare(&VERSION);
    out.declare(&FAILED_DUE_TO_REGEX);
    if has_expressions {
        out.declare(&FAILED_DUE_TO_CEL);
    }
}

/// Adds to the duration of a phase. Adding nothing makes the phase present.
pub(super) fn add(phase: &'static str, elapsed: Duration, out: &mut Recorder) {
    let before = out.read(&DURATION, [phase]).unwrap_or_default();
    out.set(&DURATION, [phase], before + elapsed);
}
