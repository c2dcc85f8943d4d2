//! What the command line may say. Help, man pages and completions are made from these definitions.

mod common;
mod icmp;
mod tcp;
pub(crate) mod values;
mod verbs;

use clap::{Parser, Subcommand};

pub(crate) use common::{Format, ShowArgs, When};
pub(crate) use icmp::IcmpArgs;
pub(crate) use tcp::TcpArgs;
pub(crate) use verbs::{
    CompletionsArgs, ConfigArgs, ConfigCommand, DoctorArgs, DoctorFormat, ManArgs, ModuleArgs, Shell,
};

const EXAMPLES: &str = "\
Examples:
  probe icmp 192.0.2.1                       three pings, as they come
  probe icmp gateway.example --watch         ping until Ctrl-C
  probe tcp example.com:443 [::1]:22         two ports at once
  probe module ssh_syn db1:22 --config blackbox.yml
  probe doctor                               what may this process do, and why not?

Exit status: 0 if everything works, 1 if a probe failed, 2 for wrong arguments or configuration.";

/// Does this endpoint work, as seen from here, and how well?
#[derive(Debug, Parser)]
#[command(name = "probe", version, after_help = EXAMPLES, arg_required_else_help = true, max_term_width = 100)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Icmp(IcmpArgs),
    Tcp(TcpArgs),
    Module(ModuleArgs),
    Doctor(DoctorArgs),
    Config(ConfigArgs),
    Completions(CompletionsArgs),
    Man(ManArgs),
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn definitions_hold_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_verb_has_examples_and_every_argument_help() {
        for verb in Cli::command().get_subcommands() {
            let name = verb.get_name();
            let examples = verb.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(examples.contains(&format!("  probe {name}")), "{name} has no example");
            for argument in verb.get_arguments() {
                assert!(argument.get_help().is_some(), "{name}: {} has no help", argument.get_id());
            }
        }
    }
}
