//! Notes and measurements, for those who ask for all of it.

use std::fmt::Write;

use super::amount::amount;
use super::paint::{Color, Plain, paint};
use super::{Style, push_line, push_refusal, refusals_explain};
use crate::model::{Report, Sample};

/// Every note and every measurement of a report, one a line. Refusals that explain a failure are left to
/// [`failure`](super::failure), so that nothing is said twice.
pub fn details(report: &Report, style: Style) -> String {
    let mut out = String::new();
    let mut rows = Vec::new();
    for note in &report.notes {
        match note.refusal() {
            None => rows.push((note.name.to_owned(), Plain(&note.text()).to_string())),
            Some(refusal) if !refusals_explain(report) => push_refusal(&mut out, refusal, style),
            Some(_) => {}
        }
    }
    for sample in report.measurements.samples() {
        rows.push((series_name(sample), amount(sample.value.as_f64(), sample.family.unit)));
    }
    let width = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
    for (name, value) in rows {
        let name = paint(Color::Dim, &format!("{name:<width$}"), style);
        push_line(&mut out, &format!("  {name}  {value}"));
    }
    out
}

/// `icmp_duration_seconds phase=rtt`: without the prefix that all have, labels without quotes.
fn series_name(sample: &Sample) -> String {
    let name = sample.family.name;
    let mut text = name.strip_prefix("probe_").unwrap_or(name).to_owned();
    for (label, value) in sample.label_pairs() {
        let _ = write!(text, " {label}={}", Plain(value));
    }
    text
}
