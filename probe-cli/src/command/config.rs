//! Checks and shows configuration files: `probe config`.

use std::path::Path;

use super::module::load;
use crate::Exit;
use crate::args::{ConfigArgs, ConfigCommand};
use crate::output::Output;

/// `probe config`.
pub(crate) fn config(args: &ConfigArgs, output: &mut Output<'_>) -> Exit {
    match &args.command {
        ConfigCommand::Check { file } => check(file, output),
        ConfigCommand::Dump { file } => dump(file, output),
    }
}

/// A setting that loads but cannot work is only a warning elsewhere; who asks for a check wants to know before.
fn check(file: &Path, output: &mut Output<'_>) -> Exit {
    let Some(config) = load(file, output) else { return Exit::Usage };
    for warning in &config.warnings {
        output.talk(&format!("{warning}\n"));
    }
    if !config.warnings.is_empty() {
        return Exit::Usage;
    }
    let modules = match config.modules.len() {
        1 => "1 module".to_owned(),
        count => format!("{count} modules"),
    };
    output.print(&format!("{}: ok, {modules}\n", file.display()));
    Exit::Success
}

fn dump(file: &Path, output: &mut Output<'_>) -> Exit {
    let Some(config) = load(file, output) else { return Exit::Usage };
    for warning in &config.warnings {
        output.talk(&format!("{warning}\n"));
    }
    output.print(&config.dump());
    Exit::Success
}
