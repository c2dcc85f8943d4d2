//! Expressions against what the reference exporter 0.28.0 makes of them: every row was run through it.

use super::*;

fn compiled(source: &str) -> Pattern {
    Pattern::new(source).unwrap_or_else(|error| panic!("{source}: {error}"))
}

/// The template filled in by the first match, if there is one.
fn filled(source: &str, text: &[u8], template: &str) -> Option<Vec<u8>> {
    compiled(source).captures(text).map(|found| found.expand(template.as_bytes()))
}

#[track_caller]
fn check(source: &str, text: &str, template: &str, expected: &str) {
    let found =
        filled(source, text.as_bytes(), template).map(|found| String::from_utf8(found).expect("text"));
    assert_eq!(found.as_deref(), Some(expected), "{source:?} in {text:?} as {template:?}");
}

#[test]
fn perl_classes_and_word_boundaries_are_ascii() {
    check(r"\d+", "x٣4y", "$0", "4");
    check(r"\w+", "-é9_a", "$0", "9_a");
    check(r"\s", "a\u{b}b\tc", "<$0>", "<\t>");
    check(r"\ba", "éa", "$0", "a");
    check(r"a\b", "aé", "$0", "a");
    check(r"é\B", "é", "<$0>", "<é>");
    check(r"\B*é", "aé", "<$0>", "<é>");
    assert!(filled(r"\Ba", "éa".as_bytes(), "").is_none());
    assert!(filled(r"a\B", "aé".as_bytes(), "").is_none());
}

#[test]
fn case_is_folded_as_unicode_has_it() {
    check("(?i)k+", "xKkK", "$0", "KkK");
    check(r"(?i)\w+", "ſK", "$0", "ſK");
    check(r"(?i)\W+", "ſK!", "$0", "!");
    check("(?i)[[:lower:]]+", "ſKABC", "$0", "ſKABC");
    check("(?i)[^[:upper:]]+", "ſK9", "$0", "9");
    check("(?i)é", "É", "$0", "É");
    check(r"(?i)\p{Lu}+", "abC", "$0", "abC");
    check("(a(?i)b|c)D", "CD", "$0", "CD");
    assert!(filled("(a(?i)b|c)D", b"Cd", "").is_none(), "the flag ends with its group");
}

#[test]
fn braces_that_are_no_counts_are_characters() {
    check(r#"{"status":"UP"}"#, r#"x{"status":"UP"}"#, "$0", r#"{"status":"UP"}"#);
    check("a{,3}", "a{,3}", "$0", "a{,3}");
    check("a{01}", "a{01}", "$0", "a{01}");
    check("a{1", "a{1", "$0", "a{1");
    check("a{2,}b{0,1}c{3}?", "aabccc", "$0", "aabccc");
}

#[test]
fn classes_know_no_set_operators() {
    check("[a[b]]", "[]", "$0", "[]");
    check("[a&&b]+", "&&", "$0", "&&");
    check("[a~~b]+", "~", "$0", "~");
    check("[+--]+", "+,-.", "$0", "+,-");
    check("[]a]+", "a]", "$0", "a]");
    check("[^]a]+", "xy]", "$0", "xy");
    check(r"[\d-z]+", "1-z", "$0", "1-z");
    check(r"[^\D]+", "a12", "$0", "12");
    check("[[:^alpha:]]+", "é1a", "$0", "é1");
    check("[[:word:]]+", "é_a", "$0", "_a");
    check("[:alpha:]+", "xph:", "$0", "ph:");
    check("[à-ý]+", "éè", "$0", "éè");
}

#[test]
fn escapes_are_those_of_go() {
    check(r"\<b\>", "<b>", "$0", "<b>");
    check(r"\101\x41\x{41}", "AAA", "$0", "AAA");
    check(r"\Qa.b\E+", "a.bb", "$0", "a.bb");
    check(r"\Qa.b", "a.b", "$0", "a.b");
    check(r"a*\Q\E*", "aaa", "$0", "aaa");
    check(r"\a?\_\-\.", "_-.", "$0", "_-.");
    check(r"\A^ab\z$", "ab", "$0", "ab");
    check(r"[^\x{D800}]+", "ab", "$0", "ab");
    assert!(filled(r"\x{D800}", b"a", "").is_none(), "half a character matches nothing");
    assert!(filled(r"[\x{D800}]", b"a", "").is_none());
}

#[test]
fn unicode_classes_go_by_category_and_script() {
    check(r"\p{Greek}+", "abγδ", "$0", "γδ");
    check(r"\p{^Greek}+", "abγδ", "$0", "ab");
    check(r"\P{^Greek}+", "abγδ", "$0", "γδ");
    check(r"\PN+", "ab1", "$0", "ab");
    check(r"\pLa", "éa", "$0", "éa");
    check(r"[\p{Greek}\d]+", "aγ1", "$0", "γ1");
    check(r"\p{lu}\p{Letter}\p{Any}", "AB1", "$0", "AB1");
}

#[test]
fn flags_and_greed_are_those_of_go() {
    check("(?U)a+", "aaa", "$0", "a");
    check("(?U)a+?", "aaa", "$0", "aaa");
    check("a+?", "aaa", "$0", "a");
    check("a|ab", "ab", "$0", "a");
    check("(?i-s:A.)b", "aXb", "$0", "aXb");
    check("(?ii-i)a(?)b", "ab", "$0", "ab");
    check("(?s).+", "a\nb", "$0", "a\nb");
    check("(?m)^b$", "a\nb\nc", "$0", "b");
    check(".+", "a\nb", "$0", "a");
    assert!(filled("a$", b"a\n", "").is_none(), "without (?m) the end is the end");
}

#[test]
fn what_is_no_utf8_counts_as_one_replacement_character_a_byte() {
    assert_eq!(filled("^caf.$", b"caf\xe9", "$0"), Some(b"caf\xe9".to_vec()));
    assert_eq!(filled("[^a]+", b"a\xff\xfeb", "<$0>"), Some(b"<\xff\xfeb>".to_vec()));
    assert_eq!(
        filled("(.)(a)(.+)", b"\xe9\xe9a\xc3\xa9\xffz", "$2|$1|$3"),
        Some(b"a|\xe9|\xc3\xa9\xffz".to_vec())
    );
    assert_eq!(filled(r"^.{2}a", b"\xe2\x82a", ""), Some(Vec::new()));
    assert!(compiled(r"\x{FFFD}").is_match(b"a\xffb"));
    assert!(!compiled(r"\x{FFFD}").is_match("aéb".as_bytes()));
}

#[test]
fn groups_expand_as_in_go() {
    check("a(b)?c", "ac", "[$1][$0]", "[][ac]");
    check("^(a)|(b)$", "b", "1=${1} 2=${2}", "1= 2=b");
    check("(a)(b)", "ab", "$1x ${1}x $2_ ${2}_", " ax  b_");
    check("(a)(b)", "ab", "$$1 $ $- ${ ${} ${1 $3 ${n a}", "$1 $ $- ${ ${} ${1  ${n a}");
    check("(a)(b)", "ab", "[$01${01}$00$0][${99999999}${100000000}]", "[ab][]");
    check("(a)", "a", "$1² $1Ⅳ $1é", "a² aⅣ ");
    check("((a)|b)+", "ab", "$1,$2", "b,a");
    check("(|a)*", "aa", "<$0><$1>", "<><>");
    check("(a*)+", "b", "<$1>", "<>");
}

#[test]
fn a_name_may_be_there_twice_and_begin_with_a_digit() {
    check("(?P<n>a)(?P<n>b)", "ab", "$n", "a");
    check("(?P<n>a)?(?<n>b)", "b", "${n}", "b");
    check("(?P<1a>x)", "x", "$1a", "x");
}

#[test]
fn refuses_what_go_refuses() {
    let cases = [
        (":[", "missing closing ]: `[`"),
        ("[a-", "missing closing ]: `[a-`"),
        ("[]", "missing closing ]: `[]`"),
        ("[z-a]", "invalid character class range: `z-a`"),
        ("[[:foo:]]", "invalid character class range: `[:foo:]`"),
        (r"\p{Foo}", r"invalid character class range: `\p{Foo}`"),
        (r"\p{Alphabetic}", r"invalid character class range: `\p{Alphabetic}`"),
        (r"\p{sc=Greek}", r"invalid character class range: `\p{sc=Greek}`"),
        (r"\p", r"invalid character class range: `\p`"),
        (r"[a-\d]", r"invalid escape sequence: `\d`"),
        ("(a", "missing closing ): `(a`"),
        ("a)", "unexpected ): `a)`"),
        ("a**", "invalid nested repetition operator: `*`"),
        ("a{2}{3}", "invalid nested repetition operator: `{3}`"),
        ("a*??", "invalid nested repetition operator: `?`"),
        ("*", "missing argument to repetition operator: `*`"),
        ("a|*", "missing argument to repetition operator: `*`"),
        ("(+)", "missing argument to repetition operator: `+`"),
        (r"\Q\E*", "missing argument to repetition operator: `*`"),
        ("a{1001}", "invalid repeat count: `{1001}`"),
        ("a{2,1}", "invalid repeat count: `{2,1}`"),
        ("a{9999999999}", "invalid repeat count: `{9999999999}`"),
        ("((a{10}){10}){11}", "invalid repeat count: `{11}`"),
        ("(a{2}b{900}){2}", "invalid repeat count: `{2}`"),
        ("(?P<>a)", "invalid named capture: `(?P<>`"),
        ("(?P<x y>a)", "invalid named capture: `(?P<x y>`"),
        ("(?P<n", "invalid named capture: `(?P<n`"),
        ("(?<=a)", "invalid named capture: `(?<=a)`"),
        ("(?=a)", "invalid or unsupported Perl syntax: `(?=a)`"),
        ("(?x)a", "invalid or unsupported Perl syntax: `(?x)a`"),
        ("(?i-)", "invalid or unsupported Perl syntax: `(?i-)`"),
        (r"\1", r"invalid escape sequence: `\1`"),
        (r"\Z", r"invalid escape sequence: `\Z`"),
        (r"\u0041", r"invalid escape sequence: `\u`"),
        (r"\x{110000}", r"invalid escape sequence: `\x`"),
        (r"\é", r"invalid escape sequence: `\é`"),
        (r"a\", "trailing backslash at end of expression: ``"),
    ];
    for (source, expected) in cases {
        let error = Pattern::new(source).expect_err(source);
        assert_eq!(error.to_string(), expected, "{source}");
    }
}

#[test]
fn accepts_what_go_accepts() {
    let sources = [
        "",
        "|",
        "()*",
        "(|a)*",
        "^*",
        "^+OK",
        "$*",
        r"\b+",
        "a{1000}",
        "a{1000,}",
        "]",
        "}",
        "{",
        "[-a]",
        "[a-]",
        "((a{10}){10}){10}",
        "((a{1000}){0}){1000}",
        "(a{0}){1000}",
        "(a*){1000}",
        "(a{1000})*",
        "(?P<n>)",
        r"\_",
        r"\ ",
        r"\08",
        r"\777",
    ];
    for source in sources {
        compiled(source);
    }
}

#[test]
fn is_bounded_in_size_and_depth() {
    let deep = format!("{}a{}", "(".repeat(1001), ")".repeat(1001));
    assert_eq!(Pattern::new(&deep).expect_err("too deep").problem, Problem::Nesting);
    let large = regex::Error::CompiledTooBig(MOST_COMPILED);
    assert_eq!(PatternError::of_engine(&large, "a").problem, Problem::Large);
}

proptest::proptest! {
    /// Made of what has a meaning in expressions, so that it often gets far.
    #[test]
    fn no_expression_and_no_text_panics(
        pieces in proptest::collection::vec("[ab0-9é]|[\\[\\](){}|*+?^$.,:<>=!-]|\\\\[a-zA-Z0-9é]?|\\(\\?[imsUP<:)-]*|\\[\\[?[:^]?", 0..12),
        text in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..12),
    ) {
        if let Ok(pattern) = Pattern::new(&pieces.concat())
            && let Some(found) = pattern.captures(&text)
        {
            let whole = found.group(0).expect("a match has a whole");
            proptest::prop_assert!(text.windows(whole.len().max(1)).any(|part| part == whole) || whole.is_empty());
            found.expand(b"$0 ${1} $a");
        }
    }
}
