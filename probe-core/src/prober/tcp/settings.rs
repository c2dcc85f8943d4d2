//! The `tcp` section of a module.

use std::sync::Arc;

use super::connect::TcpProber;
use super::series::FAMILIES;
use crate::net::tls::TlsOptions;
use crate::prober::shared::{
    DialogueSettings, EgressSettings, Preference, dump_tls_options, read_tls_options,
};
use crate::prober::{Common, OverrideError, Overrides, Prober, Settings, Spec};
use crate::settings::{Dump, Errors, Section};

/// The TCP prober in configurations.
pub static SPEC: Spec = Spec { name: "tcp", families: FAMILIES, parse };

/// How to probe over TCP.
#[expect(clippy::struct_excessive_bools, reason = "each is a key of the configuration")]
#[derive(Clone, Debug)]
pub struct TcpSettings {
    /// Which address family, as configured.
    pub preferred_ip_protocol: String,
    /// Whether the other family will do.
    pub ip_protocol_fallback: bool,
    /// How packets leave.
    pub egress: EgressSettings,
    /// What to say once connected, and what to expect.
    pub dialogue: DialogueSettings,
    /// Whether to send a single SYN and never complete the handshake. Only without a dialogue and TLS, which need a
    /// connection.
    pub half_open: bool,
    /// Whether to record phases and what the kernel saw.
    pub tcp_info: bool,
    /// Whether to speak TLS from the start.
    pub tls: bool,
    /// How to speak TLS, from the start or when the dialogue says so.
    pub tls_options: TlsOptions,
}

impl Default for TcpSettings {
    fn default() -> Self {
        Self {
            preferred_ip_protocol: String::new(),
            ip_protocol_fallback: true,
            egress: EgressSettings::default(),
            dialogue: DialogueSettings::default(),
            half_open: false,
            tcp_info: false,
            tls: false,
            tls_options: TlsOptions::default(),
        }
    }
}

impl TcpSettings {
    pub(super) fn preference(&self) -> Preference {
        Preference::from_text(&self.preferred_ip_protocol, self.ip_protocol_fallback)
    }

    pub(super) fn is_half_open(&self) -> bool {
        self.half_open && self.dialogue.steps.is_empty() && !self.tls
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the shape of `Spec::parse`")]
fn parse(section: &mut Section<'_>, errors: &mut Errors) -> Option<Arc<dyn Settings>> {
    let dialogue = DialogueSettings::parse(section, errors);
    let settings = TcpSettings {
        preferred_ip_protocol: section.string("preferred_ip_protocol", errors).unwrap_or_default(),
        ip_protocol_fallback: section.boolean("ip_protocol_fallback", errors).unwrap_or(true),
        egress: EgressSettings::parse(section, errors),
        half_open: section.boolean("half_open", errors).unwrap_or(false),
        tcp_info: section.boolean("tcp_info", errors).unwrap_or(false),
        tls: section.boolean("tls", errors).unwrap_or(false),
        tls_options: read_tls_options(section, errors),
        dialogue,
    };
    if settings.half_open && !settings.is_half_open() {
        let message = "not allowed with a dialogue or TLS, which need a connection";
        section.problem("half_open", message, errors);
    }
    Some(Arc::new(settings))
}

impl Settings for TcpSettings {
    fn dump(&self, out: &mut Dump) {
        out.string("preferred_ip_protocol", &self.preferred_ip_protocol);
        out.boolean("ip_protocol_fallback", self.ip_protocol_fallback);
        out.string("source_ip_address", &self.egress.source_ip_address);
        self.dialogue.dump(out);
        out.boolean("tls", self.tls);
        dump_tls_options(&self.tls_options, out);
        out.boolean("half_open", self.half_open);
        out.boolean("tcp_info", self.tcp_info);
        self.egress.dump(out);
    }

    fn with_overrides(&self, overrides: &Overrides) -> Result<Option<Arc<dyn Settings>>, OverrideError> {
        let Some(hostname) = overrides.hostname.as_ref().filter(|_| self.tls_options.server_name.is_empty())
        else {
            return Ok(None);
        };
        let mut settings = self.clone();
        settings.tls_options.server_name.clone_from(hostname);
        Ok(Some(Arc::new(settings)))
    }

    fn build(&self, common: &Common) -> Arc<dyn Prober> {
        let settings = Self { egress: self.egress.or(&common.egress), ..self.clone() };
        Arc::new(TcpProber::new(settings))
    }
}
