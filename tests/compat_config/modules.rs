//! Modules, and sections that are not the prober's.

use super::{Check, loads, module, refused};

pub(crate) fn checks() -> Vec<Check> {
    vec![
        loads("every_prober_alone", "modules: {a: {prober: http}, b: {prober: tcp}, c: {prober: icmp}, d: {prober: dns}, e: {prober: grpc}, f: {prober: unix}}\n"),
        loads("every_prober_with_an_empty_section", "modules: {a: {prober: http, http: {}}, b: {prober: tcp, tcp: {}}, c: {prober: icmp, icmp: {}}, e: {prober: grpc, grpc: {}}, f: {prober: unix, unix: {}}}\n"),
        loads("a_section_of_another_prober", "modules: {m: {prober: http, tcp: {tls: true}, icmp: {ttl: 5}, unix: {tls: true}, grpc: {service: a}}}\n"),
        refused("a_section_of_another_prober_is_looked_at", "modules: {m: {prober: http, dns: {query_type: A}}}\n", "query name must be set for DNS module", "query_name"),
        refused("a_key_of_another_prober", module("icmp", "query_name: a"), "field query_name not found in type config.plain", "query_name"),
        refused("a_section_that_nobody_has", "modules: {m: {prober: http, smtp: {}}}\n", "field smtp not found in type config.plain", "smtp"),
        refused("a_section_of_text", "modules: {m: {prober: http, http: a}}\n", "cannot unmarshal !!str `a` into config.plain", "allowed a mapping"),
        refused("a_section_in_a_list", "modules: {m: {prober: http, http: [a]}}\n", "cannot unmarshal !!seq into config.plain", "allowed a mapping"),
        loads("icmp_with_everything", module("icmp", "preferred_ip_protocol: ip4, ip_protocol_fallback: false, source_ip_address: 127.0.0.1, payload_size: 100, dont_fragment: true, ttl: 5")),
        loads("the_least_hop_limit", module("icmp", "ttl: 0")),
        loads("the_largest_hop_limit", module("icmp", "ttl: 255")),
        refused("a_negative_hop_limit", module("icmp", "ttl: -1"), "\"ttl\" cannot be negative", "ttl"),
        refused("a_hop_limit_that_is_too_large", module("icmp", "ttl: 256"), "\"ttl\" cannot exceed 255", "ttl"),
        loads("any_size_of_a_payload", module("icmp", "payload_size: -5")),
        refused("a_size_of_a_payload_that_is_no_number", module("icmp", "payload_size: big"), "cannot unmarshal !!str `big` into int", "payload_size"),
        loads("any_word_for_a_protocol", module("icmp", "preferred_ip_protocol: ip5")),
        loads("any_source_address", module("icmp", "source_ip_address: nonsense")),
        loads("grpc_with_everything", module("grpc", "service: a, tls: true, tls_config: {insecure_skip_verify: true}, ip_protocol_fallback: false, preferred_ip_protocol: ip6, metadata: {a: [b, c], D: []}")),
        refused("metadata_of_text", module("grpc", "metadata: {a: b}"), "cannot unmarshal !!str `b` into []string", "metadata"),
        refused("metadata_in_a_list", module("grpc", "metadata: [a]"), "cannot unmarshal !!seq into metadata.MD", "metadata"),
        refused("an_unknown_key_of_grpc", module("grpc", "timeout: 5s"), "field timeout not found in type config.plain", "timeout"),
        refused("a_preference_of_unix", module("unix", "preferred_ip_protocol: ip4"), "field preferred_ip_protocol not found in type config.plain", "preferred_ip_protocol"),
        refused("a_source_of_unix", module("unix", "source_ip_address: 127.0.0.1"), "field source_ip_address not found in type config.plain", "source_ip_address"),
        loads("a_source_of_http", module("http", "source_ip_address: 127.0.0.1")).ours_alone("it is a key of ours"),
        loads("websocket", "modules: {m: {prober: websocket, websocket: {headers: {X-A: {values: [b]}}, query_response: [{expect: a}], http_config: {basic_auth: {username: u}}}}}\n")
            .ours_alone("it is newer"),
        refused("a_header_of_websocket_is_no_text", "modules: {m: {prober: websocket, websocket: {headers: {X-A: b}}}}\n", "", "headers")
            .ours_alone("it is newer"),
        loads("a_prober_that_nobody_has", "modules: {m: {prober: nonsense}}\n"),
        loads("a_prober_in_capitals", "modules: {m: {prober: HTTP}}\n"),
        loads("no_prober", "modules: {m: {timeout: 5s}}\n"),
    ]
}
