//! Sections of the tcp and unix probers.

use super::{Check, loads, module, refused};

pub(crate) fn checks() -> Vec<Check> {
    let ok = |name, section: &str| loads(name, module("tcp", section));
    let no = |name, section: &str, reference: &str, ours: &str| {
        refused(name, module("tcp", section), reference, ours)
    };
    let entry = |name, entry: &str, reference: &str, ours: &str| {
        refused(name, module("tcp", &format!("query_response: [{entry}]")), reference, ours)
    };
    const BOTH: &str = "expect and expect_bytes are mutually exclusive";
    const PATTERN: &str = "\"Could not compile regular expression\" regexp=\":[\"";
    vec![
        ok(
            "everything",
            "preferred_ip_protocol: ip4, ip_protocol_fallback: false, source_ip_address: 127.0.0.1, tls: true, tls_config: {}, query_response: [{expect: a, send: b, starttls: true, labels: [{name: a, value: b}]}, {expect_bytes: c}]",
        ),
        ok("a_source_that_is_no_address", "source_ip_address: nonsense"),
        ok(
            "labels_that_cannot_be",
            "query_response: [{expect: a, labels: [{name: '', value: b}, {name: __a}, {name: 'a b'}, {name: a}, {name: a}]}]",
        ),
        ok("an_empty_expectation", "query_response: [{expect: ''}]"),
        ok("starttls_twice", "query_response: [{starttls: true}, {starttls: true}]"),
        ok("starttls_over_tls", "tls: true, query_response: [{starttls: true}]"),
        ok("a_pattern_with_a_plus_after_a_caret", "query_response: [{expect: '^+OK'}]"),
        entry("both_expectations", "{expect: a, expect_bytes: b}", BOTH, "expect_bytes"),
        entry(
            "both_expectations_of_which_one_is_empty",
            "{expect: '', expect_bytes: b}",
            BOTH,
            "expect_bytes",
        ),
        entry("a_pattern_that_is_none", "{expect: ':['}", PATTERN, "expect"),
        entry(
            "an_unknown_key_of_an_entry",
            "{expct: a}",
            "field expct not found in type config.plain",
            "expct",
        ),
        entry(
            "an_unknown_key_of_a_label",
            "{expect: a, labels: [{key: a}]}",
            "field key not found in type config.Label",
            "key",
        ),
        entry(
            "an_entry_of_text",
            "hello",
            "cannot unmarshal !!str `hello` into config.plain",
            "query_response",
        ),
        entry(
            "labels_that_are_no_list",
            "{expect: a, labels: {a: b}}",
            "cannot unmarshal !!map into []config.Label",
            "labels",
        ),
        entry(
            "starttls_that_is_no_boolean",
            "{starttls: 'true'}",
            "cannot unmarshal !!str `true` into bool",
            "starttls",
        ),
        no(
            "entries_that_are_no_list",
            "query_response: {expect: a}",
            "cannot unmarshal !!map into []config.QueryResponse",
            "query_response",
        ),
        no("an_unknown_key", "query: a", "field query not found in type config.plain", "query"),
        no("tls_that_is_no_boolean", "tls: 1", "cannot unmarshal !!int `1` into bool", "tls"),
        loads(
            "unix_with_everything",
            module("unix", "tls: true, tls_config: {server_name: a}, query_response: [{expect: a, send: b}]"),
        ),
        refused(
            "unix_with_a_pattern_that_is_none",
            module("unix", "query_response: [{expect: ':['}]"),
            PATTERN,
            "expect",
        ),
        refused(
            "unix_with_both_expectations",
            module("unix", "query_response: [{expect: a, expect_bytes: b}]"),
            BOTH,
            "expect_bytes",
        ),
    ]
}
