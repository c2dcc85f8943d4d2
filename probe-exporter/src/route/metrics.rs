//! `/metrics`: the exporter about itself.

use hyper::HeaderMap;

use super::{Answer, Exporter};
use crate::exposition;

/// The exporter's own series.
pub(super) fn answer(exporter: &Exporter, headers: &HeaderMap) -> Answer {
    exporter.metrics.scrape(&exporter.live, |page| exposition::page(page, headers))
}
