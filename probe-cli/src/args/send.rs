//! Sending: receivers that keep time themselves, which every verb may hand its results to.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::values;

/// Where results are sent.
#[derive(Args, Debug)]
#[command(next_help_heading = "Sending")]
pub(crate) struct SendArgs {
    /// Send the series by Prometheus remote write
    #[arg(long, value_name = "URL", hide_short_help = true)]
    pub(crate) remote_write: Option<String>,
    /// The version of remote write; who does not know 2 gets 1
    #[arg(long, value_name = "VERSION", default_value = "1", hide_short_help = true)]
    pub(crate) remote_write_version: RemoteWriteVersion,
    /// Send the series by OTLP over HTTP; without a path in the URL, to /v1/metrics
    #[arg(long, value_name = "URL", hide_short_help = true)]
    pub(crate) otlp: Option<String>,
    #[arg(
        long,
        value_name = "URL",
        hide_short_help = true,
        help = "Send the series as lines of InfluxDB, for example to http://db:8086/write?db=probe"
    )]
    pub(crate) influx: Option<String>,
    /// Send values of trapper items to this Zabbix server or proxy
    #[arg(long, value_name = "HOST[:PORT]", requires = "zabbix_host", hide_short_help = true)]
    pub(crate) zabbix_server: Option<String>,
    /// The host that the items belong to
    #[arg(long, value_name = "NAME", requires = "zabbix_server", hide_short_help = true)]
    pub(crate) zabbix_host: Option<String>,
    /// Send gauges to this statsd server
    #[arg(long, value_name = "HOST[:PORT]", hide_short_help = true)]
    pub(crate) statsd: Option<String>,
    /// Another label of every series that is sent
    #[arg(long = "send-label", value_name = "NAME=VALUE", value_parser = values::label, hide_short_help = true)]
    pub(crate) send_labels: Vec<(String, String)>,
    /// File with USER:PASSWORD, or with `Bearer TOKEN` or the like
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub(crate) send_auth_file: Option<PathBuf>,
    /// The only authorities to trust for the receivers' certificates
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub(crate) send_ca_file: Option<PathBuf>,
    /// Folder where series wait while a receiver is away, and that tells which have ended
    #[arg(long, value_name = "DIR", hide_short_help = true)]
    pub(crate) spool: Option<PathBuf>,
    /// How many MiB may wait for each receiver; beyond it the oldest are dropped and counted
    #[arg(long, value_name = "MIB", default_value_t = DEFAULT_LIMIT, value_parser = values::whole(1..=1_048_576_u32),
          requires = "spool", hide_short_help = true)]
    pub(crate) spool_limit: u32,
}

const DEFAULT_LIMIT: u32 = 64;

impl SendArgs {
    /// Whether anything is to be sent.
    pub(crate) fn is_wanted(&self) -> bool {
        [&self.remote_write, &self.otlp, &self.influx, &self.zabbix_server, &self.statsd]
            .into_iter()
            .any(Option::is_some)
    }
}

impl Default for SendArgs {
    fn default() -> Self {
        Self {
            remote_write: None,
            remote_write_version: RemoteWriteVersion::V1,
            otlp: None,
            influx: None,
            zabbix_server: None,
            zabbix_host: None,
            statsd: None,
            send_labels: Vec::new(),
            send_auth_file: None,
            send_ca_file: None,
            spool: None,
            spool_limit: DEFAULT_LIMIT,
        }
    }
}

/// The version of remote write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RemoteWriteVersion {
    /// 1.0
    #[value(name = "1")]
    V1,
    /// 2.0
    #[value(name = "2")]
    V2,
}
