//! The `probe` command as a function: arguments in, text and an exit code out.
//!
//! The result goes to one stream, everything else to the other. The environment is the caller's business.

mod args;
mod command;
mod exit;
mod output;
mod plan;
mod show;

use std::ffi::OsString;
use std::io::Write;

use clap::error::ErrorKind;

use args::Command;
pub use exit::Exit;
use output::Output;

/// What the program knows of the world around it before it reads its arguments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// Whether the result goes to a terminal.
    pub terminal: bool,
    /// Whether the user wants no colours anywhere (`NO_COLOR`).
    pub no_color: bool,
}

/// Runs one command line to its end. The first argument is the name of the program.
///
/// ```
/// let (mut result, mut talk) = (Vec::new(), Vec::new());
/// let exit = probe_cli::run(["probe", "--version"], probe_cli::Surroundings::default(), &mut result, &mut talk);
/// assert_eq!(exit, probe_cli::Exit::Success);
/// assert!(result.starts_with(b"probe "));
/// ```
pub fn run(
    args: impl IntoIterator<Item: Into<OsString> + Clone>,
    surroundings: Surroundings,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
) -> Exit {
    let mut output = Output::new(stdout, stderr);
    let args: Vec<OsString> = args.into_iter().map(Into::into).collect();
    let exit = match args::parse(&args) {
        Ok(command) => dispatch(&command, surroundings, &mut output),
        Err(error) => explain(&error, surroundings, &mut output),
    };
    output.finish().unwrap_or(exit)
}

fn dispatch(command: &Command, surroundings: Surroundings, output: &mut Output<'_>) -> Exit {
    match command {
        Command::Icmp(args) => command::icmp(args, surroundings, output),
        Command::Tcp(args) => command::tcp(args, surroundings, output),
        Command::Module(args) => command::module(args, surroundings, output),
        Command::Doctor(args) => command::doctor(args, output),
        Command::Config(args) => command::config(args, output),
        Command::Completions(args) => command::completions(args, output),
        Command::Man(args) => command::man(args, output),
    }
}

/// What clap has to say: help and the version are results, problems with the arguments are talk.
fn explain(error: &clap::Error, surroundings: Surroundings, output: &mut Output<'_>) -> Exit {
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
