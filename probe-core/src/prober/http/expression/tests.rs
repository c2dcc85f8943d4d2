//! Expressions whose fate was compared with the reference exporter, run side by side; and bodies that mean harm.

use std::time::{Duration, Instant};

use super::*;
use crate::model::Deadline;

const MANY: usize = 1_000_000;

fn without_end() -> (Stop, super::super::stop::Waiting) {
    Stop::at(Deadline::after(Instant::now(), Duration::from_secs(600)))
}

/// What a rule that must hold comes to.
fn judged(expression: &str, body: &[u8]) -> Result<(), Finding> {
    let expression = Expression::compile(expression).expect(expression);
    let (stop, _waiting) = without_end();
    judge(None, Some(&expression), body, MANY, &stop)
}

/// The lines of a table: a word, and what it is said of.
fn rows(table: &str) -> impl Iterator<Item = (&str, &str)> {
    let lines = table.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split_once(' ').map_or((line, ""), |(word, rest)| (word, rest.trim_start())))
}

#[test]
fn compiles_what_the_reference_compiles() {
    for (word, source) in rows(include_str!("tests/compiled.txt")) {
        let compiled = Expression::compile(source);
        assert_eq!(compiled.is_ok(), word == "good", "{source}: {compiled:?}");
    }
    assert!(Expression::compile("").is_err());
}

#[test]
fn evaluates_to_what_the_reference_evaluates_to() {
    let body = include_bytes!("tests/body.json");
    let mut different = Vec::new();
    for (word, source) in rows(include_str!("tests/evaluated.txt")) {
        let found = match judged(source, body) {
            Ok(()) => "true",
            Err(Finding::NotMatched(_)) => "false",
            Err(Finding::NotBoolean(_)) => "neither",
            Err(Finding::Evaluation(_)) => "error",
            Err(other) => panic!("{source}: {other:?}"),
        };
        if found != word {
            different.push(format!("{source}: {found}, not {word}"));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}

#[test]
fn says_why_an_expression_does_not_compile() {
    let cases = [
        ("foo.bar", "undeclared reference to 'foo'"),
        ("nosuch(body)", "undeclared reference to 'nosuch'"),
        ("1 + 'a' == 2", "found no matching overload for '_+_' applied to '(int, string)'"),
        ("'a'.b", "type 'string' does not support field selection"),
        (
            "1.all(x, true)",
            "expression of type 'int' cannot be range of a comprehension (must be list, map, or dynamic)",
        ),
    ];
    for (source, words) in cases {
        let error = Expression::compile(source).expect_err(source);
        assert_eq!(error.to_string(), words, "{source}");
    }
    let error = Expression::compile("body.a == 1 &&").expect_err("half an expression");
    assert!(error.to_string().starts_with("not an expression: "), "{error}");
}

#[test]
fn bodies_are_read_as_the_reference_reads_them() {
    let good: [(&[u8], &str); 22] = [
        (b"5", "body == 5"),
        (b" \t\r\n5\n", "body == 5"),
        (b"\"a\"", "body == 'a'"),
        (b"true", "body"),
        (b"null", "body == null"),
        (b"[1,2]", "body[0] == 1"),
        (b"[1, [2, {\"a\": [3]}]]", "body[1][1].a[0] == 3"),
        (b"{}", "!has(body.foo)"),
        (b"[]", "body == []"),
        (b"{\"a\":1,\"a\":2}", "body.a == 2"),
        (b"-0.5e-1", "body == -0.05"),
        (b"1E2", "body == 100"),
        (b"0", "body == 0"),
        (b"1e-999", "body == 0"),
        (b"\"\\u0041\\n\\/\\\\\\\"\"", "body == 'A\\n/\\\\\"'"),
        (b"\"\\ud83d\\ude00\"", "body == '\\U0001F600'"),
        (b"\"\\ud800\"", "body == '\\ufffd'"),
        (b"\"\\ud800\\u0041\"", "body == '\\ufffdA'"),
        (b"\"\\udc00x\"", "body == '\\ufffdx'"),
        (b"\"\xff\xfe\"", "body == '\\ufffd\\ufffd'"),
        ("\"héllo 😀\"".as_bytes(), "size(body) == 7"),
        (b"{\"\":{\"k\":null}}", "body[''].k == null"),
    ];
    for (body, expression) in good {
        assert_eq!(judged(expression, body), Ok(()), "{} {expression}", body.escape_ascii());
    }
    let bad: [&[u8]; 24] = [
        b"",
        b"  ",
        b"plain",
        "😀".as_bytes(),
        b"\xef\xbb\xbf{}",
        b"{} {}",
        b"{",
        b"[1,]",
        b"{\"a\":1,}",
        b"{a:1}",
        b"{\"a\"}",
        b"[1 2]",
        b"01",
        b"1.",
        b".5",
        b"+1",
        b"1e",
        b"1e999",
        b"tru",
        b"trueish",
        b"\"a",
        b"\"\n\"",
        b"\"\\x\"",
        b"\"\\u12g4\"",
    ];
    for body in bad {
        let finding = judged("true", body);
        assert!(matches!(finding, Err(Finding::Json(_))), "{}: {finding:?}", body.escape_ascii());
    }
}

#[test]
fn bodies_beyond_our_bounds_are_named() {
    let nested = |levels: usize| [vec![b'['; levels], vec![b']'; levels]].concat();
    assert_eq!(judged("true", &nested(500)), Ok(()));
    assert!(matches!(judged("true", &nested(501)), Err(Finding::Limit(_))));
    assert!(matches!(judged("true", &vec![b'['; 1 << 20]), Err(Finding::Limit(_))));

    let expression = Expression::compile("true").expect("valid");
    let (stop, _waiting) = without_end();
    let judged = |body: &[u8]| judge(None, Some(&expression), body, 3, &stop);
    assert_eq!(judged(b"[1,2]"), Ok(()));
    assert!(matches!(judged(b"[1,2,3]"), Err(Finding::Limit(_))));
}

#[test]
fn both_rules_are_judged_and_the_first_that_fails_counts() {
    let [matches, holds] =
        ["body.a == 1", "body.b == 2"].map(|source| Expression::compile(source).expect(source));
    let (stop, _waiting) = without_end();
    let judged = |body: &[u8]| judge(Some(&matches), Some(&holds), body, MANY, &stop);
    assert_eq!(judged(br#"{"a":0,"b":2}"#), Ok(()));
    assert_eq!(judged(br#"{"a":1,"b":3}"#), Err(Finding::Matched("body.a == 1".into())));
    assert_eq!(judged(br#"{"a":0,"b":3}"#), Err(Finding::NotMatched("body.b == 2".into())));
    assert!(matches!(judged(b"{}"), Err(Finding::Evaluation(_))));
    assert_eq!(judge(None, None, b"no JSON", MANY, &stop), Ok(()));
}

#[test]
fn nested_calls_do_not_multiply() {
    let nested = format!("{}body{} == '1'", "string(".repeat(40), ")".repeat(40));
    assert_eq!(judged(&nested, b"\"1\""), Ok(()));
}

#[test]
fn the_deepest_expressions_neither_overflow_nor_last() {
    let nestings = [
        ("string(", "body", ")"),
        ("(", "body", ")"),
        ("[", "body", "][0]"),
        ("has({'a': ", "body", "}.a)"),
        ("[1].all(x, ", "true", ")"),
        ("[1].map(x, ", "body", ")[0]"),
        ("!(", "true", ")"),
        ("true ? (", "true", ") : true"),
        ("{'a': ", "body", "}"),
        ("body.f(", "body", ")"),
    ];
    for (before, inside, after) in nestings {
        let mut compiled = 0;
        for depth in [10, 50, 90, 500, 50_000] {
            let source = format!("{}{inside}{}", before.repeat(depth), after.repeat(depth));
            if let Ok(expression) = Expression::compile(&source) {
                compiled += 1;
                let (stop, _waiting) = without_end();
                let finding = judge(None, Some(&expression), b"\"1\"", MANY, &stop);
                assert!(!matches!(finding, Err(Finding::Resource(_))), "{before} {depth}: {finding:?}");
            }
        }
        assert!(compiled < 5, "{before}");
    }
}

/// Each of them would run for hours.
#[test]
fn loops_end_when_the_time_is_up() {
    let items = vec!["1"; 20_000].join(",");
    let body = format!("[{items}]");
    let sources = [
        "body.all(a, body.all(b, body.all(c, a == b)))",
        "body.exists(a, body.exists(b, body.exists(c, a != b)))",
        "body.exists(a, body.all(b, 1 / 0 == 1 || body.exists(c, c == 2)))",
        "body.map(a, body.filter(b, body.exists_one(c, c == b))) == []",
        "body.filter(a, body.filter(b, false) == [1]) == [1]",
        "body.map(a, true, size(body.map(b, b)) == 1) == [true]",
    ];
    for source in sources {
        let expression = Expression::compile(source).expect(source);
        let (stop, waiting) = without_end();
        drop(waiting);
        let finding = judge(None, Some(&expression), body.as_bytes(), MANY, &stop);
        let Err(Finding::Evaluation(words)) = finding else { panic!("{source}: {finding:?}") };
        assert!(words.ends_with("the time is up"), "{source}: {words}");
    }
}

proptest::proptest! {
    #[test]
    fn no_expression_panics(source in r#"(body|[.\[\]()?:,'"a1x{}]| |&&|\|\||==|<|!|-|\+|in|has\(|\.all\(x, |\.map\(x, |true|null|1\.5|2u|@|\\){0,24}"#) {
        if let Ok(expression) = Expression::compile(&source) {
            let (stop, _waiting) = without_end();
            let _ = judge(None, Some(&expression), b"{\"a\": [1, {\"x\": null}]}", MANY, &stop);
        }
    }

    #[test]
    fn no_body_panics(body in proptest::collection::vec(0_u8.., 0..60), text in r#"([\[\]{},:"\\0-9eE+.u-]|true|null|\\ud8|"a":){0,40}"#) {
        let _ = judged("true", &body);
        let _ = judged("true", text.as_bytes());
    }
}
