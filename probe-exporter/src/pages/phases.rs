//! Where the time of a probe went, as a drawing.

use std::fmt::Write;
use std::time::Duration;

use probe_core::model::{Report, Unit};

use super::duration::Short;
use super::escaped::Escaped;

/// Columns of the drawing, of the names at its left, and of the figures at its right.
const WIDTH: f64 = 760.0;
const NAMES: f64 = 110.0;
const FIGURES: f64 = 90.0;
/// Rows of pixels that one phase takes, and its bar.
const ROW: usize = 24;
const BAR: usize = 14;
/// The share of the time outside all phases from which on it is drawn, too.
const WORTH_SHOWING: f64 = 0.05;
/// Colours before they repeat.
const COLOURS: usize = 6;

/// One phase of a probe.
#[derive(Clone, Debug, PartialEq)]
struct Phase<'a> {
    name: &'a str,
    seconds: f64,
}

/// The phases that the probe measured, one after the other; nothing if it measured none.
pub(super) fn drawing(report: &Report) -> Option<String> {
    let mut phases = phases(report);
    let measured: f64 = phases.iter().map(|phase| phase.seconds).sum();
    if phases.is_empty() {
        return None;
    }
    let total = measured.max(report.elapsed.as_secs_f64()).max(f64::MIN_POSITIVE);
    if total - measured > total * WORTH_SHOWING {
        phases.push(Phase { name: "otherwise", seconds: total - measured });
    }
    let scale = (WIDTH - NAMES - FIGURES) / total;
    let height = phases.len() * ROW;
    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" role=\"img\" \
         aria-label=\"phases of the probe\">"
    );
    let mut before = 0.0;
    for (at, phase) in phases.iter().enumerate() {
        let (top, colour) = (at * ROW, at % COLOURS);
        let left = NAMES + before * scale;
        let width = if phase.seconds > 0.0 { (phase.seconds * scale).max(1.0) } else { 0.0 };
        let figure = match phase.seconds {
            0.0 => "–".to_owned(),
            seconds => Short(Duration::try_from_secs_f64(seconds).unwrap_or_default()).to_string(),
        };
        // Writing to a string cannot fail.
        let _ = write!(
            svg,
            "<text x=\"{0}\" y=\"{1}\" text-anchor=\"end\">{2}</text>\
             <rect class=\"p{colour}\" x=\"{left:.1}\" y=\"{3}\" width=\"{width:.1}\" height=\"{BAR}\" rx=\"2\"/>\
             <text class=\"faint\" x=\"{4:.1}\" y=\"{1}\">{figure}</text>",
            NAMES - 10.0,
            top + 16,
            Escaped(phase.name),
            top + 5,
            left + width + 6.0,
        );
        before += phase.seconds;
    }
    svg.push_str("</svg>");
    Some(svg)
}

/// A prober that has phases has them as labels of one family.
fn phases(report: &Report) -> Vec<Phase<'_>> {
    let samples = report.measurements.samples().iter();
    let timed =
        samples.filter(|sample| sample.family.unit == Unit::Seconds && sample.family.labels == ["phase"]);
    let phases = timed.filter_map(|sample| {
        let (_, name) = sample.label_pairs().next()?;
        Some(Phase { name, seconds: sample.value.as_f64() })
    });
    let mut phases: Vec<_> =
        phases.filter(|phase| phase.seconds.is_finite() && phase.seconds >= 0.0).collect();
    // Probers record some phases before they begin; the order is that in which they happen.
    phases.sort_by_key(|phase| place(phase.name));
    phases
}

/// In which order phases happen, over all probers.
fn place(name: &str) -> usize {
    const ORDER: [&str; 9] =
        ["resolve", "setup", "connect", "tls", "upgrade", "request", "check", "processing", "transfer"];
    ORDER.iter().position(|known| *known == name).unwrap_or(ORDER.len())
}

#[cfg(test)]
mod tests {
    use probe_core::model::{Gauge, Seconds};

    use super::*;
    use crate::testing;

    static PHASES: Gauge<Seconds, 1> = Gauge::new("probe_test_duration_seconds", "Phases.", &["phase"]);

    #[test]
    fn phases_follow_each_other_in_the_order_of_events() {
        let mut report = testing::success("m", "t").report;
        report.elapsed = Duration::from_millis(10);
        for (phase, milliseconds) in [("transfer", 4), ("resolve", 1), ("connect", 5)] {
            report.measurements.set(&PHASES, [phase], Duration::from_millis(milliseconds));
        }
        let names: Vec<_> = phases(&report).iter().map(|phase| phase.name).collect();
        assert_eq!(names, ["resolve", "connect", "transfer"]);
        let svg = drawing(&report).expect("phases");
        // 560 columns are 10 ms.
        assert!(svg.contains("x=\"166.0\" y=\"29\" width=\"280.0\""), "{svg}");
        assert!(svg.contains(">5.00 ms</text>") && !svg.contains("otherwise"), "{svg}");
        report.elapsed = Duration::from_millis(20);
        let svg = drawing(&report).expect("phases");
        assert!(svg.contains("x=\"390.0\" y=\"77\" width=\"280.0\""), "{svg}");
    }

    #[test]
    fn without_phases_there_is_nothing_to_draw() {
        assert_eq!(drawing(&testing::success("m", "t").report), None);
    }
}
