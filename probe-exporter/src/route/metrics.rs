//! `/metrics`: the exporter about itself.

use hyper::StatusCode;

use super::{Answer, Exporter, SERIES, ok, refused};

/// The exporter's own series.
pub(super) fn answer(exporter: &Exporter) -> Answer {
    match exporter.metrics.render() {
        Ok(text) => ok(SERIES, text),
        Err(error) => refused(
            StatusCode::INTERNAL_SERVER_ERROR,
            format_args!("An error has occurred while serving metrics:\n\n{error}"),
        ),
    }
}
