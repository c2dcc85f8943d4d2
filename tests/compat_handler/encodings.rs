//! What `/probe` and `/metrics` are answered with, and in which form.

use std::io::{Read, Write};
use std::os::unix::net::UnixListener;

use flate2::read::GzDecoder;
use probe_tests::compat::exporter::Exporter;
use probe_tests::compat::exposition::Exposition;
use probe_tests::compat::scenario::{Scenario, scenario};

use super::NOBODY;

const PROBE: &str = "/probe?module=nobody&target=/a";
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8; escaping=underscores";
const UTF8: &str = "text/plain; version=0.0.4; charset=utf-8; escaping=allow-utf-8";
const PROTOBUF: &str = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; escaping=underscores";

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario("the_form_is_negotiated", |side| {
            let exporter = Exporter::with(side, NOBODY, &[]);
            for (accept, expected) in [
                ("", TEXT),
                ("*/*", TEXT),
                ("text/plain", TEXT),
                ("text/html", TEXT),
                ("nonsense", TEXT),
                ("text/plain;version=0.0.4", TEXT),
                ("application/openmetrics-text;version=1.0.0", TEXT),
                ("application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5", TEXT),
                ("application/json", TEXT),
                ("text/plain;version=0.0.4;escaping=allow-utf-8", UTF8),
                ("text/plain;version=1.0.0;escaping=allow-utf-8", UTF8),
                ("text/plain;version=1.0.0", TEXT),
                ("text/plain;escaping=nonsense", TEXT),
                ("text/plain;escaping=dots", "text/plain; version=0.0.4; charset=utf-8; escaping=dots"),
                ("text/plain;escaping=values", "text/plain; version=0.0.4; charset=utf-8; escaping=values"),
                (
                    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
                    PROTOBUF,
                ),
                (
                    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.1,text/plain;q=0.9",
                    TEXT,
                ),
                (
                    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text",
                    PROTOBUF_TEXT,
                ),
                ("application/vnd.google.protobuf;proto=other;encoding=delimited", TEXT),
            ] {
                let answer = exporter.get_with(PROBE, &[("Accept", accept)]);
                assert_eq!(answer.header("content-type"), Some(expected), "{accept}");
                assert_eq!(answer.status, 200, "{accept}");
            }
        }),
        scenario("protobuf_has_a_message_a_family", |side| {
            let exporter = Exporter::with(side, NOBODY, &[]);
            let accept =
                "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";
            let body = exporter.get_with(PROBE, &[("Accept", accept)]).body;
            assert_eq!(families(&body), ["probe_duration_seconds", "probe_success"]);
        }),
        scenario("bodies_are_compressed_when_asked_for", |side| {
            let exporter = Exporter::with(side, NOBODY, &[]);
            for path in [PROBE, "/metrics"] {
                for accept in ["gzip", "gzip, deflate", "br, gzip;q=0.5", "GZIP;q=1", "deflate, gzip"] {
                    let answer = exporter.get_with(path, &[("Accept-Encoding", accept)]);
                    let expected = (accept != "GZIP;q=1").then_some("gzip");
                    assert_eq!(answer.header("content-encoding"), expected, "{path} {accept}");
                    if expected.is_some() {
                        let mut text = String::new();
                        GzDecoder::new(answer.body.as_slice()).read_to_string(&mut text).expect("gzip");
                        assert!(text.starts_with("# HELP "), "{path} {accept}: {text}");
                    }
                }
                for accept in ["", "identity", "deflate", "br", "zstd", "*", "gzip;q=0"] {
                    let answer = exporter.get_with(path, &[("Accept-Encoding", accept)]);
                    let encoding = answer.header("content-encoding");
                    assert_eq!(encoding, None, "{path} {accept}");
                }
            }
        }),
        scenario("other_pages_are_not_compressed", |side| {
            let exporter = Exporter::with(side, NOBODY, &[]);
            for path in ["/", "/config", "/-/healthy", "/probe?module=nobody&target=/a&debug=true"] {
                let answer = exporter.get_with(path, &[("Accept-Encoding", "gzip")]);
                assert_eq!(answer.header("content-encoding"), None, "{path}");
            }
        }),
        scenario("names_of_labels_are_escaped_as_agreed", |side| {
            let path = std::env::temp_dir().join(format!("probe-labels-{}-{side:?}", std::process::id()));
            let listener = UnixListener::bind(&path).expect("the path is free");
            let entry = "{expect: x, labels: [{name: build-date.of_it, value: y}]}";
            let config = format!("modules: {{m: {{prober: unix, unix: {{query_response: [{entry}]}}}}}}");
            let exporter = Exporter::with(side, &config, &[]);
            for (escaping, expected) in [
                ("", "probe_expect_info{build_date_of_it=\"y\"} 1"),
                ("underscores", "probe_expect_info{build_date_of_it=\"y\"} 1"),
                ("allow-utf-8", "probe_expect_info{\"build-date.of_it\"=\"y\"} 1"),
                ("dots", "probe_expect_info{build__date_dot_of__it=\"y\"} 1"),
                ("values", "probe_expect_info{U__build_2d_date_2e_of__it=\"y\"} 1"),
            ] {
                let accept = format!("text/plain;version=0.0.4;escaping={escaping}");
                let text = std::thread::scope(|scope| {
                    scope.spawn(|| listener.accept().and_then(|(mut stream, _)| stream.write_all(b"x\n")));
                    exporter
                        .get_with(
                            &format!("/probe?module=m&target={}", path.display()),
                            &[("Accept", accept.as_str())],
                        )
                        .text()
                });
                assert!(
                    text.lines().any(|line| line == expected),
                    "{escaping}: {expected} is missing:\n{text}"
                );
            }
            let _ = std::fs::remove_file(&path);
        }),
        scenario("an_exposition_is_sorted_and_complete", |side| {
            let exporter = Exporter::with(side, NOBODY, &[]);
            for path in [PROBE, "/metrics"] {
                let text = exporter.get(path).text();
                assert!(text.ends_with('\n') && !text.contains("\n\n"), "{text}");
                if path == PROBE {
                    Exposition::read(&text).expect("an exposition");
                }
            }
        }),
    ]
}

const PROTOBUF_TEXT: &str = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=text; escaping=underscores";

/// The names of families in messages with their lengths in front: each begins with field 1, its name.
fn families(mut bytes: &[u8]) -> Vec<String> {
    let mut names = Vec::new();
    while !bytes.is_empty() {
        let (length, rest) = varint(bytes);
        let (message, after) = rest.split_at(length);
        assert_eq!(message[0], 0x0a, "the name comes first");
        let (name, text) = varint(&message[1..]);
        names.push(String::from_utf8(text[..name].to_vec()).expect("text"));
        bytes = after;
    }
    names
}

fn varint(bytes: &[u8]) -> (usize, &[u8]) {
    let end = bytes.iter().position(|byte| byte & 0x80 == 0).expect("an end");
    let value = bytes[..=end].iter().rev().fold(0, |value, byte| value << 7 | usize::from(byte & 0x7f));
    (value, &bytes[end + 1..])
}
