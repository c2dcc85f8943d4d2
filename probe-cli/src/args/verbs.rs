//! The verbs with few arguments.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use probe_core::model::Target;

use super::common::ShowArgs;

const MODULE_EXAMPLES: &str = "\
Examples:
  probe module icmp 127.0.0.1 127.0.0.2 --config blackbox.yml
  probe module tcp_connect db1:5432 --config blackbox.yml --format prometheus

The series of one target are those that the exporter shows for it. The limit
of a probe is that of the module, or 5 s, unless --timeout says otherwise.";

/// Probe with a module of a configuration file
#[derive(Args, Debug)]
#[command(after_help = MODULE_EXAMPLES)]
pub(crate) struct ModuleArgs {
    /// The module
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// What to probe, written as the module's prober wants it
    #[arg(required = true, value_name = "TARGET")]
    pub(crate) targets: Vec<Target>,
    /// The configuration file
    #[arg(long, value_name = "FILE")]
    pub(crate) config: PathBuf,
    #[command(flatten)]
    pub(crate) show: ShowArgs,
}

const DOCTOR_EXAMPLES: &str = "\
Examples:
  probe doctor                        as this user
  sudo -u prometheus probe doctor     as the user of a service
  probe doctor --format json | jq '.probers[] | select(.works | not)'

Sockets are opened to see whether they may be; nothing leaves this host.
Exit status: 0 if every prober can work, 1 otherwise. A missing IPv6 stack is not counted.";

/// Show what this process may do, and how to allow more
#[derive(Args, Debug)]
#[command(after_help = DOCTOR_EXAMPLES)]
pub(crate) struct DoctorArgs {
    /// How to write the findings
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: DoctorFormat,
}

/// The format of findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DoctorFormat {
    /// For people
    Text,
    /// One JSON document
    Json,
}

const CONFIG_EXAMPLES: &str = "\
Examples:
  probe config check /etc/prometheus/blackbox.yml && systemctl reload probe-exporter
  probe config dump blackbox.yml";

/// Check or show a configuration file
#[derive(Args, Debug)]
#[command(after_help = CONFIG_EXAMPLES)]
pub(crate) struct ConfigArgs {
    /// What to do with it
    #[command(subcommand)]
    pub(crate) command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Report every problem with its line and column; settings that cannot work count as problems
    Check {
        /// The configuration file
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Print the effective configuration: secrets masked, zero values left out
    Dump {
        /// The configuration file
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  probe completions bash > /etc/bash_completion.d/probe
  probe completions zsh > /usr/local/share/zsh/site-functions/_probe
  probe completions fish > ~/.config/fish/completions/probe.fish";

/// Print completions for a shell
#[derive(Args, Debug)]
#[command(after_help = COMPLETIONS_EXAMPLES)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub(crate) shell: Shell,
}

/// A shell with completions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    Bash,
    Zsh,
    Fish,
}

const MAN_EXAMPLES: &str = "\
Examples:
  probe man | man -l -
  probe man icmp > /usr/local/share/man/man1/probe-icmp.1";

/// Print the manual page of the program or of a verb
#[derive(Args, Debug)]
#[command(after_help = MAN_EXAMPLES)]
pub(crate) struct ManArgs {
    /// The verb; the whole program if absent
    #[arg(value_name = "VERB")]
    pub(crate) verb: Option<String>,
}
