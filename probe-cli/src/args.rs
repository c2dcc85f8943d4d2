//! What the command line may say. Help, man pages and completions are made from these definitions.

mod batch;
mod common;
mod dns;
mod grpc;
mod http;
mod icmp;
mod mail;
mod push;
mod say;
mod send;
mod sweep;
mod tcp;
mod tls;
mod tls_options;
mod udp;
mod unix;
pub(crate) mod values;
mod verbs;
mod ws;

use std::ffi::OsString;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use batch::BatchArgs;
pub(crate) use common::{Format, ShowArgs, When};
pub(crate) use dns::DnsArgs;
pub(crate) use grpc::GrpcArgs;
pub(crate) use http::HttpArgs;
pub(crate) use icmp::IcmpArgs;
pub(crate) use mail::{MailArgs, MailProtection};
pub(crate) use push::{AccessArgs, Method, PushArgs, PushCommand, PushVerbArgs};
pub(crate) use send::{RemoteWriteVersion, SendArgs};
pub(crate) use sweep::{SweepArgs, SweepFormat};
pub(crate) use tcp::TcpArgs;
pub(crate) use tls::TlsCheckArgs;
pub(crate) use udp::UdpArgs;
pub(crate) use unix::UnixArgs;
pub(crate) use verbs::{
    CompletionsArgs, ConfigArgs, ConfigCommand, DoctorArgs, DoctorFormat, ManArgs, ModuleArgs, Shell,
};
pub(crate) use ws::WsArgs;

const EXAMPLES: &str = "\
Examples:
  probe icmp 127.0.0.1                       three pings, as they come
  probe icmp gateway.example --watch         ping until Ctrl-C
  probe tcp example.com:443 [::1]:22         two ports at once
  probe http -v https://example.com/         status, phases, headers, certificates
  probe tls mail.example --starttls smtp     how many days are left?
  probe dns 192.0.2.53 --name example.com
  probe module ssh_syn db1:22 --config blackbox.yml
  probe batch checks.txt --format nagios     many checks, one answer
  probe sweep 10.0.0.0/16 --port 22,80       whole networks
  probe doctor                               what may this process do, and why not?

As other programs, by a link of that name or as a verb: fping, check_icmp, check_ping, check_tcp, check_http,
check_dns, check_ssl, with their own options.

Exit status: 0 if everything works, 1 if a probe failed, 2 for wrong arguments or configuration.";

/// Does this endpoint work, as seen from here, and how well?
#[derive(Debug, Parser)]
#[command(name = Cli::NAME, version, after_help = EXAMPLES, arg_required_else_help = true, max_term_width = Cli::WIDTH)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Cli {
    const NAME: &'static str = "probe";
    const WIDTH: usize = 100;
}

#[derive(Debug, Subcommand)]
#[expect(clippy::large_enum_variant, reason = "there is one, and it lives as long as the program")]
pub(crate) enum Command {
    Icmp(IcmpArgs),
    Tcp(TcpArgs),
    Udp(UdpArgs),
    Dns(DnsArgs),
    Http(HttpArgs),
    Tls(TlsCheckArgs),
    Grpc(GrpcArgs),
    Ws(WsArgs),
    Unix(UnixArgs),
    Module(ModuleArgs),
    Batch(BatchArgs),
    Sweep(SweepArgs),
    Push(PushVerbArgs),
    Doctor(DoctorArgs),
    Config(ConfigArgs),
    Completions(CompletionsArgs),
    Man(ManArgs),
}

/// Reads the arguments; the first is the name of the program.
///
/// Building the definitions of every verb costs more than a ping: the verbs of scripts are read by their own alone.
pub(crate) fn parse(args: &[OsString]) -> Result<Command, clap::Error> {
    match args.get(1).and_then(|verb| verb.to_str()) {
        Some("icmp") => match IcmpArgs::plain(&args[2..]) {
            Some(plain) => Ok(Command::Icmp(plain)),
            None => alone("icmp", args).map(Command::Icmp),
        },
        Some("tcp") => match TcpArgs::plain(&args[2..]) {
            Some(plain) => Ok(Command::Tcp(plain)),
            None => alone("tcp", args).map(Command::Tcp),
        },
        Some("udp") => alone("udp", args).map(Command::Udp),
        Some("dns") => alone("dns", args).map(Command::Dns),
        Some("http") => alone("http", args).map(Command::Http),
        Some("tls") => alone("tls", args).map(Command::Tls),
        Some("grpc") => alone("grpc", args).map(Command::Grpc),
        Some("ws") => alone("ws", args).map(Command::Ws),
        Some("unix") => alone("unix", args).map(Command::Unix),
        Some("sweep") => alone("sweep", args).map(Command::Sweep),
        _ => Cli::try_parse_from(args).map(|cli| cli.command),
    }
}

/// Whether the output is to be that of a plugin: known before anything can be wrong with the rest.
pub(crate) fn asks_for_plugin(args: &[OsString]) -> bool {
    let is_one = |text: &str| Format::from_str(text, true).is_ok_and(Format::is_plugin);
    let mut words =
        args.iter().map(|word| word.to_str().unwrap_or_default()).take_while(|word| *word != "--");
    while let Some(word) = words.next() {
        let format = match word.strip_prefix("--format") {
            Some("") => words.next().unwrap_or_default(),
            Some(rest) => rest.strip_prefix('=').unwrap_or_default(),
            None => continue,
        };
        if is_one(format) {
            return true;
        }
    }
    false
}

fn alone<A: Args>(verb: &'static str, args: &[OsString]) -> Result<A, clap::Error> {
    let definition = A::augment_args(clap::Command::new(verb));
    let mut definition =
        definition.bin_name(format!("{} {verb}", Cli::NAME)).display_name(verb).max_term_width(Cli::WIDTH);
    let matches = definition.try_get_matches_from_mut(&args[1..])?;
    A::from_arg_matches(&matches).map_err(|error| error.format(&mut definition))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn plain_lines_mean_what_the_definitions_say() {
        for line in ["h", "127.0.0.1 ::1", "-c 1 h", "h -c 12345 g", "fe80::1%lo -c 0"] {
            let line = format!("probe icmp {line}");
            let args: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            let plain = IcmpArgs::plain(&args[2..]).expect("a plain line");
            let Ok(Cli { command: Command::Icmp(defined) }) = Cli::try_parse_from(&args) else {
                panic!("{line}")
            };
            assert_eq!(format!("{plain:?}"), format!("{defined:?}"), "{line}");
        }
        for line in
            ["", "-c", "-c x h", "-c 1", "-c 1 -c 2 h", "-c +1 h", "-c 1000000 h", "--", "-4 h", "-c1 h"]
        {
            let args: Vec<OsString> =
                line.split(' ').filter(|word| !word.is_empty()).map(OsString::from).collect();
            assert!(IcmpArgs::plain(&args).is_none(), "{line}");
        }
        for line in ["h:1", "127.0.0.1:22 [::1]:ssh"] {
            let line = format!("probe tcp {line}");
            let args: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            let plain = TcpArgs::plain(&args[2..]).expect("a plain line");
            let Ok(Cli { command: Command::Tcp(defined) }) = Cli::try_parse_from(&args) else {
                panic!("{line}")
            };
            assert_eq!(format!("{plain:?}"), format!("{defined:?}"), "{line}");
        }
        for line in ["h", "-q h:1", "h:1 --tls", "--", "-"] {
            let args: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            assert!(TcpArgs::plain(&args).is_none(), "{line}");
        }
        assert!(TcpArgs::plain(&[]).is_none());
    }

    #[test]
    fn verbs_read_alone_say_what_they_say_among_the_others() {
        for line in [
            "probe icmp --help",
            "probe icmp -h",
            "probe icmp",
            "probe icmp -c x 127.0.0.1",
            "probe icmp --bogus",
            "probe icmp -4 -6 h",
            "probe tcp --help",
            "probe tcp",
            "probe tcp --timeout",
            "probe tcp h:1 --color sometimes",
            "probe udp --help",
            "probe dns ns1 --name a --type b",
            "probe http --help",
            "probe http http://h --status x",
            "probe tls --help",
            "probe grpc h:1 --metadata x",
            "probe ws http://h",
            "probe unix",
        ] {
            let args: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            let alone = parse(&args).expect_err(line);
            let among = Cli::try_parse_from(&args).expect_err(line);
            assert_eq!(alone.render().to_string(), among.render().to_string(), "{line}");
            assert_eq!(alone.kind(), among.kind(), "{line}");
        }
        let args = ["probe", "icmp", "-c", "7", "h"].map(OsString::from);
        assert!(matches!(parse(&args), Ok(Command::Icmp(IcmpArgs { count: Some(7), .. }))));
    }

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
