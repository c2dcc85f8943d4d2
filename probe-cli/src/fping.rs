//! `fping` by its own options, output and exit codes, as a verb or as the name of the program, for whatever runs it and reads
//! what it prints.
//!
//! What it prints and where is fping 5.5's, down to the figures' digits. How it pings is ours: sockets without privileges,
//! the kernel's stamps, no limit to pings in flight.

mod answers;
mod format;
mod generate;
mod host;
mod icmp_words;
mod json;
mod netdata;
mod options;
mod settings;
mod stamp;
mod summary;
mod targets;
mod text;

use std::ffi::OsString;
use std::path::Path;

use self::settings::{Refusal, Settings};
use crate::output::Output;
use crate::{Exit, command};

/// Everything asked for is reachable.
const ALL: u8 = 0;
/// Some are not, or the arguments make no sense.
const SOME: u8 = 1;
/// A name has no address.
const NO_ADDRESS: u8 = 2;
/// The arguments cannot be read.
const ARGUMENTS: u8 = 3;
/// The system refused something.
const SYSTEM: u8 = 4;

/// What the program is called in its messages, where its own words begin, and whether its name asks for IPv6.
fn asked(args: &[OsString]) -> Option<(String, usize, bool)> {
    let name = args.first()?.to_string_lossy().into_owned();
    match Path::new(&name).file_name()?.to_str()? {
        "fping" => return Some((name, 1, false)),
        "fping6" => return Some((name, 1, true)),
        _ => {}
    }
    (args.get(1)? == "fping").then(|| ("fping".to_owned(), 2, false))
}

/// Runs as fping, if that is what is asked for.
pub(crate) fn run(args: &[OsString], output: &mut Output<'_>) -> Option<Exit> {
    let (name, start, only_v6) = asked(args)?;
    let words = args[start..].iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let code = match Settings::read(words, only_v6) {
        Ok(settings) => ping(&name, &settings, output),
        Err(refusal) => refuse(&name, &refusal, output),
    };
    Some(Exit::Fping(code))
}

/// Help and version are results; everything else is said, and ends with a code that is not 0.
fn refuse(name: &str, refusal: &Refusal, output: &mut Output<'_>) -> u8 {
    match refusal {
        Refusal::Help => output.print(&options::usage(name)),
        Refusal::Version => {
            output.print(&format!("{name}: Version 5.5 (probe {})\n", env!("CARGO_PKG_VERSION")));
        }
        Refusal::Usage => output.talk(&options::usage(name)),
        Refusal::Unreadable(problem) => {
            output.talk(&format!("{name}: {problem}\nsee 'fping -h' for usage information\n"));
        }
        Refusal::Wrong(problem) => output.talk(&format!("{name}: {problem}\n")),
        Refusal::Unsupported(what) => {
            output.talk(&format!("{name}: {what} is not supported: this program asks by ICMP echo only\n"));
            return ARGUMENTS;
        }
        Refusal::System(problem) => {
            output.talk(&format!("{name}: {problem}\n"));
            return SYSTEM;
        }
    }
    if matches!(refusal, Refusal::Help | Refusal::Version) { ALL } else { SOME }
}

fn ping(name: &str, settings: &Settings, output: &mut Output<'_>) -> u8 {
    let words = match targets::words(settings) {
        Ok(words) => words,
        Err(refusal) => return refuse(name, &refusal, output),
    };
    command::fping(
        async |engine, output| {
            let (targets, unknown) = targets::find(&words, settings, output).await;
            if targets.is_empty() {
                return if unknown > 0 { NO_ADDRESS } else { SOME };
            }
            match answers::collect(targets, settings, &engine, output).await {
                Ok(account) => summary::conclude(&account, unknown, settings, output),
                Err(refusal) => refuse(name, &refusal, output),
            }
        },
        output,
    )
}
