//! `http_headers`, and the values of one header.

use crate::prober::shared::http_client::settings::HeaderValues;
use crate::settings::{Errors, Secret, Section};

/// Headers that the client itself is responsible for, in their canonical spelling.
const RESERVED: [&str; 18] = [
    "Authorization",
    "Host",
    "Content-Encoding",
    "Content-Length",
    "Content-Type",
    "User-Agent",
    "Connection",
    "Keep-Alive",
    "Proxy-Authenticate",
    "Proxy-Authorization",
    "Www-Authenticate",
    "Accept-Encoding",
    "X-Prometheus-Remote-Write-Version",
    "X-Prometheus-Remote-Read-Version",
    "X-Prometheus-Scrape-Timeout-Seconds",
    "X-Amz-Date",
    "X-Amz-Security-Token",
    "X-Amz-Content-Sha256",
];

pub(super) fn read_http_headers(
    section: &mut Section<'_>,
    errors: &mut Errors,
) -> Vec<(String, HeaderValues)> {
    let Some(inner) = section.section("http_headers", errors) else { return Vec::new() };
    let mut headers = Vec::new();
    for (name, values) in inner.named_sections(errors) {
        if let Some(reserved) = RESERVED.iter().find(|reserved| reserved.eq_ignore_ascii_case(name)) {
            values.problem_here(format!("setting header \"{reserved}\" is not allowed"), errors);
        }
        headers.push((name.to_owned(), read_header_values(values, errors)));
    }
    headers
}

/// Reads the values of one header; what the section is.
pub(crate) fn read_header_values(mut section: Section<'_>, errors: &mut Errors) -> HeaderValues {
    let values = HeaderValues {
        values: section.strings("values", errors).unwrap_or_default(),
        secrets: section
            .strings("secrets", errors)
            .unwrap_or_default()
            .into_iter()
            .map(Secret::new)
            .collect(),
        files: section.strings("files", errors).unwrap_or_default().into_iter().map(Into::into).collect(),
    };
    section.finish(errors);
    values
}
