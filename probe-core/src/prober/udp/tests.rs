//! The UDP prober against servers on loopback.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::UdpSocket;

use super::*;
use crate::config::{Config, read};
use crate::model::{Phase, Reason, Report, Verdict};
use crate::net::LiteralsOnly;
use crate::prober::shared::{FAILED_DUE_TO_BYTES, FAILED_DUE_TO_REGEX};
use crate::prober::{Services, run};

/// So long that no machine is too slow.
const LONG: Duration = Duration::from_secs(60);

fn config(section: &str) -> Config {
    let text = format!("modules: {{m: {{prober: udp, udp: {section}}}}}");
    read(&text, "b.yml", &[&SPEC]).unwrap_or_else(|errors| panic!("{text}\n{errors}"))
}

async fn probe(section: &str, target: &str, timeout: Duration) -> Report {
    let config = config(section);
    let module = &config.modules["m"];
    let prober = module.build().expect("a prober of this build");
    let services = Services::new(Arc::new(LiteralsOnly));
    run(&*prober, &target.into(), &module.run_options(timeout), &services).await
}

/// The report of a probe, and what the server got. It answers the datagrams in order, as long as there are answers.
async fn serve(section: &str, answers: &[&[u8]]) -> (Report, Vec<Vec<u8>>) {
    let server = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port is free");
    let target = server.local_addr().expect("it is bound").to_string();
    let mut got = Vec::new();
    let answering = async {
        let mut answers = answers.iter();
        let mut buf = [0; 1024];
        loop {
            let (length, client) = server.recv_from(&mut buf).await.expect("a datagram");
            got.push(buf[..length].to_vec());
            if let Some(answer) = answers.next() {
                server.send_to(answer, client).await.expect("it is sent");
            }
        }
    };
    let report = tokio::select! {
        report = probe(section, &target, LONG) => report,
        () = answering => unreachable!("it serves for ever"),
    };
    let mut buf = [0; 1024];
    while let Ok(length) = server.try_recv(&mut buf) {
        got.push(buf[..length].to_vec());
    }
    (report, got)
}

#[track_caller]
fn failed(report: &Report) -> (Reason, Phase, String) {
    match &report.verdict {
        Verdict::Failure { reason, phase, error } => (*reason, *phase, error.chain()),
        verdict => panic!("{verdict:?}"),
    }
}

fn gauges(report: &Report) -> (Option<bool>, Option<bool>) {
    (report.measurements.get(&FAILED_DUE_TO_REGEX), report.measurements.get(&FAILED_DUE_TO_BYTES))
}

#[tokio::test]
async fn question_and_answer() {
    let section = r#"{query_response: [{send: "who"}, {expect: "^I am (.*)\n$", send: "hello ${1}"},
        {expect_bytes: !!binary "AP8="}]}"#;
    let (report, got) = serve(section, &[b"I am me\n", b"\0\xff"]).await;
    assert!(report.is_success(), "{:?}", report.verdict);
    assert_eq!(got, [&b"who"[..], b"hello me"]);
    assert_eq!(gauges(&report), (Some(false), Some(false)));
    assert_eq!(report.measurements.get(&RECEIVED), Some(10));
    for phase in ["resolve", "request"] {
        assert!(report.measurements.read(&DURATION, [phase]).is_some(), "{phase}");
    }
}

#[tokio::test]
async fn another_answer_fails_due_to_what_was_expected() {
    let section = r#"{query_response: [{send: x}, {expect: "^yes$"}]}"#;
    let (report, _) = serve(section, &[b"no\x1b"]).await;
    let detail = "step 2: the answer does not match \"^yes$\": \"no\\x1b\"";
    assert_eq!(failed(&report), (Reason::Expectation, Phase::Validate, detail.into()));
    assert_eq!(gauges(&report), (Some(true), Some(false)));

    let (report, _) = serve("{query_response: [{send: x}, {expect_bytes: yes!}]}", &[b"yes!!"]).await;
    assert_eq!(failed(&report).0, Reason::Expectation);
    assert_eq!(gauges(&report), (Some(false), Some(true)));
}

#[tokio::test]
async fn without_entries_an_empty_datagram_is_sent_and_any_answer_will_do() {
    let (report, got) = serve("{}", &[b""]).await;
    assert!(report.is_success() && report.notes.is_empty(), "{report:?}");
    assert_eq!(got, [b""]);
}

#[tokio::test(start_paused = true)]
async fn silence_is_a_success_where_no_answer_is_expected() {
    let server = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port is free");
    let target = server.local_addr().expect("it is bound").to_string();
    for (section, timeout, waited, notes) in [
        ("{query_response: [{send: x}]}", LONG, 1000, 1),
        ("{wait: 3s}", LONG, 3000, 1),
        ("{wait: 3s}", Duration::from_secs(1), 990, 2),
    ] {
        let report = probe(section, &target, timeout).await;
        assert!(report.is_success(), "{section}: {:?}", report.verdict);
        // The runtime's timer counts in whole milliseconds.
        assert!(report.elapsed.as_millis().abs_diff(waited) <= 1, "{section}: {:?}", report.elapsed);
        assert_eq!(report.notes.len(), notes, "{:?}", report.notes);
    }
}

#[tokio::test(start_paused = true)]
async fn silence_is_a_timeout_where_an_answer_is_expected() {
    let server = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port is free");
    let target = server.local_addr().expect("it is bound").to_string();
    let report = probe("{query_response: [{send: x}, {expect: .}]}", &target, LONG).await;
    let (reason, phase, _) = failed(&report);
    assert_eq!((reason, phase), (Reason::Timeout, Phase::Processing));
    assert_eq!(gauges(&report), (Some(false), Some(false)));
}

#[tokio::test]
async fn closed_port_fails_at_once() {
    let taken = std::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
    taken.connect((Ipv4Addr::LOCALHOST, 9)).expect("it can be connected");
    let target = taken.local_addr().expect("it is bound").to_string();
    for section in ["{wait: 50s}", "{query_response: [{send: x}, {expect: .}]}"] {
        let report = probe(section, &target, LONG).await;
        let (reason, phase, detail) = failed(&report);
        assert_eq!((reason, phase), (Reason::Connect, Phase::Processing));
        assert!(detail.ends_with("port unreachable (reported by 127.0.0.1)"), "{detail}");
    }
}

#[test]
fn settings_come_back_as_they_were() {
    let section = "udp:\n            preferred_ip_protocol: ip4\n            ip_protocol_fallback: true\n            \
                   query_response:\n                - send: a\n                - expect: ^b\n                  send: c\n                - expect_bytes: d\n            wait: 2s\n            tos: 46\n";
    let text = format!("modules:\n    m:\n        prober: udp\n        {section}");
    let read = read(&text, "b.yml", &[&SPEC]).expect("valid");
    assert_eq!(read.dump(), text);
}

#[test]
fn the_section_is_shown_where_the_file_has_it() {
    let read =
        read("modules: {a: {prober: udp}, b: {prober: udp, udp: {}}}", "b.yml", &[&SPEC]).expect("valid");
    let b = "    b:\n        prober: udp\n        udp:\n            ip_protocol_fallback: true\n            wait: 1s\n";
    assert_eq!(read.dump(), format!("modules:\n    a:\n        prober: udp\n{b}"));
}

#[test]
fn sections_that_cannot_work_are_refused() {
    for (section, problem) in [
        ("{query_response: [{expect: a, send: b}]}", "begins with an answer"),
        ("{query_response: [{}, {expect_bytes: a}]}", "begins with an answer"),
        ("{query_response: [{send: a}, {expect: '', expect_bytes: a}]}", "mutually exclusive"),
        ("{query_response: [{send: a}, {expect: '('}]}", "Could not compile"),
        ("{query_response: [{send: a, starttls: true}]}", "unknown key"),
        ("{wait: 2}", "a duration"),
    ] {
        let text = format!("modules: {{m: {{prober: udp, udp: {section}}}}}");
        let errors = read(&text, "b.yml", &[&SPEC]).expect_err(section).to_string();
        assert!(errors.contains(problem), "{section}: {errors}");
    }
    let text = "modules: {m: {prober: udp, timeout: 2s, udp: {wait: 3s}}}";
    assert!(read(text, "b.yml", &[&SPEC]).is_err());
}
