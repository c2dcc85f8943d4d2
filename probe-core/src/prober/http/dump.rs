//! Writes the `http` section of a module.

use std::borrow::Cow;

use super::settings::{BODY_MATCH_LIMIT, HeaderRule, HttpSettings};
use crate::prober::shared::http_client::dump_client;
use crate::settings::{Dump, Pattern, size};
use crate::wire::base64;

/// Writes the keys in the reference exporter's order; ours come last.
pub(super) fn dump(settings: &HttpSettings, out: &mut Dump) {
    out.integers("valid_status_codes", &settings.valid_status_codes);
    out.strings("valid_http_versions", &settings.valid_http_versions);
    out.string("preferred_ip_protocol", &settings.preferred_ip_protocol);
    out.boolean("ip_protocol_fallback", settings.ip_protocol_fallback);
    out.boolean("skip_resolve_phase_with_proxy", settings.skip_resolve_phase_with_proxy);
    out.boolean("fail_if_ssl", settings.fail_if_ssl);
    out.boolean("fail_if_not_ssl", settings.fail_if_not_ssl);
    out.string("method", &settings.method);
    out.map("headers", &headers(settings));
    dump_rules(settings, out);
    match str::from_utf8(&settings.body) {
        Ok(text) => out.string("body", text),
        Err(_) => out.verbatim("body", &format!("!!binary {}", base64::encode(&settings.body))),
    }
    out.string("body_file", &settings.body_file);
    dump_client(&settings.client, out);
    out.string("compression", &settings.compression);
    if settings.body_size_limit != 0 {
        out.string("body_size_limit", &size::render(settings.body_size_limit));
    }
    out.boolean("enable_http3", settings.enable_http3);
    if settings.body_match_limit != BODY_MATCH_LIMIT {
        out.string("body_match_limit", &size::render(settings.body_match_limit.cast_signed()));
    }
    out.string("source_ip_address", &settings.egress.source_ip_address);
    settings.egress.dump(out);
}

/// The headers, with the host that a request asks for, as the reference exporter shows it on its debug page.
fn headers(settings: &HttpSettings) -> Cow<'_, [(String, String)]> {
    let mut headers = Cow::Borrowed(settings.headers.as_slice());
    if let Some(host) = &settings.hostname
        && headers.iter().all(|(name, _)| name != "Host")
    {
        headers.to_mut().push(("Host".to_owned(), host.clone()));
    }
    headers
}

fn dump_rules(settings: &HttpSettings, out: &mut Dump) {
    for (key, patterns) in [
        ("fail_if_body_matches_regexp", &settings.fail_if_body_matches_regexp),
        ("fail_if_body_not_matches_regexp", &settings.fail_if_body_not_matches_regexp),
    ] {
        let sources: Vec<&str> = patterns.iter().map(Pattern::as_str).collect();
        out.expressions(key, &sources);
    }
    for (key, expression) in [
        ("fail_if_body_json_matches_cel", &settings.fail_if_body_json_matches_cel),
        ("fail_if_body_json_not_matches_cel", &settings.fail_if_body_json_not_matches_cel),
    ] {
        out.string(key, expression.as_ref().map_or("", |expression| expression.as_str()));
    }
    out.sections("fail_if_header_matches", &settings.fail_if_header_matches, dump_header_rule);
    out.sections("fail_if_header_not_matches", &settings.fail_if_header_not_matches, dump_header_rule);
}

fn dump_header_rule(rule: &HeaderRule, out: &mut Dump) {
    out.string("header", &rule.header);
    out.string("regexp", rule.regexp.as_str());
    out.boolean("allow_missing", rule.allow_missing);
}
