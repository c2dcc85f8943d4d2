//! The `dns` section of a module.

use std::sync::Arc;

use super::probe::DnsProber;
use super::series::FAMILIES;
use super::transport::WORDS;
use super::validators::RecordRules;
use crate::net::USUAL_DNS_PATH;
use crate::net::tls::TlsOptions;
use crate::prober::shared::{EgressSettings, Preference, dump_tls_options, read_tls_options};
use crate::prober::{Common, Prober, Settings, Spec};
use crate::settings::{Dump, Errors, Section};
use crate::wire::dns::{Class, LARGEST_WITHOUT_EDNS, Name, Rcode, RecordType};

/// What stands for the target in `query_name`, if there is a `server`.
pub const TARGET_PLACEHOLDER: &str = "{target}";

/// The DNS prober in configurations.
pub static SPEC: Spec = Spec { name: "dns", families: FAMILIES, parse };

/// What to ask, whom, and what to expect.
#[expect(clippy::struct_excessive_bools, reason = "each is a key of the configuration")]
#[derive(Clone, Debug)]
pub struct DnsSettings {
    /// Which address family, as configured.
    pub preferred_ip_protocol: String,
    /// Whether the other family will do.
    pub ip_protocol_fallback: bool,
    /// Whether to speak TLS; only over TCP.
    pub dns_over_tls: bool,
    /// How to speak TLS.
    pub tls_options: TlsOptions,
    /// How packets leave.
    pub egress: EgressSettings,
    /// `udp` or `tcp`, or, beyond the reference exporter, `https` or `quic`; empty means UDP. Anything else fails the probe, as
    /// there.
    pub transport_protocol: String,
    /// Where a server over HTTPS is asked.
    pub https_path: String,
    /// The class to ask for; IN if absent.
    pub query_class: Option<Class>,
    /// The name to ask about. With a `server`, [`TARGET_PLACEHOLDER`] in it stands for the target.
    pub query_name: String,
    /// The type to ask for; ANY if absent.
    pub query_type: Option<RecordType>,
    /// Whether the server shall ask others.
    pub recursion_desired: bool,
    /// Names of the response codes that are good; NOERROR alone if absent.
    pub valid_rcodes: Option<Vec<String>>,
    /// Rules for the answer section.
    pub validate_answer_rrs: RecordRules,
    /// Rules for the authority section.
    pub validate_authority_rrs: RecordRules,
    /// Rules for the additional section.
    pub validate_additional_rrs: RecordRules,
    /// The name server, as `host:port` or `host`; the target if absent.
    pub server: Option<String>,
    /// The largest answer over UDP to announce by EDNS, in bytes; no EDNS if absent.
    pub edns_udp_size: Option<u16>,
    /// Whether to ask again over TCP if an answer over UDP is truncated.
    pub retry_over_tcp: bool,
}

impl Default for DnsSettings {
    fn default() -> Self {
        Self {
            preferred_ip_protocol: String::new(),
            ip_protocol_fallback: true,
            dns_over_tls: false,
            tls_options: TlsOptions::default(),
            egress: EgressSettings::default(),
            transport_protocol: String::new(),
            https_path: USUAL_DNS_PATH.to_owned(),
            query_class: None,
            query_name: String::new(),
            query_type: None,
            recursion_desired: true,
            valid_rcodes: None,
            validate_answer_rrs: RecordRules::default(),
            validate_authority_rrs: RecordRules::default(),
            validate_additional_rrs: RecordRules::default(),
            server: None,
            edns_udp_size: None,
            retry_over_tcp: false,
        }
    }
}

impl DnsSettings {
    pub(super) fn preference(&self) -> Preference {
        Preference::from_text(&self.preferred_ip_protocol, self.ip_protocol_fallback)
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the shape of `Spec::parse`")]
fn parse(section: &mut Section<'_>, errors: &mut Errors) -> Option<Arc<dyn Settings>> {
    let settings = DnsSettings {
        preferred_ip_protocol: section.string("preferred_ip_protocol", errors).unwrap_or_default(),
        ip_protocol_fallback: section.boolean("ip_protocol_fallback", errors).unwrap_or(true),
        dns_over_tls: section.boolean("dns_over_tls", errors).unwrap_or(false),
        tls_options: read_tls_options(section, errors),
        egress: EgressSettings::parse(section, errors),
        transport_protocol: read_transport(section, errors),
        https_path: read_path(section, errors),
        query_class: read_known("query_class", "query class", Class::from_name, section, errors),
        query_type: read_known("query_type", "query type", RecordType::from_name, section, errors),
        recursion_desired: section.boolean("recursion_desired", errors).unwrap_or(true),
        valid_rcodes: read_rcodes(section, errors),
        validate_answer_rrs: RecordRules::parse("validate_answer_rrs", section, errors),
        validate_authority_rrs: RecordRules::parse("validate_authority_rrs", section, errors),
        validate_additional_rrs: RecordRules::parse("validate_additional_rrs", section, errors),
        server: section.string("server", errors).filter(|server| !server.is_empty()),
        query_name: section.string("query_name", errors).unwrap_or_default(),
        edns_udp_size: section
            .integer("edns_udp_size", LARGEST_WITHOUT_EDNS.into()..=u16::MAX.into(), errors)
            .map(|size| size as u16),
        retry_over_tcp: section.boolean("retry_over_tcp", errors).unwrap_or(false),
    };
    check_name(&settings, section, errors);
    if settings.dns_over_tls && matches!(settings.transport_protocol.as_str(), "" | "udp") {
        section.warn("dns_over_tls", "needs transport_protocol tcp, so every probe will fail", errors);
    }
    Some(Arc::new(settings))
}

fn read_transport(section: &mut Section<'_>, errors: &mut Errors) -> String {
    let protocol = section.string("transport_protocol", errors).unwrap_or_default();
    if !WORDS.contains(&protocol.as_str()) {
        let message = format!("none of{}, so every probe will fail", WORDS.join(" "));
        section.warn("transport_protocol", message, errors);
    }
    protocol
}

fn read_path(section: &mut Section<'_>, errors: &mut Errors) -> String {
    let path = section.string("https_path", errors).unwrap_or_else(|| USUAL_DNS_PATH.to_owned());
    if !path.starts_with('/') {
        section.problem("https_path", "does not start with a slash", errors);
    }
    path
}

/// A name from a table. The messages are those of the reference exporter.
fn read_known<T>(
    key: &'static str,
    what: &str,
    from_name: fn(&str) -> Option<T>,
    section: &mut Section<'_>,
    errors: &mut Errors,
) -> Option<T> {
    let name = section.string(key, errors).filter(|name| !name.is_empty())?;
    let known = from_name(&name);
    if known.is_none() {
        section.problem(key, format!("{what} '{}' is not valid", name.escape_debug()), errors);
    }
    known
}

fn read_rcodes(section: &mut Section<'_>, errors: &mut Errors) -> Option<Vec<String>> {
    let names = section.strings("valid_rcodes", errors)?;
    if names.is_empty() {
        section.warn("valid_rcodes", "no response code is valid, so every probe will fail", errors);
    } else if names.iter().any(|name| Rcode::from_name(name).is_none()) {
        section.warn("valid_rcodes", "not all are response codes, so every probe will fail", errors);
    }
    Some(names)
}

/// A section that is not there has no name, and is accepted: its module belongs to another prober.
fn check_name(settings: &DnsSettings, section: &Section<'_>, errors: &mut Errors) {
    const KEY: &str = "query_name";
    let name = settings.query_name.as_str();
    if name.is_empty() {
        if section.is_given() {
            section.problem(KEY, "query name must be set for DNS module", errors);
        }
        return;
    }
    match (settings.server.is_some(), name.contains(TARGET_PLACEHOLDER)) {
        (true, true) => {}
        (true, false) => section.problem(
            "server",
            format!("the target is not used; with server, query_name must contain {TARGET_PLACEHOLDER}"),
            errors,
        ),
        (false, true) => section.warn(
            KEY,
            format!("asks about {TARGET_PLACEHOLDER} itself; it stands for the target only with server"),
            errors,
        ),
        (false, false) => {
            if let Err(error) = name.parse::<Name>() {
                section.warn(KEY, format!("cannot be asked about: {error}; every probe will fail"), errors);
            }
        }
    }
}

impl Settings for DnsSettings {
    fn dump(&self, out: &mut Dump) {
        out.string("preferred_ip_protocol", &self.preferred_ip_protocol);
        out.boolean("ip_protocol_fallback", self.ip_protocol_fallback);
        out.boolean("dns_over_tls", self.dns_over_tls);
        dump_tls_options(&self.tls_options, out);
        out.string("source_ip_address", &self.egress.source_ip_address);
        out.string("transport_protocol", &self.transport_protocol);
        if self.https_path != USUAL_DNS_PATH {
            out.string("https_path", &self.https_path);
        }
        out.string("query_class", self.query_class.and_then(Class::name).unwrap_or_default());
        out.string("query_name", &self.query_name);
        out.string("query_type", self.query_type.and_then(RecordType::name).unwrap_or_default());
        out.boolean("recursion_desired", self.recursion_desired);
        out.strings("valid_rcodes", self.valid_rcodes.as_deref().unwrap_or_default());
        self.validate_answer_rrs.dump("validate_answer_rrs", out);
        self.validate_authority_rrs.dump("validate_authority_rrs", out);
        self.validate_additional_rrs.dump("validate_additional_rrs", out);
        out.string("server", self.server.as_deref().unwrap_or_default());
        out.integer("edns_udp_size", self.edns_udp_size.unwrap_or_default().into());
        out.boolean("retry_over_tcp", self.retry_over_tcp);
        self.egress.dump(out);
    }

    fn build(&self, common: &Common) -> Arc<dyn Prober> {
        let settings = Self { egress: self.egress.or(&common.egress), ..self.clone() };
        Arc::new(DnsProber::new(settings))
    }
}
