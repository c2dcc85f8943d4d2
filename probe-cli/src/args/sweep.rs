//! `probe sweep`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use probe_core::sweep::{AddressRange, Rate, Shard, SweepSocketChoice};

use super::values;

const EXAMPLES: &str = "\
Examples:
  probe sweep 10.0.0.0/16                      who answers a ping?
  probe sweep 10.0.0.0/24 --port 22,80,443     which ports are open?
  probe sweep -f targets.txt --exclude never.txt --retries 2 --format jsonl
  probe sweep 192.168.0.1-254 --udp query.bin --port 5353
  probe sweep 10.0.0.0/8 --rate 50k --shard 2/4 --resume state.json

Targets are addresses, prefixes and ranges; a file has one a line, with # before remarks. Each is
asked once, in a random order, and again if it does not answer. With ports a SYN is sent and the
handshake never completed; without the privilege for that it is an ordinary connection.

Without --rate private, loopback and other special addresses are asked as fast as this host can
without losing answers. To addresses of strangers 1000 packets a second are sent, and more than
65536 of them are asked only with --yes-they-know.

Exit status: 0 if anybody is up or any port open, 1 if nobody is, if a line could not be read or the
sweep was stopped, 2 if nothing could be done.";

/// Ask whole networks at packet speed
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct SweepArgs {
    /// Addresses, prefixes, ranges
    #[arg(value_name = "TARGETS", required_unless_present = "file")]
    pub(crate) targets: Vec<AddressRange>,
    /// More of them, a line each; - is the standard input
    #[arg(short, long, value_name = "FILE")]
    pub(crate) file: Vec<PathBuf>,
    /// Leave out what this file names, or these addresses
    #[arg(long, value_name = "FILE|TARGETS")]
    pub(crate) exclude: Vec<String>,
    /// Send ICMP echo requests; the default without --port
    #[arg(long, conflicts_with_all = ["port", "udp"])]
    pub(crate) icmp: bool,
    /// Ports to ask: 22,80,8000-8010
    #[arg(short, long, value_name = "PORTS", value_parser = values::ports)]
    pub(crate) port: Option<values::Ports>,
    /// Send what is in this file over UDP
    #[arg(long, value_name = "FILE", requires = "port")]
    pub(crate) udp: Option<PathBuf>,
    /// Packets a second (500, 10k, 1M), bits a second (10Mbit), or max
    #[arg(long, value_name = "RATE", value_parser = values::rate, help_heading = "Sending")]
    pub(crate) rate: Option<Rate>,
    /// Ask again so many times who does not answer
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = values::whole(0..=20_u32), help_heading = "Sending")]
    pub(crate) retries: u32,
    /// How long an answer may take
    #[arg(short = 'W', long, value_name = "SECS", default_value = "0.5", value_parser = values::seconds, help_heading = "Sending")]
    pub(crate) wait: Duration,
    /// Which sockets: the fastest that can be had, or this kind
    #[arg(long, value_name = "KIND", default_value = "auto", value_parser = values::sweep_socket, help_heading = "Sending")]
    pub(crate) socket: SweepSocketChoice,
    /// Engines, each with a socket and a core of its own
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = values::whole(1..=64_u64), help_heading = "Sending")]
    pub(crate) threads: u64,
    /// Remember nothing of the targets, for spaces whose bits are too many: one try, and further answers are not told from first ones
    #[arg(long, conflicts_with = "resume", help_heading = "Sending")]
    pub(crate) stateless: bool,
    #[command(flatten)]
    pub(crate) egress: SweepEgressArgs,
    /// The order: the same number, the same order
    #[arg(long, value_name = "N", help_heading = "Parts")]
    pub(crate) seed: Option<u64>,
    /// Only the Ith of N parts, which together are everything
    #[arg(long, value_name = "I/N", default_value = "1/1", value_parser = values::shard, help_heading = "Parts")]
    pub(crate) shard: Shard,
    /// Keep here where the sweep was stopped, and go on there
    #[arg(long, value_name = "FILE", help_heading = "Parts")]
    pub(crate) resume: Option<PathBuf>,
    /// The owners of more than 65536 public addresses know of this
    #[arg(long, help_heading = "Parts")]
    pub(crate) yes_they_know: bool,
    /// How results are shown
    #[arg(long, value_enum, default_value_t = SweepFormat::Text, value_name = "FORMAT", help_heading = "Output")]
    pub(crate) format: SweepFormat,
    /// Tell of closed ports and unreachable addresses, too
    #[arg(short, long, help_heading = "Output")]
    pub(crate) all: bool,
    /// In text: what each answer says, and how long it took
    #[arg(short, long, help_heading = "Output")]
    pub(crate) verbose: bool,
    /// No progress and no summary
    #[arg(short, long, help_heading = "Output")]
    pub(crate) quiet: bool,
}

/// How packets leave.
#[derive(Args, Debug)]
#[command(next_help_heading = "Way out")]
pub(crate) struct SweepEgressArgs {
    /// Source address
    #[arg(long, value_name = "IP")]
    pub(crate) source: Option<std::net::IpAddr>,
    /// Interface to leave through
    #[arg(long, value_name = "IF")]
    pub(crate) interface: Option<String>,
    /// Hops that a packet may take
    #[arg(long, value_name = "N", value_parser = values::whole(1..=255_u8))]
    pub(crate) ttl: Option<u8>,
    /// Type of service, 0 to 255
    #[arg(long, value_name = "N")]
    pub(crate) tos: Option<u8>,
}

impl SweepArgs {
    /// Whether round-trip times are shown.
    pub(crate) fn shows_times(&self) -> bool {
        match self.format {
            SweepFormat::Text => self.verbose,
            SweepFormat::Jsonl | SweepFormat::Csv => true,
            SweepFormat::Prometheus => false,
        }
    }
}

/// How results of a sweep are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SweepFormat {
    /// An address or ADDRESS:PORT a line
    Text,
    /// One JSON object a line, the last one with the figures
    Jsonl,
    /// Comma-separated values
    Csv,
    /// The figures alone, in the Prometheus text format
    Prometheus,
}
