//! Rules for bodies, and their limit.

use probe_tests::compat::servers::http1::web;
use probe_tests::compat::servers::web::{answer, body};

use super::{Case, NOTHING, REGEX, STATUS, http, length, status};

const TEXT: &str = "Prometheus is here\nVersion: 2.53.1\nαβγ end\n";
const MATCHED: &[&str] = &["ERROR Body matched regular expression"];
const UNMATCHED: &[&str] = &["ERROR Body did not match regular expression"];
const READ: &[&str] = &["ERROR Failed to read HTTP response body"];

pub(crate) fn cases() -> Vec<Case> {
    [matches(), dialect(), limits()].concat()
}

/// Rules against [`TEXT`].
fn of(name: &'static str, section: &str) -> Case {
    http(name, section, web(body(TEXT))).with(&length(TEXT.len() as i64, TEXT.len()))
}

fn matches() -> Vec<Case> {
    let any = |name, rules: &str| of(name, &format!("fail_if_body_matches_regexp: [{rules}]"));
    let all = |name, rules: &str| of(name, &format!("fail_if_body_not_matches_regexp: [{rules}]"));
    vec![
        any("no_forbidden_text", "'Grafana'"),
        any("no_forbidden_texts", "'Grafana', 'Loki'"),
        any("a_forbidden_text", "'Prometheus'").fails(REGEX).says(MATCHED),
        any("the_second_forbidden_text", "'Grafana', 'Prometheus'").fails(REGEX).says(MATCHED),
        any("both_forbidden_texts_are_one_failure", "'Prometheus', 'here'").fails(REGEX).says(MATCHED),
        any("an_empty_list_forbids_nothing", ""),
        any("an_empty_expression_forbids_everything", "''").fails(REGEX).says(MATCHED),
        all("a_text_that_must_be_there", "'Prometheus'"),
        all("texts_that_must_be_there", "'Prometheus', 'Version: [0-9.]+'"),
        all("a_text_that_is_missing", "'Grafana'").fails(REGEX).says(UNMATCHED),
        all("one_of_the_texts_is_missing", "'Prometheus', 'Grafana'").fails(REGEX).says(UNMATCHED),
        of(
            "both_kinds_of_rules",
            "fail_if_body_matches_regexp: [Grafana], fail_if_body_not_matches_regexp: [Prometheus]",
        ),
        of(
            "forbidden_texts_are_looked_for_first",
            "fail_if_body_matches_regexp: [here], fail_if_body_not_matches_regexp: [Grafana]",
        )
        .fails(REGEX)
        .says(MATCHED),
        http("a_wrong_status_is_enough", "fail_if_body_matches_regexp: ['.']", web(answer(500).body("text")))
            .with(&status(500))
            .with(&length(4, 4))
            .fails(NOTHING)
            .says(STATUS),
        http(
            "an_empty_body_matches_an_empty_expression",
            "fail_if_body_matches_regexp: ['^$']",
            web(answer(200)),
        )
        .fails(REGEX)
        .says(MATCHED),
        http("an_empty_body_lacks_a_text", "fail_if_body_not_matches_regexp: [a]", web(answer(200)))
            .fails(REGEX)
            .says(UNMATCHED),
        http(
            "a_body_in_chunks_is_one_text",
            "fail_if_body_not_matches_regexp: ['^hello$']",
            web(body("hel").pause(20).body("lo").chunked()),
        )
        .with(&length(-1, 5)),
        http(
            "no_body_by_head_lacks_a_text",
            "method: HEAD, fail_if_body_not_matches_regexp: [a]",
            web(body("aaa")),
        )
        .with(&length(3, 0))
        .fails(REGEX)
        .says(UNMATCHED),
        http(
            "a_body_that_is_cut_fails_its_rules",
            "fail_if_body_not_matches_regexp: [hello]",
            web(body("hello").declared(10)),
        )
        .with(&length(10, 5))
        .fails(REGEX)
        .says(&["ERROR Error reading HTTP body", "ERROR Failed to read HTTP response body"]),
        http(
            "a_wrong_version_comes_after_the_rules",
            "valid_http_versions: [HTTP/2.0], fail_if_body_matches_regexp: [a]",
            web(body("a")),
        )
        .with(&length(1, 1))
        .fails(REGEX)
        .says(&["ERROR Body matched regular expression", "ERROR Invalid HTTP version number"]),
    ]
}

fn dialect() -> Vec<Case> {
    let found = |name, rule: &str| of(name, &format!("fail_if_body_not_matches_regexp: ['{rule}']"));
    let missing = |name, rule: &str| found(name, rule).fails(REGEX).says(UNMATCHED);
    let odd = |name, rule: &str, bytes: &'static [u8]| {
        let section = format!("fail_if_body_not_matches_regexp: ['{rule}']");
        http(name, &section, web(body(bytes))).with(&length(bytes.len() as i64, bytes.len()))
    };
    vec![
        found("a_dot_is_no_end_of_line", "here.Version").fails(REGEX).says(UNMATCHED),
        found("a_dot_may_be_an_end_of_line", "(?s)here.Version"),
        found("a_caret_is_the_beginning", "^Prometheus"),
        missing("a_caret_is_no_beginning_of_a_line", "^Version"),
        found("a_caret_may_be_the_beginning_of_a_line", "(?m)^Version"),
        missing("a_dollar_is_not_before_the_last_end_of_line", "end$"),
        found("a_dollar_may_be_the_end_of_a_line", "(?m)here$"),
        found("a_flag_in_a_group", "(?i:PROMETHEUS) is"),
        missing("case_matters", "prometheus"),
        found("a_letter_of_another_script", "β"),
        found("a_class_of_another_script", "[α-γ]{3} end"),
        found("another_script_by_name", r"\p{Greek}+"),
        found("letters_by_category", r"\pL end"),
        found("case_of_another_script", "(?i)ΑΒΓ"),
        missing("words_are_ascii", r"\w end"),
        missing("digits_are_ascii", r"[^\D\x00-\x7f]"),
        found("a_boundary_of_words_is_ascii", r"\bVersion\b"),
        found("a_quoted_part", r"\Q2.53.1\E"),
        missing("a_quoted_part_is_not_read", r"\Q2.53..\E"),
        found("a_posix_class", "[[:upper:]][[:lower:]]+ is"),
        found("an_escape_in_hexadecimal", r"\x50rom"),
        found("an_escape_in_octal", r"\120rom"),
        found("a_letter_by_its_number", r"\x{3b1}"),
        found("the_beginning_and_end_of_all", r"(?s)\APro.*\n\z"),
        found("as_little_as_possible", "^P.*?s is"),
        found("a_named_group", "(?P<version>[0-9]+)"),
        found("a_counted_repetition", "(?:[0-9]+[.]){2}[0-9]"),
        odd("bytes_that_are_no_text", "^caf.$", b"caf\xe9"),
        odd("a_zero_in_a_body", r"a\x00b", b"a\0b"),
        odd("a_dot_is_one_character", "^.$", "é".as_bytes()),
        odd("a_carriage_return_is_no_end_of_line", "(?m)a$", b"a\r\nb").fails(REGEX).says(UNMATCHED),
    ]
}

fn limits() -> Vec<Case> {
    let limited = |name, limit: &str, bytes: usize| {
        http(name, &format!("body_size_limit: {limit}"), web(body(vec![b'x'; bytes])))
    };
    vec![
        limited("under_the_limit", "128B", 127).with(&length(127, 127)),
        limited("at_the_limit", "128B", 128).with(&length(128, 128)),
        limited("over_the_limit", "128B", 129).with(&length(129, 128)).fails(NOTHING).says(READ),
        limited("far_over_the_limit", "1KB", 500_000).with(&length(500_000, 1024)).fails(NOTHING).says(READ),
        limited("a_kilobyte_is_1024", "1KB", 1024).with(&length(1024, 1024)),
        limited("a_kibibyte_is_1024", "1KiB", 1024).with(&length(1024, 1024)),
        limited("units_add_up", "1KB1B", 1025).with(&length(1025, 1025)),
        limited("a_fraction_of_a_unit", "0.5KB", 513).with(&length(513, 512)).fails(NOTHING).says(READ),
        limited("no_limit", "0", 5000).with(&length(5000, 5000)),
        limited("a_negative_limit_is_none", "-1B", 5000).with(&length(5000, 5000)),
        http(
            "over_the_limit_in_chunks",
            "body_size_limit: 10B",
            web(body("12345678").body("12345678").chunked()),
        )
        .with(&length(-1, 10))
        .fails(NOTHING)
        .says(READ),
        http(
            "over_the_limit_with_a_wrong_status",
            "body_size_limit: 10B",
            web(answer(404).body("12345678901")),
        )
        .with(&status(404))
        .with(&length(11, 10))
        .fails(NOTHING)
        .says(&[
            "ERROR Invalid HTTP response status code, wanted 2xx",
            "ERROR Failed to read HTTP response body",
        ]),
        http(
            "over_the_limit_with_a_rule",
            "body_size_limit: 10B, fail_if_body_matches_regexp: [z]",
            web(body("12345678901")),
        )
        .with(&length(11, 10))
        .fails(REGEX)
        .says(&["ERROR Error reading HTTP body", "ERROR Failed to read HTTP response body"]),
        http(
            "under_the_limit_with_a_rule",
            "body_size_limit: 11B, fail_if_body_not_matches_regexp: ['1$']",
            web(body("12345678901")),
        )
        .with(&length(11, 11)),
        http("over_the_limit_by_head", "method: HEAD, body_size_limit: 10B", web(body("12345678901")))
            .with(&length(11, 0)),
    ]
}
