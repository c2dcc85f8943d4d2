//! Rules for headers of answers.

use probe_tests::compat::servers::http1::web;
use probe_tests::compat::servers::web::{Answer, answer, body};

use super::{Case, NOTHING, REGEX, STATUS, http, length, status};

const MATCHED: &[&str] = &["ERROR Header matched regular expression"];
const UNMATCHED: &[&str] = &["ERROR Header did not match regular expression"];
const MISSING: &[&str] = &["ERROR Missing required header"];

fn headers() -> Answer {
    answer(200)
        .header("X-Type", "alpha")
        .header("X-Multi", "one")
        .header("X-Multi", "two")
        .header("x-lower", "value")
        .header("X-Empty", "")
        .header("Set-Cookie", "a=1; Secure")
        .header("Set-Cookie", "b=2")
        .header("Content-Type", "text/html; charset=utf-8")
}

/// A rule of the list that forbids.
fn forbidden(name: &'static str, header: &str, regexp: &str) -> Case {
    http(name, &format!("fail_if_header_matches: [{{header: {header}, regexp: '{regexp}'}}]"), web(headers()))
}

/// A rule of the list that demands.
fn demanded(name: &'static str, header: &str, regexp: &str) -> Case {
    http(
        name,
        &format!("fail_if_header_not_matches: [{{header: {header}, regexp: '{regexp}'}}]"),
        web(headers()),
    )
}

pub(crate) fn cases() -> Vec<Case> {
    let optional = |name, list: &str, header: &str| {
        let section =
            format!("fail_if_header_{list}: [{{header: {header}, regexp: '.*', allow_missing: true}}]");
        http(name, &section, web(headers()))
    };
    vec![
        forbidden("a_value_that_is_not_forbidden", "X-Type", "beta"),
        forbidden("a_forbidden_value", "X-Type", "^alpha$").fails(REGEX).says(MATCHED),
        forbidden("a_part_of_a_value_is_forbidden", "X-Type", "lph").fails(REGEX).says(MATCHED),
        forbidden("the_second_value_is_forbidden", "X-Multi", "two").fails(REGEX).says(MATCHED),
        forbidden("no_value_of_several_is_forbidden", "X-Multi", "three"),
        forbidden("a_forbidden_cookie", "Set-Cookie", "Secure").fails(REGEX).says(MATCHED),
        forbidden("an_empty_value_is_forbidden", "X-Empty", ".*").fails(REGEX).says(MATCHED),
        forbidden("an_empty_value_lacks_a_letter", "X-Empty", "."),
        forbidden("a_header_must_be_there_to_be_forbidden", "X-None", "x").fails(REGEX).says(MISSING),
        demanded("a_demanded_value", "X-Type", "^alpha$"),
        demanded("a_demanded_value_that_is_missing", "X-Type", "beta").fails(REGEX).says(UNMATCHED),
        demanded("one_value_of_several_will_do", "X-Multi", "two"),
        demanded("no_value_of_several_will_do", "X-Multi", "three").fails(REGEX).says(UNMATCHED),
        demanded("a_demanded_cookie", "Set-Cookie", "^b="),
        demanded("an_empty_value_will_do", "X-Empty", "^$"),
        demanded("an_empty_value_will_not_do", "X-Empty", ".+").fails(REGEX).says(UNMATCHED),
        demanded("a_demanded_header_that_is_missing", "X-None", ".*").fails(REGEX).says(MISSING),
        demanded("a_name_in_small_letters", "x-type", "alpha"),
        demanded("a_name_in_capitals", "X-TYPE", "alpha"),
        demanded("a_name_that_was_sent_in_small_letters", "X-Lower", "value"),
        demanded("values_keep_their_case", "Content-Type", "TEXT/HTML").fails(REGEX).says(UNMATCHED),
        demanded("the_length_is_a_header", "Content-Length", "^0$"),
        optional("a_forbidden_header_may_be_missing", "matches", "X-None"),
        optional("a_demanded_header_may_be_missing", "not_matches", "X-None"),
        optional("an_optional_header_is_still_forbidden", "matches", "X-Type").fails(REGEX).says(MATCHED),
        optional("an_optional_header_that_is_empty_is_there", "matches", "X-Empty").fails(REGEX).says(MATCHED),
        http(
            "several_rules",
            "fail_if_header_matches: [{header: X-Type, regexp: beta}, {header: X-Multi, regexp: three}],
             fail_if_header_not_matches: [{header: X-Type, regexp: alpha}, {header: X-Multi, regexp: one}]",
            web(headers()),
        ),
        http(
            "the_last_rule_fails",
            "fail_if_header_not_matches: [{header: X-Type, regexp: alpha}, {header: X-Multi, regexp: three}]",
            web(headers()),
        )
        .fails(REGEX)
        .says(UNMATCHED),
        http(
            "forbidden_values_are_looked_for_first",
            "fail_if_header_not_matches: [{header: X-Type, regexp: beta}], fail_if_header_matches: [{header: X-Type, regexp: alpha}]",
            web(headers()),
        )
        .fails(REGEX)
        .says(MATCHED),
        http("a_wrong_status_is_enough_for_headers", "fail_if_header_matches: [{header: X-Type, regexp: .}]", web(answer(404).header("X-Type", "a")))
            .with(&status(404))
            .fails(NOTHING)
            .says(STATUS),
        http(
            "headers_are_looked_at_before_the_body",
            "fail_if_header_matches: [{header: X-Type, regexp: .}], fail_if_body_matches_regexp: [a]",
            web(body("a").header("X-Type", "a")),
        )
        .with(&length(1, 1))
        .fails(REGEX)
        .says(MATCHED),
        http("chunks_are_no_header", "fail_if_header_matches: [{header: Transfer-Encoding, regexp: x}]", web(body("a").chunked()))
            .with(&length(-1, 1))
            .fails(REGEX)
            .says(MISSING),
        http("a_trailer_is_no_header", "fail_if_header_not_matches: [{header: X-T, regexp: u}]", {
            let text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n1\r\na\r\n0\r\nX-T: u\r\n\r\n";
            web(probe_tests::compat::servers::web::raw(text))
        })
        .with(&length(-1, 1))
        .fails(REGEX)
        .says(MISSING),
    ]
}
