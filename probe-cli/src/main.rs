//! The `probe` program: hands the process's arguments, environment and streams to the library.

use std::env;
use std::io::{self, IsTerminal};
use std::process::ExitCode;

use probe_cli::Surroundings;

fn main() -> ExitCode {
    let surroundings = Surroundings {
        terminal: io::stdout().is_terminal(),
        no_color: env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()),
    };
    probe_cli::run(env::args_os(), surroundings, &mut io::stdout().lock(), &mut io::stderr().lock()).into()
}
