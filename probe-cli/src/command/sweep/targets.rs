//! Which addresses are meant.

use std::io::Read as _;
use std::path::Path;

use probe_core::sweep::{AddressRange, Space};

use crate::args::SweepArgs;
use crate::output::Output;

/// The addresses, and whether some lines say nothing that can be read.
pub(super) struct Targets {
    pub(super) space: Space,
    pub(super) has_bad_lines: bool,
}

pub(super) fn read(args: &SweepArgs, output: &mut Output<'_>) -> Result<Targets, String> {
    let mut has_bad_lines = false;
    let mut wanted = args.targets.clone();
    for file in &args.file {
        has_bad_lines |= add_file(file, &mut wanted, output)?;
    }
    let mut unwanted = Vec::new();
    for text in &args.exclude {
        match text.parse() {
            Ok(range) => unwanted.push(range),
            Err(_) if add_file(Path::new(text), &mut unwanted, output)? => {
                // Nobody is asked by mistake.
                return Err(format!("{text} has lines that cannot be read; nothing was sent"));
            }
            Err(_) => {}
        }
    }
    let space = Space::new(wanted, unwanted).map_err(|error| error.to_string())?;
    if space.is_empty() {
        return Err("there is nobody to ask: no targets, or all of them are excluded".to_owned());
    }
    Ok(Targets { space, has_bad_lines })
}

/// Adds what a file names; whether some of it could not be read.
fn add_file(file: &Path, ranges: &mut Vec<AddressRange>, output: &mut Output<'_>) -> Result<bool, String> {
    let is_input = file.as_os_str() == "-";
    let name = if is_input { "standard input".to_owned() } else { file.display().to_string() };
    let mut text = String::new();
    let read = if is_input {
        std::io::stdin().read_to_string(&mut text).map(|_| ())
    } else {
        std::fs::read_to_string(file).map(|read| text = read)
    };
    read.map_err(|error| format!("cannot read {name}: {error}"))?;
    let mut is_bad = false;
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.split('#').next().unwrap_or_default();
        for word in line.split([' ', '\t', ',']).filter(|word| !word.is_empty()) {
            match word.parse() {
                Ok(range) => ranges.push(range),
                Err(error) => {
                    is_bad = true;
                    output.talk(&format!("{name}:{number}: {error}\n"));
                }
            }
        }
    }
    Ok(is_bad)
}
