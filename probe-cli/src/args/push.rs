//! Pushing: what every verb may do with its results, and `probe push`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use super::values;

/// Where results are pushed.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Pushing")]
pub(crate) struct PushArgs {
    /// Push the series to this Pushgateway as well
    #[arg(long, value_name = "URL", requires = "job")]
    pub(crate) push: Option<String>,
    /// The job that the series are grouped under
    #[arg(long, value_name = "NAME", requires = "push")]
    pub(crate) job: Option<String>,
    /// Another label of the group
    #[arg(long = "label", value_name = "NAME=VALUE", value_parser = values::label, requires = "push")]
    pub(crate) labels: Vec<(String, String)>,
    /// What becomes of the group's other series
    #[arg(long, value_name = "METHOD", default_value = "put")]
    pub(crate) push_method: Method,
    /// How long the group is good, for `probe push prune`
    #[arg(long, value_name = "SECS", value_parser = values::seconds, requires = "push")]
    pub(crate) push_ttl: Option<Duration>,
    #[command(flatten)]
    pub(crate) access: AccessArgs,
}

/// How a Pushgateway is reached that not everybody may use.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Pushing")]
pub(crate) struct AccessArgs {
    /// File with USER:PASSWORD, or with `Bearer TOKEN`
    #[arg(long, value_name = "FILE")]
    pub(crate) push_auth_file: Option<PathBuf>,
    /// The only authorities to trust for its certificate
    #[arg(long, value_name = "FILE")]
    pub(crate) push_ca_file: Option<PathBuf>,
}

/// What becomes of series that the group has already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Method {
    /// They go: the group is replaced
    #[default]
    Put,
    /// Those of other names stay
    Post,
}

const EXAMPLES: &str = "\
Examples:
  probe push put http://localhost:9091 --job backup backup_size_bytes=3.2e9 backup_last_success_timestamp_seconds=$(date +%s)
  some_exporter | probe push put http://localhost:9091 --job batch --label instance=db1 --post
  probe push list http://localhost:9091
  probe push delete http://localhost:9091 --job backup --label instance=db1
  probe push prune http://localhost:9091 --older 1h
  probe push prune http://localhost:9091             by what --push-ttl said when they were pushed

A Pushgateway keeps what was pushed for ever: prune is what makes a job that is gone disappear.
Exit status: 0 if it is done, 2 for wrong arguments, 4 if the gateway does not answer or refuses.";

/// Look after the groups of a Pushgateway
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct PushVerbArgs {
    /// What to do
    #[command(subcommand)]
    pub(crate) command: PushCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PushCommand {
    /// Push gauges of one's own, or text in the Prometheus format from the standard input
    Put {
        /// The gateway
        #[arg(value_name = "URL")]
        url: String,
        /// The gauges; without them the standard input is read
        #[arg(value_name = "NAME=VALUE", value_parser = values::gauge)]
        gauges: Vec<(String, f64)>,
        /// The job
        #[arg(long, value_name = "NAME")]
        job: String,
        /// The other labels
        #[arg(long = "label", value_name = "NAME=VALUE", value_parser = values::label)]
        labels: Vec<(String, String)>,
        /// Leave the group's series of other names (POST); otherwise they go (PUT)
        #[arg(long)]
        post: bool,
        #[command(flatten)]
        access: AccessArgs,
    },
    /// Show every group, when it was pushed, and how long it is good
    List {
        /// The gateway
        #[arg(value_name = "URL")]
        url: String,
        #[command(flatten)]
        access: AccessArgs,
    },
    /// Remove one group
    Delete {
        /// The gateway
        #[arg(value_name = "URL")]
        url: String,
        /// The job
        #[arg(long, value_name = "NAME")]
        job: String,
        /// The other labels
        #[arg(long = "label", value_name = "NAME=VALUE", value_parser = values::label)]
        labels: Vec<(String, String)>,
        #[command(flatten)]
        access: AccessArgs,
    },
    /// Remove the groups that nobody has pushed for too long
    Prune {
        /// The gateway
        #[arg(value_name = "URL")]
        url: String,
        /// How long is too long; without it, what --push-ttl said
        #[arg(long, value_name = "SECS", value_parser = values::seconds)]
        older: Option<Duration>,
        /// Those of this job alone
        #[arg(long, value_name = "NAME")]
        job: Option<String>,
        #[command(flatten)]
        access: AccessArgs,
    },
}
