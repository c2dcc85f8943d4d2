//! Rules for JSON bodies in the Common Expression Language.

use probe_tests::compat::servers::http1::web;
use probe_tests::compat::servers::web::{answer, body};

use super::{Case, STATUS, http, length, status};

const JSON: &str = r#"{"status": "ok", "n": 3, "f": 1.5, "neg": -2, "yes": true, "nil": null, "list": [1, 2, 3], "empty": [],
"nested": {"a": {"b": "deep"}}, "items": [{"name": "x", "up": true}, {"name": "y", "up": false}], "uni": "Zoë 🎉", "key with space": 1,
"time": "2024-01-02T03:04:05Z"}"#;

const FINE: &[&str] = &["probe_failed_due_to_cel 0"];
const CEL: &[&str] = &["probe_failed_due_to_cel 1"];
const MATCHED: &[&str] = &["ERROR Body matched CEL expression"];
const UNMATCHED: &[&str] = &["ERROR Body did not match CEL expression"];
const EVALUATION: &[&str] = &["ERROR Error evaluating CEL expression"];
const NO_JSON: &[&str] = &["ERROR Error unmarshalling HTTP body to JSON"];
const NO_BOOLEAN: &[&str] = &["ERROR CEL evaluation result is not a boolean"];

fn rule(name: &'static str, list: &str, expression: &str, json: &str) -> Case {
    let section = format!("fail_if_body_json_{list}_cel: {expression:?}");
    http(name, &section, web(body(json))).with(&length(json.len() as i64, json.len())).with(FINE)
}

/// The expression must hold.
fn holds(name: &'static str, expression: &str) -> Case {
    rule(name, "not_matches", expression, JSON)
}

/// It does not.
fn fails(name: &'static str, expression: &str) -> Case {
    holds(name, expression).fails(CEL).says(UNMATCHED)
}

/// It cannot be told.
fn errs(name: &'static str, expression: &str) -> Case {
    holds(name, expression).fails(CEL).says(EVALUATION)
}

pub(crate) fn cases() -> Vec<Case> {
    [values(), functions(), outcomes(), bodies()].concat()
}

fn values() -> Vec<Case> {
    vec![
        holds("a_text_is_equal", "body.status == 'ok'"),
        fails("a_text_is_not_equal", "body.status == 'bad'"),
        holds("a_number_is_equal_to_a_whole_one", "body.n == 3"),
        holds("a_number_is_equal_to_a_fraction", "body.f == 1.5"),
        holds("a_number_is_equal_to_an_unsigned_one", "body.n == 3u"),
        holds("numbers_are_compared_by_value", "body.n > 2 && body.n < 3.5 && body.neg <= -2"),
        holds("a_number_is_no_text", "body.n != '3'"),
        errs("numbers_of_two_kinds_are_not_added", "body.n + 1 == 4"),
        holds("fractions_are_added", "body.n + 1.0 == 4.0"),
        holds("a_boolean_stands_alone", "body.yes"),
        holds("nothing_is_null", "body.nil == null"),
        holds("an_element_of_a_list", "body.list[2] == 3.0"),
        errs("an_element_that_is_not_there", "body.list[3] == 1"),
        holds("a_deep_value", "body.nested.a.b == 'deep'"),
        holds("a_key_in_brackets", "body['key with space'] == 1"),
        holds("letters_of_any_kind", "body.uni == 'Zoë 🎉'"),
        holds("a_list_is_equal", "body.list == [1, 2, 3]"),
        holds("a_map_is_equal", "body.nested == {'a': {'b': 'deep'}}"),
        holds("an_empty_list_is_equal", "body.empty == []"),
        errs("a_key_that_is_not_there", "body.nobody == 1"),
        errs("a_key_of_a_text", "body.status.x == 1"),
        errs("a_text_is_no_condition", "body.status && true"),
        holds("an_error_does_not_matter_behind_or", "true || body.nobody"),
        holds("an_error_does_not_matter_before_or", "body.nobody == 1 || body.yes"),
        holds("a_condition", "body.n > 1 ? body.yes : body.nobody"),
        holds("not", "!(body.n == 4)"),
        holds("is_in_a_list", "2 in body.list"),
        holds("is_in_a_map", "'status' in body"),
        fails("is_not_in_a_map", "'nobody' in body"),
    ]
}

fn functions() -> Vec<Case> {
    vec![
        holds("has_a_key", "has(body.status)"),
        fails("has_no_key", "has(body.nobody)"),
        holds("has_no_key_as_it_should", "!has(body.nobody)"),
        holds("has_a_key_without_a_value", "has(body.nil)"),
        holds("size_of_a_list", "size(body.list) == 3"),
        holds("size_of_a_text_in_characters", "size(body.uni) == 5"),
        holds("size_as_a_method", "body.list.size() == 3 && body.status.size() == 2"),
        holds("all_of_a_list", "body.items.all(i, i.name != '')"),
        fails("not_all_of_a_list", "body.items.all(i, i.up)"),
        holds("some_of_a_list", "body.items.exists(i, i.up)"),
        holds("one_of_a_list", "body.items.exists_one(i, i.up)"),
        holds("a_list_from_a_list", "body.list.map(x, x * 2.0) == [2.0, 4.0, 6.0]"),
        holds("a_part_of_a_list", "body.list.filter(x, x > 1).size() == 2"),
        holds("all_of_nothing", "body.empty.all(x, false)"),
        holds("keys_of_a_map", "body.nested.all(k, k == 'a')"),
        holds("a_regular_expression", "body.status.matches('^o.$')"),
        fails("a_regular_expression_that_does_not_match", "body.status.matches('^x')"),
        holds("the_beginning_and_end_of_a_text", "body.status.startsWith('o') && body.status.endsWith('k')"),
        holds("a_part_of_a_text", "body.uni.contains('🎉')"),
        holds("texts_are_joined", "body.status + '!' == 'ok!'"),
        holds("lists_are_joined", "body.list + [4.0] == [1.0, 2.0, 3.0, 4.0]"),
        holds("a_number_as_a_whole_one", "int(body.f) == 1 && int(body.neg) == -2"),
        holds("a_number_as_a_text", "string(body.f) == '1.5'"),
        holds("a_text_as_a_number", "double('1.5') == body.f"),
        holds("a_remainder", "int(body.n) % 2 == 1"),
        holds("the_type_of_a_number", "type(body.n) == double"),
        holds("the_type_of_a_text", "type(body.status) == string"),
        holds("a_time", "timestamp(body.time) < timestamp('2025-01-01T00:00:00Z')"),
        holds("a_part_of_a_time", "timestamp(body.time).getFullYear() == 2024"),
        holds(
            "a_length_of_time",
            "timestamp(body.time) + duration('1h') == timestamp('2024-01-02T04:04:05Z')",
        ),
        errs("a_division_by_zero", "int(body.n) / 0 == 1"),
        errs("a_text_that_is_no_number", "int(body.status) == 1"),
    ]
}

fn outcomes() -> Vec<Case> {
    vec![
        rule("a_forbidden_expression_holds", "matches", "body.status == 'ok'", JSON).fails(CEL).says(MATCHED),
        rule("a_forbidden_expression_does_not_hold", "matches", "body.status == 'bad'", JSON),
        rule("a_forbidden_expression_cannot_be_told", "matches", "body.nobody == 1", JSON).fails(CEL).says(EVALUATION),
        rule("a_forbidden_expression_is_no_condition", "matches", "body.status", JSON).fails(CEL).says(NO_BOOLEAN),
        holds("an_expression_is_no_condition", "body.n").fails(CEL).says(NO_BOOLEAN),
        holds("a_constant_holds", "true"),
        fails("a_constant_does_not_hold", "false"),
        http(
            "both_kinds_of_expressions",
            "fail_if_body_json_matches_cel: body.n > 5, fail_if_body_json_not_matches_cel: body.yes",
            web(body(JSON)),
        )
        .with(&length(JSON.len() as i64, JSON.len()))
        .with(FINE),
        http(
            "a_forbidden_expression_comes_first",
            "fail_if_body_json_matches_cel: body.n > 1, fail_if_body_json_not_matches_cel: body.n > 5",
            web(body(JSON)),
        )
        .with(&length(JSON.len() as i64, JSON.len()))
        .fails(CEL)
        .says(MATCHED),
        http("a_wrong_status_is_enough_for_expressions", "fail_if_body_json_matches_cel: body.a == 1", web(answer(500).body("{\"a\": 1}")))
            .with(&status(500))
            .with(&length(8, 8))
            .with(FINE)
            .fails(super::NOTHING)
            .says(STATUS),
        http(
            "a_regular_expression_that_fails_comes_first",
            "fail_if_body_matches_regexp: [ok], fail_if_body_json_matches_cel: 'body.status == \"ok\"'",
            web(body(JSON)),
        )
        .with(&length(JSON.len() as i64, JSON.len()))
        .with(FINE)
        .fails(super::REGEX)
        .says(&["ERROR Body matched regular expression"]),
        http(
            "a_regular_expression_and_an_expression",
            "fail_if_body_not_matches_regexp: [ok], fail_if_body_json_not_matches_cel: 'body.status == \"ok\"'",
            web(body(JSON)),
        )
        .with(&length(JSON.len() as i64, JSON.len()))
        .fails(CEL)
        .says(NO_JSON)
        .ours("both judge the same body", &["probe_success 1", "probe_failed_due_to_cel 0"])
        .ours_says("both judge the same body", &[]),
    ]
}

fn bodies() -> Vec<Case> {
    let of = |name, expression: &str, json: &str| rule(name, "not_matches", expression, json);
    let unread = |name, json: &str| of(name, "true", json).fails(CEL).says(NO_JSON);
    vec![
        of("a_list_as_a_body", "body[1] == 2 && size(body) == 2", "[1, 2]"),
        of("a_text_as_a_body", "body == 'x'", "\"x\""),
        of("a_number_as_a_body", "body == 5", "5"),
        of("a_boolean_as_a_body", "body", "true"),
        of("null_as_a_body", "body == null", "null"),
        of("an_empty_map_lacks_a_key", "!has(body.foo)", "{}"),
        of("space_around_a_body", "body.a == 1", " \n{\"a\": 1}\n\n"),
        of("a_key_twice_has_its_last_value", "body.a == 2", "{\"a\": 1, \"a\": 2}"),
        of("escapes_in_a_text", "body.a == 'é\\n'", "{\"a\": \"\\u00e9\\n\"}"),
        of("a_number_with_an_exponent", "body.a == 1000", "{\"a\": 1e3}"),
        of("a_large_number", "body.a > 1e19", "{\"a\": 12345678901234567890}"),
        of("a_negative_zero", "body.a == 0", "{\"a\": -0}"),
        of("half_a_pair_of_surrogates", "size(body.a) == 1", "{\"a\": \"\\ud800\"}"),
        of("a_deep_body", "has(body.a)", &format!("{}1{}", "{\"a\":".repeat(50), "}".repeat(50))),
        unread("an_empty_body_is_no_json", ""),
        unread("a_text_is_no_json", "hello"),
        unread("an_emoji_is_no_json", "🎉"),
        unread("half_a_body_is_no_json", "{\"a\": 1"),
        unread("more_than_one_value_is_no_json", "{} {}"),
        unread("single_quotes_are_no_json", "{'a': 1}"),
        unread("a_comma_at_the_end_is_no_json", "[1,]"),
        unread("a_number_with_a_zero_in_front_is_no_json", "01"),
        unread("a_mark_of_byte_order_is_no_json", "\u{feff}{}"),
        unread("not_a_number_is_no_json", "NaN"),
        http(
            "a_body_over_the_limit_is_no_json",
            "body_size_limit: 5B, fail_if_body_json_not_matches_cel: 'true'",
            web(body("{\"a\": 1}")),
        )
        .with(&length(8, 5))
        .fails(CEL)
        .says(&["ERROR Error reading HTTP body", "ERROR Failed to read HTTP response body"]),
    ]
}
