//! `probe tcp`.

use clap::Args;
use probe_core::model::Target;
use probe_core::prober::tcp::TcpSettings;

use super::common::{EgressArgs, FamilyArgs, ShowArgs};
use super::values;

const EXAMPLES: &str = "\
Examples:
  probe tcp example.com:443                     does the port accept connections?
  probe tcp db1:5432 db2:5432 [2001:db8::1]:22  several at once
  probe tcp --half-open --timeout 2 host:25     one SYN, never a connection; needs CAP_NET_RAW
  probe tcp -v example.com:443                  with phases and what the kernel measured
  probe tcp --attempts 3 -q host:22 || echo down

SECS are seconds (0.2) or have a unit (200ms).
The limit of a probe is 5 s unless --timeout says otherwise.";

/// Connect to ports
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct TcpArgs {
    /// Names or addresses, each with a port or service name
    #[arg(required = true, value_name = "HOST:PORT", value_parser = values::host_and_port)]
    pub(crate) targets: Vec<Target>,
    /// Send a single SYN and never complete the handshake; connects where that is not allowed
    #[arg(long)]
    pub(crate) half_open: bool,
    #[command(flatten)]
    pub(crate) family: FamilyArgs,
    /// Try up to N times; the first success counts
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = values::whole(1..=100_u32))]
    pub(crate) attempts: u32,
    #[command(flatten)]
    pub(crate) egress: EgressArgs,
    #[command(flatten)]
    pub(crate) show: ShowArgs,
}

impl TcpArgs {
    pub(crate) fn settings(&self) -> TcpSettings {
        let (preferred_ip_protocol, ip_protocol_fallback) = self.family.preference();
        TcpSettings {
            preferred_ip_protocol,
            ip_protocol_fallback,
            egress: self.egress.settings(),
            half_open: self.half_open,
            tcp_info: true,
            ..TcpSettings::default()
        }
    }
}
