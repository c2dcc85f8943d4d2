//! `probe tcp`.

use std::ffi::OsString;

use clap::Args;
use probe_core::model::Target;
use probe_core::prober::tcp::TcpSettings;

use super::common::{EgressArgs, FamilyArgs, ShowArgs};
use super::say::SayArgs;
use super::tls_options::TlsArgs;
use super::values;

const EXAMPLES: &str = "\
Examples:
  probe tcp example.com:443                     does the port accept connections?
  probe tcp db1:5432 db2:5432 [2001:db8::1]:22  several at once
  probe tcp --half-open --timeout 2 host:25     one SYN, never a connection; needs CAP_NET_RAW
  probe tcp mail:25 --dialogue smtp             does it greet, and say goodbye?
  probe tcp redis1:6379 --send PING --expect PONG
  probe tcp -v example.com:443 --tls            with phases, certificates and kernel figures
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
    #[arg(long, conflicts_with_all = ["send", "expect", "expect_bytes", "expect_text", "dialogue"])]
    pub(crate) half_open: bool,
    #[command(flatten)]
    pub(crate) family: FamilyArgs,
    /// Try up to N times; the first success counts
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = values::whole(1..=100_u32))]
    pub(crate) attempts: u32,
    #[command(flatten)]
    pub(crate) say: SayArgs,
    /// Speak TLS from the start; the options below imply it
    #[arg(long, conflicts_with = "half_open", help_heading = "TLS")]
    pub(crate) tls: bool,
    #[command(flatten)]
    pub(crate) tls_options: TlsArgs,
    #[command(flatten)]
    pub(crate) egress: EgressArgs,
    #[command(flatten)]
    pub(crate) show: ShowArgs,
}

impl TcpArgs {
    /// Reads the plainest lines, targets alone, without the definitions: building those takes longer than the connection.
    /// `None` means that the definitions have to read it, mistakes included; a test holds the two together.
    pub(super) fn plain(args: &[OsString]) -> Option<Self> {
        let target =
            |arg: &OsString| values::host_and_port(arg.to_str().filter(|arg| !arg.starts_with('-'))?).ok();
        let targets = args.iter().map(target).collect::<Option<Vec<_>>>().filter(|all| !all.is_empty())?;
        Some(Self {
            targets,
            half_open: false,
            say: SayArgs::default(),
            tls: false,
            tls_options: TlsArgs::default(),
            family: FamilyArgs { ipv4: false, ipv6: false },
            attempts: 1,
            egress: EgressArgs { source: None, interface: None, tos: None, fwmark: None },
            show: ShowArgs::plain(),
        })
    }

    pub(crate) fn settings(&self) -> TcpSettings {
        let (preferred_ip_protocol, ip_protocol_fallback) = self.family.preference();
        TcpSettings {
            preferred_ip_protocol,
            ip_protocol_fallback,
            egress: self.egress.settings(),
            dialogue: self.say.settings(),
            half_open: self.half_open,
            tcp_info: true,
            tls: self.tls || (self.tls_options.is_given() && !self.say.starts_tls()),
            tls_options: self.tls_options.options(),
        }
    }
}
