//! Facts as trials, and what has to be there before they can be tried.

use std::process::{Command, Stdio};
use std::sync::OnceLock;

use libtest_mimic::{Completion, Trial};

/// Why a fact cannot be tried here.
pub(crate) struct Missing(pub(crate) String);

/// What a fact comes to: it holds, or cannot be tried. One that does not hold panics.
pub(crate) trait Verdict {
    fn tried(self) -> Result<(), Missing>;
}

impl Verdict for () {
    fn tried(self) -> Result<(), Missing> {
        Ok(())
    }
}

impl Verdict for Result<(), Missing> {
    fn tried(self) -> Result<(), Missing> {
        self
    }
}

/// A trial by the name of its fact.
pub(crate) fn trial<V: Verdict>(name: impl Into<String>, fact: impl FnOnce() -> V + Send + 'static) -> Trial {
    Trial::ignorable_test(name, move || {
        let tried = requirements().and_then(|()| fact().tried());
        Ok(match tried {
            Ok(()) => Completion::Completed,
            Err(Missing(reason)) => Completion::ignored_with(reason),
        })
    })
}

/// Both families, both kinds of socket: the name of a fact and what to try it with.
pub(crate) fn for_each_socket<V: Verdict + 'static>(
    name: &str,
    fact: fn(Family, &'static str) -> V,
) -> Vec<Trial> {
    let both = Family::ALL.into_iter().flat_map(|family| ["datagram", "raw"].map(|socket| (family, socket)));
    both.map(|(family, socket)| {
        trial(format!("{name} ({}, {socket})", family.word()), move || fact(family, socket))
    })
    .collect()
}

/// The name of a fact, tried with both families.
pub(crate) fn for_each_family<V: Verdict + 'static>(name: &str, fact: fn(Family) -> V) -> Vec<Trial> {
    let trial_of = |family: Family| trial(format!("{name} ({})", family.word()), move || fact(family));
    Family::ALL.into_iter().map(trial_of).collect()
}

/// The version of the Internet Protocol a trial uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    V4,
    V6,
}

impl Family {
    pub(crate) const ALL: [Self; 2] = [Self::V4, Self::V6];

    pub(crate) fn word(self) -> &'static str {
        self.pick("IPv4", "IPv6")
    }

    /// The first for IPv4, the second for IPv6.
    pub(crate) fn pick<T>(self, v4: T, v6: T) -> T {
        match self {
            Self::V4 => v4,
            Self::V6 => v6,
        }
    }
}

/// What every trial needs.
fn requirements() -> Result<(), Missing> {
    static FOUND: OnceLock<Result<(), String>> = OnceLock::new();
    FOUND.get_or_init(look).clone().map_err(Missing)
}

fn look() -> Result<(), String> {
    if !is_root() {
        return Err("not root".into());
    }
    for tool in ["ip", "nft", "setpriv", "setcap", "timeout"] {
        let mut version = Command::new("sh");
        version.args(["-c", &format!("command -v {tool}")]).stdout(Stdio::null()).stderr(Stdio::null());
        if !version.status().is_ok_and(|status| status.success()) {
            return Err(format!("no `{tool}` on this host"));
        }
    }
    let name = format!("probe-look-{}", std::process::id());
    let added =
        Command::new("ip").args(["netns", "add", &name]).output().map_err(|error| error.to_string())?;
    if !added.status.success() {
        let said = String::from_utf8_lossy(&added.stderr);
        return Err(format!("no network namespace may be made: {}", said.trim()));
    }
    let deleted = Command::new("ip").args(["netns", "del", &name]).status();
    assert!(deleted.is_ok_and(|status| status.success()), "namespace {name} stays behind");
    Ok(())
}

fn is_root() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let uids = status.lines().find_map(|line| line.strip_prefix("Uid:"));
    uids.and_then(|uids| uids.split_whitespace().nth(1)) == Some("0")
}
