//! `probe grpc`.

use clap::Args;
use probe_core::model::Target;
use probe_core::prober::grpc::GrpcSettings;

use super::common::{EgressArgs, FamilyArgs, ShowArgs};
use super::tls_options::TlsArgs;
use super::values;

const EXAMPLES: &str = "\
Examples:
  probe grpc api1:50051                                  is the server as a whole serving?
  probe grpc api1:50051 --service shop.v1.Cart           is this service?
  probe grpc api.example:443 --tls --metadata 'authorization=Bearer TOKEN'
  probe grpc 192.0.2.7:443 --ca ca.pem --server-name api.example -v

Asks grpc.health.v1.Health/Check. Without a port it is 80, or 443 with TLS.
No proxy is used, whatever the environment says.
The limit of a probe is 5 s unless --timeout says otherwise.";

/// Ask gRPC servers how they do
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct GrpcArgs {
    /// Names or addresses, each with a port
    #[arg(required = true, value_name = "HOST:PORT", value_parser = values::not_empty)]
    pub(crate) targets: Vec<Target>,
    /// The service to ask about; the whole server if absent
    #[arg(long, value_name = "SERVICE", default_value = "", hide_default_value = true)]
    pub(crate) service: String,
    /// Send this along; names that end in -bin take any bytes
    #[arg(long, value_name = "NAME=VALUE", value_parser = values::metadata)]
    pub(crate) metadata: Vec<(String, String)>,
    #[command(flatten)]
    pub(crate) family: FamilyArgs,
    /// Try up to N times; the first success counts
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = values::whole(1..=100_u32))]
    pub(crate) attempts: u32,
    /// Speak TLS; the options below imply it
    #[arg(long, help_heading = "TLS")]
    pub(crate) tls: bool,
    #[command(flatten)]
    pub(crate) tls_options: TlsArgs,
    #[command(flatten)]
    pub(crate) egress: EgressArgs,
    #[command(flatten)]
    pub(crate) show: ShowArgs,
}

impl GrpcArgs {
    pub(crate) fn settings(&self) -> GrpcSettings {
        let (preferred_ip_protocol, ip_protocol_fallback) = self.family.preference();
        let mut metadata: Vec<(String, Vec<String>)> = Vec::new();
        for (name, value) in &self.metadata {
            match metadata.iter_mut().find(|(known, _)| known == name) {
                Some((_, values)) => values.push(value.clone()),
                None => metadata.push((name.clone(), vec![value.clone()])),
            }
        }
        GrpcSettings {
            service: self.service.clone(),
            tls: self.tls || self.tls_options.is_given(),
            tls_options: self.tls_options.options(),
            ip_protocol_fallback,
            preferred_ip_protocol,
            metadata,
            egress: self.egress.settings(),
        }
    }
}
