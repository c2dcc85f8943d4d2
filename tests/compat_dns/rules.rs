//! Rules for the records of a section.

use probe_tests::compat::servers::dns::{Message, answering, record, records};

use super::{A, AAAA, Case, NOTHING, counts, dns, full, two};

const ANSWER: &str = "ERROR Answer RRs validation failed";
const AUTHORITY: &str = "ERROR Authority RRs validation failed";
const ADDITIONAL: &str = "ERROR Additional RRs validation failed";

/// Rules of one section against [`full`].
fn of(name: &str, section: &str, rules: &str) -> Case {
    dns(name, &format!("validate_{section}_rrs: {{{rules}}}"), answering(full())).with(&counts(1, 2, 3))
}

/// Rules of the answer section against these records.
fn answer(name: &str, rules: &str, message: Message, count: u16) -> Case {
    dns(name, &format!("validate_answer_rrs: {{{rules}}}"), answering(message)).with(&counts(count, 0, 0))
}

fn empty(name: &str, rules: &str) -> Case {
    answer(name, rules, records(&[]), 0)
}

/// Two addresses of the one kind, and one of the other.
fn three() -> Message {
    let v6 = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    records(&[
        record("example.test", A, 300, &[192, 0, 2, 1]),
        record("example.test", A, 300, &[192, 0, 2, 2]),
        record("example.test", AAAA, 300, &v6),
    ])
}

pub(crate) fn cases() -> Vec<Case> {
    [matches(), not_matches(), none_matches(), all_match(), together(), expressions()].concat()
}

fn matches() -> Vec<Case> {
    const SAID: &str = "ERROR At least one RR matched regexp";
    let rule = |list: &str| format!("fail_if_matches_regexp: [{list}]");
    vec![
        of("no_forbidden_answer", "answer", &rule("'192.0.3'")),
        of("a_forbidden_answer", "answer", &rule("'192.0.2'")).fails(NOTHING).says(&[SAID, ANSWER]),
        of("the_second_rule_forbids", "answer", &rule("'zzz', '192.0.2'"))
            .fails(NOTHING)
            .says(&[SAID, ANSWER]),
        of("no_forbidden_authority", "authority", &rule("'ns3'")),
        of("a_forbidden_authority", "authority", &rule("'ns2'")).fails(NOTHING).says(&[SAID, AUTHORITY]),
        of("a_forbidden_additional_record", "additional", &rule("'2001:db8::53'"))
            .fails(NOTHING)
            .says(&[SAID, ADDITIONAL]),
        of("an_expression_matches_anywhere", "authority", &rule("'ns.*.isp.net'"))
            .fails(NOTHING)
            .says(&[SAID, AUTHORITY]),
        of("an_expression_begins_with_the_owner", "authority", &rule("'^ns.*.isp'")),
        of("a_type_in_the_text", "additional", &rule("'\\tAAAA\\t'"))
            .fails(NOTHING)
            .says(&[SAID, ADDITIONAL]),
        of("an_empty_list", "answer", &rule("")),
        empty("nothing_is_forbidden_of_nothing", &rule("'.*'")),
    ]
}

fn not_matches() -> Vec<Case> {
    const SAID: &str = "ERROR At least one RR did not match regexp";
    const EMPTY: &str = "ERROR fail_if_not_matches_regexp specified but no RRs returned";
    let rule = |list: &str| format!("fail_if_not_matches_regexp: [{list}]");
    vec![
        of("a_demanded_answer", "answer", &rule("'^example.test.\\t300\\tIN\\tA\\t192.0.2.1$'")),
        of("another_answer_is_demanded", "answer", &rule("'192.0.3'")).fails(NOTHING).says(&[SAID, ANSWER]),
        of("every_authority_is_as_demanded", "authority", &rule("'isp.net'")),
        of("one_authority_is_not_as_demanded", "authority", &rule("'ns1.isp.net'"))
            .fails(NOTHING)
            .says(&[SAID, AUTHORITY]),
        of("every_rule_must_match", "answer", &rule("'192.0.2.1', 'zzz'"))
            .fails(NOTHING)
            .says(&[SAID, ANSWER]),
        of("one_additional_record_is_not_as_demanded", "additional", &rule("'\\tA\\t'"))
            .fails(NOTHING)
            .says(&[SAID, ADDITIONAL]),
        empty("something_is_demanded_of_nothing", &rule("'.*'")).fails(NOTHING).says(&[EMPTY, ANSWER]),
        empty("an_empty_list_demands_nothing_of_nothing", &rule("")),
        dns(
            "something_is_demanded_of_an_empty_section",
            "validate_additional_rrs: {fail_if_not_matches_regexp: ['.*']}",
            answering(two()),
        )
        .with(&counts(2, 0, 0))
        .fails(NOTHING)
        .says(&[EMPTY, ADDITIONAL]),
    ]
}

fn none_matches() -> Vec<Case> {
    const SAID: &str = "ERROR None of the RRs did matched any regexp";
    const EMPTY: &str = "ERROR fail_if_none_matches_regexp specified but no RRs returned";
    let rule = |list: &str| format!("fail_if_none_matches_regexp: [{list}]");
    vec![
        answer("one_record_will_do", &rule("'192.0.2.2'"), three(), 3),
        answer("one_rule_will_do", &rule("'zzz', '192.0.2.2'"), three(), 3),
        answer("no_record_will_do", &rule("'192.0.3', 'zzz'"), three(), 3)
            .fails(NOTHING)
            .says(&[SAID, ANSWER]),
        of("one_authority_will_do", "authority", &rule("'ns2'")),
        of("no_additional_record_will_do", "additional", &rule("'ns3'"))
            .fails(NOTHING)
            .says(&[SAID, ADDITIONAL]),
        empty("no_record_of_nothing_will_do", &rule("'.*'")).fails(NOTHING).says(&[EMPTY, ANSWER]),
        empty("an_empty_list_will_do", &rule("")),
    ]
}

/// Against its name it fails unless all match.
fn all_match() -> Vec<Case> {
    const SAID: &str = "ERROR Not all RRs matched regexp";
    let rule = |list: &str| format!("fail_if_all_match_regexp: [{list}]");
    vec![
        answer("all_records_match", &rule("'^example.test'"), three(), 3),
        answer("all_records_match_all_rules", &rule("'^example.test', 'IN'"), three(), 3),
        answer("one_record_does_not_match", &rule("'\\tA\\t'"), three(), 3)
            .fails(NOTHING)
            .says(&[SAID, ANSWER]),
        answer("one_rule_does_not_match", &rule("'^example.test', '\\tA\\t'"), three(), 3)
            .fails(NOTHING)
            .says(&[SAID, ANSWER]),
        answer("no_record_matches", &rule("'zzz'"), three(), 3).fails(NOTHING).says(&[SAID, ANSWER]),
        of("one_additional_record_does_not_match", "additional", &rule("'\\tA\\t'"))
            .fails(NOTHING)
            .says(&[SAID, ADDITIONAL]),
        empty("all_of_nothing_match", &rule("'zzz'")),
        answer("an_empty_list_matches_all", &rule(""), three(), 3),
    ]
}

fn together() -> Vec<Case> {
    let rules = |section: &str, rule: &str, regexp: &str| {
        format!("validate_{section}_rrs: {{fail_if_{rule}_regexp: ['{regexp}']}}")
    };
    let all = [
        rules("answer", "matches", "zzz"),
        rules("authority", "not_matches", "isp"),
        rules("additional", "none_matches", "AAAA"),
    ];
    let both = [rules("answer", "matches", "192"), rules("authority", "matches", "isp")];
    vec![
        dns("rules_for_every_section", &all.join(", "), answering(full())).with(&counts(1, 2, 3)),
        dns("the_first_section_that_fails_is_the_last_one_looked_at", &both.join(", "), answering(full()))
            .with(&counts(1, 2, 3))
            .fails(NOTHING)
            .says(&["ERROR At least one RR matched regexp", ANSWER]),
        answer(
            "rules_of_every_kind",
            "fail_if_matches_regexp: [zzz], fail_if_all_match_regexp: [IN], fail_if_not_matches_regexp: [example], fail_if_none_matches_regexp: [AAAA]",
            three(),
            3,
        ),
        answer(
            "a_forbidden_record_comes_first",
            "fail_if_matches_regexp: [AAAA], fail_if_none_matches_regexp: [zzz]",
            three(),
            3,
        )
        .fails(NOTHING)
        .says(&["ERROR At least one RR matched regexp", ANSWER]),
        answer(
            "not_all_comes_before_none",
            "fail_if_all_match_regexp: [zzz], fail_if_none_matches_regexp: [zzz]",
            three(),
            3,
        )
        .fails(NOTHING)
        .says(&["ERROR Not all RRs matched regexp", ANSWER]),
        empty(
            "both_demands_of_nothing",
            "fail_if_not_matches_regexp: [zzz], fail_if_none_matches_regexp: [zzz]",
        )
        .fails(NOTHING)
        .says(&["ERROR fail_if_not_matches_regexp specified but no RRs returned", ANSWER]),
        answer("no_rules", "", three(), 3),
    ]
}

fn expressions() -> Vec<Case> {
    const BAD: &[&str] = &["ERROR Error matching regexp", ANSWER];
    vec![
        answer("an_expression_that_is_none", "fail_if_matches_regexp: [':[']", three(), 3)
            .fails(NOTHING)
            .says(BAD),
        answer("a_demand_that_is_no_expression", "fail_if_not_matches_regexp: [':[']", three(), 3)
            .fails(NOTHING)
            .says(BAD),
        answer(
            "an_expression_that_is_none_behind_one_that_matches",
            "fail_if_matches_regexp: [A, ':[']",
            three(),
            3,
        )
        .fails(NOTHING)
        .says(&["ERROR At least one RR matched regexp", ANSWER]),
        empty("an_expression_that_is_none_and_not_needed", "fail_if_matches_regexp: [':[']"),
        answer("an_expression_that_ignores_case", "fail_if_none_matches_regexp: ['(?i)EXAMPLE']", three(), 3),
        answer("an_empty_expression", "fail_if_matches_regexp: ['']", three(), 3)
            .fails(NOTHING)
            .says(&["ERROR At least one RR matched regexp", ANSWER]),
        answer("a_number_as_an_expression", "fail_if_none_matches_regexp: [300]", three(), 3),
    ]
}
