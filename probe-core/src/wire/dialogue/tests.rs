//! Literal bytes against actions, whole and cut at every place.

use super::*;
use crate::settings::Pattern;

type Script = Vec<Step<Pattern>>;

fn expect(expression: &str) -> Step<Pattern> {
    Step { expect: Some(Pattern::new(expression).expect("a valid expression")), ..Step::default() }
}

fn bytes(expected: &[u8]) -> Step<Pattern> {
    Step { expect_bytes: expected.into(), ..Step::default() }
}

fn send(text: &str) -> Step<Pattern> {
    Step { send: text.into(), ..Step::default() }
}

fn labels(step: Step<Pattern>, labels: &[(&str, &str)]) -> Step<Pattern> {
    let label = |(name, value): &(&str, &str)| Label { name: (*name).into(), value: (*value).into() };
    Step { labels: Some(labels.iter().map(label).collect()), ..step }
}

fn sent(text: &str) -> Action {
    Action::Send(text.as_bytes().into())
}

/// Every action of a dialogue that receives these pieces and then the end.
fn held(script: &Script, pieces: &[&[u8]]) -> Result<Vec<Action>, Failure> {
    let mut dialogue = Dialogue::new(script);
    let mut pieces = pieces.iter();
    let mut actions = Vec::new();
    loop {
        match dialogue.advance()? {
            Action::Receive => match pieces.next() {
                Some(piece) => dialogue.receive(piece),
                None => dialogue.end(),
            },
            Action::Finish => return Ok(actions),
            action => actions.push(action),
        }
    }
}

/// The same result for the bytes as one piece, byte by byte, and as two pieces cut anywhere.
#[track_caller]
fn check(script: &Script, received: &[u8], expected: &Result<Vec<Action>, Failure>) {
    assert_eq!(&held(script, &[received]), expected, "whole");
    let single: Vec<&[u8]> = received.chunks(1).collect();
    assert_eq!(&held(script, &single), expected, "byte by byte");
    for cut in 0..=received.len() {
        let (first, second) = received.split_at(cut);
        assert_eq!(&held(script, &[first, second]), expected, "cut at {cut}");
    }
}

#[test]
fn answers_the_line_that_matches_and_skips_the_others() {
    let script = vec![expect("^220 "), send("EHLO x\r"), expect("^250 "), send("QUIT\r")];
    let received = b"220-one\r\n220 two\r\n250-a\r\n250 b\r\n";
    check(&script, received, &Ok(vec![sent("EHLO x\r\n"), sent("QUIT\r\n")]));
}

#[test]
fn an_answer_is_filled_with_the_groups_only_after_a_match() {
    let script = vec![Step { send: b"hello ${1}".into(), ..expect("^hi (.*)$") }, send("$1")];
    check(&script, b"hi bob\n", &Ok(vec![sent("hello bob\n"), sent("$1\n")]));
}

#[test]
fn answers_keep_bytes_that_are_no_text() {
    let script = vec![Step { send: b"\xff$1".into(), ..expect("(.*)") }];
    check(&script, b"\xe9\n", &Ok(vec![Action::Send(b"\xff\xe9\n".into())]));
}

#[test]
fn publishes_the_labels_of_a_match_before_it_answers() {
    let step = Step { send: b"ok".into(), ..expect("^SSH-([0-9.]+)-(.*)$") };
    let script = vec![labels(step, &[("version", "v${1}!"), ("software", "$2 on $1")])];
    let published = vec![("version".into(), "v2.0!".into()), ("software".into(), "x on 2.0".into())];
    check(&script, b"SSH-2.0-x\r\n", &Ok(vec![Action::Publish(published), sent("ok\n")]));
}

#[test]
fn an_empty_list_of_labels_is_published_and_one_without_a_match_is_not() {
    let script = vec![labels(send("x"), &[("a", "b")]), labels(expect("^a"), &[])];
    check(&script, b"a\n", &Ok(vec![sent("x\n"), Action::Publish(Vec::new())]));
}

#[test]
fn labels_are_published_once() {
    let script = vec![labels(expect("a"), &[("x", "1")]), labels(expect("b"), &[("y", "2")])];
    check(&script, b"a\nb\n", &Err(Failure::LabelsTwice));
}

#[test]
fn a_label_that_is_no_text_fails() {
    let script = vec![labels(expect("^(.*)$"), &[("line", "$1")])];
    check(&script, b"caf\xe9\n", &Err(Failure::LabelNotText { name: "line".into() }));
}

#[test]
fn the_last_line_needs_no_end() {
    check(&vec![expect("^partial$")], b"first\npartial", &Ok(Vec::new()));
}

#[test]
fn the_end_without_a_match_fails() {
    for received in [b"".as_slice(), b"ERROR\r\n", b"ERROR"] {
        check(&vec![expect("^ready$")], received, &Err(Failure::NoMatch));
    }
}

#[test]
fn bytes_are_read_from_the_stream_behind_the_line() {
    let script = vec![expect("^len$"), bytes(b"\x00\n\xff"), bytes(b"ab"), expect("^end$")];
    check(&script, b"len\r\n\x00\n\xffabend\n", &Ok(Vec::new()));
}

#[test]
fn other_bytes_fail_with_what_came() {
    let script = vec![bytes(b"abc")];
    check(&script, b"abd", &Err(Failure::BytesDiffer { received: b"abd".into() }));
    check(&script, b"abdef", &Err(Failure::BytesDiffer { received: b"abd".into() }));
}

#[test]
fn fewer_bytes_are_waited_for_until_the_end() {
    check(&vec![bytes(b"abc")], b"ab", &Err(Failure::EndedEarly { received: 2, expected: 3 }));
    let script = vec![bytes(b"abc")];
    let mut dialogue = Dialogue::new(&script);
    dialogue.receive(b"ab");
    assert_eq!(dialogue.advance(), Ok(Action::Receive));
}

#[test]
fn nothing_to_do_is_done_at_once() {
    for script in [vec![], vec![Step::default()], vec![Step::default(), Step::default()]] {
        assert_eq!(Dialogue::<Pattern>::new(&script).advance(), Ok(Action::Finish));
    }
}

#[test]
fn what_came_in_the_clear_is_forgotten_when_tls_begins() {
    let script = vec![Step { start_tls: true, send: b"go".into(), ..expect("^220") }, expect("secret")];
    let mut dialogue = Dialogue::new(&script);
    dialogue.receive(b"220 ready\r\ninjected secret\r\n");
    assert_eq!(dialogue.advance(), Ok(sent("go\n")));
    assert_eq!(dialogue.advance(), Ok(Action::StartTls));
    assert_eq!(dialogue.advance(), Ok(Action::Receive));
}

#[test]
fn a_line_without_end_fails_at_the_limit() {
    let script = vec![expect("^x$")];
    let mut dialogue = Dialogue::new(&script);
    let mut received = 0;
    let failure = loop {
        match dialogue.advance() {
            Ok(_) => dialogue.receive(&[b'a'; 4096]),
            Err(failure) => break failure,
        }
        received += 4096;
    };
    assert_eq!((failure, received), (Failure::LineTooLong, LONGEST_LINE));
}

#[test]
fn tells_where_it_is_and_what_it_saw() {
    let script = vec![expect("^a$"), expect("^b$")];
    let mut dialogue = Dialogue::new(&script);
    assert_eq!((dialogue.step(), dialogue.lines(), dialogue.last_line()), (0, 0, b"".as_slice()));
    dialogue.receive(format!("a\n{}\n", "c".repeat(100)).as_bytes());
    assert_eq!(dialogue.advance(), Ok(Action::Receive));
    assert_eq!((dialogue.step(), dialogue.lines()), (1, 2));
    assert_eq!(dialogue.last_line(), [b'c'; 64], "no more than is worth showing");
}

#[test]
fn bytes_under_a_mask_may_be_any() {
    let greeting = Step { mask: vec![0, 0, 0, 0xff], ..bytes(b"\0\0\0\0\x0a") };
    check(&vec![greeting.clone()], b"\x4a\0\0\0\x0a8.4.0", &Ok(vec![]));
    let received = b"\x4a\0\0\0\x09".to_vec();
    check(&vec![greeting], &received.clone(), &Err(Failure::BytesDiffer { received }));
}

#[test]
fn messages_that_are_no_lines_are_sent_as_they_are() {
    let script = vec![
        Step { send: vec![0xc0, 0], ending: Ending::Nothing, ..Step::default() },
        Step { send: vec![0xe0, 0], ending: Ending::Nothing, ..bytes(b"\xd0\0") },
    ];
    check(&script, b"\xd0\0", &Ok(vec![Action::Send(vec![0xc0, 0]), Action::Send(vec![0xe0, 0])]));
}

#[test]
fn tells_what_it_sees_in_order() {
    let script = vec![send("x"), expect("^b"), bytes(b"12")];
    let mut dialogue = Dialogue::new(&script);
    let mut seen = Vec::new();
    dialogue.receive(b"a\nb\n1");
    loop {
        let action = dialogue.advance_telling(&mut |event| seen.push(format!("{event:?}")));
        match action.expect("it goes as scripted") {
            Action::Receive => {
                assert_eq!(dialogue.if_paused(), Some(Failure::Paused { received: 1, expected: 2 }));
                dialogue.receive(b"2");
            }
            Action::Finish => break,
            _ => assert_eq!(dialogue.if_paused(), None),
        }
    }
    let line = |name, text: &str| format!("{name}({:?})", text.as_bytes());
    let step = |at: usize| format!("Step({at})");
    assert_eq!(
        seen,
        [
            step(0),
            step(1),
            line("Line", "a"),
            line("Line", "b"),
            line("LineMatched", "b"),
            step(2),
            line("Bytes", "12"),
            line("BytesMatched", "12"),
        ]
    );
}

#[test]
fn texts_are_found_wherever_they_are() {
    let contains = |texts: &[&str], all| {
        let texts = texts.iter().map(|text| text.as_bytes().to_vec()).collect();
        vec![Step { contains: Some(Contents { texts, all }), send: b"go".to_vec(), ..Step::default() }]
    };
    let not_contained = |received: &str| Err(Failure::NotContained { received: received.into() });
    let greeting = "220 hello there";
    for cut in 0..=greeting.len() {
        let (before, after) = greeting.as_bytes().split_at(cut);
        for (texts, all, is_there) in [
            (&["hello"][..], false, true),
            (&["nope", "there"], false, true),
            (&["nope", "there"], true, false),
            (&["there", "220"], true, true),
            (&["Hello"], false, false),
        ] {
            let expected = if is_there { Ok(vec![sent("go\n")]) } else { not_contained(greeting) };
            assert_eq!(held(&contains(texts, all), &[before, after]), expected, "{texts:?}, cut at {cut}");
        }
    }
    assert_eq!(held(&contains(&["x"], false), &[]), not_contained(""));
    // A pause is a failure once something has come.
    let script = contains(&["x"], false);
    let mut dialogue = Dialogue::new(&script);
    assert_eq!((dialogue.advance(), dialogue.if_paused()), (Ok(Action::Receive), None));
    dialogue.receive(b"y");
    assert_eq!(dialogue.advance(), Ok(Action::Receive));
    assert_eq!(dialogue.if_paused(), Some(Failure::NotContained { received: b"y".to_vec() }));
    dialogue.receive(&[b'y'; LONGEST_LINE]);
    assert!(dialogue.advance().is_err(), "it ends somewhere");
}
