//! Reads the client block: inline in an `http` section, under `http_config` in a `websocket` section.

mod auth;
mod claims;
mod headers;
mod oauth2;
mod proxy;

use super::settings::{Authorization, HttpClientSettings, TextSource};
use crate::prober::shared::read_tls_options;
use crate::settings::{Errors, Secret, Section};

pub(crate) use headers::read_header_values;

/// Reads the keys of the client block from `section`. Problems are those of the reference exporter, in its words, and all
/// of them are reported.
pub(crate) fn read_client(section: &mut Section<'_>, errors: &mut Errors) -> HttpClientSettings {
    let bearer = read_bearer(section, errors);
    let mut settings = HttpClientSettings {
        basic_auth: auth::read_basic(section, errors),
        authorization: auth::read_authorization(section, errors),
        oauth2: oauth2::read(section, errors).map(Box::new),
        tls: read_tls_options(section, errors),
        follow_redirects: section.boolean("follow_redirects", errors).unwrap_or(true),
        enable_http2: section.boolean("enable_http2", errors).unwrap_or(true),
        proxy: proxy::read(section, errors),
        http_headers: headers::read_http_headers(section, errors),
    };
    check_one_way(&settings, bearer.as_ref(), section, errors);
    if let Some(credentials) = bearer
        && settings.authorization.is_none()
    {
        settings.authorization =
            Some(Authorization { scheme: "Bearer".into(), credentials: Some(credentials) });
    }
    settings
}

/// The two deprecated keys for a token.
fn read_bearer(section: &mut Section<'_>, errors: &mut Errors) -> Option<TextSource> {
    let token = text(section, "bearer_token", errors);
    let file = text(section, "bearer_token_file", errors);
    if token.is_some() && file.is_some() {
        let message = "at most one of bearer_token & bearer_token_file must be configured";
        section.problem("bearer_token_file", message, errors);
    }
    token
        .map(|token| TextSource::Inline(Secret::new(token)))
        .or(file.map(|file| TextSource::File(file.into())))
}

/// There is one `Authorization` header, so one way to fill it.
fn check_one_way(
    settings: &HttpClientSettings,
    bearer: Option<&TextSource>,
    section: &Section<'_>,
    errors: &mut Errors,
) {
    let has_basic = settings.basic_auth.is_some();
    let has_oauth2 = settings.oauth2.is_some();
    let has_authorization = settings.authorization.is_some();
    if let Some(bearer) = bearer {
        let is_file = matches!(bearer, TextSource::File(_));
        let key = if is_file { "bearer_token_file" } else { "bearer_token" };
        if has_basic || has_oauth2 {
            let message =
                "at most one of basic_auth, oauth2, bearer_token & bearer_token_file must be configured";
            section.problem(key, message, errors);
        }
        if has_authorization {
            let message = "authorization is not compatible with bearer_token & bearer_token_file";
            section.problem(key, message, errors);
        }
    }
    if usize::from(has_basic) + usize::from(has_oauth2) + usize::from(has_authorization) > 1 {
        let message = "at most one of basic_auth, oauth2 & authorization must be configured";
        section.problem(if has_authorization { "authorization" } else { "oauth2" }, message, errors);
    }
}

/// A text that is there and not empty.
fn text(section: &mut Section<'_>, key: &'static str, errors: &mut Errors) -> Option<String> {
    section.string(key, errors).filter(|text| !text.is_empty())
}

/// A text that may stand in the section, in a file or in a secret store: keys in this order. More than one is a problem
/// with these words.
fn read_source(
    section: &mut Section<'_>,
    keys: [&'static str; 3],
    more_than_one: &str,
    errors: &mut Errors,
) -> Option<TextSource> {
    let [inline, file, reference] = keys.map(|key| text(section, key, errors));
    let given = [&inline, &file, &reference].map(Option::is_some);
    if given.iter().filter(|given| **given).count() > 1 {
        let last = keys.iter().zip(given).rfind(|(_, given)| *given).map_or(keys[0], |(key, _)| *key);
        section.problem(last, more_than_one, errors);
    }
    inline
        .map(|text| TextSource::Inline(Secret::new(text)))
        .or(file.map(|path| TextSource::File(path.into())))
        .or(reference.map(TextSource::Reference))
}
