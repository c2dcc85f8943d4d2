//! Dialogues over a pipe, in virtual time; and what a configuration makes of its keys.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::time::Instant;

use super::*;
use crate::model::{Deadline, LogLine, Phase, ProbeError, Reason, Recorder, Severity};
use crate::net::tls::testing::{Issued, accept, params};
use crate::net::tls::{PemSource, SystemRoots, TlsOptions};
use crate::prober::shared::{
    EARLIEST_EXPIRY, FAILED_DUE_TO_REGEX, LAST_CHAIN_EXPIRY, LAST_CHAIN_INFO, VERSION,
};
use crate::settings::{Content, Dump, Entry, Errors, Node, Pattern, Place, Scalar, Section};
use crate::wire::dialogue::Step;

const SECOND: Duration = Duration::from_secs(1);

fn expect(expression: &str) -> Step<Pattern> {
    Step { expect: Some(Pattern::new(expression).expect("a valid expression")), ..Step::default() }
}

/// The recorder and result of a dialogue with `server`, with ten seconds to hold it.
async fn hold<F: Future<Output = ()> + Send + 'static>(
    steps: &[Step<Pattern>],
    server: impl FnOnce(DuplexStream) -> F,
) -> (Recorder, Result<(), ProbeError>) {
    hold_with(steps, &TlsOptions::default(), server).await
}

async fn hold_with<F: Future<Output = ()> + Send + 'static>(
    steps: &[Step<Pattern>],
    options: &TlsOptions,
    server: impl FnOnce(DuplexStream) -> F,
) -> (Recorder, Result<(), ProbeError>) {
    let (near, far) = duplex(1024);
    let server = tokio::spawn(server(far));
    let held = talk(steps, options, near).await;
    server.abort();
    held
}

/// The same with a server that comes to its end, and what it comes to.
async fn hold_to_end<T>(
    steps: &[Step<Pattern>],
    options: &TlsOptions,
    server: impl AsyncFnOnce(DuplexStream) -> T,
) -> (Recorder, Result<(), ProbeError>, T) {
    let (near, far) = duplex(1024);
    let ((out, result), heard) = tokio::join!(talk(steps, options, near), server(far));
    (out, result, heard)
}

async fn talk(
    steps: &[Step<Pattern>],
    options: &TlsOptions,
    near: DuplexStream,
) -> (Recorder, Result<(), ProbeError>) {
    let deadline = Deadline::after(Instant::now().into_std(), 10 * SECOND);
    let mut out = Recorder::default().keeping_log(Some(Severity::Debug));
    let tls = StartTls { options, roots: &SystemRoots::default(), host: "target.test", is_tls: false };
    let result = converse(steps, Box::new(near), tls, deadline, &mut out).await;
    if let Err(error) = &result {
        out.log_failure(&error.chain());
    }
    (out, result)
}

/// The messages of a log, each with its severity.
fn messages(out: &mut Recorder) -> Vec<String> {
    let shown = |line: LogLine| format!("{} {}", line.severity, line.message);
    out.take_log().into_iter().map(shown).collect()
}

fn failure(result: Result<(), ProbeError>) -> (Reason, Phase, String) {
    let error = result.expect_err("the dialogue fails");
    (error.reason, error.phase, error.detail)
}

#[tokio::test(start_paused = true)]
async fn silence_ends_at_the_deadline() {
    let start = Instant::now();
    let (out, result) = hold(&[expect("^never$")], |mut far| async move {
        far.write_all(b"first\n").await.expect("the pipe is open");
        std::future::pending::<()>().await;
    })
    .await;
    let detail = "step 1: no line matched \"^never$\" in time; the only one was \"first\"";
    assert_eq!(failure(result), (Reason::Timeout, Phase::Transfer, detail.into()));
    assert_eq!(out.get(&FAILED_DUE_TO_REGEX), Some(false));
    assert_eq!(start.elapsed().as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn a_drip_of_bytes_ends_at_the_deadline() {
    let start = Instant::now();
    let (_, result) = hold(&[expect("^never$")], |mut far| async move {
        let mut tick = tokio::time::interval(SECOND);
        loop {
            tick.tick().await;
            far.write_all(b"a").await.expect("the pipe is open");
        }
    })
    .await;
    let detail = "step 1: no line matched \"^never$\" in time; no line came at all";
    assert_eq!(failure(result), (Reason::Timeout, Phase::Transfer, detail.into()));
    assert_eq!(start.elapsed().as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn a_stream_without_line_ends_fails_at_the_limit() {
    let (out, result) =
        hold(
            &[expect("^never$")],
            |mut far| async move { while far.write_all(&[b'a'; 512]).await.is_ok() {} },
        )
        .await;
    let detail = "step 1: a line is longer than 65536 bytes";
    assert_eq!(failure(result), (Reason::Limit, Phase::Transfer, detail.into()));
    assert_eq!(out.get(&FAILED_DUE_TO_REGEX), Some(false));
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_reads_nothing_ends_at_the_deadline() {
    let script = [Step { send: vec![b'x'; 100_000], ..expect("^hi$") }];
    let (_, result) = hold(&script, |mut far| async move {
        far.write_all(b"hi\n").await.expect("the pipe is open");
        std::future::pending::<()>().await;
    })
    .await;
    let detail = "step 1: the text could not be sent in time";
    assert_eq!(failure(result), (Reason::Timeout, Phase::Request, detail.into()));
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_is_gone_is_a_broken_connection() {
    let script = [Step { send: vec![b'x'; 100_000], ..Step::default() }];
    let (_, result) = hold(&script, |far| async move { drop(far) }).await;
    assert_eq!(failure(result), (Reason::Connect, Phase::Request, "step 1: sending failed".into()));
}

#[tokio::test(start_paused = true)]
async fn bad_label_names_fail_with_their_reason() {
    use crate::wire::dialogue::Label;
    let label = |name: &str| Label { name: name.into(), value: "x".into() };
    for names in [vec!["__x"], vec![""], vec!["a", "a"]] {
        let step = Step { labels: Some(names.into_iter().map(label).collect()), ..expect("^a") };
        let (out, result) = hold(&[step], |mut far| async move {
            far.write_all(b"a\n").await.expect("the pipe is open");
        })
        .await;
        let (reason, phase, detail) = failure(result);
        assert_eq!((reason, phase), (Reason::Configuration, Phase::Validate));
        assert!(detail.starts_with("step 1: ") && detail.contains("label name"), "{detail}");
        assert!(out.measurements.samples().iter().all(|sample| sample.family.name != "probe_expect_info"));
    }
}

#[tokio::test(start_paused = true)]
async fn the_rest_of_expected_bytes_may_take_half_a_second() {
    let script = [Step { expect_bytes: b"longer".into(), ..Step::default() }];
    for (pause, good) in [(400, true), (600, false)] {
        let (mut out, result) = hold(&script, move |mut far| async move {
            far.write_all(b"lon").await.expect("the pipe is open");
            tokio::time::sleep(Duration::from_millis(pause)).await;
            let _ = far.write_all(b"ger").await;
            std::future::pending::<()>().await;
        })
        .await;
        assert_eq!(out.get(&FAILED_DUE_TO_BYTES), Some(false));
        if good {
            result.expect("it goes as scripted");
            continue;
        }
        let detail = "step 1: nothing came after 3 of 6 bytes";
        assert_eq!(failure(result), (Reason::Expectation, Phase::Transfer, detail.into()));
        let last = messages(&mut out);
        assert_eq!(last[1..], ["DEBUG Read bytes", "ERROR Read less data than expected"]);
    }
}

#[tokio::test]
async fn a_dialogue_says_what_the_reference_exporter_says() {
    let script = [
        Step { send: b"y".into(), ..expect("^b$") },
        Step::default(),
        Step { expect_bytes: b"no".into(), ..Step::default() },
    ];
    let (mut out, result) = hold(&script, |mut far| async move {
        far.write_all(b"a\nb\nyes").await.expect("the pipe is open");
        std::future::pending::<()>().await;
    })
    .await;
    assert_eq!(failure(result).0, Reason::Expectation);
    assert_eq!(
        messages(&mut out),
        [
            "DEBUG Processing query response entry",
            "DEBUG Read line",
            "DEBUG Read line",
            "DEBUG Regexp matched",
            "DEBUG Sending line",
            "DEBUG Processing query response entry",
            "DEBUG Processing query response entry",
            "DEBUG Read bytes",
            "ERROR Bytes did not match",
        ]
    );
}

/// A dialogue that goes on over TLS after a line.
fn start_tls_script() -> [Step<Pattern>; 3] {
    let start = Step { start_tls: true, ..expect("^go$") };
    [start, Step { send: b"hello".into(), ..Step::default() }, expect("^in$")]
}

#[tokio::test]
async fn a_dialogue_goes_on_over_tls_and_forgets_what_was_said_before() {
    let root = Issued::authority("root", 90);
    let config = root.issue(params("leaf", &["target.test"], 30)).server(&[]);
    let server = async |mut far: DuplexStream| {
        far.write_all(b"go\nin\n").await.expect("the pipe is open");
        let mut stream = accept(config, far).await.expect("a handshake");
        stream.write_all(b"out\nin\n").await.expect("it is open");
        stream.flush().await.expect("it is open");
        let mut heard = Vec::new();
        stream.read_to_end(&mut heard).await.expect("the alert that ends it");
        heard
    };
    let (mut out, result, heard) = hold_to_end(&start_tls_script(), &root.trusted(), server).await;
    assert_eq!(heard, b"hello\n");
    result.expect("it goes as scripted");
    assert_eq!(out.read(&VERSION, ["TLS 1.3"]), Some(1));
    assert!(out.get(&EARLIEST_EXPIRY).is_some() && out.get(&LAST_CHAIN_EXPIRY) == out.get(&EARLIEST_EXPIRY));
    assert!(out.samples().iter().any(|sample| sample.family == LAST_CHAIN_INFO.family()));
    let said = messages(&mut out);
    assert!(said.contains(&"DEBUG TLS Handshake (client) succeeded.".to_owned()), "{said:?}");
    assert_eq!(said.iter().filter(|line| *line == "DEBUG Read line").count(), 3);
}

#[tokio::test]
async fn any_certificate_will_do_and_has_the_zero_of_the_reference() {
    let leaf = Issued::by_itself(params("leaf", &["other.test"], 30), crate::net::tls::testing::key());
    let config = leaf.server(&[]);
    let options = TlsOptions { insecure_skip_verify: true, ..TlsOptions::default() };
    let script = [Step { start_tls: true, ..Step::default() }];
    let (out, result) = hold_with(&script, &options, |far| async move {
        let _ = accept(config, far).await.expect("a handshake").read(&mut [0]).await;
    })
    .await;
    result.expect("it goes as scripted");
    assert_eq!(out.get(&LAST_CHAIN_EXPIRY), Some(-62_135_596_800.0));
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_ends_the_dialogue() {
    let (root, stranger) = (Issued::authority("root", 90), Issued::authority("stranger", 90));
    let config = stranger.issue(params("leaf", &["target.test"], 30)).server(&[]);
    let server = async |mut far: DuplexStream| {
        far.write_all(b"go\n").await.expect("the pipe is open");
        accept(config, far).await.is_err()
    };
    let (mut out, result, refused) = hold_to_end(&start_tls_script(), &root.trusted(), server).await;
    assert!(refused);
    let (reason, phase, detail) = failure(result);
    assert_eq!((reason, phase), (Reason::Tls, Phase::Tls));
    assert!(
        detail.starts_with("step 1: certificate not accepted: it was signed by an unknown authority"),
        "{detail}"
    );
    assert_eq!(out.get(&EARLIEST_EXPIRY), None);
    assert_eq!(messages(&mut out).last().map(String::as_str), Some("ERROR TLS Handshake (client) failed"));
}

#[tokio::test]
async fn files_for_tls_are_read_when_it_starts() {
    let options = TlsOptions { ca: Some(PemSource::File("/nonexistent/ca".into())), ..TlsOptions::default() };
    let script = [Step { start_tls: true, ..Step::default() }];
    let (mut out, result) = hold_with(&script, &options, |far| async move { drop(far) }).await;
    assert_eq!(failure(result).0, Reason::Configuration);
    assert_eq!(
        messages(&mut out).last().map(String::as_str),
        Some("ERROR Failed to create TLS configuration")
    );
}

#[tokio::test]
async fn tls_inside_tls_is_a_named_failure() {
    let root = Issued::authority("root", 90);
    let config = root.issue(params("leaf", &["target.test"], 30)).server(&[]);
    let script = [Step { start_tls: true, ..Step::default() }, Step { start_tls: true, ..Step::default() }];
    let (out, result) = hold_with(&script, &root.trusted(), |far| async move {
        let _ = accept(config, far).await.expect("a handshake").read(&mut [0]).await;
    })
    .await;
    let detail = "step 2: the connection is over TLS already";
    assert_eq!(failure(result), (Reason::Configuration, Phase::Tls, detail.into()));
    assert_eq!(out.read(&VERSION, ["TLS 1.3"]), Some(1), "what the first handshake showed stays");
}

#[tokio::test(start_paused = true)]
async fn a_handshake_that_stalls_ends_at_the_deadline() {
    let script = [Step { start_tls: true, ..Step::default() }];
    let (mut out, result) = hold(&script, |far| async move {
        std::future::pending::<()>().await;
        drop(far);
    })
    .await;
    let detail = "step 1: the TLS handshake was not over in time";
    assert_eq!(failure(result), (Reason::Timeout, Phase::Tls, detail.into()));
    assert_eq!(messages(&mut out).last().map(String::as_str), Some("ERROR TLS Handshake (client) failed"));
}

/// A mapping of texts; lists of mappings are given as such.
fn mapping(entries: Vec<(&str, Content)>) -> Node {
    let place = Place { line: 1, column: 1 };
    let entry =
        |(key, content): (&str, Content)| Entry { key: key.into(), place, value: Node { place, content } };
    Node { place, content: Content::Mapping(entries.into_iter().map(entry).collect()) }
}

fn text(text: &str) -> Content {
    Content::Scalar(Scalar::plain(text))
}

#[test]
fn every_ready_made_dialogue_compiles_and_dumps_as_its_name() {
    for (name, exchanges) in presets::PRESETS {
        let node = mapping(vec![("dialogue", text(name))]);
        let mut errors = Errors::default();
        let mut section = Section::from_node("tcp", &node, &mut errors).expect("a mapping");
        let settings = DialogueSettings::parse(&mut section, &mut errors);
        section.finish(&mut errors);
        assert!(errors.is_empty() && errors.warnings().is_empty(), "{name}: {errors}");
        assert_eq!((settings.preset, settings.steps.len()), (Some(name), exchanges.len()));
        let mut dump = Dump::default();
        settings.dump(&mut dump);
        assert_eq!(dump.finish(), format!("dialogue: {name}\n"));
    }
}

#[test]
fn ready_made_dialogues_are_in_order_and_expect_something() {
    assert!(presets::PRESETS.is_sorted_by_key(|(name, _)| *name));
    for (name, exchanges) in presets::PRESETS {
        let expects = |exchange: &presets::Exchange| match exchange {
            presets::Exchange::Bytes { expect, mask, .. } => {
                assert!(mask.is_empty() || mask.len() == expect.len(), "{name}");
                !expect.is_empty()
            }
            presets::Exchange::Line(expression, _) => !expression.is_empty(),
            presets::Exchange::Tls => false,
        };
        assert!(exchanges.iter().any(expects), "{name}");
    }
}

/// The steps of a ready-made dialogue.
fn ready_made(name: &str) -> Vec<Step<Pattern>> {
    let node = mapping(vec![("dialogue", text(name))]);
    let mut section = Section::from_node("tcp", &node, &mut Errors::default()).expect("a mapping");
    DialogueSettings::parse(&mut section, &mut Errors::default()).steps
}

#[tokio::test]
async fn ready_made_dialogues_speak_their_protocol() {
    // What the server says, and what it hears in all.
    for (name, says, hears) in [
        ("mqtt", &b"\x20\x02\0\0"[..], &b"\x10\x0c\0\x04MQTT\x04\x02\0\x3c\0\0\xe0\0"[..]),
        ("mysql", b"\x4a\0\0\0\x0a8.4.0\0", b""),
        ("postgresql", b"N", b"\0\0\0\x08\x04\xd2\x16\x2f"),
        ("postgresql", b"S", b"\0\0\0\x08\x04\xd2\x16\x2f"),
        ("redis_ping", b"+PONG\r\n", b"PING\r\n"),
        ("smtp", b"220 hi\r\n250-mx\r\n250 ok\r\n221 bye\r\n", b"EHLO probe.invalid\r\nQUIT\r\n"),
    ] {
        let server = async |mut far: DuplexStream| {
            far.write_all(says).await.expect("the pipe is open");
            let mut heard = Vec::new();
            far.read_to_end(&mut heard).await.expect("it ends");
            heard
        };
        let (_, result, heard) = hold_to_end(&ready_made(name), &TlsOptions::default(), server).await;
        assert!(result.is_ok(), "{name}: {result:?}");
        assert_eq!(heard, hears, "{name}");
    }
}

#[tokio::test]
async fn ready_made_dialogues_refuse_what_is_another_protocol() {
    for (name, says) in [
        ("mqtt", &b"\x20\x02\0\x05"[..]),
        ("mysql", b"\x10\0\0\0\xffHost is blocked"),
        ("postgresql", b"E"),
        ("postgresql_starttls", b"N"),
    ] {
        let (_, result) = hold(&ready_made(name), move |mut far| async move {
            let _ = far.write_all(says).await;
        })
        .await;
        assert_eq!(failure(result).0, Reason::Expectation, "{name}");
    }
}
