//! Which proxy to use: four keys of a section.

use super::text;
use crate::prober::shared::http_client::masked_url::masked;
use crate::prober::shared::http_client::settings::ProxySettings;
use crate::settings::{Errors, Secret, Section};
use crate::wire::url::{Url, UrlError};

pub(super) fn read(section: &mut Section<'_>, errors: &mut Errors) -> ProxySettings {
    let settings = ProxySettings {
        proxy_url: read_url(section, errors),
        no_proxy: text(section, "no_proxy", errors).unwrap_or_default(),
        proxy_from_environment: section.boolean("proxy_from_environment", errors).unwrap_or(false),
        proxy_connect_header: read_connect_header(section, errors),
    };
    check(&settings, section, errors);
    settings
}

/// A URL may hold a password, so a problem shows it without.
fn read_url(section: &mut Section<'_>, errors: &mut Errors) -> Secret {
    let url = section.string("proxy_url", errors).unwrap_or_default();
    if let Err(error) = Url::parse(url.as_bytes()) {
        let library = match error {
            UrlError::ControlCharacter | UrlError::UserInfo => "net/url: ",
            _ => "",
        };
        let message = format!("parse {:?}: {library}{error}", masked(&url));
        section.problem("proxy_url", message, errors);
    }
    Secret::new(url)
}

fn read_connect_header(section: &mut Section<'_>, errors: &mut Errors) -> Vec<(String, Vec<Secret>)> {
    let Some(inner) = section.section("proxy_connect_header", errors) else { return Vec::new() };
    let secret = |values: Vec<String>| values.into_iter().map(Secret::new).collect();
    inner.named_lists(errors).into_iter().map(|(name, values)| (name, secret(values))).collect()
}

fn check(settings: &ProxySettings, section: &Section<'_>, errors: &mut Errors) {
    let has_url = !settings.proxy_url.expose().is_empty();
    if !settings.proxy_connect_header.is_empty() && !settings.is_given() {
        let message = "if proxy_connect_header is configured, proxy_url or proxy_from_environment must also be configured";
        section.problem("proxy_connect_header", message, errors);
    }
    if settings.proxy_from_environment && has_url {
        let message = "if proxy_from_environment is configured, proxy_url must not be configured";
        section.problem("proxy_url", message, errors);
    }
    if settings.no_proxy.is_empty() {
        return;
    }
    if settings.proxy_from_environment {
        let message = "if proxy_from_environment is configured, no_proxy must not be configured";
        section.problem("no_proxy", message, errors);
    } else if !has_url {
        section.problem("no_proxy", "if no_proxy is configured, proxy_url must also be configured", errors);
    }
}
