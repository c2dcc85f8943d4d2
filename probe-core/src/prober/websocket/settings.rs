//! The `websocket` section of a module.

use std::sync::Arc;

use super::probe::WebSocketProber;
use super::series::FAMILIES;
use crate::prober::shared::http_client::{
    HeaderValues, HttpClientSettings, dump_client, dump_header_values, read_client, read_header_values,
};
use crate::prober::shared::{DialogueSettings, EgressSettings, Preference};
use crate::prober::{Common, Prober, Settings, Spec};
use crate::settings::{Dump, Errors, Section};

/// The websocket prober in configurations.
pub static SPEC: Spec = Spec { name: "websocket", families: FAMILIES, parse };

/// How to probe websockets.
#[derive(Clone, Debug)]
pub struct WebSocketSettings {
    /// What HTTP clients are told, if the file says anything. Of it only TLS, user name and password, and a ready-made
    /// authorization count, as in the reference exporter.
    pub http_config: Option<HttpClientSettings>,
    /// Headers to send, each name with its values, in the order of the configuration.
    pub headers: Vec<(String, HeaderValues)>,
    /// Which messages to expect and to send. Of an entry only `expect` and `send` count.
    pub messages: DialogueSettings,
    /// Which address family, as configured.
    pub preferred_ip_protocol: String,
    /// Whether the other family will do.
    pub ip_protocol_fallback: bool,
    /// How packets leave. Ours.
    pub egress: EgressSettings,
}

impl Default for WebSocketSettings {
    fn default() -> Self {
        Self {
            http_config: None,
            headers: Vec::new(),
            messages: DialogueSettings::default(),
            preferred_ip_protocol: String::new(),
            ip_protocol_fallback: true,
            egress: EgressSettings::default(),
        }
    }
}

impl WebSocketSettings {
    pub(super) fn preference(&self) -> Preference {
        Preference::from_text(&self.preferred_ip_protocol, self.ip_protocol_fallback)
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the shape of `Spec::parse`")]
fn parse(section: &mut Section<'_>, errors: &mut Errors) -> Option<Arc<dyn Settings>> {
    let settings = WebSocketSettings {
        http_config: read_http_config(section, errors),
        headers: read_headers(section, errors),
        messages: DialogueSettings::parse_steps(section, errors),
        preferred_ip_protocol: section.string("preferred_ip_protocol", errors).unwrap_or_default(),
        ip_protocol_fallback: section.boolean("ip_protocol_fallback", errors).unwrap_or(true),
        egress: EgressSettings::parse(section, errors),
    };
    let has_unused = |step: &crate::wire::dialogue::Step<_>| {
        !step.expect_bytes.is_empty() || step.labels.is_some() || step.start_tls
    };
    if settings.messages.steps.iter().any(has_unused) {
        let message = "expect_bytes, labels and starttls mean nothing here; only expect and send count";
        section.warn("query_response", message, errors);
    }
    Some(Arc::new(settings))
}

fn read_http_config(section: &mut Section<'_>, errors: &mut Errors) -> Option<HttpClientSettings> {
    let mut inner = section.section("http_config", errors)?;
    let settings = read_client(&mut inner, errors);
    for (key, is_given) in [
        ("oauth2", settings.oauth2.is_some()),
        ("http_headers", !settings.http_headers.is_empty()),
        ("proxy_url", settings.proxy.is_given()),
    ] {
        if is_given {
            inner.warn(key, "not used by this prober, as in the reference exporter", errors);
        }
    }
    inner.finish(errors);
    Some(settings)
}

fn read_headers(section: &mut Section<'_>, errors: &mut Errors) -> Vec<(String, HeaderValues)> {
    let named = section.section("headers", errors).map(|section| section.named_sections(errors));
    let read = |(name, values): (&str, _)| (name.to_owned(), read_header_values(values, errors));
    named.unwrap_or_default().into_iter().map(read).collect()
}

impl Settings for WebSocketSettings {
    fn dump(&self, out: &mut Dump) {
        if let Some(client) = &self.http_config {
            out.section("http_config", |out| dump_client(client, out));
        }
        out.named_sections("headers", &self.headers, dump_header_values);
        self.messages.dump(out);
        out.string("preferred_ip_protocol", &self.preferred_ip_protocol);
        out.boolean("ip_protocol_fallback", self.ip_protocol_fallback);
        out.string("source_ip_address", &self.egress.source_ip_address);
        self.egress.dump(out);
    }

    fn build(&self, common: &Common) -> Arc<dyn Prober> {
        let settings = Self { egress: self.egress.or(&common.egress), ..self.clone() };
        Arc::new(WebSocketProber::new(settings))
    }
}
