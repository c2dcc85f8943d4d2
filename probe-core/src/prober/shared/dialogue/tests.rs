//! Dialogues over a pipe, in virtual time; and what a configuration makes of its keys.

use std::time::Duration;

use tokio::io::{DuplexStream, duplex};

use super::*;
use crate::settings::{Content, Dump, Entry, Errors, Node, Place, Scalar, Section};

const SECOND: Duration = Duration::from_secs(1);

fn expect(expression: &str) -> Step<Pattern> {
    Step { expect: Some(Pattern::new(expression).expect("a valid expression")), ..Step::default() }
}

/// The recorder and result of a dialogue with `server`, with ten seconds to hold it.
async fn hold<F: Future<Output = ()> + Send + 'static>(
    steps: &[Step<Pattern>],
    server: impl FnOnce(DuplexStream) -> F,
) -> (Recorder, Result<(), ProbeError>) {
    let (mut near, far) = duplex(1024);
    let server = tokio::spawn(server(far));
    let deadline = Deadline::after(Instant::now().into_std(), 10 * SECOND);
    let mut out = Recorder::default();
    let result = converse(steps, &mut near, deadline, &mut out).await;
    server.abort();
    (out, result)
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
        assert!(exchanges.iter().any(|(expected, _)| !expected.is_empty()), "{name}");
    }
}
