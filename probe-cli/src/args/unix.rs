//! `probe unix`.

use clap::Args;
use probe_core::model::Target;
use probe_core::prober::unix::UnixSettings;

use super::common::ShowArgs;
use super::say::SayArgs;
use super::tls_options::TlsArgs;
use super::values;

const EXAMPLES: &str = "\
Examples:
  probe unix /run/docker.sock                            does somebody listen?
  probe unix /run/redis.sock --dialogue redis_ping
  probe unix /run/app.sock --send status --expect '^ok'
  probe unix @name                                       a socket without a file (Linux)

The limit of a probe is 5 s unless --timeout says otherwise.";

/// Connect to unix sockets
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct UnixArgs {
    /// Paths of stream sockets
    #[arg(required = true, value_name = "PATH", value_parser = values::not_empty)]
    pub(crate) targets: Vec<Target>,
    /// Try up to N times; the first success counts
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = values::whole(1..=100_u32))]
    pub(crate) attempts: u32,
    #[command(flatten)]
    pub(crate) say: SayArgs,
    /// Speak TLS from the start; the options below imply it. Needs --server-name or --insecure
    #[arg(long, help_heading = "TLS")]
    pub(crate) tls: bool,
    #[command(flatten)]
    pub(crate) tls_options: TlsArgs,
    #[command(flatten)]
    pub(crate) show: ShowArgs,
}

impl UnixArgs {
    pub(crate) fn settings(&self) -> UnixSettings {
        UnixSettings {
            dialogue: self.say.settings(),
            tls: self.tls || (self.tls_options.is_given() && !self.say.starts_tls()),
            tls_options: self.tls_options.options(),
        }
    }
}
