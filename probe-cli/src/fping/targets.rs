//! Whom to ping, and what they are called.

use std::io::{self, BufRead};
use std::net::IpAddr;

use probe_core::net::{Resolve, ResolveError, ScopedIp, SystemResolver};

use super::generate::generate;
use super::settings::{Refusal, Settings};
use crate::output::Output;

/// One address to ping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Host {
    /// What it is called in every line.
    pub(super) name: String,
    pub(super) address: ScopedIp,
}

/// The targets as written.
pub(super) fn words(settings: &Settings) -> Result<Vec<String>, Refusal> {
    if settings.generate {
        return Ok(generate(&settings.words)?.iter().map(IpAddr::to_string).collect());
    }
    if !settings.words.is_empty() {
        return Ok(settings.words.clone());
    }
    let unreadable = |error: io::Error| Refusal::System(format!("fopen : {}", without_number(&error)));
    match settings.file.as_deref() {
        None | Some("-") => lines(io::stdin().lock()),
        Some(file) => lines(io::BufReader::new(std::fs::File::open(file).map_err(unreadable)?)),
    }
}

/// The first word of each line that is not a comment.
fn lines(read: impl BufRead) -> Result<Vec<String>, Refusal> {
    let mut words = Vec::new();
    for line in read.split(b'\n') {
        let line = line.map_err(|error| Refusal::System(format!("fgets : {}", without_number(&error))))?;
        let line = String::from_utf8_lossy(&line);
        words.extend(line.split_whitespace().next().filter(|word| !word.starts_with('#')).map(str::to_owned));
    }
    Ok(words)
}

/// The addresses of the targets, and how many have none. Those are named, and the others are pinged all the same.
pub(super) async fn find(words: &[String], settings: &Settings, output: &mut Output<'_>) -> (Vec<Host>, u32) {
    let resolver = SystemResolver::new();
    let mut hosts = Vec::with_capacity(words.len());
    let mut unknown = 0;
    for word in words {
        match resolver.lookup(word, settings.families).await {
            Ok(mut addresses) => {
                if !settings.all_addresses {
                    addresses.truncate(1);
                }
                for address in addresses {
                    let name = called(word, address, settings, &resolver).await;
                    hosts.push(Host { name, address });
                }
            }
            Err(error) => {
                unknown += 1;
                if !settings.quiet {
                    output.talk(&format!("{word}: {}\n", why(word, &error)));
                }
            }
        }
    }
    (hosts, unknown)
}

/// A name, looked up where that is wanted, or the address, or both.
async fn called(word: &str, address: ScopedIp, settings: &Settings, resolver: &SystemResolver) -> String {
    let is_address = word.parse::<IpAddr>().is_ok();
    let number = || address.ip.to_string();
    let name = if settings.names_of_all || (settings.names_of_addresses && is_address) {
        resolver.name_of(address.ip).await.ok().flatten().unwrap_or_else(number)
    } else {
        word.to_owned()
    };
    match (settings.by_address, settings.names_of_all || settings.names_of_addresses) {
        (false, _) => name,
        (true, false) => number(),
        (true, true) => format!("{name} ({})", number()),
    }
}

/// In the C library's words, which scripts know.
fn why(word: &str, error: &ResolveError) -> &'static str {
    match error {
        ResolveError::NoSuchHost { .. } => "Name or service not known",
        ResolveError::NoSuitableAddress { .. } if word.parse::<IpAddr>().is_ok() => {
            "Address family for hostname not supported"
        }
        ResolveError::NoSuitableAddress { .. } => "No address associated with hostname",
        ResolveError::Server { .. } => "Temporary failure in name resolution",
        _ => "Name or service not known",
    }
}

/// What the kernel says, without the number that Rust adds.
pub(super) fn without_number(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_a_target_a_line() {
        let text = "a b\n\n  # c\n#d\n\tlocalhost # e\n";
        assert_eq!(lines(text.as_bytes()).expect("text"), ["a", "localhost"]);
    }

    #[test]
    fn the_systems_words_have_no_numbers() {
        assert_eq!(without_number(&io::Error::from_raw_os_error(101)), "Network is unreachable");
    }
}
