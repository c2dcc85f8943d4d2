//! The `probe` command as a function: arguments in, text and an exit code out.
//!
//! The result goes to one stream, everything else to the other. The environment is the caller's business.

mod args;
mod certificate_check;
mod command;
mod exit;
mod fping;
mod getopt;
mod output;
mod plan;
mod plugin;
mod show;

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;

use clap::error::ErrorKind;

use args::Command;
use command::Details::{Always, OnRequest};
pub use exit::Exit;
use output::Output;
pub use probe_core::net::ProxyEnvironment;

/// What the program knows of the world around it before it reads its arguments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// Whether the result goes to a terminal.
    pub terminal: bool,
    /// Whether what is said besides goes to a terminal.
    pub talks_to_terminal: bool,
    /// Whether the user wants no colours anywhere (`NO_COLOR`).
    pub no_color: bool,
    /// The file with the certificate authorities to trust (`SSL_CERT_FILE`); the system's if absent.
    pub certificate_file: Option<PathBuf>,
    /// The directory with such files (`SSL_CERT_DIR`).
    pub certificate_directory: Option<PathBuf>,
    /// The proxies to use (`HTTP_PROXY`, `HTTPS_PROXY`, `NO_PROXY`).
    pub proxies: ProxyEnvironment,
}

/// Runs one command line to its end. The first argument is the name of the program.
///
/// ```
/// let (mut result, mut talk) = (Vec::new(), Vec::new());
/// let exit = probe_cli::run(["probe", "--version"], probe_cli::Surroundings::default(), &mut result, &mut talk);
/// assert_eq!(exit, probe_cli::Exit::Success);
/// assert!(result.starts_with(b"probe "));
/// ```
#[expect(clippy::needless_pass_by_value, reason = "it is the caller's no longer")]
pub fn run(
    args: impl IntoIterator<Item: Into<OsString> + Clone>,
    surroundings: Surroundings,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
) -> Exit {
    let mut output = Output::new(stdout, stderr);
    let args: Vec<OsString> = args.into_iter().map(Into::into).collect();
    if let Some(exit) = plugin::run(&args, &surroundings, &mut output) {
        return output.finish(exit);
    }
    if let Some(exit) = fping::run(&args, &mut output) {
        return output.finish(exit);
    }
    if args::asks_for_plugin(&args) {
        output.be_plugin();
    }
    let exit = match args::parse(&args) {
        Ok(command) => dispatch(&command, &surroundings, &mut output),
        Err(error) => explain(&error, &surroundings, &mut output),
    };
    output.finish(exit)
}

fn dispatch(command: &Command, surroundings: &Surroundings, output: &mut Output<'_>) -> Exit {
    let mut probe = |planned, details, show| command::probe(planned, details, show, surroundings, output);
    match command {
        Command::Tcp(args) => probe(plan::tcp(args), OnRequest, &args.show),
        Command::Udp(args) => probe(plan::udp(args), OnRequest, &args.show),
        Command::Dns(args) => probe(plan::dns(args), Always, &args.show),
        Command::Http(args) => probe(plan::http(args), OnRequest, &args.show),
        Command::Tls(args) => probe(plan::tls(args), Always, &args.show),
        Command::Grpc(args) => probe(plan::grpc(args), OnRequest, &args.show),
        Command::Ws(args) => probe(plan::ws(args), OnRequest, &args.show),
        Command::Unix(args) => probe(plan::unix(args), OnRequest, &args.show),
        Command::Icmp(args) => command::icmp(args, surroundings, output),
        Command::Module(args) => command::module(args, surroundings, output),
        Command::Push(args) => command::push_verb(args, surroundings, output),
        Command::Batch(args) => command::batch(args, surroundings, output),
        Command::Sweep(args) => command::sweep(args, surroundings, output),
        Command::Doctor(args) => command::doctor(args, output),
        Command::Config(args) => command::config(args, output),
        Command::Completions(args) => command::completions(args, output),
        Command::Man(args) => command::man(args, output),
    }
}

/// What clap has to say: help and the version are results, problems with the arguments are talk.
fn explain(error: &clap::Error, surroundings: &Surroundings, output: &mut Output<'_>) -> Exit {
    let text = error.render();
    let text = if surroundings.terminal && !surroundings.no_color {
        text.ansi().to_string()
    } else {
        text.to_string()
    };
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            output.print(&text);
            Exit::Success
        }
        _ => {
            output.talk(&text);
            Exit::Usage
        }
    }
}
