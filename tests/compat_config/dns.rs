//! The section of the dns prober.

use super::{Check, loads, module, refused};

/// Every type that a query may ask for.
const TYPES: &str = "None A NS MD MF CNAME SOA MB MG MR NULL PTR HINFO MINFO MX TXT RP AFSDB X25 ISDN RT NSAP-PTR SIG KEY PX GPOS AAAA LOC NXT EID NIMLOC SRV ATMA NAPTR KX CERT DNAME OPT APL DS SSHFP IPSECKEY RRSIG NSEC DNSKEY DHCID NSEC3 NSEC3PARAM TLSA SMIMEA HIP NINFO RKEY TALINK CDS CDNSKEY OPENPGPKEY CSYNC ZONEMD SVCB HTTPS SPF UINFO UID GID UNSPEC NID L32 L64 LP EUI48 EUI64 NXNAME TKEY TSIG IXFR AXFR MAILB MAILA ANY URI CAA AVC AMTRELAY RESINFO TA DLV Reserved";

pub(crate) fn checks() -> Vec<Check> {
    let ok = |name, section: &str| loads(name, module("dns", &format!("query_name: a, {section}")));
    let no = |name, section: &str, reference: &str, ours: &str| {
        refused(name, module("dns", &format!("query_name: a, {section}")), reference, ours)
    };
    let kind = |name, kind: &str| {
        no(name, &format!("query_type: {kind}"), &format!("query type '{kind}' is not valid"), kind)
    };
    let class = |name, class: &str| {
        no(name, &format!("query_class: {class}"), &format!("query class '{class}' is not valid"), class)
    };
    let modules: Vec<String> = TYPES
        .split(' ')
        .map(|kind| format!("m{kind}: {{prober: dns, dns: {{query_name: a, query_type: {kind}}}}}"))
        .collect();
    vec![
        loads("every_type", format!("modules: {{{}}}\n", modules.join(", "))),
        ok("every_class", "query_class: IN"),
        ok("class_ch", "query_class: CH"),
        ok("class_cs", "query_class: CS"),
        ok("class_hs", "query_class: HS"),
        ok("class_none", "query_class: NONE"),
        ok("class_any", "query_class: ANY"),
        ok(
            "everything",
            "preferred_ip_protocol: ip4, ip_protocol_fallback: false, dns_over_tls: true, tls_config: {}, source_ip_address: 127.0.0.1,
             transport_protocol: tcp, query_class: IN, query_type: A, recursion_desired: false, valid_rcodes: [NOERROR],
             validate_answer_rrs: {fail_if_matches_regexp: [a], fail_if_all_match_regexp: [b], fail_if_not_matches_regexp: [c], fail_if_none_matches_regexp: [d]},
             validate_authority_rrs: {fail_if_matches_regexp: [a]}, validate_additional_rrs: {}",
        ),
        ok("an_unknown_transport", "transport_protocol: sctp"),
        ok("an_unknown_code", "valid_rcodes: [NOBODY]"),
        ok("a_pattern_that_is_none", "validate_answer_rrs: {fail_if_matches_regexp: [':[']}"),
        ok("tls_over_udp", "dns_over_tls: true"),
        ok("an_empty_type", "query_type: ''"),
        loads("a_name_that_is_a_number", module("dns", "query_name: 12345")),
        loads("any_name", module("dns", "query_name: 'a..b c'")),
        refused("no_name", module("dns", "query_type: A"), "query name must be set for DNS module", "query_name"),
        refused("an_empty_name", module("dns", "query_name: ''"), "query name must be set for DNS module", "query_name"),
        refused("an_empty_section", module("dns", ""), "query name must be set for DNS module", "query_name"),
        kind("a_type_that_nobody_knows", "X"),
        kind("a_type_in_small_letters", "aaaa"),
        kind("a_type_by_its_number", "TYPE65"),
        class("a_class_that_nobody_knows", "X"),
        class("a_class_in_small_letters", "in"),
        class("a_class_by_its_number", "CLASS1"),
        refused(
            "an_unknown_key_comes_before_a_missing_name",
            "modules:\n  m:\n    prober: dns\n    dns:\n      nonsense: 1\n",
            "line 5: field nonsense not found in type config.plain",
            "nonsense",
        ),
        no("an_unknown_key_of_a_rule", "validate_answer_rrs: {fail_if: [a]}", "field fail_if not found in type config.plain", "fail_if"),
        no("a_rule_that_is_no_list", "validate_answer_rrs: {fail_if_matches_regexp: a}", "cannot unmarshal !!str `a` into []string", "fail_if_matches_regexp"),
        no("codes_that_are_no_list", "valid_rcodes: NOERROR", "cannot unmarshal !!str `NOERROR` into []string", "valid_rcodes"),
        no("a_boolean_in_quotes", "recursion_desired: 'false'", "cannot unmarshal !!str `false` into bool", "recursion_desired"),
    ]
}
