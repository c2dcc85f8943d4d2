//! What `--help`, `--help-long` and `--help-man` print.

use std::fmt::Write;

use super::flags::{FLAGS, Flag};
use super::version;

/// Columns of a line.
const WIDTH: usize = 80;
/// Columns before everything.
const INDENT: usize = 2;
/// Columns between a flag and what it is for.
const GAP: usize = 2;
/// A flag that is this long has a line of its own.
const LONGEST_BESIDE: usize = 30;

/// What the program is for.
const PURPOSE: &str =
    "Probes endpoints on request and serves the results to Prometheus, in place of blackbox_exporter.";
/// Where the rest is.
const POINTER: &str = "There are more flags than blackbox_exporter has; see the long help.";

/// The flags that the reference exporter has, too.
pub(super) fn short(program: &str) -> String {
    let shown = |flag: &Flag| flag.common && !is_other_help(flag);
    format!("{}\n{POINTER}\n", usage(program, shown))
}

/// Every flag.
pub(super) fn long(program: &str) -> String {
    usage(program, |_| true)
}

/// A manual page in the language of man(7).
pub(super) fn manual(program: &str) -> String {
    let mut page = format!(
        ".TH {program} 1 \"\" \"{program} {}\"\n.SH \"NAME\"\n{program} \\- {}\n.SH \"SYNOPSIS\"\n.TP\n\
         \\fB{program} [<flags>]\\fR\n.SH \"DESCRIPTION\"\n{PURPOSE}\n.SH \"OPTIONS\"\n",
        version::VERSION,
        PURPOSE.trim_end_matches('.').to_lowercase().replace("prometheus", "Prometheus"),
    );
    for flag in FLAGS {
        let name = named(flag).trim_start().replace('-', "\\-");
        let help = flag.help.replace('\\', "\\\\").replace('-', "\\-");
        // Writing to a string cannot fail.
        let _ = write!(page, ".TP\n\\fB{name}\\fR\n{help}\n");
    }
    page
}

fn usage(program: &str, shown: impl Fn(&Flag) -> bool) -> String {
    let rows: Vec<_> = FLAGS.iter().filter(|flag| shown(flag)).map(|flag| (named(flag), flag.help)).collect();
    let widest = rows.iter().map(|(name, _)| name.len()).filter(|width| *width < LONGEST_BESIDE).max();
    let left = widest.unwrap_or_default();
    let mut text = format!("usage: {program} [<flags>]\n\n");
    for line in wrapped(PURPOSE, WIDTH) {
        text.push_str(&line);
        text.push('\n');
    }
    text.push_str("\nFlags:\n");
    for (name, help) in rows {
        push_row(&mut text, &name, help, left);
    }
    text
}

/// `-h` and `--help-man` would be in the way of those who look for what both exporters have.
fn is_other_help(flag: &Flag) -> bool {
    flag.name.starts_with("help-")
}

/// `--config.file="blackbox.yml"`, `-h, --[no-]help`.
fn named(flag: &Flag) -> String {
    let short = flag.short.map_or_else(|| "    ".to_owned(), |letter| format!("-{letter}, "));
    match flag.value {
        Some(value) => format!("{short}--{}{value}", flag.name),
        None => format!("{short}--[no-]{}", flag.name),
    }
}

fn push_row(text: &mut String, name: &str, help: &str, left: usize) {
    let lines = wrapped(help, WIDTH - INDENT - left - GAP);
    let mut lines = lines.iter();
    let margin = " ".repeat(INDENT + left + GAP);
    text.push_str(&" ".repeat(INDENT));
    text.push_str(name);
    if name.len() >= LONGEST_BESIDE {
        text.push('\n');
    } else {
        text.push_str(&" ".repeat(left - name.len() + GAP));
        text.push_str(lines.next().map_or("", String::as_str));
        text.push('\n');
    }
    for line in lines {
        text.push_str(&margin);
        text.push_str(line);
        text.push('\n');
    }
}

fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        if let Some(line) =
            lines.last_mut().filter(|line| line.is_empty() || line.len() + 1 + word.len() <= width)
        {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}
