//! Plugins by the names and with the usual options of monitoring-plugins, for command definitions that exist: `check_icmp`, `check_ping`,
//! `check_tcp`, `check_http`, `check_dns` and `check_ssl`, as a verb or as the name of the program.
//!
//! Each is a verb of ours with other options and another line: what is probed, and how, is the same.

mod checks;
mod line;

use std::ffi::OsString;
use std::path::Path;

use probe_core::render::nagios;
use probe_core::render::threshold::State;

use self::checks::{CHECKS, Check};
use crate::getopt::Options;
use crate::output::Output;
use crate::{Exit, Surroundings, args, command};

/// The plugin that a command line asks for, by its name or by its first word, and where its own words begin.
fn asked(args: &[OsString]) -> Option<(&'static Check, usize)> {
    let find = |name: &str| CHECKS.iter().find(|check| check.name == name || check.also == Some(name));
    let named =
        |at: usize| args.get(at).and_then(|word| Path::new(word).file_name()).and_then(|name| name.to_str());
    named(0).and_then(find).map(|check| (check, 1)).or_else(|| {
        let verb = args.get(1).and_then(|word| word.to_str())?;
        find(verb).map(|check| (check, 2))
    })
}

/// Runs a plugin, if that is what is asked for.
pub(crate) fn run(args: &[OsString], surroundings: &Surroundings, output: &mut Output<'_>) -> Option<Exit> {
    let (check, start) = asked(args)?;
    output.be_plugin();
    let words = args[start..].iter().map(|word| word.to_string_lossy().into_owned()).collect();
    Some(match answer(check, words, surroundings, output) {
        Ok((line, state)) => {
            output.print(&line);
            Exit::Plugin(state)
        }
        Err(why) => {
            output.print(&(nagios::unknown(&format!("{}: {why}", check.name)) + "\n"));
            Exit::Plugin(State::Unknown)
        }
    })
}

fn answer(
    check: &Check,
    words: Vec<String>,
    surroundings: &Surroundings,
    output: &mut Output<'_>,
) -> Result<(String, State), String> {
    let options = Options::read(words, check.options).map_err(|error| error.to_string())?;
    if options.has('h') {
        return Ok((help(check), State::Unknown));
    }
    if options.has('V') {
        return Ok((format!("{} (probe {})\n", check.name, env!("CARGO_PKG_VERSION")), State::Unknown));
    }
    let line = (check.line)(&options)?;
    let words: Vec<OsString> = ["probe".to_owned()].into_iter().chain(line).map(OsString::from).collect();
    let parsed = args::parse(&words).map_err(|error| {
        let text = error.render().to_string();
        text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned()
    })?;
    let reports = command::reports(&parsed, surroundings, output)?;
    (check.tell)(&options, &reports)
}

fn help(check: &Check) -> String {
    let mut text = format!("{}: {}\n\nOptions, as in monitoring-plugins:\n", check.name, check.purpose);
    for option in check.options {
        let letter = if option.short.is_ascii() { format!("-{}, ", option.short) } else { String::new() };
        let value = match option.value {
            "" => String::new(),
            value => {
                value.strip_prefix('[').map_or_else(|| format!("={value}"), |value| format!("[={value}"))
            }
        };
        text.push_str(&format!("  {letter}--{}{value}\n      {}\n", option.long, option.help));
    }
    text
}
