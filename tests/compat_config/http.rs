//! The section of the http prober.

use super::{Check, loads, module, refused};

fn ok(name: &'static str, section: &str) -> Check {
    loads(name, module("http", section))
}

fn no(name: &'static str, section: &str, reference: &str, ours: &str) -> Check {
    refused(name, module("http", section), reference, ours)
}

pub(crate) fn checks() -> Vec<Check> {
    let mut checks = keys();
    checks.extend(matchers());
    checks.extend(encodings());
    checks.extend(versions());
    checks.extend(expressions());
    checks
}

fn keys() -> Vec<Check> {
    vec![
        ok(
            "everything",
            "valid_status_codes: [200, 404], valid_http_versions: [HTTP/1.1], preferred_ip_protocol: ip4, ip_protocol_fallback: false,
             skip_resolve_phase_with_proxy: true, no_follow_redirects: false, fail_if_ssl: true, fail_if_not_ssl: true, method: POST,
             headers: {A: b}, fail_if_body_matches_regexp: [a], fail_if_body_not_matches_regexp: [b],
             fail_if_body_json_matches_cel: body.a == 1, fail_if_body_json_not_matches_cel: body.b == 1,
             fail_if_header_matches: [{header: a, regexp: b}], fail_if_header_not_matches: [{header: a, regexp: b, allow_missing: true}],
             body: c, basic_auth: {username: u, password: p}, tls_config: {insecure_skip_verify: true}, follow_redirects: false,
             enable_http2: false, proxy_url: 'http://p:1', no_proxy: a, proxy_connect_header: {A: [b]}, http_headers: {A: {values: [b]}},
             compression: gzip, body_size_limit: 1MB, enable_http3: false",
        ),
        ok("odd_status_codes", "valid_status_codes: [0, -1, 9999]"),
        no("status_codes_of_text", "valid_status_codes: ['200']", "cannot unmarshal !!str `200` into int", "valid_status_codes"),
        no("a_class_of_status_codes", "valid_status_codes: [2xx]", "cannot unmarshal !!str `2xx` into int", "valid_status_codes"),
        no("a_status_code_is_no_list", "valid_status_codes: 200", "cannot unmarshal !!int `200` into []int", "valid_status_codes"),
        ok("odd_versions", "valid_http_versions: [HTTP/2, nonsense, '']"),
        no("a_body_and_a_file", "body: a, body_file: b", "setting body and body_file both are not allowed", "body"),
        ok("an_empty_body_and_a_file", "body: '', body_file: b"),
        no("the_old_name_of_the_client", "http_client_config: {}", "field http_client_config not found in type config.plain", "http_client_config"),
        ok("the_old_way_of_not_following", "no_follow_redirects: true"),
        ok("an_odd_method", "method: 'GET /'"),
        ok("an_unknown_compression", "compression: xz"),
        ok("a_body_file_that_is_missing", "body_file: /nobody/is/there"),
        no("a_key_that_is_misspelt", "valid_status_code: [200]", "field valid_status_code not found in type config.plain", "valid_status_codes"),
    ]
}

fn matchers() -> Vec<Check> {
    const HEADER: &str = "header name must be set for HTTP header matchers";
    const REGEXP: &str = "regexp must be set for HTTP header matchers";
    vec![
        no("a_rule_without_a_header", "fail_if_header_matches: [{regexp: a}]", HEADER, "header"),
        no(
            "a_rule_with_an_empty_header",
            "fail_if_header_matches: [{header: '', regexp: a}]",
            HEADER,
            "header",
        ),
        no("a_rule_without_an_expression", "fail_if_header_not_matches: [{header: a}]", REGEXP, "regexp"),
        no(
            "a_rule_with_an_empty_expression",
            "fail_if_header_not_matches: [{header: a, regexp: ''}]",
            REGEXP,
            "regexp",
        ),
        no("an_empty_rule", "fail_if_header_matches: [{}]", HEADER, "header"),
        no(
            "a_rule_with_an_unknown_key",
            "fail_if_header_matches: [{header: a, regexp: b, value: c}]",
            "field value not found in type config.plain",
            "value",
        ),
        no(
            "a_rule_of_text",
            "fail_if_header_matches: [a]",
            "cannot unmarshal !!str `a` into config.plain",
            "fail_if_header_matches",
        ),
        no(
            "rules_that_are_no_list",
            "fail_if_header_matches: {header: a, regexp: b}",
            "cannot unmarshal !!map into []config.HeaderMatch",
            "fail_if_header_matches",
        ),
        ok("an_odd_name_of_a_header", "fail_if_header_matches: [{header: 'a b:c', regexp: a}]"),
    ]
}

fn encodings() -> Vec<Check> {
    let fine = |name, compression: &str, header: &str| {
        ok(name, &format!("compression: {compression}, headers: {{Accept-Encoding: '{header}'}}"))
    };
    let clash = |name, compression: &str, header: &str| {
        let section = format!("compression: {compression}, headers: {{Accept-Encoding: '{header}'}}");
        let words =
            format!("invalid configuration \"Accept-Encoding: {header}\", \"compression: {compression}\"");
        no(name, &section, &words, "ncoding")
    };
    vec![
        fine("no_compression", "''", "gzip"),
        fine("no_header_for_a_compression", "gzip", ""),
        fine("the_same_encoding", "gzip", "gzip"),
        fine("the_same_encoding_with_its_quality", "gzip", "gzip;q=1.0"),
        fine("the_first_encoding", "gzip", "gzip, compress"),
        fine("the_second_encoding", "gzip", "compress, gzip"),
        fine("any_encoding", "br", "gzip, compress, *"),
        fine("any_encoding_with_a_quality", "br", "gzip, compress, *;q=0.1"),
        fine("encodings_in_order", "br", "gzip;q=1.0, compress;q=0.5, br;q=0.1, *;q=0.0"),
        fine("encodings_out_of_order", "br", "*;q=0.0, br;q=0.1, compress;q=0.5, gzip;q=1.0"),
        fine("encodings_with_blanks", "br", "  gzip ; q=1.0 ,compress; q=0.5,  br;  q=0.1 , *;q=0.0 "),
        fine("a_quality_without_its_name", "gzip", "gzip;0.5"),
        fine("a_quality_that_is_rounded", "gzip", "gzip;q=0.0006"),
        clash("another_encoding", "gzip", "deflate"),
        clash("no_encoding_fits", "br", "gzip, compress"),
        clash("the_encoding_is_excluded", "br", "gzip, compress, br;q=0.0"),
        clash("any_encoding_is_excluded", "br", "gzip, compress, *;q=0.0"),
        clash("everything_is_excluded", "gzip", "*;q=0.0"),
        clash("an_encoding_in_capitals", "gzip", "GZIP"),
        clash("a_compression_in_capitals", "GZIP", "gzip"),
        clash("a_quality_that_is_rounded_away", "gzip", "gzip;q=0.0004"),
        clash("a_quality_that_is_no_number", "gzip", "gzip;q=high"),
        clash("identity_is_no_matter_of_course", "identity", "gzip"),
        no(
            "a_header_in_odd_letters",
            "compression: gzip, headers: {accEpt-enCoding: deflate}",
            "invalid configuration \"accEpt-enCoding: deflate\", \"compression: gzip\"",
            "accEpt-enCoding",
        ),
    ]
}

fn versions() -> Vec<Check> {
    const TOGETHER: &str = "HTTP/3 and HTTP/2.0/1.1 cannot be used together - only HTTP/3.0 is allowed when enable_http3 is true";
    const HTTP2: &str = "when enable_http3 is true, enable_http2 must be set to false";
    vec![
        ok("http_3", "enable_http3: true, enable_http2: false"),
        ok(
            "http_3_and_its_version",
            "enable_http3: true, enable_http2: false, valid_http_versions: [HTTP/3.0]",
        ),
        ok(
            "http_3_and_an_odd_version",
            "enable_http3: true, enable_http2: false, valid_http_versions: [HTTP/1.0]",
        ),
        no("http_3_with_http_2_by_default", "enable_http3: true", HTTP2, "enable_http2"),
        no(
            "http_3_with_http_2",
            "enable_http3: true, enable_http2: true, valid_http_versions: [HTTP/3.0]",
            HTTP2,
            "enable_http2",
        ),
        no(
            "http_3_with_versions_of_others",
            "enable_http3: true, enable_http2: false, valid_http_versions: [HTTP/1.1, HTTP/3.0]",
            TOGETHER,
            "HTTP/3",
        ),
        no(
            "http_3_with_version_2",
            "enable_http3: true, enable_http2: true, valid_http_versions: [HTTP/2.0]",
            TOGETHER,
            "HTTP/3",
        ),
        no(
            "version_3_without_http_3",
            "valid_http_versions: [HTTP/3.0]",
            "HTTP/3 cannot be used as a valid HTTP version when enable_http3 is false",
            "HTTP/3",
        ),
    ]
}

fn expressions() -> Vec<Check> {
    let fine = |name, expression: &str| ok(name, &format!("fail_if_body_json_matches_cel: {expression:?}"));
    let bad = |name, expression: &str| {
        let words = format!("\"Could not compile CEL program\" expression=\"{expression}\"");
        no(name, &format!("fail_if_body_json_matches_cel: {expression:?}"), &words, "cel")
    };
    vec![
        fine("a_comparison", "body.foo == 'bar'"),
        fine("a_constant", "true"),
        fine("a_text_is_compiled", "'a'"),
        fine("a_macro", "body.items.all(i, i.up)"),
        fine("has", "has(body.a.b)"),
        fine("a_list", "body.a in [1, 2, 3]"),
        fine("a_time", "timestamp(body.t) > timestamp('2024-01-01T00:00:00Z')"),
        bad("a_name_that_nobody_knows", "foo.bar"),
        bad("an_empty_expression", ""),
        bad("half_an_expression", "body.a =="),
        bad("two_expressions", "body.a body.b"),
        bad("a_function_that_nobody_knows", "nosuch(body)"),
        bad("types_that_do_not_fit", "1 + 'a' == 2"),
        bad("lists_that_do_not_fit", "[1, 2] == ['a']"),
        bad("a_condition_that_is_none", "1 && true"),
        bad("a_choice_by_a_number", "1 ? 2 : 3"),
        bad("a_method_that_nobody_knows", "'a'.upper()"),
        bad("a_pattern_with_a_wrong_quote", "body.a == \"x"),
    ]
}
