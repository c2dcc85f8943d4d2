//! The dialect of YAML, and how values are read.

use super::{Check, loads, module, refused};

pub(crate) fn checks() -> Vec<Check> {
    let mut checks = documents();
    checks.extend(booleans());
    checks.extend(numbers());
    checks.extend(texts());
    checks.extend(durations());
    checks.extend(nothing());
    checks
}

fn documents() -> Vec<Check> {
    vec![
        loads("block_style", "modules:\n  m:\n    prober: http\n    timeout: 5s\n"),
        loads("flow_style", "{modules: {m: {prober: tcp}}}"),
        loads(
            "json",
            "{\"modules\": {\"m\": {\"prober\": \"tcp\", \"timeout\": \"1s\", \"tcp\": {\"tls\": true}}}}",
        ),
        loads("comments", "# one\nmodules: # two\n  # three\n  m: {prober: tcp} # four\n"),
        loads("a_marker_of_a_document", "---\nmodules: {m: {prober: tcp}}\n...\n"),
        loads("only_the_first_document", "modules: {m: {prober: tcp}}\n---\nnonsense: true\n"),
        loads("carriage_returns", "modules:\r\n  m:\r\n    prober: tcp\r\n"),
        loads("a_mark_of_byte_order", "\u{feff}modules: {m: {prober: tcp}}\n"),
        loads("anchors", "modules:\n  a: &a {prober: tcp}\n  b: *a\n"),
        loads(
            "an_anchor_for_a_section",
            "modules:\n  a: {prober: tcp, tcp: &t {tls: true}}\n  b: {prober: tcp, tcp: *t}\n",
        ),
        loads("a_merge", "modules:\n  a: &a {prober: tcp, timeout: 1s}\n  b: {<<: *a, timeout: 2s}\n"),
        loads(
            "a_merge_of_several",
            "modules:\n  a: &a {prober: tcp}\n  b: &b {timeout: 2s}\n  c: {<<: [*a, *b]}\n",
        ),
        loads(
            "names_of_any_kind",
            "modules: {'a b/c:d': {prober: tcp}, 12: {prober: tcp}, zoë: {prober: tcp}}\n",
        ),
        loads("no_modules", "modules: {}\n"),
        loads("modules_without_a_value", "modules:\n"),
        loads(
            "a_folded_text",
            "modules:\n  m:\n    prober: http\n    http:\n      body: >\n        a\n        b\n      method: |-\n        POST\n",
        ),
        refused("an_empty_file", "", "error parsing config file: EOF", "empty"),
        refused("only_a_comment", "# nothing\n", "error parsing config file: EOF", "empty"),
        refused("a_text", "hello\n", "cannot unmarshal !!str `hello` into config.plain", "allowed a mapping"),
        refused("a_list", "- a\n", "cannot unmarshal !!seq into config.plain", "allowed a mapping"),
        refused(
            "modules_in_a_list",
            "modules: [{prober: tcp}]\n",
            "cannot unmarshal !!seq into map[string]config.Module",
            "allowed a mapping",
        ),
        refused(
            "a_module_of_text",
            "modules: {m: tcp}\n",
            "cannot unmarshal !!str `tcp` into config.plain",
            "allowed a mapping",
        ),
        refused(
            "a_module_in_a_list",
            "modules: {m: [tcp]}\n",
            "cannot unmarshal !!seq into config.plain",
            "allowed a mapping",
        ),
        refused(
            "an_unknown_key_at_the_top",
            "modules: {}\nglobal: {}\n",
            "line 2: field global not found in type config.plain",
            "line 2",
        ),
        refused(
            "an_unknown_key_of_a_module",
            "modules:\n  m:\n    prober: tcp\n    nonsense: 1\n",
            "line 4: field nonsense not found in type config.plain",
            "line 4",
        ),
        refused("keys_have_their_case", "modules: {m: {Prober: tcp}}\n", "field Prober not found", "Prober"),
        refused(
            "a_key_twice",
            "modules:\n  m:\n    prober: tcp\n    prober: tcp\n",
            "mapping key \"prober\" already defined at line 3",
            "prober",
        ),
        refused(
            "a_module_twice",
            "modules:\n  m: {prober: tcp}\n  m: {prober: tcp}\n",
            "mapping key \"m\" already defined at line 2",
            "m",
        ),
        refused("a_bracket_that_is_not_closed", "modules: [\n", "error parsing config file: yaml:", ""),
        refused(
            "a_quote_that_is_not_closed",
            "modules: {m: {prober: \"tcp}}\n",
            "error parsing config file: yaml:",
            "",
        ),
        refused(
            "a_tab_as_indentation",
            "modules:\n\tm: {prober: tcp}\n",
            "error parsing config file: yaml:",
            "",
        ),
        refused(
            "an_indentation_that_is_wrong",
            "modules:\n  m:\n    prober: tcp\n   timeout: 1s\n",
            "error parsing config file: yaml:",
            "",
        ),
        refused(
            "an_anchor_that_is_not_there",
            "modules: {m: *nobody}\n",
            "unknown anchor 'nobody' referenced",
            "nobody",
        ),
        refused(
            "bytes_that_are_no_text",
            "modules: {m: {prober: \u{1}tcp}}\n",
            "error parsing config file: yaml:",
            "",
        ),
    ]
}

fn booleans() -> Vec<Check> {
    let of = |name, value: &str| loads(name, module("http", &format!("fail_if_ssl: {value}")));
    let no = |name, value: &str| {
        refused(name, module("http", &format!("fail_if_ssl: {value}")), "into bool", "allowed true or false")
    };
    vec![
        of("true_and_false", "true, fail_if_not_ssl: false"),
        of("true_and_false_in_capitals", "TRUE, fail_if_not_ssl: False"),
        of("yes_and_no", "yes, fail_if_not_ssl: no"),
        of("on_and_off", "On, fail_if_not_ssl: OFF"),
        of("y_and_n", "y, fail_if_not_ssl: N"),
        of("yes_in_quotes", "\"yes\", fail_if_not_ssl: 'off'"),
        no("true_in_quotes", "\"true\""),
        no("a_number_is_no_boolean", "1"),
        no("a_word_is_no_boolean", "maybe"),
        no("yes_in_mixed_case", "yEs"),
        no("a_list_is_no_boolean", "[true]"),
    ]
}

fn numbers() -> Vec<Check> {
    let of = |name, value: &str| loads(name, module("icmp", &format!("ttl: {value}")));
    let no =
        |name, value: &str| refused(name, module("icmp", &format!("ttl: {value}")), "into int", "allowed");
    vec![
        of("a_number", "64"),
        of("a_number_in_hexadecimal", "0x40"),
        of("a_number_in_octal", "0o100"),
        of("a_number_in_old_octal", "0100"),
        of("a_number_in_binary", "0b1000000"),
        of("a_number_with_underscores", "1_0"),
        of("a_number_with_a_sign", "+64"),
        of("a_fraction_is_cut", "1.5"),
        of("a_number_with_an_exponent", "1e2"),
        no("a_number_in_quotes", "\"64\""),
        no("a_word_is_no_number", "many"),
        no("true_is_no_number", "true"),
        no("a_number_that_is_too_large", "99999999999999999999"),
        no("infinity_is_no_number", ".inf"),
        no("a_map_is_no_number", "{a: 1}"),
    ]
}

fn texts() -> Vec<Check> {
    let of = |name, value: &str| loads(name, module("http", &format!("method: {value}")));
    let no = |name, value: &str, why: &str| {
        refused(name, module("http", &format!("method: {value}")), why, "allowed a string")
    };
    vec![
        of("a_number_as_text", "5"),
        of("a_boolean_as_text", "true"),
        of("a_fraction_as_text", "1.50"),
        of("a_date_as_text", "2024-01-02"),
        of("bytes_as_text", "!!binary R0VU"),
        of("a_text_with_its_tag", "!!str 5"),
        no("a_list_is_no_text", "[GET]", "cannot unmarshal !!seq into string"),
        no("a_map_is_no_text", "{a: b}", "cannot unmarshal !!map into string"),
        loads("a_list_of_numbers_as_texts", module("http", "valid_http_versions: [1, 2.0, true]")),
        refused(
            "a_text_is_no_list",
            module("http", "valid_http_versions: HTTP/1.1"),
            "cannot unmarshal !!str `HTTP/1.1` into []string",
            "allowed a list",
        ),
        refused(
            "a_map_is_no_list",
            module("http", "valid_http_versions: {a: b}"),
            "cannot unmarshal !!map into []string",
            "allowed a list",
        ),
        refused(
            "a_text_is_no_map",
            module("http", "headers: a"),
            "cannot unmarshal !!str `a` into map[string]string",
            "allowed a mapping",
        ),
        refused(
            "a_list_is_no_map",
            module("http", "headers: [a]"),
            "cannot unmarshal !!seq into map[string]string",
            "allowed a mapping",
        ),
        refused(
            "a_header_is_no_list",
            module("http", "headers: {a: [b]}"),
            "cannot unmarshal !!seq into string",
            "allowed a string",
        ),
        refused(
            "all_errors_are_told",
            "modules:\n  m:\n    prober: http\n    http:\n      method: [a]\n      nonsense: 1\n      fail_if_ssl: maybe\n",
            "line 5: cannot unmarshal !!seq into string\n  line 6: field nonsense not found in type config.plain\n  line 7: cannot unmarshal !!str `maybe` into bool",
            "nonsense",
        ),
    ]
}

fn durations() -> Vec<Check> {
    let of = |name, value: &str| loads(name, format!("modules: {{m: {{prober: tcp, timeout: {value}}}}}\n"));
    let no = |name, value: &str| {
        refused(
            name,
            format!("modules: {{m: {{prober: tcp, timeout: {value}}}}}\n"),
            "into time.Duration",
            "timeout",
        )
    };
    vec![
        of("seconds", "5s"),
        of("milliseconds", "1500ms"),
        of("microseconds", "10us"),
        of("microseconds_by_their_letter", "10µs"),
        of("nanoseconds", "7ns"),
        of("minutes_and_hours", "1h2m3.5s"),
        of("units_in_any_order", "3s2h"),
        of("a_fraction", ".5s"),
        of("a_fraction_without_digits", "5.s"),
        of("a_sign", "+5s"),
        of("less_than_nothing", "-5s"),
        of("nothing_with_its_unit", "0s"),
        of("a_duration_in_quotes", "'5s'"),
        no("a_duration_without_a_unit", "5"),
        no("nothing_without_a_unit", "0"),
        no("a_duration_without_a_unit_in_quotes", "'5'"),
        no("days", "1d"),
        no("weeks", "1w"),
        no("years", "1y"),
        no("a_unit_alone", "s"),
        no("a_word", "soon"),
        no("a_space_before_the_unit", "5 s"),
        no("units_in_capitals", "5S"),
        no("a_duration_that_is_too_long", "9999999h"),
        no("a_list", "[5s]"),
    ]
}

fn nothing() -> Vec<Check> {
    vec![
        loads("a_section_without_a_value", "modules: {m: {prober: http, http: }}\n"),
        loads("a_section_with_null", "modules: {m: {prober: http, http: null, tcp: ~}}\n"),
        loads("a_module_without_a_value", "modules: {m: }\n"),
        loads(
            "keys_without_values",
            module("http", "method: , headers: , valid_status_codes: , body_size_limit: ~, fail_if_ssl: "),
        ),
        loads("a_timeout_without_a_value", "modules: {m: {prober: tcp, timeout: }}\n"),
        loads("a_tls_section_without_a_value", module("tcp", "tls_config: , query_response: ")),
        loads("entries_without_values", module("tcp", "query_response: [~, {}, {expect: }, {send: ~}]")),
        loads("a_dns_section_without_a_value", "modules: {m: {prober: dns, dns: }}\n"),
    ]
}
