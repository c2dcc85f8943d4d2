//! `probe udp`.

use std::time::Duration;

use clap::Args;
use probe_core::model::Target;
use probe_core::prober::udp::{UdpSettings, UdpStep};
use probe_core::settings::Pattern;

use super::common::{EgressArgs, FamilyArgs, ShowArgs};
use super::values::{self, Text};

const EXAMPLES: &str = "\
Examples:
  probe udp syslog1:514                                    is the port closed?
  probe udp game1:27015 --send '\\xff\\xff\\xff\\xffTSource Engine Query\\x00' --expect '^....I'
  probe udp echo1:echo --send ping --expect '^ping$' --attempts 3

Without --send an empty datagram is sent. Without --expect silence is a success: a
port that is closed says so by an ICMP error, unless a firewall drops it.
SECS are seconds (0.2) or have a unit (200ms).
The limit of a probe is 5 s unless --timeout says otherwise.";

/// Send datagrams and look at what comes back
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct UdpArgs {
    /// Names or addresses, each with a port or service name
    #[arg(required = true, value_name = "HOST:PORT", value_parser = values::host_and_port)]
    pub(crate) targets: Vec<Target>,
    #[arg(long, value_name = "TEXT", value_parser = values::text,
          help = "Send this datagram, as it is; \\r, \\n, \\t, \\0, \\xNN and \\\\ are escapes")]
    pub(crate) send: Option<Text>,
    /// Fail unless the datagram that comes back matches this regular expression
    #[arg(long, value_name = "RE", value_parser = values::pattern)]
    pub(crate) expect: Option<Pattern>,
    /// How long to wait for an ICMP error where no answer is expected
    #[arg(short = 'W', long, value_name = "SECS", default_value = "1", value_parser = values::seconds)]
    pub(crate) wait: Duration,
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

impl UdpArgs {
    pub(crate) fn settings(&self) -> UdpSettings {
        let (preferred_ip_protocol, ip_protocol_fallback) = self.family.preference();
        let send = self.send.clone().map(|text| text.0).unwrap_or_default();
        let mut steps = vec![UdpStep { send: Some(send), ..UdpStep::default() }];
        if let Some(pattern) = &self.expect {
            steps.push(UdpStep { expect: Some(pattern.clone()), ..UdpStep::default() });
        }
        UdpSettings {
            preferred_ip_protocol,
            ip_protocol_fallback,
            egress: self.egress.settings(),
            steps,
            wait: self.wait,
        }
    }
}
