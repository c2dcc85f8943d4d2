//! How packets leave, as sections of a configuration say it.

use std::net::IpAddr;

use crate::model::{Phase, ProbeError, Reason};
#[cfg(any(feature = "icmp", feature = "tcp", feature = "dns"))]
use crate::model::{Recorder, Severity};
use crate::net::Egress;
use crate::settings::{Dump, Errors, Section};

/// The keys of a section that say how packets leave. The source address is read when a probe runs, since the reference
/// exporter accepts anything at load.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EgressSettings {
    /// The source address as configured; empty for the kernel's choice.
    pub source_ip_address: String,
    /// The interface by name.
    pub interface: Option<String>,
    /// Type of service (IPv4) or traffic class (IPv6).
    pub tos: Option<u8>,
    /// The firewall mark.
    pub fwmark: Option<u32>,
}

#[cfg_attr(
    not(any(
        feature = "tcp",
        feature = "dns",
        feature = "icmp",
        feature = "udp",
        feature = "http",
        feature = "grpc"
    )),
    allow(dead_code)
)]
impl EgressSettings {
    /// Reads its keys from a section.
    pub(crate) fn parse(section: &mut Section<'_>, errors: &mut Errors) -> Self {
        Self {
            source_ip_address: section.string("source_ip_address", errors).unwrap_or_default(),
            interface: section.string("interface", errors),
            tos: section.integer("tos", 0..=255, errors).map(|tos| tos as u8),
            fwmark: section.integer("fwmark", 0..=u32::MAX.into(), errors).map(|mark| mark as u32),
        }
    }

    /// Writes the keys beyond the reference exporter's.
    pub(crate) fn dump(&self, out: &mut Dump) {
        out.string("interface", self.interface.as_deref().unwrap_or_default());
        out.integer("tos", self.tos.unwrap_or_default().into());
        out.integer("fwmark", self.fwmark.unwrap_or_default().into());
    }

    /// The section's keys where given, the module's otherwise.
    pub(crate) fn or(&self, module: &Egress) -> Self {
        let module_source = module.source.map(|source| source.to_string()).unwrap_or_default();
        Self {
            source_ip_address: Some(self.source_ip_address.clone())
                .filter(|s| !s.is_empty())
                .unwrap_or(module_source),
            interface: self.interface.clone().or_else(|| module.interface.clone()),
            tos: self.tos.or(module.tos),
            fwmark: self.fwmark.or(module.mark),
        }
    }

    /// Sees that the source address is one, and says so with `message` or what is wrong, as the reference exporter does before
    /// there is anything to connect.
    #[cfg(any(feature = "icmp", feature = "tcp", feature = "dns"))]
    pub(crate) fn check_source(&self, message: &'static str, out: &mut Recorder) -> Result<(), ProbeError> {
        let text = &self.source_ip_address;
        match self.source() {
            Ok(None) => Ok(()),
            Ok(Some(source)) => {
                out.log(Severity::Debug, message, &[("srcIP", &source)]);
                Ok(())
            }
            Err(error) => {
                out.log(Severity::Error, "Error parsing source ip address", &[("srcIP", text)]);
                Err(error)
            }
        }
    }

    fn source(&self) -> Result<Option<IpAddr>, ProbeError> {
        match self.source_ip_address.as_str() {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| {
                let detail = format!("error parsing source ip address: {text}");
                ProbeError::new(Reason::Configuration, Phase::Setup, detail)
            }),
        }
    }

    /// What the sockets need, for a target at `destination`.
    pub(crate) fn resolve(&self, destination: IpAddr, hop_limit: Option<u8>) -> Result<Egress, ProbeError> {
        let invalid = |detail: String| ProbeError::new(Reason::Configuration, Phase::Setup, detail);
        let source = self.source()?;
        if let Some(source) = source
            && source.to_canonical().is_ipv4() != destination.to_canonical().is_ipv4()
        {
            return Err(invalid(format!(
                "no suitable address found: source {source} and target {destination} are of different families"
            )));
        }
        Ok(Egress {
            source: source.map(|source| source.to_canonical()),
            interface: self.interface.clone(),
            tos: self.tos,
            mark: self.fwmark,
            hop_limit,
        })
    }
}
