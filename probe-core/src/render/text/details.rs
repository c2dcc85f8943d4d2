//! Notes and measurements, for those who ask for all of it.

use std::fmt::Write;

use super::amount::amount;
use super::bars::bar;
use super::paint::{Color, Plain, paint};
use super::{Style, push_line, push_refusal, refusals_explain};
use crate::model::{Labels, Report, Sample, Unit};

/// Names that are wider do not move the values of the others.
const WIDEST: usize = 60;

/// Every note and every measurement of a report, one a line; durations by phase with a bar each. Refusals that explain a
/// failure are left to [`failure`](super::failure), and notes in parts to [`parts`](super::parts), so that nothing is said
/// twice.
pub fn details(report: &Report, style: Style) -> String {
    let mut out = String::new();
    let mut rows = Vec::new();
    for note in report.notes.iter().filter(|note| note.fields().is_empty()) {
        match note.refusal() {
            None => rows.push(Row::new(note.name.to_owned(), Plain(&note.text()).to_string())),
            Some(refusal) if !refusals_explain(report) => push_refusal(&mut out, refusal, style),
            Some(_) => {}
        }
    }
    for sample in report.measurements.samples() {
        let number = sample.value.as_f64();
        let mut row = Row::new(series_name(sample), amount(number, sample.family.unit));
        row.bar = longest_phase(sample, report).map(|longest| bar(number, longest));
        rows.push(row);
    }
    let width = |text: fn(&Row) -> &str| move |row: &Row| text(row).chars().count();
    let names = rows.iter().map(width(|row| &row.name)).filter(|width| *width <= WIDEST).max();
    let names = names.unwrap_or_default();
    let values =
        rows.iter().filter(|row| row.bar.is_some()).map(width(|row| &row.value)).max().unwrap_or_default();
    for Row { name, value, bar } in rows {
        let name = paint(Color::Dim, &format!("{name:<names$}"), style);
        match bar {
            Some(bar) if !bar.is_empty() => {
                push_line(&mut out, &format!("  {name}  {value:>values$}  {bar}"));
            }
            Some(_) => push_line(&mut out, &format!("  {name}  {value:>values$}")),
            None => push_line(&mut out, &format!("  {name}  {value}")),
        }
    }
    out
}

struct Row {
    name: String,
    value: String,
    bar: Option<String>,
}

impl Row {
    fn new(name: String, value: String) -> Self {
        Self { name, value, bar: None }
    }
}

/// The longest phase beside this one, if this is the duration of a phase.
fn longest_phase(sample: &Sample, report: &Report) -> Option<f64> {
    let is_phase = |sample: &Sample| {
        sample.family.unit == Unit::Seconds
            && sample.family.labels == ["phase"]
            && !matches!(sample.labels, Labels::None)
    };
    let alike = |other: &&Sample| std::ptr::eq(other.family, sample.family);
    is_phase(sample).then(|| {
        let all = report.measurements.samples().iter().filter(alike);
        all.map(|sample| sample.value.as_f64()).fold(0.0, f64::max)
    })
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
