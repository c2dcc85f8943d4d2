//! The JSON document and its line form; `docs/JSON.md` describes both.

use std::time::{Duration, SystemTime};

use serde_json::{Map, Value, json};

use super::Rfc3339;
use crate::model::{
    Exchange, Labels, Measurements, Note, NoteField, Outcome, Refusal, Report, Target, Verdict,
};

/// Grows when a field changes its meaning; fields are added within a version, never changed.
pub const VERSION: u64 = 1;

/// All reports as one document: `{"version":1,"reports":[…]}`, without a line end.
pub fn document(reports: &[Report], pretty: bool) -> String {
    let reports: Vec<Value> = reports.iter().map(|report| Value::Object(fields(report))).collect();
    let document = json!({ "version": VERSION, "reports": reports });
    if pretty { format!("{document:#}") } else { document.to_string() }
}

/// One report as one line, without its line end. A line stands alone, so each has the version.
pub fn line(report: &Report) -> String {
    let mut line = json!({ "version": VERSION });
    append(&mut line, fields(report));
    line.to_string()
}

/// One packet as one line, without its line end, for output that does not wait for the report.
/// `time` is the wall clock at the moment its fate was known.
pub fn event_line(target: &Target, time: SystemTime, exchange: &Exchange) -> String {
    let mut line = json!({
        "version": VERSION,
        "event": "exchange",
        "time": Rfc3339(time).to_string(),
        "target": target.as_str(),
    });
    append(&mut line, exchange_fields(exchange));
    line.to_string()
}

fn append(object: &mut Value, fields: Map<String, Value>) {
    if let Value::Object(object) = object {
        object.extend(fields);
    }
}

fn fields(report: &Report) -> Map<String, Value> {
    let (reason, phase, error) = match &report.verdict {
        Verdict::Success => (None, None, None),
        Verdict::Failure { reason, phase, error } => {
            (Some(reason.as_str()), Some(phase.as_str()), Some(error.chain()))
        }
    };
    let mut fields = object([
        ("module", json!(&*report.module)),
        ("prober", json!(&*report.prober)),
        ("target", json!(report.target.as_str())),
        ("address", json!(report.address.map(|address| address.to_string()))),
        ("labels", labels(report.labels.iter().map(|(name, value)| (name.as_str(), value.as_str())))),
        ("started", json!(Rfc3339(report.started).to_string())),
        ("elapsed_seconds", seconds(report.elapsed)),
        ("timeout_seconds", seconds(report.timeout)),
        ("success", json!(report.is_success())),
        ("reason", json!(reason)),
        ("phase", json!(phase)),
        ("error", json!(error)),
        ("measurements", measurements(&report.measurements)),
        ("notes", report.notes.iter().map(note).collect()),
    ]);
    if !report.exchanges.is_empty() {
        let exchanges =
            report.exchanges.iter().map(|exchange| Value::Object(exchange_fields(exchange))).collect();
        fields.insert("exchanges".into(), exchanges);
    }
    fields
}

/// A family without labels is a number, one with labels an array of its series.
fn measurements(measurements: &Measurements) -> Value {
    let mut families = Map::new();
    for sample in measurements.samples() {
        let value = number(sample.value.as_f64());
        if matches!(sample.labels, Labels::None) {
            families.insert(sample.family.name.into(), value);
            continue;
        }
        let all = families.entry(sample.family.name).or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(all) = all {
            all.push(json!({ "labels": labels(sample.label_pairs()), "value": value }));
        }
    }
    Value::Object(families)
}

/// Of two labels with the same name the first counts, as in the other formats.
fn labels<'a>(labels: impl Iterator<Item = (&'a str, &'a str)>) -> Value {
    let mut object = Map::new();
    for (name, value) in labels {
        object.entry(name).or_insert_with(|| json!(value));
    }
    Value::Object(object)
}

fn note(note: &Note) -> Value {
    let mut fields = object([("name", json!(note.name)), ("value", json!(note.text()))]);
    if !note.fields().is_empty() {
        let part = |field: &NoteField| json!({ "name": field.name, "value": field.value.to_string() });
        fields.insert("fields".into(), note.fields().iter().map(part).collect());
    }
    if let Some(refused) = note.refusal() {
        fields.insert("refusal".into(), refusal(refused));
    }
    Value::Object(fields)
}

/// A refused socket, as it stands in the notes of a report.
pub fn refusal(refusal: &Refusal) -> Value {
    let remedies: Vec<Value> = refusal
        .remedies
        .iter()
        .map(|remedy| json!({ "situation": remedy.situation.as_str(), "line": remedy.line }))
        .collect();
    json!({
        "rung": refusal.rung,
        "error": refusal.error,
        "causes": refusal.causes,
        "remedies": remedies,
    })
}

fn exchange_fields(exchange: &Exchange) -> Map<String, Value> {
    let none = (None, None, None, None);
    let (outcome, (rtt, hop_limit, bytes, error)) = match &exchange.outcome {
        Outcome::Reply { rtt, hop_limit, bytes } => ("reply", (Some(*rtt), *hop_limit, Some(*bytes), None)),
        Outcome::Duplicate { rtt } => ("duplicate", (Some(*rtt), None, None, None)),
        Outcome::Late { rtt } => ("late", (Some(*rtt), None, None, None)),
        Outcome::Lost => ("lost", none),
        Outcome::Error(error) => ("error", (None, None, None, Some(error))),
    };
    object([
        ("sequence", json!(exchange.sequence)),
        ("outcome", json!(outcome)),
        ("rtt_seconds", rtt.map_or(Value::Null, seconds)),
        ("hop_limit", json!(hop_limit)),
        ("bytes", json!(bytes)),
        ("error", json!(error)),
    ])
}

fn object<const N: usize>(fields: [(&str, Value); N]) -> Map<String, Value> {
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn seconds(duration: Duration) -> Value {
    number(duration.as_secs_f64())
}

/// Whole numbers without a fraction, as long as they are exact; what JSON cannot write is null.
fn number(number: f64) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() <= EXACT { json!(number as i64) } else { json!(number) }
}

#[cfg(test)]
mod tests;
