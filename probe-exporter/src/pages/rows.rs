//! The rows of a list of probes.

use std::fmt::Write;
use std::time::Duration;

use probe_core::model::{Report, Verdict};
use probe_core::render::Rfc3339;

use super::duration::{Age, Short};
use super::escaped::Cut;
use crate::history::Entry;

/// Characters of a target that a list shows.
const TARGET: usize = 120;
/// Characters of an error that a list shows.
const ERROR: usize = 140;
/// Columns of a duration's bar.
const BAR: f64 = 90.0;

/// What a row is asked to say of a probe that failed.
pub(super) fn reason(report: &Report) -> String {
    match &report.verdict {
        Verdict::Failure { reason, phase, error } => {
            format!("<b>{reason}</b> in {phase}: {}", Cut(&error.chain(), ERROR))
        }
        _ => String::new(),
    }
}

/// When it was, and how long ago.
pub(super) fn age(report: &Report) -> String {
    let instant = Rfc3339(report.started);
    format!("<time datetime=\"{instant}\" title=\"{instant}\">{} ago</time>", Age::of(report.started))
}

/// How long it took, drawn as a part of what it was allowed to take.
fn bar(elapsed: Duration, timeout: Duration) -> String {
    let share = if timeout.is_zero() { 1.0 } else { elapsed.as_secs_f64() / timeout.as_secs_f64() };
    let width = (share.min(1.0) * BAR).max(1.5);
    format!(
        "<svg width=\"{BAR}\" height=\"6\" role=\"img\" aria-label=\"{:.0} % of the timeout\">\
         <rect class=\"track\" width=\"{BAR}\" height=\"6\" rx=\"3\"/>\
         <rect class=\"bar\" width=\"{width:.1}\" height=\"6\" rx=\"3\"/></svg>",
        share * 100.0
    )
}

/// Adds a row: module, target, result, logs, reason, duration, age.
pub(super) fn push(page: &mut String, entry: &Entry) {
    let report = &entry.capture.report;
    let (class, result) = if report.is_success() {
        ("success", "<span class=\"pill good\">Success</span>")
    } else {
        ("failure", "<strong class=\"pill bad\">Failure</strong>")
    };
    // Writing to a string cannot fail.
    let _ = writeln!(
        page,
        "<tr class=\"{class}\"><td>{}</td><td class=\"long target\">{}</td><td>{result}</td>\
         <td><a href='logs?id={}&amp;format=html'>Logs</a></td><td class=\"long\">{}</td>\
         <td>{}{}</td><td class=\"number\">{}</td></tr>",
        Cut(&report.module, TARGET),
        Cut(report.target.as_str(), TARGET),
        entry.id,
        reason(report),
        Short(report.elapsed),
        bar(report.elapsed, report.timeout),
        age(report),
    );
}

/// Whether a row has this text, in any case of letters.
pub(super) fn fits(entry: &Entry, wanted: &str) -> bool {
    let report = &entry.capture.report;
    let has = |text: &str| text.to_lowercase().contains(wanted);
    wanted.is_empty()
        || has(&report.module)
        || has(report.target.as_str())
        || has(if report.is_success() { "success" } else { "failure" })
        || matches!(&report.verdict, Verdict::Failure { reason, error, .. }
            if has(reason.as_str()) || has(&error.chain()))
}
