//! Bodies as they come off the wire against what is counted, said and decided.

use std::io::Write;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};

use super::*;
use crate::prober::http::Expression;
use crate::settings::Pattern;

/// `compress me, please! ` fifty times, as brotli (quality 11) writes it.
const BROTLI: &[u8] = include_bytes!("tests/body.br");

fn text() -> Vec<u8> {
    b"compress me, please! ".repeat(50)
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body).expect("a vector takes everything");
    encoder.finish().expect("a vector takes everything")
}

fn deflate(body: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body).expect("a vector takes everything");
    encoder.finish().expect("a vector takes everything")
}

fn compressed_with(algorithm: &str) -> HttpSettings {
    HttpSettings { compression: algorithm.into(), ..HttpSettings::default() }
}

fn patterns(sources: &[&str]) -> Vec<Pattern> {
    sources.iter().map(|source| Pattern::new(source).expect("a valid expression")).collect()
}

/// What became of a body.
#[derive(Debug)]
struct Outcome {
    error: Option<ProbeError>,
    uncompressed: u64,
    lines: Vec<String>,
    regex: Option<bool>,
    cel: Option<bool>,
}

impl Outcome {
    fn reason(&self) -> Option<Reason> {
        self.error.as_ref().map(|error| error.reason)
    }

    fn messages(&self) -> Vec<&str> {
        self.lines.iter().map(|line| line.split(" | ").next().unwrap_or_default()).collect()
    }
}

fn deadline() -> Deadline {
    Deadline::after(Instant::now(), Duration::from_secs(600))
}

/// How the body of a test ends.
enum Ending {
    Closed,
    Cut,
    Finished,
}

async fn outcome(settings: &HttpSettings, pieces: &[&[u8]], ending: Ending) -> Outcome {
    let mut out = Recorder::default().keeping_log(Some(Severity::Debug));
    let mut judge = BodyJudge::new(settings, true, &mut out);
    for piece in pieces {
        if judge.push(piece).await.is_break() {
            break;
        }
    }
    match ending {
        Ending::Closed => judge.close(),
        Ending::Cut => judge.fail(ProbeError::new(Reason::Connect, Phase::Transfer, "connection reset")),
        Ending::Finished => judge.finish(),
    }
    let uncompressed = judge.uncompressed_length();
    let error = judge.judge(deadline(), &mut out).await.err();
    let line = |line: crate::model::LogLine| {
        let fields: Vec<String> =
            line.fields.iter().map(|(name, value)| format!(" | {name}={value}")).collect();
        format!("{}{}", line.message, fields.concat())
    };
    let lines = out.take_log().into_iter().map(line).collect();
    let (regex, cel) = (out.get(&FAILED_DUE_TO_REGEX), out.get(&FAILED_DUE_TO_CEL));
    Outcome { error, uncompressed, lines, regex, cel }
}

/// In one piece, and byte by byte: which must make no difference.
async fn whole(settings: &HttpSettings, body: &[u8]) -> Outcome {
    let at_once = outcome(settings, &[body], Ending::Finished).await;
    let bytes: Vec<&[u8]> = body.chunks(1).collect();
    let bit_by_bit = outcome(settings, &bytes, Ending::Finished).await;
    assert_eq!(at_once.uncompressed, bit_by_bit.uncompressed);
    assert_eq!(at_once.lines, bit_by_bit.lines);
    at_once
}

const NOT_OPENED: &str = "Failed to get decompressor for HTTP response body";
const NOT_READ: &str = "Failed to read HTTP response body";
const NOT_CLOSED: &str = "Error while closing response from server";

#[tokio::test]
async fn compressions_are_undone_as_the_reference_undoes_them() {
    let gzipped = gzip(&text());
    let deflated = deflate(&text());
    let joined = |parts: &[&[u8]]| parts.concat();
    let with_name = |name: &[u8]| joined(&[&gzipped[..3], &[8], &gzipped[4..10], name, &gzipped[10..]]);
    let cases: Vec<(&str, Vec<u8>, u64, Vec<&str>)> = vec![
        ("", text(), 1050, vec![]),
        ("IDENTITY", text(), 1050, vec![]),
        ("xz", text(), 1050, vec![NOT_OPENED]),
        ("xz", Vec::new(), 0, vec![NOT_OPENED]),
        ("gzip", gzipped.clone(), 1050, vec![]),
        ("GZip", gzipped.clone(), 1050, vec![]),
        ("gzip", joined(&[&gzipped, &gzipped]), 2100, vec![]),
        ("gzip", joined(&[&gzipped, b"t"]), 1050, vec![NOT_READ]),
        ("gzip", joined(&[&gzipped, b"trailing garbage"]), 1050, vec![NOT_READ]),
        (
            "gzip",
            joined(&[&gzipped[..gzipped.len() - 8], b"\0\0\0\0", &gzipped[gzipped.len() - 4..]]),
            1050,
            vec![NOT_READ],
        ),
        ("gzip", joined(&[&gzipped[..gzipped.len() - 4], b"\0\0\0\x01"]), 1050, vec![NOT_READ]),
        ("gzip", gzipped[..gzipped.len() - 4].to_vec(), 1050, vec![NOT_READ]),
        ("gzip", gzipped[..10].to_vec(), 0, vec![NOT_READ, NOT_CLOSED]),
        ("gzip", gzipped[..5].to_vec(), 0, vec![NOT_OPENED]),
        ("gzip", Vec::new(), 0, vec![NOT_OPENED]),
        ("gzip", b"hello".to_vec(), 0, vec![NOT_OPENED]),
        ("gzip", vec![b'x'; 20], 0, vec![NOT_OPENED]),
        ("gzip", joined(&[b"\x1f\x8b\x07", &gzipped[3..]]), 0, vec![NOT_OPENED]),
        ("gzip", with_name(b"name\0"), 1050, vec![]),
        ("gzip", with_name(&[&[b'n'; 511][..], b"\0"].concat()), 1050, vec![]),
        ("gzip", with_name(&[&[b'n'; 512][..], b"\0"].concat()), 0, vec![NOT_OPENED]),
        (
            "gzip",
            joined(&[&gzipped[..3], &[4], &gzipped[4..10], b"\x05\0hello", &gzipped[10..]]),
            1050,
            vec![],
        ),
        (
            "gzip",
            joined(&[&gzipped[..3], &[2], &gzipped[4..10], b"\0\0", &gzipped[10..]]),
            0,
            vec![NOT_OPENED],
        ),
        ("deflate", deflated.clone(), 1050, vec![]),
        ("deflate", joined(&[&deflated, b"trail"]), 1050, vec![]),
        ("deflate", gzipped, 0, vec![NOT_READ, NOT_CLOSED]),
        ("deflate", Vec::new(), 0, vec![NOT_READ, NOT_CLOSED]),
        ("deflate", deflated[..1].to_vec(), 0, vec![NOT_READ, NOT_CLOSED]),
        ("br", BROTLI.to_vec(), 1050, vec![]),
        ("br", joined(&[BROTLI, b"\0"]), 1050, vec![NOT_READ]),
        ("br", joined(&[BROTLI, BROTLI]), 1050, vec![NOT_READ]),
        ("br", text(), 0, vec![NOT_READ]),
        ("br", Vec::new(), 0, vec![NOT_READ]),
        ("br", BROTLI[..BROTLI.len() - 4].to_vec(), 0, vec![NOT_READ]),
    ];
    for (algorithm, body, uncompressed, messages) in cases {
        let outcome = whole(&compressed_with(algorithm), &body).await;
        let context = format!("{algorithm} {} bytes: {outcome:?}", body.len());
        assert_eq!(outcome.uncompressed, uncompressed, "{context}");
        assert_eq!(outcome.messages(), messages, "{context}");
        assert_eq!(outcome.error.is_none(), messages.is_empty(), "{context}");
    }
}

#[tokio::test]
async fn a_body_that_is_no_gzip_is_counted_behind_what_was_read_ahead() {
    let body = vec![b'x'; 20_000];
    let settings = compressed_with("gzip");
    assert_eq!(outcome(&settings, &[&body], Ending::Finished).await.uncompressed, 20_000 - READ_AHEAD);
    let outcome = outcome(&settings, &[&body[..5], &body[5..]], Ending::Finished).await;
    assert_eq!(outcome.uncompressed, 20_000 - READ_AHEAD);
}

#[tokio::test]
async fn a_cut_compressed_body_counts_what_it_unfolded_to() {
    let noise: Vec<u8> =
        (0..100_000_u32).map(|index| (index.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    for (algorithm, body) in [("gzip", gzip(&noise)), ("deflate", deflate(&noise))] {
        let outcome =
            outcome(&compressed_with(algorithm), &[&body[..body.len() / 2]], Ending::Finished).await;
        assert!((10_000..90_000).contains(&outcome.uncompressed), "{algorithm}: {outcome:?}");
        assert_eq!(outcome.reason(), Some(Reason::Protocol));
    }
}

#[tokio::test]
async fn limits_hold_after_decompression() {
    let limit = |algorithm: &str| HttpSettings { body_size_limit: 128, ..compressed_with(algorithm) };
    for (algorithm, encode) in
        [("", None), ("gzip", Some(gzip as fn(&[u8]) -> Vec<u8>)), ("deflate", Some(deflate))]
    {
        for (length, fits) in [(127, true), (128, true), (129, false), (100_000, false)] {
            let body = vec![b'x'; length];
            let body = encode.map_or(body.clone(), |encode| encode(&body));
            let outcome = whole(&limit(algorithm), &body).await;
            assert_eq!(outcome.error.is_none(), fits, "{algorithm} {length}: {outcome:?}");
            assert_eq!(outcome.uncompressed, length.min(128) as u64, "{algorithm} {length}");
            assert_eq!(outcome.messages().len(), usize::from(!fits), "{outcome:?}");
        }
    }
}

#[tokio::test]
async fn expressions_are_tried_in_order_and_the_series_says_so() {
    const MATCHED: &str = "Body matched regular expression";
    const NOT_MATCHED: &str = "Body did not match regular expression";
    let cases: [(&[&str], &[&str], Option<&str>); 8] = [
        (&["nothing"], &[], None),
        (&["nothing", "compress"], &[], Some("Body matched regular expression | regexp=compress")),
        (&[], &["compress", "please"], None),
        (&[], &["compress", "nothing"], Some("Body did not match regular expression | regexp=nothing")),
        (&["me"], &["nothing"], Some("Body matched regular expression | regexp=me")),
        (&["^$"], &["(?s)^.*$"], None),
        (&[""], &[], Some("Body matched regular expression | regexp=")),
        (&[], &["^compress.* $"], None),
    ];
    for (matches, not_matches, line) in cases {
        let settings = HttpSettings {
            fail_if_body_matches_regexp: patterns(matches),
            fail_if_body_not_matches_regexp: patterns(not_matches),
            ..HttpSettings::default()
        };
        let outcome = whole(&settings, &text()).await;
        assert_eq!(outcome.lines, line.into_iter().collect::<Vec<_>>(), "{matches:?} {not_matches:?}");
        assert_eq!(outcome.regex, Some(line.is_some()));
        assert_eq!((outcome.cel, outcome.uncompressed), (None, 1050));
        assert_eq!(outcome.reason(), line.map(|_| Reason::Expectation));
    }
    assert!(MATCHED != NOT_MATCHED);
}

#[tokio::test]
async fn expressions_see_the_decompressed_body() {
    let settings = HttpSettings {
        fail_if_body_not_matches_regexp: patterns(&["^compress me"]),
        ..compressed_with("gzip")
    };
    assert_eq!(whole(&settings, &gzip(&text())).await.regex, Some(false));
}

#[tokio::test]
async fn a_large_body_is_judged_aside() {
    let body = [vec![b'x'; LARGE], b"end".to_vec()].concat();
    let settings =
        HttpSettings { fail_if_body_matches_regexp: patterns(&["end$"]), ..HttpSettings::default() };
    let outcome = outcome(&settings, &[&body], Ending::Finished).await;
    assert_eq!((outcome.regex, outcome.uncompressed), (Some(true), body.len() as u64));
}

const LARGE: usize = 1 << 20;

/// Settings with an expression that must not hold, and one that must; none where empty.
#[cfg(feature = "cel")]
fn expressions(matches: &str, not_matches: &str) -> HttpSettings {
    let compile =
        |source: &str| (!source.is_empty()).then(|| Expression::compile(source).expect("a valid expression"));
    HttpSettings {
        fail_if_body_json_matches_cel: compile(matches),
        fail_if_body_json_not_matches_cel: compile(not_matches),
        ..HttpSettings::default()
    }
}

#[cfg(feature = "cel")]
#[tokio::test]
async fn expressions_over_json_say_why_they_fail() {
    let cases = [
        (
            "body.foo == 'bar'",
            "",
            r#"{"foo": "bar"}"#,
            Some("Body matched CEL expression | expression=body.foo == 'bar'"),
        ),
        ("body.foo == 'bar'", "", r#"{"foo": "baz"}"#, None),
        ("body.foo == 'bar'", "", "{}", Some("Error evaluating CEL expression")),
        ("body.foo", "", r#"{"foo": "bar"}"#, Some("CEL evaluation result is not a boolean | details=")),
        ("body.foo == 'bar'", "", "no JSON", Some("Error unmarshalling HTTP body to JSON")),
        ("body.foo == 'bar'", "", "", Some("Error unmarshalling HTTP body to JSON")),
        ("body == 'x'", "", "😀", Some("Error unmarshalling HTTP body to JSON")),
        ("", "body.foo == 'bar'", r#"{"foo": "bar"}"#, None),
        ("", "body.foo == 'bar'", r#"{"foo": 1}"#, Some("Body did not match CEL expression | expression=")),
        ("", "body.foo == 'bar'", "{}", Some("Error evaluating CEL expression")),
        ("", "!has(body.foo)", "{}", None),
        ("", "body[2] == 'c'", r#"["a", "b", "c"]"#, None),
        ("", "body == '😀é'", "\"😀é\"", None),
        ("", "body", "true", None),
        ("body.a == 1", "body.b == 2", r#"{"a": 0, "b": 2}"#, None),
    ];
    for (matches, not_matches, body, line) in cases {
        let outcome = whole(&expressions(matches, not_matches), body.as_bytes()).await;
        let context = format!("{matches:?} {not_matches:?} {body}: {outcome:?}");
        assert_eq!(outcome.lines.len(), usize::from(line.is_some()), "{context}");
        assert!(outcome.lines.iter().all(|said| said.starts_with(line.unwrap_or_default())), "{context}");
        assert_eq!((outcome.cel, outcome.regex), (Some(line.is_some()), None), "{context}");
        assert_eq!(outcome.uncompressed, body.len() as u64);
        assert_eq!(outcome.error.is_some(), line.is_some(), "{context}");
    }
}

#[cfg(feature = "cel")]
#[tokio::test]
async fn text_and_json_are_judged_on_the_same_body() {
    let both = |pattern: &str| HttpSettings {
        fail_if_body_not_matches_regexp: patterns(&[pattern]),
        ..expressions("", "body.status == 'ok'")
    };
    let good = whole(&both("status"), br#"{"status": "ok"}"#).await;
    assert_eq!((good.error.is_none(), good.regex, good.cel), (true, Some(false), Some(false)));
    let bad_json = whole(&both("status"), br#"{"status": "bad"}"#).await;
    assert_eq!((bad_json.regex, bad_json.cel), (Some(false), Some(true)));
    // What the text fails is not looked at any more.
    let bad_text = whole(&both("nothing"), br#"{"status": "bad"}"#).await;
    assert_eq!((bad_text.regex, bad_text.cel, bad_text.lines.len()), (Some(true), None, 1));
}

#[tokio::test]
async fn a_body_that_ends_early_fails_what_needs_it() {
    let with_rule = HttpSettings { fail_if_body_matches_regexp: patterns(&["x"]), ..HttpSettings::default() };
    let cut = outcome(&with_rule, &[b"half"], Ending::Cut).await;
    assert_eq!(
        cut.lines,
        [
            "Error reading HTTP body | err=connection reset",
            "Failed to read HTTP response body | err=connection reset"
        ]
    );
    assert_eq!((cut.regex, cut.uncompressed, cut.reason()), (Some(true), 4, Some(Reason::Connect)));

    let without = outcome(&HttpSettings::default(), &[b"half"], Ending::Cut).await;
    assert_eq!(without.messages(), [NOT_READ]);
    assert_eq!((without.regex, without.reason()), (None, Some(Reason::Connect)));

    let inflating = outcome(&compressed_with("gzip"), &[&gzip(&text())[..15]], Ending::Cut).await;
    assert_eq!(inflating.messages(), [NOT_READ, NOT_CLOSED]);
    let opening = outcome(&compressed_with("gzip"), &[b"\x1f"], Ending::Cut).await;
    assert_eq!(opening.messages(), [NOT_OPENED, NOT_READ]);
}

#[tokio::test]
async fn a_redirect_without_body_fails_the_rules_alone() {
    let with_rule = HttpSettings { fail_if_body_matches_regexp: patterns(&["x"]), ..HttpSettings::default() };
    let closed = outcome(&with_rule, &[], Ending::Closed).await;
    assert_eq!(closed.lines, ["Error reading HTTP body | err=http: read on closed response body"]);
    assert_eq!((closed.regex, closed.reason()), (Some(true), Some(Reason::Expectation)));
    assert!(outcome(&HttpSettings::default(), &[], Ending::Closed).await.error.is_none());
}

#[tokio::test]
async fn rules_that_do_not_apply_are_not_looked_at() {
    let settings = HttpSettings { fail_if_body_matches_regexp: patterns(&["x"]), ..HttpSettings::default() };
    let mut out = Recorder::default();
    let mut judge = BodyJudge::new(&settings, false, &mut out);
    assert!(judge.push(b"x").await.is_continue());
    judge.finish();
    assert!(judge.judge(deadline(), &mut out).await.is_ok());
    assert_eq!(out.get(&FAILED_DUE_TO_REGEX), None);

    let unreadable = HttpSettings { compression: "xz".into(), ..settings };
    assert_eq!(outcome(&unreadable, &[b"x"], Ending::Finished).await.regex, None);
    let no_gzip = HttpSettings { compression: "gzip".into(), ..unreadable };
    assert_eq!(outcome(&no_gzip, &[b"x"], Ending::Finished).await.regex, Some(false));
}

#[tokio::test]
async fn rules_keep_no_more_than_they_may() {
    let limited = HttpSettings {
        fail_if_body_matches_regexp: patterns(&["nothing"]),
        body_match_limit: 1000,
        ..compressed_with("gzip")
    };
    assert!(outcome(&limited, &[&gzip(&[b'x'; 1000])], Ending::Finished).await.error.is_none());
    let over = outcome(&limited, &[&gzip(&[b'x'; 1001])], Ending::Finished).await;
    assert_eq!((over.reason(), over.regex), (Some(Reason::Limit), Some(true)));
    assert_eq!(over.messages(), ["Error reading HTTP body", NOT_READ]);

    // Without rules nothing is kept, so there is no limit.
    let free = HttpSettings { body_match_limit: 1000, ..HttpSettings::default() };
    assert!(outcome(&free, &[&[b'x'; 5000]], Ending::Finished).await.error.is_none());
}

/// 32 MiB from 32 KiB.
fn bomb(encode: fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    encode(&vec![0; 32 << 20])
}

#[tokio::test]
async fn a_bomb_is_counted_without_being_kept() {
    let mut out = Recorder::default();
    let settings = compressed_with("gzip");
    let mut judge = BodyJudge::new(&settings, true, &mut out);
    assert!(judge.push(&bomb(gzip)).await.is_continue());
    assert_eq!(judge.uncompressed_length(), 32 << 20);
    assert_eq!((judge.kept.capacity(), judge.piece.capacity()), (0, PIECE));
}

#[tokio::test(start_paused = true)]
async fn a_bomb_lets_the_deadline_pass() {
    let body = bomb(deflate);
    let settings = compressed_with("deflate");
    let mut out = Recorder::default();
    let mut judge = BodyJudge::new(&settings, true, &mut out);
    // Whoever waits beside it is served while the body unfolds.
    let late = tokio::select! {
        biased;
        () = tokio::task::yield_now() => true,
        _ = judge.push(&body) => false,
    };
    assert!(late);
    assert!(judge.uncompressed_length() < 32 << 20, "{} bytes at once", judge.uncompressed_length());
}
