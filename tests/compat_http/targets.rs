//! URLs, and the addresses that they lead to.

use probe_tests::compat::case::Need;
use probe_tests::compat::series::{HTTP_REFUSED, HTTP_UNASKED, IPV6, NO_ADDRESS};
use probe_tests::compat::servers::closed::closed;
use probe_tests::compat::servers::http1::web;
use probe_tests::compat::servers::web::answer;

use super::{Case, REQUEST, http};

/// What a probe without a URL lacks.
const NO_URL: &[&str] = &[
    "!probe_dns_lookup_time_seconds",
    "!probe_http_duration_seconds",
    "!probe_ip_addr_hash",
    "!probe_ip_protocol",
    "probe_http_status_code 0",
    "probe_http_version 0",
];

const PARSE: &[&str] = &["ERROR Could not parse target URL"];
const RESOLVE: &[&str] = &["ERROR Resolution with IP protocol failed", "ERROR Error resolving address"];

pub(crate) fn cases() -> Vec<Case> {
    [good(), bad()].concat()
}

fn url(name: &'static str, target: &str) -> Case {
    http(name, "", web(answer(200))).target(target)
}

fn good() -> Vec<Case> {
    vec![
        url("a_url", "http://@s/").saw(&["s: GET / HTTP/1.1"]),
        url("a_url_without_a_path", "http://@s").saw(&["s: GET / HTTP/1.1"]),
        url("a_url_without_a_scheme", "@s").saw(&["s: GET / HTTP/1.1", "s: host: @s"]),
        url("a_url_without_a_scheme_with_a_path", "@s/a/b").saw(&["s: GET /a/b HTTP/1.1"]),
        url("a_query", "http://@s/a?b=c&d=e%20f&b=").saw(&["s: GET /a?b=c&d=e%20f&b= HTTP/1.1"]),
        url("a_query_without_a_path", "http://@s?a=b").saw(&["s: GET /?a=b HTTP/1.1"]),
        url("an_empty_query", "http://@s/?").saw(&["s: GET /? HTTP/1.1"]),
        url("a_fragment_is_not_sent", "http://@s/a#part").saw(&["s: GET /a HTTP/1.1"]),
        url("escapes_stay", "http://@s/%41%2f%20b").saw(&["s: GET /%41%2f%20b HTTP/1.1"]),
        url("spaces_are_escaped", "http://@s/a b").saw(&["s: GET /a%20b HTTP/1.1"]),
        url("letters_are_escaped", "http://@s/é").saw(&["s: GET /%C3%A9 HTTP/1.1"]),
        url("letters_in_a_query_are_not_escaped", "http://@s/?q=é")
            .saw(&["s: GET /?q=\u{c3}\u{a9} HTTP/1.1"]),
        url("odd_characters_in_a_path", "http://@s/a{b}|c\"<>^`")
            .saw(&["s: GET /a%7Bb%7D%7Cc%22%3C%3E%5E%60 HTTP/1.1"]),
        url("allowed_characters_in_a_path", "http://@s/a;b,c:d@e!f$g&h'i(j)k*l+m=n~o[p]")
            .saw(&["s: GET /a;b,c:d@e!f$g&h'i(j)k*l+m=n~o[p] HTTP/1.1"]),
        url("dots_in_a_path_stay", "http://@s/a/../b/./c").saw(&["s: GET /a/../b/./c HTTP/1.1"]),
        url("slashes_in_a_path_stay", "http://@s//a//b").saw(&["s: GET //a//b HTTP/1.1"]),
        url("a_backslash_is_escaped", "http://@s/a\\b").saw(&["s: GET /a%5Cb HTTP/1.1"]),
        url("a_plus_in_a_query", "http://@s/?a=b+c").saw(&["s: GET /?a=b+c HTTP/1.1"]),
        url("user_and_password", "http://user:pass@@s/").saw(&["s: authorization: Basic dXNlcjpwYXNz"]),
        url("a_user_alone", "http://user@@s/").saw(&["s: authorization: Basic dXNlcjo="]),
        url("an_escaped_password", "http://us%40er:p%3Ass@@s/")
            .saw(&["s: authorization: Basic dXNAZXI6cDpzcw=="]),
        url("another_address_of_the_machine", "http://127.0.0.9:@s.port/")
            .on("other", web(answer(200)).at("127.0.0.9"))
            .target("http://@other/")
            .with(&["probe_ip_addr_hash 3534697557"])
            .saw(&["other: host: @other"]),
        url("ipv4_mapped_into_ipv6", "http://[::ffff:127.0.0.1]:@s.port/"),
        http("ipv6", "", web(answer(200)).at("::1")).needs(Need::Ipv6).with(IPV6).saw(&["s: host: @s"]),
        http("ipv6_with_a_zone", "", web(answer(200)).at("::1"))
            .needs(Need::Ipv6)
            .with(IPV6)
            .target("http://[::1%25lo]:@s.port/"),
        http("ipv6_without_a_scheme", "", web(answer(200)).at("::1"))
            .needs(Need::Ipv6)
            .with(IPV6)
            .target("@s/x"),
        http("ipv6_is_preferred_but_ipv4_will_do", "", web(answer(200)))
            .module("{prober: http, timeout: 20s}"),
        url("without_a_timeout", "http://@s/").module("{prober: http, http: {preferred_ip_protocol: ip4}}"),
        url("an_empty_section", "http://@s/").module("{prober: http, timeout: 20s, http: }"),
    ]
}

fn bad() -> Vec<Case> {
    let unread = |name, target: &str| url(name, target).fails(NO_URL).says(PARSE);
    let unresolved = |name, section, target: &str| {
        http(name, section, web(answer(200)))
            .target(target)
            .fails(&[NO_ADDRESS, HTTP_UNASKED].concat())
            .says(RESOLVE)
    };
    let unreached = |name, target: &str| url(name, target).fails(HTTP_REFUSED).says(REQUEST);
    vec![
        unread("a_port_that_is_no_number", "http://127.0.0.1:port/"),
        unread("an_escape_that_is_none", "http://@s/%zz"),
        unread("an_escape_in_a_host", "http://%41/"),
        unread("a_space_in_a_host", "http://a b/"),
        unread("a_bracket_that_is_not_closed", "http://[::1/"),
        unread("a_control_character", "http://@s/a\nb"),
        unresolved("a_scheme_without_a_host", "", "http://"),
        unresolved("a_port_without_a_host", "", "http://:@s.port/"),
        unresolved("three_slashes", "", "http:///a"),
        unresolved(
            "the_other_family_without_fallback",
            "ip_protocol_fallback: false",
            "http://[::1]:@s.port/",
        ),
        unreached("a_port_that_is_too_large", "http://127.0.0.1:65536/"),
        http("nobody_listens", "", closed()).fails(HTTP_REFUSED).says(REQUEST),
        http("nobody_listens_on_ipv6", "", closed().at("::1"))
            .needs(Need::Ipv6)
            .fails(&[IPV6, HTTP_REFUSED].concat())
            .says(REQUEST),
    ]
}
