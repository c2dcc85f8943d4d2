//! The `OpenMetrics` text format, version 1.0.0.

use std::borrow::Borrow;

use super::prometheus::{self, Options};
use crate::model::Report;

/// The media type of the format, as HTTP names it.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Renders reports as one exposition, in the order of [`prometheus::text`]. All families are gauges, also those that say
/// something about an endpoint with a constant 1: their names are those of the reference exporter, and its type is kept.
pub fn text(reports: &[Report]) -> String {
    let mut out = String::new();
    write(&mut out, reports, Options::default());
    out
}

/// Like [`text`], at the end of an existing buffer. Nothing may follow.
pub fn write<R: Borrow<Report>>(out: &mut String, reports: &[R], options: Options<'_>) {
    // Here quotes want a backslash in help texts too.
    prometheus::write_escaping(out, reports, options, b"\\\"\n");
    out.push_str("# EOF\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples;

    #[test]
    fn differs_from_the_prometheus_format_in_its_end_alone() {
        let reports = [samples::success(), samples::refused_connection()];
        assert_eq!(text(&reports), prometheus::text(&reports) + "# EOF\n");
        assert_eq!(text(&[]), "# EOF\n");
    }

    #[test]
    fn quotes_are_escaped_in_help_texts() {
        use crate::model::{Count, Gauge};
        static QUOTING: Gauge<Count> = Gauge::new("test_quotes", "Says \"so\".", &[]);
        let mut report = samples::success();
        report.measurements = crate::model::Measurements::default();
        report.measurements.put(&QUOTING, 1);
        let expected =
            "# HELP test_quotes Says \\\"so\\\".\n# TYPE test_quotes gauge\ntest_quotes 1\n# EOF\n";
        assert_eq!(text(&[report]), expected);
    }
}
