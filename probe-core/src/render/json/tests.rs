use proptest::prelude::*;

use super::*;
use crate::model::{Gauge, NoteContent, Number};
use crate::render::samples::{self, PHASES};

static ODD: Gauge<Number, 1> = Gauge::new("probe_odd", "Odd numbers.", &["kind"]);

#[test]
fn success_as_a_line() {
    let mut report = samples::success();
    report.labels = vec![("team".into(), "net".into()), ("team".into(), "other".into())];
    assert_eq!(
        line(&report),
        concat!(
            r#"{"version":1,"module":"icmp","prober":"icmp","target":"localhost","address":"127.0.0.1","#,
            r#""labels":{"team":"net"},"started":"2024-02-29T12:00:00.000001Z","elapsed_seconds":0.000377,"#,
            r#""timeout_seconds":5,"success":true,"reason":null,"phase":null,"error":null,"#,
            r#""measurements":{"probe_icmp_duration_seconds":[{"labels":{"phase":"setup"},"value":0.000084849},"#,
            r#"{"labels":{"phase":"rtt"},"value":0.000206931}],"probe_ip_addr_hash":3668918509,"#,
            r#""probe_success":1},"notes":[{"name":"socket","value":"datagram"}]}"#,
        )
    );
}

#[test]
fn failure_has_reason_phase_and_every_cause() {
    let report = parse(&line(&samples::refused_connection()));
    assert_eq!(report["success"], false);
    assert_eq!(report["reason"], "connect");
    assert_eq!(report["phase"], "connect");
    assert_eq!(report["error"], "cannot connect to 127.0.0.1:1: connection refused");
}

#[test]
fn refusals_carry_their_remedies() {
    let report = parse(&line(&samples::no_privilege()));
    assert_eq!(
        report["notes"][1],
        json!({
            "name": "refused",
            "value": "raw socket refused: operation not permitted (EPERM) \
                      (CAP_NET_RAW is not in the effective set)",
            "refusal": {
                "rung": "raw",
                "error": "operation not permitted (EPERM)",
                "causes": ["CAP_NET_RAW is not in the effective set"],
                "remedies": [
                    { "situation": "host", "line": "setcap cap_net_raw+ep /usr/bin/probe" },
                    { "situation": "systemd", "line": "AmbientCapabilities=CAP_NET_RAW" },
                ],
            },
        })
    );
}

#[test]
fn notes_in_parts_keep_their_parts() {
    let mut report = samples::success();
    let fields = vec![NoteField::text("subject", "CN=a"), NoteField::time("ends", std::time::UNIX_EPOCH)];
    report.notes = vec![Note { name: "certificate", content: NoteContent::Fields(fields) }];
    let line = parse(&line(&report));
    let expected = json!({
        "name": "certificate",
        "value": "subject CN=a, ends 1970-01-01T00:00:00.000000Z",
        "fields": [
            { "name": "subject", "value": "CN=a" },
            { "name": "ends", "value": "1970-01-01T00:00:00.000000Z" },
        ],
    });
    assert_eq!(line["notes"][0], expected);
}

#[test]
fn exchanges_are_there_only_if_kept() {
    assert_eq!(parse(&line(&samples::success())).get("exchanges"), None);
    let report = parse(&line(&samples::three_packets()));
    assert_eq!(
        report["exchanges"],
        json!([
            { "sequence": 0, "outcome": "reply", "rtt_seconds": 0.000_042, "hop_limit": 64, "bytes": 64, "error": null },
            { "sequence": 1, "outcome": "lost", "rtt_seconds": null, "hop_limit": null, "bytes": null, "error": null },
            { "sequence": 2, "outcome": "reply", "rtt_seconds": 0.0123, "hop_limit": null, "bytes": 64, "error": null },
        ])
    );
}

#[test]
fn event_is_one_line() {
    let error = Exchange { sequence: 7, outcome: Outcome::Error("host unreachable".into()) };
    assert_eq!(
        event_line(&"localhost".into(), samples::success().started, &error),
        concat!(
            r#"{"version":1,"event":"exchange","time":"2024-02-29T12:00:00.000001Z","target":"localhost","#,
            r#""sequence":7,"outcome":"error","rtt_seconds":null,"hop_limit":null,"bytes":null,"#,
            r#""error":"host unreachable"}"#,
        )
    );
}

#[test]
fn numbers_json_cannot_write_are_null() {
    let mut report = samples::success();
    report.notes.clear();
    report.measurements = Measurements::default();
    let numbers = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.5, -0.0, 1e300];
    for (at, number) in numbers.into_iter().enumerate() {
        report.measurements.set(&ODD, [at.to_string()], number);
    }
    let report = line(&report);
    let values: Vec<&str> =
        report.split("\"value\":").skip(1).map(|rest| rest.split_once('}').expect("an end").0).collect();
    assert_eq!(values, ["null", "null", "null", "0.5", "0", "1e+300"]);
}

#[test]
fn document_holds_every_report() {
    assert_eq!(document(&[], false), r#"{"version":1,"reports":[]}"#);
    let reports = [samples::success(), samples::refused_connection()];
    let compact = parse(&document(&reports, false));
    assert_eq!(compact["reports"].as_array().map(Vec::len), Some(2));
    assert_eq!(compact["reports"][1]["target"], "127.0.0.1:1");
    let pretty = document(&reports, true);
    assert!(pretty.starts_with("{\n  \"version\": 1,\n  \"reports\": [\n"), "{pretty}");
    assert_eq!(parse(&pretty), compact);
}

#[test]
fn example_in_the_description_is_what_is_written() {
    let description = include_str!("../../../../docs/JSON.md");
    let example = description.split("```json\n").nth(1).and_then(|rest| rest.split("```").next());
    assert_eq!(parse(&document(&[samples::success()], false)), parse(example.expect("an example")));
}

proptest! {
    #[test]
    fn any_text_reads_back(target in any::<String>(), phase in any::<String>()) {
        let mut report = samples::success();
        report.target = target.clone().into();
        report.measurements.set(&PHASES, [phase.clone()], Duration::from_secs(1));
        let text = line(&report);
        prop_assert!(!text.contains('\n'));
        let report = parse(&text);
        prop_assert_eq!(report["target"].as_str(), Some(&*target));
        let series = report["measurements"]["probe_icmp_duration_seconds"].as_array().expect("series");
        let labels = series.iter().map(|series| series["labels"]["phase"].as_str());
        prop_assert!(labels.flatten().any(|label| label == phase));
    }
}

fn parse(text: &str) -> Value {
    text.parse().expect("JSON")
}
