//! `probe icmp`.

use std::ffi::OsString;
use std::time::Duration;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use probe_core::model::Target;
use probe_core::net::SocketChoice;
use probe_core::prober::icmp::IcmpSettings;

use super::common::{EgressArgs, FamilyArgs, ShowArgs};
use super::values;

const EXAMPLES: &str = "\
Examples:
  probe icmp 127.0.0.1                          three pings, each shown as it comes
  probe icmp -c 20 -i 0.05 --max-loss 5% gw     twenty quick ones; fails if more than one is lost
  probe icmp --watch gw1.example gw2.example    until Ctrl-C, then a summary of each
  probe icmp --format prometheus 127.0.0.1      as series
  probe icmp -s 1472 --dont-fragment gw         does a full Ethernet frame get through?

SECS are seconds (0.2) or have a unit (200ms).";

/// Ping hosts
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct IcmpArgs {
    /// Names or addresses
    #[arg(required = true, value_name = "HOST", value_parser = values::host)]
    pub(crate) hosts: Vec<Target>,
    /// Packets for each host; 0 means until interrupted [default: 3, or 0 with --watch]
    #[arg(short, long, value_name = "N", value_parser = values::whole(0..=1_000_000_u32))]
    pub(crate) count: Option<u32>,
    /// Time from one packet to the next, at least 0.001
    #[arg(short, long, value_name = "SECS", default_value = "0.2", value_parser = values::interval)]
    pub(crate) interval: Duration,
    /// How long to wait for each answer
    #[arg(short = 'W', long, value_name = "SECS", default_value = "1", value_parser = values::seconds)]
    pub(crate) wait: Duration,
    /// Payload of each packet, 1 to 65507
    #[arg(short, long, value_name = "BYTES", default_value_t = 56,
          value_parser = values::whole(1..=65_507_u16))]
    pub(crate) size: u16,
    #[command(flatten)]
    pub(crate) family: FamilyArgs,
    /// Go on until interrupted or, with --count, until all are sent; then show a summary
    #[arg(long, conflicts_with = "attempts")]
    pub(crate) watch: bool,
    /// Fail if a larger share of packets is lost: 0.1 or 10%
    #[arg(long, value_name = "RATIO", value_parser = values::ratio)]
    pub(crate) max_loss: Option<f64>,
    /// Fail if the mean round trip takes longer
    #[arg(long, value_name = "SECS", value_parser = values::seconds)]
    pub(crate) max_rtt: Option<Duration>,
    /// Try up to N times; the first success counts
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = values::whole(1..=100_u32))]
    pub(crate) attempts: u32,
    #[command(flatten)]
    pub(crate) egress: EgressArgs,
    /// Hop limit, 1 to 255
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = values::whole(1..=255_u8),
          help_heading = "Way out")]
    pub(crate) ttl: u8,
    /// Forbid routers to fragment the packets
    #[arg(long, help_heading = "Way out")]
    pub(crate) dont_fragment: bool,
    /// Which sockets may be used; auto tries the less privileged first
    #[arg(long, value_name = "KIND", default_value = "auto", value_parser = socket_choice(),
          help_heading = "Way out")]
    pub(crate) socket: SocketChoice,
    #[command(flatten)]
    pub(crate) show: ShowArgs,
}

impl IcmpArgs {
    /// Reads the plainest lines, hosts and `-c N` alone, without the definitions: building those takes longer than the
    /// ping. `None` means that the definitions have to read it, mistakes included; a test holds the two together.
    pub(super) fn plain(args: &[OsString]) -> Option<Self> {
        let mut plain = Self {
            hosts: Vec::new(),
            count: None,
            interval: Duration::from_millis(200),
            wait: Duration::from_secs(1),
            size: 56,
            family: FamilyArgs { ipv4: false, ipv6: false },
            watch: false,
            max_loss: None,
            max_rtt: None,
            attempts: 1,
            egress: EgressArgs { source: None, interface: None, tos: None, fwmark: None },
            ttl: 64,
            dont_fragment: false,
            socket: SocketChoice::Auto,
            show: ShowArgs::plain(),
        };
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            match arg.to_str()? {
                "-c" if plain.count.is_none() => {
                    let number = args.next()?.to_str()?;
                    let digits = number.len() < 6 && number.bytes().all(|byte| byte.is_ascii_digit());
                    plain.count = Some(number.parse().ok().filter(|_| digits)?);
                }
                option if option.starts_with('-') => return None,
                host => plain.hosts.push(values::host(host).ok()?),
            }
        }
        (!plain.hosts.is_empty()).then_some(plain)
    }

    /// Packets for each host; 0 if only an interrupt ends it.
    pub(crate) fn packets(&self) -> u32 {
        self.count.unwrap_or(if self.watch { 0 } else { 3 })
    }

    /// Whether packets are shown for as long as the user likes.
    pub(crate) fn is_watch(&self) -> bool {
        self.watch || self.packets() == 0
    }

    pub(crate) fn settings(&self) -> IcmpSettings {
        let (preferred_ip_protocol, ip_protocol_fallback) = self.family.preference();
        IcmpSettings {
            preferred_ip_protocol,
            ip_protocol_fallback,
            payload_size: self.size.into(),
            dont_fragment: self.dont_fragment,
            hop_limit: self.ttl,
            egress: self.egress.settings(),
            count: self.packets(),
            interval: self.interval,
            packet_timeout: Some(self.wait),
            max_loss_ratio: self.max_loss,
            max_rtt: self.max_rtt,
            socket: self.socket,
        }
    }
}

/// The words of the library, so that configurations and the command line speak alike.
fn socket_choice() -> impl TypedValueParser<Value = SocketChoice> {
    PossibleValuesParser::new(SocketChoice::WORDS.map(|(word, _)| word)).map(|chosen| {
        let choice = SocketChoice::WORDS.into_iter().find(|(word, _)| *word == chosen);
        choice.map(|(_, choice)| choice).unwrap_or_default()
    })
}
