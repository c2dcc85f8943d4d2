//! `oauth2`: a token to fetch first.

use super::{claims, proxy, read_source, text};
use crate::prober::shared::http_client::settings::{OAuth2, TextSource};
use crate::prober::shared::read_tls_options;
use crate::settings::{Errors, Section};

/// The grant whose assertion we sign ourselves (RFC 7523). Any other word means client credentials.
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// How an assertion can be signed.
const SIGNATURE_ALGORITHMS: [&str; 3] = ["RS256", "RS384", "RS512"];

pub(super) fn read(section: &mut Section<'_>, errors: &mut Errors) -> Option<OAuth2> {
    let mut inner = section.section("oauth2", errors).filter(Section::is_given)?;
    let grant_type = text(&mut inner, "grant_type", errors).unwrap_or_default();
    let settings = OAuth2 {
        client_id: required(&mut inner, "client_id", errors),
        client_secret: read_client_secret(&mut inner, &grant_type, errors),
        scopes: inner.strings("scopes", errors).unwrap_or_default(),
        token_url: required(&mut inner, "token_url", errors),
        endpoint_params: read_endpoint_params(&mut inner, errors),
        tls: read_tls_options(&mut inner, errors),
        proxy: proxy::read(&mut inner, errors),
        client_certificate_key: read_key(&mut inner, &grant_type, errors),
        client_certificate_key_id: text(&mut inner, "client_certificate_key_id", errors).unwrap_or_default(),
        signature_algorithm: read_algorithm(&mut inner, &grant_type, errors),
        iss: text(&mut inner, "iss", errors).unwrap_or_default(),
        audience: text(&mut inner, "audience", errors).unwrap_or_default(),
        claims: claims::read(&mut inner, errors),
        grant_type,
    };
    inner.finish(errors);
    Some(settings)
}

fn required(section: &mut Section<'_>, key: &'static str, errors: &mut Errors) -> String {
    let value = text(section, key, errors);
    if value.is_none() {
        section.problem(key, format!("oauth2 {key} must be configured"), errors);
    }
    value.unwrap_or_default()
}

/// What the other grant needs is accepted unchecked, as in the reference exporter.
fn read_client_secret(
    section: &mut Section<'_>,
    grant_type: &str,
    errors: &mut Errors,
) -> Option<TextSource> {
    let mut ignored = Errors::default();
    read_source(
        section,
        ["client_secret", "client_secret_file", "client_secret_ref"],
        "at most one of oauth2 client_secret, client_secret_file & client_secret_ref must be configured \
         using grant-type=client_credentials",
        if grant_type == JWT_BEARER { &mut ignored } else { errors },
    )
}

fn read_key(section: &mut Section<'_>, grant_type: &str, errors: &mut Errors) -> Option<TextSource> {
    let mut ignored = Errors::default();
    read_source(
        section,
        ["client_certificate_key", "client_certificate_key_file", "client_certificate_key_ref"],
        "at most one of oauth2 client_certificate_key, client_certificate_key_file & \
         client_certificate_key_ref must be configured using \
         grant-type=urn:ietf:params:oauth:grant-type:jwt-bearer",
        if grant_type == JWT_BEARER { errors } else { &mut ignored },
    )
}

fn read_algorithm(section: &mut Section<'_>, grant_type: &str, errors: &mut Errors) -> String {
    let algorithm = text(section, "signature_algorithm", errors).unwrap_or_default();
    let is_valid = algorithm.is_empty() || SIGNATURE_ALGORITHMS.contains(&algorithm.as_str());
    if grant_type == JWT_BEARER && !is_valid {
        let message = "valid signature algorithms are RS256, RS384 and RS512";
        section.problem("signature_algorithm", message, errors);
    }
    algorithm
}

fn read_endpoint_params(section: &mut Section<'_>, errors: &mut Errors) -> Vec<(String, String)> {
    let inner = section.section("endpoint_params", errors);
    inner.map(|params| params.named_strings(errors)).unwrap_or_default()
}
