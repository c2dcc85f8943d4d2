//! What is asked.

use probe_tests::compat::servers::dns::{Message, answering, record_of, records, text};

use super::{Case, QUERY, TXT, UNANSWERED, counts, dns, soa, two};

fn asks(name: &str, section: &str, seen: &'static str) -> Case {
    dns(name, section, answering(two())).with(&counts(2, 0, 0)).saw(&[seen])
}

pub(crate) fn cases() -> Vec<Case> {
    [names(), types(), serials(), hopeless()].concat()
}

fn names() -> Vec<Case> {
    vec![
        asks("a_name", "", "s: udp example.test. type 1 class 1 header 01000001000000000000 length 30"),
        asks(
            "a_name_with_its_dot",
            "query_name: example.test.",
            "s: udp example.test. type 1 class 1 header 01000001000000000000 length 30",
        ),
        asks(
            "a_name_in_mixed_case",
            "query_name: ExAmPlE.TeSt",
            "s: udp ExAmPlE.TeSt. type 1 class 1 header 01000001000000000000 length 30",
        ),
        asks("the_root", "query_name: .", "s: udp . type 1 class 1 header 01000001000000000000 length 17"),
        asks(
            "one_label",
            "query_name: localhost",
            "s: udp localhost. type 1 class 1 header 01000001000000000000 length 27",
        ),
        asks(
            "a_name_with_underscores",
            "query_name: _dmarc._tcp.example.test",
            "s: udp _dmarc._tcp.example.test. type 1 class 1 header 01000001000000000000 length 42",
        ),
        asks(
            "a_name_that_is_a_number",
            "query_name: 12345",
            "s: udp 12345. type 1 class 1 header 01000001000000000000 length 23",
        ),
        asks(
            "a_name_with_a_star",
            "query_name: '*.example.test'",
            "s: udp *.example.test. type 1 class 1 header 01000001000000000000 length 32",
        ),
        asks(
            "a_name_with_a_space",
            "query_name: 'a b.test'",
            "s: udp a b.test. type 1 class 1 header 01000001000000000000 length 26",
        ),
        asks(
            "a_name_with_an_escaped_dot",
            "query_name: 'a\\.b.test'",
            "s: udp a.b.test. type 1 class 1 header 01000001000000000000 length 26",
        ),
        asks(
            "a_name_with_a_byte_by_its_number",
            "query_name: 'a\\001b.test'",
            "s: udp a\\x01b.test. type 1 class 1 header 01000001000000000000 length 26",
        ),
        asks(
            "a_name_with_letters",
            "query_name: zoë.test",
            "s: udp zo\\xc3\\xab.test. type 1 class 1 header 01000001000000000000 length 27",
        ),
        asks("a_label_of_63_bytes", &format!("query_name: {}.test", "x".repeat(63)), LONG_LABEL),
        asks(
            "no_recursion",
            "recursion_desired: false",
            "s: udp example.test. type 1 class 1 header 00000001000000000000 length 30",
        ),
        asks("no_section_at_all", "", "s: udp . type 255 class 1 header 01000001000000000000 length 17")
            .module("{prober: dns, timeout: 20s}"),
    ]
}

const LONG_LABEL: &str = "s: udp xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.test. type 1 class 1 header 01000001000000000000 length 86";

fn types() -> Vec<Case> {
    let kind = |name, section: &str, seen| asks(name, section, seen);
    vec![
        kind("type_aaaa", "query_type: AAAA", "s: udp example.test. type 28 class 1 header 01000001000000000000 length 30"),
        kind("type_mx", "query_type: MX", "s: udp example.test. type 15 class 1 header 01000001000000000000 length 30"),
        kind("type_https", "query_type: HTTPS", "s: udp example.test. type 65 class 1 header 01000001000000000000 length 30"),
        kind("type_caa", "query_type: CAA", "s: udp example.test. type 257 class 1 header 01000001000000000000 length 30"),
        kind("type_any", "query_type: ANY", "s: udp example.test. type 255 class 1 header 01000001000000000000 length 30"),
        kind("type_nsap_ptr", "query_type: NSAP-PTR", "s: udp example.test. type 23 class 1 header 01000001000000000000 length 30"),
        kind("type_none", "query_type: None", "s: udp example.test. type 0 class 1 header 01000001000000000000 length 30"),
        kind("type_reserved", "query_type: Reserved", "s: udp example.test. type 65535 class 1 header 01000001000000000000 length 30"),
        kind("an_empty_type_is_any", "query_type: ''", "s: udp example.test. type 255 class 1 header 01000001000000000000 length 30"),
        kind("class_chaos", "query_class: CH", "s: udp example.test. type 1 class 3 header 01000001000000000000 length 30"),
        kind("class_hesiod", "query_class: HS", "s: udp example.test. type 1 class 4 header 01000001000000000000 length 30"),
        kind("class_none", "query_class: NONE", "s: udp example.test. type 1 class 254 header 01000001000000000000 length 30"),
        kind("class_any", "query_class: ANY", "s: udp example.test. type 1 class 255 header 01000001000000000000 length 30"),
        kind("an_empty_class_is_the_internet", "query_class: ''", "s: udp example.test. type 1 class 1 header 01000001000000000000 length 30"),
        dns(
            "a_version_of_a_name_server",
            "query_name: version.bind, query_type: TXT, query_class: CH, validate_answer_rrs: {fail_if_not_matches_regexp: ['^version.bind.\\t0\\tCH\\tTXT\\t\"9.20\"$']}",
            answering(records(&[record_of(3, "version.bind", TXT, 0, &text(&["9.20"]))])),
        )
        .with(&counts(1, 0, 0)),
    ]
}

fn serials() -> Vec<Case> {
    let serial = |name, message: Message, answers, number: u32| {
        dns(name, "query_type: SOA", answering(message))
            .with(&counts(answers, 0, 0))
            .with(&[format!("probe_dns_serial {number}")])
    };
    vec![
        serial("a_serial", records(&[soa(2_024_010_203)]), 1, 2_024_010_203),
        serial("the_largest_serial", records(&[soa(u32::MAX)]), 1, u32::MAX),
        serial("the_last_of_two_serials", records(&[soa(1), soa(2)]), 2, 2),
        serial("no_serial", two(), 2, 0),
        dns("a_serial_in_another_section", "query_type: SOA", answering(records(&[]).authority(&[soa(5)])))
            .with(&counts(0, 1, 0))
            .with(&["probe_dns_serial 0"]),
        dns("no_serial_of_another_type", "query_type: ANY", answering(records(&[soa(5)])))
            .with(&counts(1, 0, 0)),
        dns("a_serial_of_an_error", "query_type: SOA", answering(records(&[soa(5)]).rcode(2)))
            .with(&counts(1, 0, 0))
            .fails(&["probe_dns_serial 5"])
            .says(&["ERROR Rcode is not one of the valid rcodes"]),
        dns(
            "no_serial_without_an_answer",
            "query_type: SOA",
            probe_tests::compat::servers::dns::dns(|_| Vec::new()),
        )
        .timeout("600ms")
        .fails(UNANSWERED)
        .says(QUERY),
    ]
}

fn hopeless() -> Vec<Case> {
    let unsent = |name, query: &str| {
        dns(name, &format!("query_name: '{query}'"), answering(two()))
            .fails(UNANSWERED)
            .says(QUERY)
            .saw(&["!s: "])
    };
    vec![
        unsent("a_label_of_64_bytes", &format!("{}.test", "x".repeat(64))),
        unsent("a_name_with_an_empty_label", "a..test"),
        dns(
            "a_name_that_is_too_long",
            &format!("query_name: '{}test'", "abcdefgh.".repeat(28)),
            answering(two()),
        )
        .fails(UNANSWERED)
        .says(QUERY)
        .apart(
            "the reference sends it, and then cannot read the answer",
            &["probe_dns_duration_seconds", "seen"],
        ),
        unsent("a_name_that_begins_with_a_dot", ".test"),
    ]
}
