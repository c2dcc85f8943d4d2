//! What the headers of an answer must and must not match.

use http::HeaderMap;

use super::settings::HttpSettings;
use crate::model::{ProbeError, Recorder};

/// Judges the headers by `fail_if_header_matches` and `fail_if_header_not_matches`, with the lines of the reference
/// exporter's log and [`FAILED_DUE_TO_REGEX`](super::series::FAILED_DUE_TO_REGEX). The first failure counts.
pub(super) fn judge_headers(
    settings: &HttpSettings,
    headers: &HeaderMap,
    out: &mut Recorder,
) -> Result<(), ProbeError> {
    let _ = (settings, headers, out);
    todo!()
}
