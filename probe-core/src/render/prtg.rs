//! What PRTG's advanced sensors read: channels as JSON or as XML.

use serde_json::{Map, Value, json};

use super::decimal;
use super::threshold::{Judgement, State, Thresholds};
use crate::model::{Report, Sample, Unit, Verdict};

/// Channels of one sensor at most; PRTG slows down beyond.
const MOST_CHANNELS: usize = 50;
/// Characters of text at most.
const LONGEST_TEXT: usize = 2000;

/// A channel: its name, value and unit.
struct Channel {
    name: String,
    value: String,
    unit: &'static str,
    custom: &'static str,
}

/// What a sensor says.
struct Sensor {
    channels: Vec<Channel>,
    text: String,
    failed: bool,
    warning: bool,
}

/// One sensor as JSON. A failed probe, or a critical limit that is broken, is an error; then there are no channels, as
/// PRTG reads none beside an error.
pub fn json(reports: &[Report], thresholds: &Thresholds) -> String {
    let sensor = Sensor::new(reports, thresholds);
    let mut fields = Map::new();
    if sensor.failed {
        fields.insert("error".into(), json!(1));
    } else {
        let channels = sensor.channels.iter().enumerate();
        let results = channels.map(|(index, channel)| {
            let mut result = Map::new();
            result.insert("channel".into(), json!(channel.name));
            result.insert("value".into(), json!(channel.value));
            result.insert("float".into(), json!(1));
            result.insert("unit".into(), json!(channel.unit));
            if !channel.custom.is_empty() {
                result.insert("customunit".into(), json!(channel.custom));
            }
            if index == 0 && sensor.warning {
                result.insert("warning".into(), json!(1));
            }
            Value::Object(result)
        });
        fields.insert("result".into(), results.collect());
    }
    fields.insert("text".into(), json!(sensor.text));
    json!({ "prtg": fields }).to_string()
}

/// One sensor as XML; otherwise as [`json()`].
pub fn xml(reports: &[Report], thresholds: &Thresholds) -> String {
    let sensor = Sensor::new(reports, thresholds);
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<prtg>\n");
    if sensor.failed {
        out.push_str("  <error>1</error>\n");
    } else {
        for (index, channel) in sensor.channels.iter().enumerate() {
            out.push_str("  <result>\n");
            element(&mut out, "channel", &channel.name);
            element(&mut out, "value", &channel.value);
            element(&mut out, "float", "1");
            element(&mut out, "unit", channel.unit);
            if !channel.custom.is_empty() {
                element(&mut out, "customunit", channel.custom);
            }
            if index == 0 && sensor.warning {
                element(&mut out, "warning", "1");
            }
            out.push_str("  </result>\n");
        }
    }
    out.push_str(&format!("  <text>{}</text>\n</prtg>\n", escaped(&sensor.text)));
    out
}

/// The answer of a sensor that could not check.
pub fn error_json(why: &str) -> String {
    json!({ "prtg": { "error": 1, "text": shortened(why) } }).to_string()
}

impl Sensor {
    fn new(reports: &[Report], thresholds: &Thresholds) -> Self {
        let judged: Vec<Judgement> = reports.iter().map(|report| thresholds.judge(report)).collect();
        let state =
            judged.iter().map(|judgement| judgement.state).reduce(State::worst).unwrap_or(State::Unknown);
        let texts: Vec<String> =
            reports.iter().zip(&judged).map(|(report, judgement)| says(report, judgement)).collect();
        let mut channels = Vec::new();
        for report in reports {
            let prefix = if reports.len() > 1 { format!("{} ", report.target) } else { String::new() };
            let numbers = report.measurements.samples().iter();
            channels.extend(numbers.filter_map(|sample| Channel::new(&prefix, sample)));
        }
        channels.truncate(MOST_CHANNELS);
        let text = if texts.is_empty() { "nothing was checked".to_owned() } else { texts.join("; ") };
        Self {
            channels,
            text: shortened(&text),
            failed: matches!(state, State::Critical | State::Unknown),
            warning: state == State::Warning,
        }
    }
}

impl Channel {
    /// Names must stay what they are for ever: PRTG keeps limits and history by them.
    fn new(prefix: &str, sample: &Sample) -> Option<Self> {
        let number = sample.value.as_f64();
        if !number.is_finite() || sample.family.name.ends_with("_info") {
            return None;
        }
        let (scale, unit, custom) = match sample.family.unit {
            Unit::Seconds => (1e3, "TimeResponse", ""),
            Unit::Bytes => (1.0, "BytesFile", ""),
            Unit::Ratio => (100.0, "Percent", ""),
            Unit::Count => (1.0, "Count", ""),
            Unit::Flag | Unit::Number => (1.0, "Custom", "#"),
        };
        let name = sample.family.name.strip_prefix("probe_").unwrap_or(sample.family.name);
        let mut name = format!("{prefix}{}", name.strip_suffix("_seconds").unwrap_or(name).replace('_', " "));
        for (_, value) in sample.label_pairs() {
            name.push(' ');
            name.push_str(value);
        }
        Some(Self { name, value: decimal(number * scale), unit, custom })
    }
}

fn says(report: &Report, judgement: &Judgement) -> String {
    match &report.verdict {
        Verdict::Failure { reason, error, .. } => format!("{}: {reason}: {}", report.target, error.chain()),
        Verdict::Success if judgement.broken.is_empty() => format!("{}: ok", report.target),
        Verdict::Success => format!("{}: {}", report.target, judgement.broken.join(", ")),
    }
}

fn shortened(text: &str) -> String {
    text.chars()
        .map(|character| if character.is_control() { ' ' } else { character })
        .take(LONGEST_TEXT)
        .collect()
}

fn element(out: &mut String, name: &str, text: &str) {
    out.push_str(&format!("    <{name}>{}</{name}>\n", escaped(text)));
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples;

    #[test]
    fn channels_are_in_the_units_of_prtg() {
        let text = json(&[samples::success()], &Thresholds::default());
        let document: Value = serde_json::from_str(&text).expect("JSON");
        let channels = document["prtg"]["result"].as_array().expect("channels");
        let rtt =
            channels.iter().find(|channel| channel["channel"] == "icmp duration rtt").expect("the channel");
        assert_eq!(rtt["unit"], "TimeResponse");
        assert!(rtt["value"].as_str().expect("text").parse::<f64>().is_ok());
        let mut names: Vec<&str> =
            channels.iter().filter_map(|channel| channel["channel"].as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), channels.len());
    }

    #[test]
    fn failures_are_errors_and_broken_warnings_are_marked() {
        let failed = json(&[samples::refused_connection()], &Thresholds::default());
        let document: Value = serde_json::from_str(&failed).expect("JSON");
        assert_eq!(document["prtg"]["error"], 1);
        assert!(document["prtg"]["result"].is_null());
        let warning = Thresholds { warning: Thresholds::limits("rtt=0s").expect("a list"), critical: vec![] };
        let document: Value = serde_json::from_str(&json(&[samples::success()], &warning)).expect("JSON");
        assert_eq!(document["prtg"]["result"][0]["warning"], 1);
    }

    #[test]
    fn xml_says_the_same_and_is_escaped() {
        let mut report = samples::success();
        report.target = "<a>&b".into();
        let text = xml(&[report], &Thresholds::default());
        assert!(text.contains("<text>&lt;a&gt;&amp;b: ok</text>"), "{text}");
        assert!(text.contains("<unit>TimeResponse</unit>") && text.ends_with("</prtg>\n"), "{text}");
    }
}
