//! Sections as they stand in files against what they are read as, refused for, and printed as.

use crate::config::{Config, read};
use crate::prober::http::{BODY_MATCH_LIMIT, SPEC};
use crate::prober::{OverrideError, Overrides, Spec};
use crate::settings::Dump;

static SPECS: [&Spec; 1] = [&SPEC];

/// A file whose module has this section, in flow style or as lines.
fn file(section: &str) -> String {
    if section.starts_with('{') {
        return format!("modules:\n  m:\n    prober: http\n    http: {section}\n");
    }
    let lines: Vec<String> = section.lines().map(|line| format!("      {line}\n")).collect();
    format!("modules:\n  m:\n    prober: http\n    http:\n{}", lines.concat())
}

fn config(section: &str) -> Config {
    read(&file(section), "b.yml", &SPECS).unwrap_or_else(|errors| panic!("{section}: {errors}"))
}

/// The problems, without the name of the file and the path of the section.
fn problems(section: &str) -> Vec<String> {
    let Err(errors) = read(&file(section), "b.yml", &SPECS) else { return Vec::new() };
    let strip = |problem: &str| {
        let (_, after) = problem.split_once(" modules.m.http.").unwrap_or(("", problem));
        after.to_owned()
    };
    errors.problems().iter().map(|problem| strip(&problem.to_string())).collect()
}

fn warnings(section: &str) -> Vec<String> {
    config(section).warnings.iter().map(|warning| warning.message.clone()).collect()
}

/// What the section is printed as.
fn printed(section: &str) -> String {
    let mut dump = Dump::compact();
    let config = config(section);
    config.modules["m"].own_settings().expect("the prober is known").dump(&mut dump);
    dump.finish()
}

const DEFAULTS: &str = "ip_protocol_fallback: true\nfollow_redirects: true\nenable_http2: true\n";

#[test]
#[expect(clippy::too_many_lines, reason = "a section with every key, and what it is printed as")]
fn prints_a_full_section_in_the_order_of_the_reference() {
    let section = r#"
enable_http3: false
body_size_limit: 1MB512KB
compression: gzip
tos: 8
fwmark: 7
interface: eth0
source_ip_address: 127.0.0.2
body_match_limit: 1MiB
proxy_connect_header: {X-P: [s1, ""], A: []}
no_proxy: a.test,10.0.0.0/8
proxy_url: http://user:hunter2@proxy.test:3128/
enable_http2: false
follow_redirects: false
basic_auth: {username: u, password: hunter2}
http_headers: {X-B: {values: [v, ""], secrets: [hunter2], files: [/f]}, X-A: {}}
body: "line\nline2"
fail_if_header_not_matches: [{header: X, regexp: z}]
fail_if_header_matches: [{header: X, regexp: y, allow_missing: true}]
fail_if_body_json_not_matches_cel: body.b == 'x'
fail_if_body_json_matches_cel: body.a == 1
fail_if_body_not_matches_regexp: ["^c$"]
fail_if_body_matches_regexp: ["a.*b", ""]
headers: {x-lower: b, Host: a, X-10: c, X-9: d, "": e, Authorization: shown}
method: POST
fail_if_not_ssl: true
fail_if_ssl: true
skip_resolve_phase_with_proxy: true
ip_protocol_fallback: false
preferred_ip_protocol: ip4
valid_http_versions: [HTTP/1.1, HTTP/2.0]
valid_status_codes: [200, 0xC8, 1.5]"#;
    let expected = r#"valid_status_codes:
- 200
- 200
- 1
valid_http_versions:
- HTTP/1.1
- HTTP/2.0
preferred_ip_protocol: ip4
skip_resolve_phase_with_proxy: true
fail_if_ssl: true
fail_if_not_ssl: true
method: POST
headers:
  "": e
  Authorization: shown
  Host: a
  X-9: d
  X-10: c
  x-lower: b
fail_if_body_matches_regexp:
- a.*b
- null
fail_if_body_not_matches_regexp:
- ^c$
fail_if_body_json_matches_cel: body.a == 1
fail_if_body_json_not_matches_cel: body.b == 'x'
fail_if_header_matches:
- header: X
  regexp: "y"
  allow_missing: true
fail_if_header_not_matches:
- header: X
  regexp: z
body: |-
  line
  line2
basic_auth:
  username: u
  password: <secret>
follow_redirects: false
enable_http2: false
proxy_url: http://user:xxxxx@proxy.test:3128/
no_proxy: a.test,10.0.0.0/8
proxy_connect_header:
  A: []
  X-P:
  - <secret>
  - null
http_headers:
  X-A: {}
  X-B:
    values:
    - v
    - ""
    secrets:
    - <secret>
    files:
    - /f
compression: gzip
body_size_limit: 1MiB512KiB
body_match_limit: 1MiB
source_ip_address: 127.0.0.2
interface: eth0
tos: 8
fwmark: 7
"#;
    #[cfg(feature = "cel")]
    assert_eq!(printed(section.trim_start()), expected);
    #[cfg(not(feature = "cel"))]
    assert!(
        problems(section.trim_start()).iter().all(|problem| problem.contains("without the feature cel")),
        "{expected}"
    );
}

#[test]
fn prints_what_is_unlike_the_defaults() {
    let cases = [
        ("{}", ""),
        ("{headers: {}, valid_status_codes: [], body: \"\"}", ""),
        ("{body_size_limit: 10MB}", "body_size_limit: 10MiB\n"),
        ("{body_size_limit: -1B}", "body_size_limit: 7EiB1023PiB1023TiB1023GiB1023MiB1023KiB1022B\n"),
        ("{body_size_limit: 8EiB}", "body_size_limit: 7EiB1023PiB1023TiB1023GiB1023MiB1023KiB1022B\n"),
        ("{body_size_limit: 0}", ""),
        ("{body_match_limit: 16MiB}", ""),
        ("{compression: GZIP}", "compression: GZIP\n"),
        ("{enable_http3: true, enable_http2: no}", "enable_http3: true\n"),
        ("{no_follow_redirects: true}", ""),
        ("{no_follow_redirects: true, follow_redirects: true}", ""),
    ];
    for (section, expected) in cases {
        let printed = printed(section);
        let defaults = match section {
            _ if section.contains("no_follow") => {
                DEFAULTS.replace("follow_redirects: true", "follow_redirects: false")
            }
            _ if section.contains("http3") => DEFAULTS.replace("http2: true", "http2: false"),
            _ => DEFAULTS.to_owned(),
        };
        assert_eq!(printed, format!("{defaults}{expected}"), "{section}");
    }
    assert_eq!(BODY_MATCH_LIMIT, 16 << 20);
}

#[test]
fn refuses_with_the_words_of_the_reference() {
    let cases = [
        ("{body: x, body_file: y}", "body_file: setting body and body_file both are not allowed"),
        (
            "{fail_if_header_matches: [{regexp: x}]}",
            "fail_if_header_matches[0].header: header name must be set for HTTP header matchers",
        ),
        (
            "{fail_if_header_not_matches: [{header: A}]}",
            "fail_if_header_not_matches[0].regexp: regexp must be set for HTTP header matchers",
        ),
        (
            "{fail_if_header_not_matches: [{header: A, regexp: \"\"}]}",
            "fail_if_header_not_matches[0].regexp: regexp must be set for HTTP header matchers",
        ),
        (
            "{fail_if_header_matches: [{header: A, regexp: ':['}]}",
            "fail_if_header_matches[0].regexp: \"Could not compile regular expression\" regexp=\":[\": missing closing ]: `[`",
        ),
        (
            "{fail_if_body_matches_regexp: [a, ':[']}",
            "fail_if_body_matches_regexp: \"Could not compile regular expression\" regexp=\":[\": missing closing ]: `[`",
        ),
        (
            "{fail_if_body_not_matches_regexp: ['a(?=b)']}",
            "fail_if_body_not_matches_regexp: \"Could not compile regular expression\" regexp=\"a(?=b)\": \
             invalid or unsupported Perl syntax: `(?=b)`",
        ),
        (
            "{compression: gzip, headers: {Accept-Encoding: deflate}}",
            "compression: invalid configuration \"Accept-Encoding: deflate\", \"compression: gzip\"",
        ),
        (
            "{compression: gzip, headers: {accEpt-enCoding: deflate}}",
            "compression: invalid configuration \"accEpt-enCoding: deflate\", \"compression: gzip\"",
        ),
        (
            "{compression: gzip, headers: {Accept-Encoding: '*;q=0.0'}}",
            "compression: invalid configuration \"Accept-Encoding: *;q=0.0\", \"compression: gzip\"",
        ),
        (
            "{valid_http_versions: [HTTP/3.0]}",
            "valid_http_versions: HTTP/3 cannot be used as a valid HTTP version when enable_http3 is false",
        ),
        (
            "{enable_http3: true, enable_http2: false, valid_http_versions: [HTTP/1.1, HTTP/3.0]}",
            "valid_http_versions: HTTP/3 and HTTP/2.0/1.1 cannot be used together - \
             only HTTP/3.0 is allowed when enable_http3 is true",
        ),
        (
            "{enable_http3: true}",
            "enable_http3: when enable_http3 is true, enable_http2 must be set to false",
        ),
        ("{body_size_limit: 5}", "body_size_limit: units: unknown unit  in 5"),
        ("{body_size_limit: 10kB}", "body_size_limit: units: unknown unit kB in 10kB"),
        ("{body_match_limit: 0}", "body_match_limit: allowed 1B to 1GiB"),
        ("{body_match_limit: 2GiB}", "body_match_limit: allowed 1B to 1GiB"),
        ("{valid_status_codes: 200}", "valid_status_codes: found a number, allowed a list of whole numbers"),
        (
            "{valid_status_codes: [\"200\"]}",
            "valid_status_codes[0]: found a quoted string, allowed a whole number",
        ),
        ("{valid_status_codes: [true]}", "valid_status_codes[0]: found a boolean, allowed a whole number"),
        ("{headers: {A: [x]}}", "headers.A: found a list, allowed a string"),
        ("{headers: [a]}", "headers: found a list, allowed a mapping"),
        ("{valid_http_versions: HTTP/1.1}", "valid_http_versions: found a string, allowed a list of strings"),
    ];
    for (section, expected) in cases {
        assert_eq!(problems(section), [expected], "{section}");
    }
}

#[test]
fn reports_every_problem_at_once() {
    let section = "{enable_http3: true, valid_http_versions: [HTTP/2.0], body: x, body_file: y, metod: GET}";
    let found = problems(section);
    assert_eq!(found.len(), 4, "{found:?}");
    assert!(found[3].starts_with("metod: unknown key, did you mean \"method\"? allowed here: "), "{found:?}");
}

#[cfg(feature = "cel")]
#[test]
fn refuses_expressions_that_do_not_compile() {
    for source in ["", "foo.bar", "body.a ==", "1 + 'a' == 2", "nosuch(body)"] {
        let found = problems(&format!("{{fail_if_body_json_matches_cel: \"{source}\"}}"));
        let expected = format!(
            "fail_if_body_json_matches_cel: \"Could not compile CEL program\" expression=\"{source}\": "
        );
        assert!(found.len() == 1 && found[0].starts_with(&expected), "{source}: {found:?}");
    }
    assert!(problems("{fail_if_body_json_matches_cel: \"body.foo == 'bar'\"}").is_empty());
    assert!(problems("{fail_if_body_json_matches_cel: ~}").is_empty());
}

#[cfg(not(feature = "cel"))]
#[test]
fn refuses_expressions_it_cannot_judge() {
    let found = problems("{fail_if_body_json_matches_cel: \"true\"}");
    assert!(found.len() == 1 && found[0].ends_with("it was made without the feature cel"), "{found:?}");
}

#[test]
fn warns_of_what_loads_but_will_not_work() {
    let http3 = if cfg!(feature = "http3") { "speak HTTP/3 alone" } else { "this build cannot speak HTTP/3" };
    let cases = [
        ("{preferred_ip_protocol: ip5}", "neither ip4 nor ip6"),
        ("{compression: xz}", "none of br, deflate, gzip, identity"),
        ("{no_follow_redirects: false}", "is deprecated"),
        ("{enable_http3: true, enable_http2: false}", http3),
    ];
    for (section, expected) in cases {
        let warnings = warnings(section);
        assert!(warnings.len() == 1 && warnings[0].contains(expected), "{section}: {warnings:?}");
    }
    assert!(warnings("{preferred_ip_protocol: ip6, compression: Br}").is_empty());
}

#[test]
fn a_body_may_be_any_bytes() {
    assert!(printed("{body: !!binary //8=}").contains("body: !!binary //8=\n"));
    assert!(printed("{body: !!binary aGVsbG8=}").contains("body: hello\n"));
    assert!(printed("{body: 5}").contains("body: \"5\"\n"));
}

#[test]
fn a_request_may_name_the_host() {
    let with = |section: &str, hostname: Option<&str>| {
        let config = config(section);
        let settings = config.modules["m"].own_settings().expect("the prober is known");
        settings
            .with_overrides(&Overrides { hostname: hostname.map(Into::into) })
            .map(|changed| changed.is_some())
    };
    assert_eq!(with("{}", None), Ok(false));
    assert_eq!(with("{}", Some("")), Ok(false));
    assert_eq!(with("{}", Some("a.test")), Ok(true));
    assert_eq!(with("{headers: {hOST: a.test}}", Some("a.test")), Ok(true));
    let config = config("{headers: {A: b}}");
    let settings = config.modules["m"].own_settings().expect("the prober is known");
    let changed = settings.with_overrides(&Overrides { hostname: Some("a.test".into()) });
    let mut dump = Dump::compact();
    changed.expect("no conflict").expect("changed settings").dump(&mut dump);
    assert!(dump.finish().contains("headers:\n  A: b\n  Host: a.test\n"));
    let conflict = with("{headers: {hOST: a.test}}", Some("b.test"));
    let expected = OverrideError::Hostname { configured: "a.test".into(), requested: "b.test".into() };
    assert_eq!(conflict, Err(expected.clone()));
    assert_eq!(
        expected.to_string(),
        "host header defined both in module configuration (a.test) and with URL-parameter 'hostname' (b.test)"
    );
}
