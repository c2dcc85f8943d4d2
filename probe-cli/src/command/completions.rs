//! What is made from the definitions of the command line: `probe completions` and `probe man`.

use clap::CommandFactory;
use clap_complete::aot;

use crate::Exit;
use crate::args::{Cli, CompletionsArgs, ManArgs, Shell};
use crate::output::Output;

/// `probe completions`.
pub(crate) fn completions(args: &CompletionsArgs, output: &mut Output<'_>) -> Exit {
    let shell = match args.shell {
        Shell::Bash => aot::Shell::Bash,
        Shell::Zsh => aot::Shell::Zsh,
        Shell::Fish => aot::Shell::Fish,
    };
    let mut text = Vec::new();
    aot::generate(shell, &mut Cli::command(), "probe", &mut text);
    output.write(&text);
    Exit::Success
}

/// `probe man`.
pub(crate) fn man(args: &ManArgs, output: &mut Output<'_>) -> Exit {
    // Building gives each verb its full name, "probe-icmp".
    let mut program = Cli::command();
    program.build();
    let page = match &args.verb {
        None => &program,
        Some(verb) => match program.find_subcommand(verb) {
            Some(found) => found,
            None => return unknown_verb(&program, output),
        },
    };
    let mut text = Vec::new();
    match clap_mangen::Man::new(page.clone()).manual("probe").render(&mut text) {
        Ok(()) => {
            output.write(&text);
            Exit::Success
        }
        Err(error) => {
            output.say(&format!("cannot write the manual page: {error}"));
            Exit::Usage
        }
    }
}

fn unknown_verb(program: &clap::Command, output: &mut Output<'_>) -> Exit {
    let known: Vec<&str> =
        program.get_subcommands().map(clap::Command::get_name).filter(|name| *name != "help").collect();
    output.say(&format!("there is no such verb; write one of {}", known.join(", ")));
    Exit::Usage
}
