//! Reads the `http` section of a module.

mod accept_encoding;
mod rules;
#[cfg(all(test, feature = "config"))]
mod tests;

use std::sync::Arc;

use super::dump::dump;
use super::probe::HttpProber;
use super::series::FAMILIES;
use super::settings::{BODY_MATCH_LIMIT, HttpSettings};
use crate::prober::shared::EgressSettings;
use crate::prober::shared::http_client::{HttpClientSettings, read_client};
use crate::prober::{Common, OverrideError, Overrides, Prober, Settings, Spec};
use crate::settings::{Dump, Errors, Section};

/// The HTTP prober in configurations.
pub static SPEC: Spec = Spec { name: "http", families: FAMILIES, parse };

/// The longest body that the rules may keep, in bytes: a bound of what can be configured.
const MOST_BODY_MATCH_LIMIT: i64 = 1 << 30;

#[expect(clippy::unnecessary_wraps, reason = "the shape of `Spec::parse`")]
fn parse(section: &mut Section<'_>, errors: &mut Errors) -> Option<Arc<dyn Settings>> {
    let settings = HttpSettings {
        valid_status_codes: section.integers("valid_status_codes", errors).unwrap_or_default(),
        valid_http_versions: section.strings("valid_http_versions", errors).unwrap_or_default(),
        preferred_ip_protocol: read_preferred(section, errors),
        ip_protocol_fallback: section.boolean("ip_protocol_fallback", errors).unwrap_or(true),
        skip_resolve_phase_with_proxy: section
            .boolean("skip_resolve_phase_with_proxy", errors)
            .unwrap_or(false),
        fail_if_ssl: section.boolean("fail_if_ssl", errors).unwrap_or(false),
        fail_if_not_ssl: section.boolean("fail_if_not_ssl", errors).unwrap_or(false),
        method: section.string("method", errors).unwrap_or_default(),
        headers: read_headers(section, errors),
        fail_if_body_matches_regexp: rules::read_patterns("fail_if_body_matches_regexp", section, errors),
        fail_if_body_not_matches_regexp: rules::read_patterns(
            "fail_if_body_not_matches_regexp",
            section,
            errors,
        ),
        fail_if_body_json_matches_cel: rules::read_expression(
            "fail_if_body_json_matches_cel",
            section,
            errors,
        ),
        fail_if_body_json_not_matches_cel: rules::read_expression(
            "fail_if_body_json_not_matches_cel",
            section,
            errors,
        ),
        fail_if_header_matches: rules::read_header_rules("fail_if_header_matches", section, errors),
        fail_if_header_not_matches: rules::read_header_rules("fail_if_header_not_matches", section, errors),
        body: section.bytes("body", errors).unwrap_or_default(),
        body_file: section.string("body_file", errors).unwrap_or_default(),
        client: read_client_block(section, errors),
        compression: read_compression(section, errors),
        body_size_limit: read_body_size_limit(section, errors),
        enable_http3: section.boolean("enable_http3", errors).unwrap_or(false),
        body_match_limit: read_body_match_limit(section, errors),
        egress: EgressSettings::parse(section, errors),
        hostname: None,
    };
    check_body(&settings, section, errors);
    accept_encoding::check(&settings, section, errors);
    check_http3(&settings, section, errors);
    Some(Arc::new(settings))
}

fn read_preferred(section: &mut Section<'_>, errors: &mut Errors) -> String {
    const KEY: &str = "preferred_ip_protocol";
    let preferred = section.string(KEY, errors).unwrap_or_default();
    if !["", "ip4", "ip6"].contains(&preferred.as_str()) {
        section.warn(KEY, "neither ip4 nor ip6, and counts as ip4", errors);
    }
    preferred
}

fn read_headers(section: &mut Section<'_>, errors: &mut Errors) -> Vec<(String, String)> {
    let inner = section.section("headers", errors);
    inner.map(|headers| headers.named_strings(errors)).unwrap_or_default()
}

/// The client block, with the deprecated key that came before `follow_redirects`.
fn read_client_block(section: &mut Section<'_>, errors: &mut Errors) -> HttpClientSettings {
    const KEY: &str = "no_follow_redirects";
    let mut client = read_client(section, errors);
    if let Some(no_follow) = section.boolean(KEY, errors) {
        section.warn(KEY, "is deprecated and overrides follow_redirects, which is to be used", errors);
        client.follow_redirects = !no_follow;
    }
    client
}

fn read_compression(section: &mut Section<'_>, errors: &mut Errors) -> String {
    const KEY: &str = "compression";
    let compression = section.string(KEY, errors).unwrap_or_default();
    let known = ["", "br", "deflate", "gzip", "identity"];
    if !known.contains(&compression.to_lowercase().as_str()) {
        section.warn(KEY, "none of br, deflate, gzip, identity, so every probe will fail", errors);
    }
    compression
}

/// Below zero, and so the largest that there is, means as good as none.
fn read_body_size_limit(section: &mut Section<'_>, errors: &mut Errors) -> i64 {
    match section.size("body_size_limit", errors).unwrap_or_default() {
        i64::MIN..0 | i64::MAX => i64::MAX - 1,
        limit => limit,
    }
}

fn read_body_match_limit(section: &mut Section<'_>, errors: &mut Errors) -> u64 {
    const KEY: &str = "body_match_limit";
    let Some(limit) = section.size(KEY, errors) else { return BODY_MATCH_LIMIT };
    if (1..=MOST_BODY_MATCH_LIMIT).contains(&limit) {
        return limit as u64;
    }
    section.problem(KEY, "allowed 1B to 1GiB", errors);
    BODY_MATCH_LIMIT
}

fn check_body(settings: &HttpSettings, section: &Section<'_>, errors: &mut Errors) {
    if !settings.body.is_empty() && !settings.body_file.is_empty() {
        section.problem("body_file", "setting body and body_file both are not allowed", errors);
    }
}

fn check_http3(settings: &HttpSettings, section: &Section<'_>, errors: &mut Errors) {
    let has = |version: &str| settings.valid_http_versions.iter().any(|valid| valid == version);
    if !settings.enable_http3 {
        if has("HTTP/3.0") {
            let message = "HTTP/3 cannot be used as a valid HTTP version when enable_http3 is false";
            section.problem("valid_http_versions", message, errors);
        }
        return;
    }
    if has("HTTP/2.0") || has("HTTP/1.1") {
        let message = "HTTP/3 and HTTP/2.0/1.1 cannot be used together - \
                       only HTTP/3.0 is allowed when enable_http3 is true";
        section.problem("valid_http_versions", message, errors);
    }
    if settings.client.enable_http2 {
        let message = "when enable_http3 is true, enable_http2 must be set to false";
        section.problem("enable_http3", message, errors);
    }
    let warning = if cfg!(feature = "http3") {
        "probes of this module speak HTTP/3 alone: there is no other version to fall back to"
    } else {
        "this build cannot speak HTTP/3, so every probe will fail"
    };
    section.warn("enable_http3", warning, errors);
}

impl Settings for HttpSettings {
    fn dump(&self, out: &mut Dump) {
        dump(self, out);
    }

    fn with_overrides(&self, overrides: &Overrides) -> Result<Option<Arc<dyn Settings>>, OverrideError> {
        let Some(requested) = overrides.hostname.as_ref().filter(|hostname| !hostname.is_empty()) else {
            return Ok(None);
        };
        let mut hosts = self.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("Host"));
        if let Some((_, configured)) = hosts.find(|(_, host)| host != requested) {
            let (configured, requested) = (configured.clone(), requested.clone());
            return Err(OverrideError::Hostname { configured, requested });
        }
        Ok(Some(Arc::new(Self { hostname: Some(requested.clone()), ..self.clone() })))
    }

    fn build(&self, common: &Common) -> Arc<dyn Prober> {
        let settings = Self { egress: self.egress.or(&common.egress), ..self.clone() };
        Arc::new(HttpProber::new(settings))
    }
}
