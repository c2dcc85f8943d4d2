//! The output of a Nagios plugin: one line with performance data, or the layout of monitoring-plugins 3.

use super::decimal;
use super::threshold::{Judgement, Limit, State, Thresholds, sign};
use crate::model::{Measurements, Report, Sample, Unit, Verdict};

/// Which layout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// `OK - target: … | data`, as of monitoring-plugins 2, which most consumers expect.
    #[default]
    Classic,
    /// `[OK] - …` and an indented line for each check, as of monitoring-plugins 3.
    Three,
}

/// Longest first line: Nagios, pagers and NRPE cut what is longer.
const LONGEST_LINE: usize = 200;

/// Renders reports as one plugin's output, and says how good they are together. The state of no report at all is unknown.
pub fn output(reports: &[Report], thresholds: &Thresholds, layout: Layout) -> (String, State) {
    let judged: Vec<(&Report, Judgement)> =
        reports.iter().map(|report| (report, thresholds.judge(report))).collect();
    let state =
        judged.iter().map(|(_, judgement)| judgement.state).reduce(State::worst).unwrap_or(State::Unknown);
    let data = performance_data(reports, thresholds);
    let text = match (layout, judged.as_slice()) {
        (_, []) => unknown("nothing was checked"),
        (Layout::Classic, [(report, judgement)]) => format!("{state} - {}", summary(report, judgement)),
        (Layout::Classic, several) => several_in_a_line(several, state),
        (Layout::Three, all) => tree(all, state),
    };
    let separator = if data.is_empty() { "" } else { " | " };
    (format!("{text}{separator}{data}\n"), state)
}

/// The output of a plugin that could not check: a wrong argument, an unreadable configuration.
pub fn unknown(why: &str) -> String {
    format!("UNKNOWN - {}", in_a_line(why))
}

fn several_in_a_line(judged: &[(&Report, Judgement)], state: State) -> String {
    let bad = judged.iter().filter(|(_, judgement)| judgement.state != State::Ok);
    let named: Vec<String> = bad.map(|(report, judgement)| summary(report, judgement)).collect();
    let good = judged.len() - named.len();
    let mut text = format!("{state} - {good} of {} checks are ok", judged.len());
    if !named.is_empty() {
        text.push_str("; ");
        text.push_str(&named.join("; "));
    }
    in_a_line(&text)
}

fn tree(judged: &[(&Report, Judgement)], state: State) -> String {
    let good = judged.iter().filter(|(_, judgement)| judgement.state == State::Ok).count();
    let mut text = format!("[{state}] - {good} of {} checks are ok", judged.len());
    for (report, judgement) in judged {
        text.push_str(&format!("\n\\_[{}] - {}", judgement.state, summary(report, judgement)));
    }
    text.push('\n');
    text
}

/// What there is to say about one report: limits first, then why it failed, then how long it took.
fn summary(report: &Report, judgement: &Judgement) -> String {
    let what = match &report.verdict {
        Verdict::Failure { reason, error, .. } => format!("{reason}: {}", error.chain()),
        Verdict::Success if judgement.broken.is_empty() => {
            format!("{} in {}s", report.prober, decimal((report.elapsed.as_secs_f64() * 1e6).round() / 1e6))
        }
        Verdict::Success => judgement.broken.join(", "),
    };
    in_a_line(&format!("{}: {what}", report.target))
}

/// Without line ends, and without the bar that begins performance data.
fn in_a_line(text: &str) -> String {
    let clean: String = text
        .chars()
        .map(|character| match character {
            '|' => '/',
            other if other.is_control() => ' ',
            other => other,
        })
        .collect();
    match clean.char_indices().nth(LONGEST_LINE) {
        Some((at, _)) => format!("{}…", &clean[..at]),
        None => clean,
    }
}

/// `label=value[unit];warn;crit;min;max`, an item a measurement. Info series say nothing in numbers and are left out.
fn performance_data(reports: &[Report], thresholds: &Thresholds) -> String {
    let mut items = Vec::new();
    for report in reports {
        let prefix = if reports.len() > 1 { format!("{}::", report.target) } else { String::new() };
        for sample in numbers(&report.measurements) {
            items.push(item(&prefix, report, sample, thresholds));
        }
    }
    items.join(" ")
}

fn numbers(measurements: &Measurements) -> impl Iterator<Item = &Sample> {
    measurements.samples().iter().filter(|sample| !sample.family.name.ends_with("_info"))
}

fn item(prefix: &str, report: &Report, sample: &Sample, thresholds: &Thresholds) -> String {
    let (scale, sign) = sign(sample.family.unit);
    let limit = |limits: &[Limit]| {
        let meant = limits.iter().find(|limit| limit.selector.means(sample, report));
        meant.map(|limit| limit.range.plain(|bound| decimal(bound * scale))).unwrap_or_default()
    };
    let number = sample.value.as_f64();
    let value = if number.is_finite() { decimal(number * scale) + sign } else { "U".to_owned() };
    let (least, most) = match sample.family.unit {
        Unit::Seconds | Unit::Bytes | Unit::Count => ("0", ""),
        Unit::Flag => ("0", "1"),
        Unit::Ratio | Unit::Number => ("", ""),
    };
    let text = format!(
        "{}={value};{};{};{least};{most}",
        label(prefix, sample),
        limit(&thresholds.warning),
        limit(&thresholds.critical)
    );
    text.trim_end_matches(';').to_owned()
}

/// The family's name without the prefix that all have, then what tells its series apart: `icmp_duration_rtt`.
fn label(prefix: &str, sample: &Sample) -> String {
    let name = sample.family.name.strip_prefix("probe_").unwrap_or(sample.family.name);
    let name = name.strip_suffix("_seconds").unwrap_or(name);
    let mut text = format!("{prefix}{name}");
    for (_, value) in sample.label_pairs() {
        text.push('_');
        text.push_str(value);
    }
    let text = text.replace('=', "_").replace(char::is_control, "_");
    if text.contains([' ', '\'']) { format!("'{}'", text.replace('\'', "''")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples;

    fn thresholds(warning: &str, critical: &str) -> Thresholds {
        let limits = |text| Thresholds::limits(text).expect("a list");
        Thresholds { warning: limits(warning), critical: limits(critical) }
    }

    #[test]
    fn classic_line_has_text_and_data() {
        let (text, state) =
            output(&[samples::success()], &thresholds("rtt=200ms", "rtt=500ms"), Layout::Classic);
        assert_eq!(state, State::Ok);
        let (text, data) = text.trim_end().split_once(" | ").expect("data");
        assert!(text.starts_with("OK - "), "{text}");
        assert!(
            data.split(' ')
                .any(|item| item.starts_with("icmp_duration_rtt=") && item.contains("s;0.2;0.5;0")),
            "{data}"
        );
        assert!(data.split(' ').any(|item| item == "success=1;;;0;1"), "{data}");
    }

    #[test]
    fn a_failed_probe_is_critical_and_says_why() {
        let (text, state) = output(&[samples::refused_connection()], &Thresholds::default(), Layout::Classic);
        assert_eq!(state, State::Critical);
        assert!(text.starts_with("CRITICAL - ") && text.contains(": connect: "), "{text}");
        assert_eq!(text.lines().count(), 1);
        assert_eq!(text.matches('|').count(), 1, "{text}");
    }

    #[test]
    fn the_worst_of_several_decides() {
        let reports = [samples::success(), samples::refused_connection()];
        let (text, state) = output(&reports, &Thresholds::default(), Layout::Classic);
        assert_eq!(state, State::Critical);
        assert!(text.starts_with("CRITICAL - 1 of 2 checks are ok; "), "{text}");
        let (text, _) = output(&reports, &Thresholds::default(), Layout::Three);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "[CRITICAL] - 1 of 2 checks are ok");
        assert!(lines[1].starts_with("\\_[OK] - ") && lines[2].starts_with("\\_[CRITICAL] - "), "{text}");
        assert_eq!(output(&[], &Thresholds::default(), Layout::Classic).1, State::Unknown);
    }

    #[test]
    fn text_cannot_begin_performance_data() {
        let mut report = samples::refused_connection();
        report.target = "a|b\nc".into();
        let (text, _) = output(&[report], &Thresholds::default(), Layout::Classic);
        assert!(text.starts_with("CRITICAL - a/b c: "), "{text}");
    }

    #[test]
    fn labels_are_quoted_where_they_must_be() {
        let reports = [samples::success(), {
            let mut other = samples::success();
            other.target = "it's = here".into();
            other
        }];
        let (text, _) = output(&reports, &Thresholds::default(), Layout::Classic);
        assert!(text.contains("'it''s _ here::success'=1"), "{text}");
    }
}
