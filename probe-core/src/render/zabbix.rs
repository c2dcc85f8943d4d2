//! What Zabbix reads: one document for a master item, a list for discovery, and lines for its sender.

use serde_json::{Map, Value, json};

use super::decimal;
use crate::model::{Report, Sample};

/// One document for dependent items: an object a report, keyed by target, every measurement under a key of its own.
pub fn document(reports: &[Report]) -> String {
    let mut document = Map::new();
    for report in reports {
        let mut fields = Map::new();
        for (key, value) in values(report) {
            fields.insert(key, Value::String(value));
        }
        document.insert(report.target.as_str().to_owned(), Value::Object(fields));
    }
    Value::Object(document).to_string()
}

/// A list for low-level discovery: the macros of every target.
pub fn discovery(reports: &[Report]) -> String {
    let entries = reports.iter().map(|report| {
        let mut entry = Map::new();
        entry.insert("{#TARGET}".into(), json!(report.target.as_str()));
        entry.insert("{#MODULE}".into(), json!(&*report.module));
        entry.insert("{#PROBER}".into(), json!(&*report.prober));
        for (name, value) in &report.labels {
            let allowed = |character: char| character.is_ascii_alphanumeric() || "_.".contains(character);
            let name = name.replace(|character: char| !allowed(character), "_").to_ascii_uppercase();
            entry.entry(format!("{{#{name}}}")).or_insert_with(|| json!(value));
        }
        Value::Object(entry)
    });
    Value::Array(entries.collect()).to_string()
}

/// Keys and values of a report, as items have them: `icmp_duration_seconds[rtt]`.
pub fn values(report: &Report) -> impl Iterator<Item = (String, String)> + '_ {
    let failure = match &report.verdict {
        crate::model::Verdict::Success => ("reason".to_owned(), String::new()),
        crate::model::Verdict::Failure { reason, .. } => ("reason".to_owned(), reason.as_str().to_owned()),
    };
    let numbers = report.measurements.samples().iter().filter(|sample| sample.value.as_f64().is_finite());
    numbers.map(|sample| (key(sample), decimal(sample.value.as_f64()))).chain([failure])
}

fn key(sample: &Sample) -> String {
    let name = sample.family.name.strip_prefix("probe_").unwrap_or(sample.family.name);
    let parameters: Vec<String> = sample.label_pairs().map(|(_, value)| parameter(value)).collect();
    if parameters.is_empty() { name.to_owned() } else { format!("{name}[{}]", parameters.join(",")) }
}

/// A parameter of a key, in quotes where it would be read as several.
fn parameter(value: &str) -> String {
    if value.contains([',', ']', '"', ' ']) || value.starts_with('[') {
        format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        value.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples;

    #[test]
    fn every_measurement_has_a_key_of_its_own() {
        let reports = [samples::success(), samples::refused_connection()];
        let document: Value = serde_json::from_str(&document(&reports)).expect("JSON");
        let of = |report: &Report| document[report.target.as_str()].clone();
        assert_eq!(of(&reports[0])["success"], "1");
        assert!(of(&reports[0])["icmp_duration_seconds[rtt]"].is_string());
        assert_eq!(of(&reports[1])["reason"], "connect");
    }

    #[test]
    fn discovery_lists_macros() {
        let mut report = samples::success();
        report.labels = vec![("rack-no".into(), "7".into())];
        let list: Value = serde_json::from_str(&discovery(&[report])).expect("JSON");
        assert_eq!(list[0]["{#MODULE}"], "icmp");
        assert_eq!(list[0]["{#RACK_NO}"], "7");
        assert_eq!(discovery(&[]), "[]");
    }

    #[test]
    fn parameters_are_quoted_where_they_must_be() {
        assert_eq!(parameter("rtt"), "rtt");
        assert_eq!(parameter("CN=a,O=\"b\""), r#""CN=a,O=\"b\"""#);
    }
}
