//! Mail about what has changed.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::values;

/// Who is told of what has changed, and through which server.
#[expect(clippy::struct_field_names, reason = "the options are called so")]
#[derive(Args, Debug)]
#[command(next_help_heading = "Mail")]
pub(crate) struct MailArgs {
    /// Mail what has gone down or come up to this address
    #[arg(long, value_name = "ADDRESS", requires = "mail_state")]
    pub(crate) mail_to: Vec<String>,
    /// The file that remembers what was told
    #[arg(long, value_name = "FILE", requires = "mail_to")]
    pub(crate) mail_state: Option<PathBuf>,
    /// The server that takes the mail
    #[arg(long, value_name = "HOST[:PORT]", default_value = "localhost", hide_short_help = true)]
    pub(crate) mail_server: String,
    /// How the way to it is protected
    #[arg(long, value_name = "HOW", default_value = "auto", hide_short_help = true)]
    pub(crate) mail_tls: MailProtection,
    /// File with USER:PASSWORD
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub(crate) mail_auth_file: Option<PathBuf>,
    /// The only authorities to trust for its certificate
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub(crate) mail_ca_file: Option<PathBuf>,
    /// Whom it is from [default: probe@ this host]
    #[arg(long, value_name = "ADDRESS", hide_short_help = true)]
    pub(crate) mail_from: Option<String>,
    /// Runs in which a check has to fail before it counts as down
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = values::whole(1..=1000_u32),
          hide_short_help = true)]
    pub(crate) mail_after: u32,
    /// The least time between two mails; what happens meanwhile is told in the next
    #[arg(long, value_name = "SECS", default_value = "300", value_parser = values::any_length, hide_short_help = true)]
    pub(crate) mail_interval: Duration,
}

/// How the way to a mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum MailProtection {
    /// By STARTTLS if it is offered; it has to be if there is a password
    Auto,
    /// By STARTTLS or not at all
    Starttls,
    /// From the start, on port 465 unless another is given
    Implicit,
    /// Not
    None,
}
