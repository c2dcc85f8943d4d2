//! Writes the client block, without its secrets.

use std::path::Path;

use serde_json::Value;

use super::masked_url::masked;
use super::settings::{HeaderValues, HttpClientSettings, OAuth2, ProxySettings, TextSource};
use crate::prober::shared::dump_tls_options;
use crate::settings::Dump;

/// Writes the keys of the client block in the reference exporter's order.
pub(crate) fn dump_client(settings: &HttpClientSettings, out: &mut Dump) {
    if let Some(basic) = &settings.basic_auth {
        out.given_section("basic_auth", |out| {
            dump_source(["username", "username_file", "username_ref"], basic.username.as_ref(), false, out);
            dump_source(["password", "password_file", "password_ref"], basic.password.as_ref(), true, out);
        });
    }
    if let Some(authorization) = &settings.authorization {
        out.section("authorization", |out| {
            out.string("type", &authorization.scheme);
            let keys = ["credentials", "credentials_file", "credentials_ref"];
            dump_source(keys, authorization.credentials.as_ref(), true, out);
        });
    }
    if let Some(oauth2) = &settings.oauth2 {
        out.section("oauth2", |out| dump_oauth2(oauth2, out));
    }
    dump_tls_options(&settings.tls, out);
    out.switch("follow_redirects", settings.follow_redirects);
    out.switch("enable_http2", settings.enable_http2);
    dump_proxy(&settings.proxy, out);
    out.named_sections("http_headers", &settings.http_headers, dump_header_values);
}

/// Writes the values of one header.
pub(crate) fn dump_header_values(header: &HeaderValues, out: &mut Dump) {
    out.strings("values", &header.values);
    out.secrets("secrets", &header.secrets);
    let files: Vec<_> = header.files.iter().map(|file| file.to_string_lossy()).collect();
    out.strings("files", &files);
}

fn dump_oauth2(oauth2: &OAuth2, out: &mut Dump) {
    out.string("client_id", &oauth2.client_id);
    let keys = ["client_secret", "client_secret_file", "client_secret_ref"];
    dump_source(keys, oauth2.client_secret.as_ref(), true, out);
    out.string("client_certificate_key_id", &oauth2.client_certificate_key_id);
    let keys = ["client_certificate_key", "client_certificate_key_file", "client_certificate_key_ref"];
    dump_source(keys, oauth2.client_certificate_key.as_ref(), true, out);
    out.string("grant_type", &oauth2.grant_type);
    out.string("signature_algorithm", &oauth2.signature_algorithm);
    out.string("iss", &oauth2.iss);
    out.string("audience", &oauth2.audience);
    dump_claims(&oauth2.claims, out);
    out.strings("scopes", &oauth2.scopes);
    out.string("token_url", &masked(&oauth2.token_url));
    out.map("endpoint_params", &oauth2.endpoint_params);
    dump_tls_options(&oauth2.tls, out);
    dump_proxy(&oauth2.proxy, out);
}

fn dump_proxy(proxy: &ProxySettings, out: &mut Dump) {
    out.string("proxy_url", &masked(&small_scheme(proxy.proxy_url.expose())));
    out.string("no_proxy", &proxy.no_proxy);
    out.boolean("proxy_from_environment", proxy.proxy_from_environment);
    out.secret_lists("proxy_connect_header", &proxy.proxy_connect_header);
}

fn dump_source(keys: [&str; 3], source: Option<&TextSource>, is_secret: bool, out: &mut Dump) {
    let [inline, file, reference] = keys;
    match source {
        Some(TextSource::Inline(text)) if is_secret => out.secret(inline, text.expose()),
        Some(TextSource::Inline(text)) => out.string(inline, text.expose()),
        Some(TextSource::File(path)) => out.string(file, &shown(path)),
        Some(TextSource::Reference(name)) => out.string(reference, name),
        None => {}
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// Claims are JSON, which is YAML on one line; objects become sections.
fn dump_claims(claims: &[(String, String)], out: &mut Dump) {
    out.named("claims", claims, |name, text, out| match serde_json::from_str(text) {
        Ok(value) => dump_value(name, &value, out),
        Err(_) => out.string(name, text),
    });
}

fn dump_value(name: &str, value: &Value, out: &mut Dump) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            let members: Vec<_> = members.iter().map(|(name, value)| (name.clone(), value)).collect();
            out.named(name, &members, |name, value, out| dump_value(name, value, out));
        }
        Value::String(text) if !text.is_empty() => out.string(name, text),
        other => out.verbatim(name, &other.to_string()),
    }
}
/// A URL with its scheme in small letters.
fn small_scheme(url: &str) -> String {
    let (scheme, rest) = url.split_at(url.find(':').unwrap_or_default());
    format!("{}{rest}", scheme.to_ascii_lowercase())
}
