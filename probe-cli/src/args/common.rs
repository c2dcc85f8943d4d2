//! Arguments that several verbs share.

use std::net::IpAddr;
use std::time::Duration;

use clap::{Args, ValueEnum};
use probe_core::prober::shared::EgressSettings;
use probe_core::render::threshold::{Limit, Thresholds};
use probe_core::sink::textfile::Textfile;

use super::push::PushArgs;
use super::send::SendArgs;
use super::values;

/// How results are shown.
#[derive(Args, Debug)]
#[command(next_help_heading = "Output")]
pub(crate) struct ShowArgs {
    /// How to write the results
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: Format,
    /// Limit for each whole probe
    #[arg(long, value_name = "SECS", value_parser = values::seconds)]
    pub(crate) timeout: Option<Duration>,
    #[arg(long, value_name = "LIMITS", value_parser = values::limits,
          help = "Warn where a measurement is outside, as in rtt=200ms,loss=20%,cert_days=14:")]
    pub(crate) warning: Option<Limits>,
    /// Fail where a measurement is outside
    #[arg(long, value_name = "LIMITS", value_parser = values::limits)]
    pub(crate) critical: Option<Limits>,
    #[arg(long, value_name = "FILE.prom", value_parser = values::textfile,
          help = "Write the series to this file of node_exporter's textfile collector as well")]
    pub(crate) textfile: Option<Textfile>,
    /// One line for each target
    #[arg(short, long, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Add notes and all measurements, certificates and headers
    #[arg(short, long)]
    pub(crate) verbose: bool,
    #[arg(
        long,
        value_name = "WHEN",
        default_value = "auto",
        help = "When to colour text; auto means on a terminal, unless NO_COLOR is set"
    )]
    pub(crate) color: When,
    // Last, since what follows a heading of its own would stand under that.
    #[command(flatten)]
    pub(crate) push: PushArgs,
    #[command(flatten)]
    pub(crate) send: SendArgs,
}

impl ShowArgs {
    /// What nobody has asked to be otherwise.
    pub(super) fn plain() -> Self {
        Self {
            format: Format::Text,
            timeout: None,
            warning: None,
            critical: None,
            textfile: None,
            push: PushArgs::default(),
            send: SendArgs::default(),
            quiet: false,
            verbose: false,
            color: When::Auto,
        }
    }

    /// The limits on what is measured.
    pub(crate) fn thresholds(&self) -> Thresholds {
        let limits =
            |limits: &Option<Limits>| limits.as_ref().map(|limits| limits.0.clone()).unwrap_or_default();
        Thresholds { warning: limits(&self.warning), critical: limits(&self.critical) }
    }
}

/// Limits on measurements, as one argument has them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Limits(pub(crate) Vec<Limit>);

/// The format of results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// One JSON document
    Json,
    /// One JSON object a line, as results come
    Jsonl,
    /// Comma-separated values, a line a result, as they come
    Csv,
    /// The Prometheus text format
    Prometheus,
    #[value(help = "The OpenMetrics text format")]
    Openmetrics,
    /// One line with performance data, and the exit status of a Nagios plugin
    Nagios,
    /// The same in the layout of monitoring-plugins 3
    Nagios3,
    /// One JSON document for a Zabbix master item
    Zabbix,
    /// The targets, for low-level discovery by Zabbix
    ZabbixLld,
    /// A PRTG sensor, in JSON
    Prtg,
    /// A PRTG sensor, in XML
    PrtgXml,
}

impl Format {
    /// Whether the exit status is that of a plugin: 0, 1, 2 or 3.
    pub(crate) fn is_plugin(self) -> bool {
        matches!(self, Self::Nagios | Self::Nagios3)
    }
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// On a terminal
    Auto,
    /// Everywhere
    Always,
    /// Nowhere
    Never,
}

/// Which address family.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct FamilyArgs {
    /// Use IPv4 only
    #[arg(short = '4', long, conflicts_with = "ipv6")]
    pub(crate) ipv4: bool,
    /// Use IPv6 only
    #[arg(short = '6', long)]
    pub(crate) ipv6: bool,
}

impl FamilyArgs {
    /// `preferred_ip_protocol` and `ip_protocol_fallback`, as settings have them.
    pub(crate) fn preference(self) -> (String, bool) {
        let word = match (self.ipv4, self.ipv6) {
            (true, _) => "ip4",
            (_, true) => "ip6",
            _ => "",
        };
        (word.to_owned(), word.is_empty())
    }
}

/// How packets leave.
#[derive(Args, Debug)]
#[command(next_help_heading = "Way out")]
pub(crate) struct EgressArgs {
    /// Source address
    #[arg(long, value_name = "IP")]
    pub(crate) source: Option<IpAddr>,
    /// Network interface
    #[arg(long, value_name = "IF")]
    pub(crate) interface: Option<String>,
    /// Type of service (IPv4) or traffic class (IPv6), 0 to 255
    #[arg(long, value_name = "N", value_parser = values::whole(0..=255_u8))]
    pub(crate) tos: Option<u8>,
    #[arg(long, value_name = "N", value_parser = values::whole(0..=u32::MAX),
          help = "Firewall mark; needs CAP_NET_ADMIN or CAP_NET_RAW")]
    pub(crate) fwmark: Option<u32>,
}

impl EgressArgs {
    pub(crate) fn settings(&self) -> EgressSettings {
        EgressSettings {
            source_ip_address: self.source.map(|source| source.to_string()).unwrap_or_default(),
            interface: self.interface.clone(),
            tos: self.tos,
            fwmark: self.fwmark,
        }
    }
}
