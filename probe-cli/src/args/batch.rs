//! `probe batch`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::common::ShowArgs;
use super::mail::MailArgs;
use super::values;

const EXAMPLES: &str = "\
Examples:
  probe batch checks.txt --textfile /var/lib/prometheus/node-exporter/checks.prom
  printf 'icmp 127.0.0.1 site=home\\ntcp_connect localhost:22\\n' | probe batch
  probe batch --module icmp targets.json --format jsonl
  probe batch checks.yml --config blackbox.yml --warning rtt=200ms --format nagios
  probe batch checks.txt --only-changes /var/lib/probe/state --lock /run/probe.lock --splay 20
  probe batch checks.txt -q --mail-to ops@example.org --mail-state /var/lib/probe/mail.json

A list has a check a line, MODULE TARGET NAME=VALUE..., or is YAML or JSON: mappings with module,
target, labels and timeout, or what Prometheus reads as file_sd. Without --config the modules are
those that are built in: http_2xx, tcp_connect, icmp, ssh_banner, grpc and so on.

A line that cannot be read is named, and the others are checked. Exit status: 0 if all is well, 1 if
a check failed or a line was bad, 2 if nothing could be checked, 5 if another run holds the lock.";

/// Run many checks from a list
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct BatchArgs {
    /// The list; - is the standard input
    #[arg(value_name = "FILE", default_value = "-")]
    pub(crate) list: PathBuf,
    /// The file with the modules
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The module of checks that name none
    #[arg(long, value_name = "NAME")]
    pub(crate) module: Option<String>,
    /// Checks under way at once
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = values::whole(1..=10_000_u32))]
    pub(crate) concurrency: u32,
    /// Spread the starts evenly over this time
    #[arg(long, value_name = "SECS", value_parser = values::seconds)]
    pub(crate) spread: Option<Duration>,
    /// Hold this file while running; if another run holds it, do nothing
    #[arg(long, value_name = "FILE", help_heading = "Cron")]
    pub(crate) lock: Option<PathBuf>,
    /// Wait for a random part of this time before starting
    #[arg(long, value_name = "SECS", value_parser = values::seconds, help_heading = "Cron")]
    pub(crate) splay: Option<Duration>,
    /// Show only what is not as it was at the last run, which this file remembers
    #[arg(long, value_name = "FILE", help_heading = "Cron")]
    pub(crate) only_changes: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) mail: MailArgs,
    #[command(flatten)]
    pub(crate) show: ShowArgs,
}
