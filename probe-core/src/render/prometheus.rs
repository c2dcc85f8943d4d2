//! The Prometheus text format, version 0.0.4, laid out as the reference exporter does.

use std::borrow::Borrow;
use std::fmt::Write;
use std::ops::Range;

use super::GoFloat;
use super::label_name::{Escaping, is_classic};
use crate::model::{Family, Report};

/// How reports become series.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options<'a> {
    /// Which series carry `module` and `target`.
    pub identity: Identity,
    /// How label names are written that are no classic ones.
    pub escaping: Escaping,
    /// Labels that every series carries besides its own, in any order.
    pub labels: &'a [(&'a str, &'a str)],
}

/// Which series carry the module and the target of their report as labels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Identity {
    /// All of them, even of a single report.
    Always,
    /// None: the reports tell themselves apart by labels of their own.
    Never,
    /// All of them if there is more than one report.
    #[default]
    WhenSeveral,
}

impl Identity {
    fn applies(self, reports: usize) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::WhenSeveral => reports > 1,
        }
    }
}

/// Renders reports as one exposition. One report without labels of its own looks exactly as the reference exporter's.
///
/// Families are sorted by name, their series by label values. A series carries the family's labels, then those of the
/// report, then `module` and `target`; where two have the same name, the first in that order is the one that is written.
/// Of two series with the same labels the later report's is written, as Prometheus would accept only one.
///
/// Label names of a report are written as they are: whoever takes them from a user checks them.
pub fn text(reports: &[Report]) -> String {
    let mut out = String::new();
    write(&mut out, reports, Options::default());
    out
}

/// Like [`text`], at the end of an existing buffer.
pub fn write<R: Borrow<Report>>(out: &mut String, reports: &[R], options: Options<'_>) {
    write_escaping(out, reports, options, b"\\\n");
}

/// Like [`write`]; `in_help` are the characters that want a backslash in a help text, where formats differ.
pub(super) fn write_escaping<R: Borrow<Report>>(
    out: &mut String,
    reports: &[R],
    options: Options<'_>,
    in_help: &[u8],
) {
    let mut sheet = Sheet::new(reports, options.identity.applies(reports.len()), options.labels);
    sheet.sort();
    out.reserve(sheet.length_guess());
    sheet.write(out, in_help, options.escaping);
}

/// Writes labels with classic names as a series has them.
#[cfg(feature = "textfile")]
pub(crate) fn push_labels(out: &mut String, labels: &[(&str, &str)]) {
    let mut separator = '{';
    for (name, value) in labels {
        out.push(separator);
        out.push_str(name);
        out.push_str("=\"");
        push_escaped(out, value, b"\\\"\n");
        out.push('"');
        separator = ',';
    }
    if separator == ',' {
        out.push('}');
    }
}

fn push_name(out: &mut String, name: &str, escaping: Escaping) {
    if matches!(escaping, Escaping::AllowUtf8) && !is_classic(name) {
        out.push('"');
        push_escaped(out, name, b"\\\"\n");
        out.push('"');
    } else {
        out.push_str(&escaping.apply(name));
    }
}

/// All series of an exposition; their labels lie in one vector.
struct Sheet<'a> {
    series: Vec<Series>,
    labels: Vec<(&'a str, &'a str)>,
}

struct Series {
    family: &'static Family,
    value: f64,
    /// Its labels, sorted by name.
    labels: Range<usize>,
}

impl<'a> Sheet<'a> {
    fn new<R: Borrow<Report>>(reports: &'a [R], identify: bool, common: &[(&'a str, &'a str)]) -> Self {
        let reports = reports.iter().map(Borrow::borrow);
        let count = reports.clone().map(|report: &Report| report.measurements.samples().len()).sum();
        let mut sheet = Self { series: Vec::with_capacity(count), labels: Vec::with_capacity(count) };
        for report in reports {
            sheet.add(report, identify, common);
        }
        sheet
    }

    fn add(&mut self, report: &'a Report, identify: bool, common: &[(&'a str, &'a str)]) {
        for sample in report.measurements.samples() {
            let start = self.labels.len();
            self.labels.extend(sample.label_pairs());
            for (name, value) in &report.labels {
                self.add_label(start, name, value);
            }
            for (name, value) in common {
                self.add_label(start, name, value);
            }
            if identify {
                self.add_label(start, "module", &report.module);
                self.add_label(start, "target", report.target.as_str());
            }
            self.labels[start..].sort_unstable();
            self.series.push(Series {
                family: sample.family,
                value: sample.value.as_f64(),
                labels: start..self.labels.len(),
            });
        }
    }

    /// Adds a label to the series whose labels begin at `start`, unless it has one of that name.
    fn add_label(&mut self, start: usize, name: &'a str, value: &'a str) {
        if self.labels[start..].iter().all(|(present, _)| *present != name) {
            self.labels.push((name, value));
        }
    }

    /// By family, then as the reference sorts: fewer labels first, then by values; by label names at last,
    /// so that equal series are neighbours. Stable, so that the later of them stays the later.
    fn sort(&mut self) {
        let labels = &self.labels;
        self.series.sort_by(|one, other| {
            let (ours, theirs) = (&labels[one.labels.clone()], &labels[other.labels.clone()]);
            one.family
                .name
                .cmp(other.family.name)
                .then_with(|| ours.len().cmp(&theirs.len()))
                .then_with(|| ours.iter().map(|label| label.1).cmp(theirs.iter().map(|label| label.1)))
                .then_with(|| ours.cmp(theirs))
        });
    }

    fn same_series(&self, one: &Series, other: &Series) -> bool {
        one.family.name == other.family.name
            && self.labels[one.labels.clone()] == self.labels[other.labels.clone()]
    }

    /// Rather too much than too little: every series counted as if it had a header of its own.
    fn length_guess(&self) -> usize {
        const FIXED: usize = "# HELP  \n# TYPE  gauge\n{}  -1.7976931348623157e+308\n".len();
        let series = self.series.iter();
        let lines: usize =
            series.map(|series| series.family.name.len() * 3 + series.family.help.len() + FIXED).sum();
        lines + self.labels.iter().map(|(name, value)| name.len() + value.len() + 4).sum::<usize>()
    }

    fn write(&self, out: &mut String, in_help: &[u8], escaping: Escaping) {
        let mut family = None;
        for (at, series) in self.series.iter().enumerate() {
            if family != Some(series.family.name) {
                family = Some(series.family.name);
                push_header(out, series.family, in_help);
            }
            if self.series.get(at + 1).is_none_or(|next| !self.same_series(series, next)) {
                self.push_series(out, series, escaping);
            }
        }
    }

    fn push_series(&self, out: &mut String, series: &Series, escaping: Escaping) {
        out.push_str(series.family.name);
        let mut separator = '{';
        for (name, value) in &self.labels[series.labels.clone()] {
            out.push(separator);
            push_name(out, name, escaping);
            out.push_str("=\"");
            push_escaped(out, value, b"\\\"\n");
            out.push('"');
            separator = ',';
        }
        if separator == ',' {
            out.push('}');
        }
        // Writing to a string cannot fail.
        let _ = writeln!(out, " {}", GoFloat(series.value));
    }
}

fn push_header(out: &mut String, family: &Family, in_help: &[u8]) {
    out.push_str("# HELP ");
    out.push_str(family.name);
    out.push(' ');
    push_escaped(out, family.help, in_help);
    out.push_str("\n# TYPE ");
    out.push_str(family.name);
    out.push_str(" gauge\n");
}

/// Appends `text` with a backslash before each of the `special` ASCII characters.
fn push_escaped(out: &mut String, text: &str, special: &[u8]) {
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| special.contains(&byte)) {
        out.push_str(&rest[..at]);
        out.push('\\');
        out.push_str(if rest[at..].starts_with('\n') { "n" } else { &rest[at..=at] });
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
}

#[cfg(test)]
mod tests;
