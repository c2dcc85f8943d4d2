//! The `grpc` section of a module.

use std::sync::Arc;

use super::probe::GrpcProber;
use super::series::FAMILIES;
use crate::net::tls::TlsOptions;
use crate::prober::shared::{EgressSettings, Preference, dump_tls_options, read_tls_options};
use crate::prober::{Common, Prober, Settings, Spec};
use crate::settings::{Dump, Errors, Section};
use crate::wire::health::Metadata;

/// The gRPC prober in configurations.
pub static SPEC: Spec = Spec { name: "grpc", families: FAMILIES, parse };

/// How to check the health of a gRPC server.
#[derive(Clone, Debug)]
pub struct GrpcSettings {
    /// The service to ask about; the whole server if empty.
    pub service: String,
    /// Whether to speak TLS.
    pub tls: bool,
    /// How to speak TLS.
    pub tls_options: TlsOptions,
    /// Whether the other address family will do.
    pub ip_protocol_fallback: bool,
    /// Which address family, as configured.
    pub preferred_ip_protocol: String,
    /// What to send along, each name with its values, in the order of the configuration.
    pub metadata: Vec<(String, Vec<String>)>,
    /// How packets leave. Ours.
    pub egress: EgressSettings,
}

impl Default for GrpcSettings {
    fn default() -> Self {
        Self {
            service: String::new(),
            tls: false,
            tls_options: TlsOptions::default(),
            ip_protocol_fallback: true,
            preferred_ip_protocol: String::new(),
            metadata: Vec::new(),
            egress: EgressSettings::default(),
        }
    }
}

impl GrpcSettings {
    pub(super) fn preference(&self) -> Preference {
        Preference::from_text(&self.preferred_ip_protocol, self.ip_protocol_fallback)
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the shape of `Spec::parse`")]
fn parse(section: &mut Section<'_>, errors: &mut Errors) -> Option<Arc<dyn Settings>> {
    // Only a section that is there has the default of the others: modules without one lose the fallback in the reference
    // exporter, and are probed alike.
    let fallback = section.is_given();
    let metadata = section.section("metadata", errors).map(|section| section.named_lists(errors));
    let settings = GrpcSettings {
        service: section.string("service", errors).unwrap_or_default(),
        tls: section.boolean("tls", errors).unwrap_or(false),
        tls_options: read_tls_options(section, errors),
        ip_protocol_fallback: section.boolean("ip_protocol_fallback", errors).unwrap_or(fallback),
        preferred_ip_protocol: section.string("preferred_ip_protocol", errors).unwrap_or_default(),
        metadata: metadata.unwrap_or_default(),
        egress: EgressSettings::parse(section, errors),
    };
    for (name, values) in &settings.metadata {
        if let Err(error) = Metadata::new([(name.as_str(), values.as_slice())]) {
            section.warn("metadata", format!("{error}; every probe will fail"), errors);
        }
    }
    Some(Arc::new(settings))
}

impl Settings for GrpcSettings {
    fn dump(&self, out: &mut Dump) {
        out.string("service", &self.service);
        out.boolean("tls", self.tls);
        dump_tls_options(&self.tls_options, out);
        out.boolean("ip_protocol_fallback", self.ip_protocol_fallback);
        out.string("preferred_ip_protocol", &self.preferred_ip_protocol);
        out.string_lists("metadata", &self.metadata);
        out.string("source_ip_address", &self.egress.source_ip_address);
        self.egress.dump(out);
    }

    fn build(&self, common: &Common) -> Arc<dyn Prober> {
        let settings = Self { egress: self.egress.or(&common.egress), ..self.clone() };
        Arc::new(GrpcProber::new(settings))
    }
}
