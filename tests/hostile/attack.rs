//! One attack: a server, what probes it, and what must come of it.

use std::fs;
use std::time::{Duration, Instant};

use libtest_mimic::{Completion, Trial};

use super::exporter::{self, Exporter, get};
use super::server::Hostile;

/// What the exporter has for a probe that is to last as long as it may, in seconds.
const SHORT: u64 = 1;
/// What it has for one that must fail of itself, however slow the machine.
const LONG: u64 = 50;
/// By how much it may be late on a busy machine. Whoever ignores the deadline is later by far: every server goes on
/// for ever.
pub(crate) const GRACE: Duration = Duration::from_secs(4);
/// The most memory the exporter may ever have, in bytes: its own 25 MB in a debug build, the 16 MiB of a body that rules
/// may keep, as much again while that grows, and the window of a decompressor.
const MEMORY: u64 = 96 << 20;

/// What probes a hostile server.
#[derive(Clone, Copy)]
pub(crate) struct Victim {
    /// The module, as in a configuration file.
    pub(crate) module: &'static str,
    /// The target, with `{port}` for the server's.
    pub(crate) target: &'static str,
}

/// A trial: `hostile` makes the server, and the probe of it must fail for one of these reasons.
pub(crate) fn trial(
    name: &str,
    victim: Victim,
    reasons: &'static [&'static str],
    hostile: impl FnOnce() -> Hostile + Send + 'static,
) -> Trial {
    with_exporter(name, move || withstand(victim, reasons, &hostile()))
}

/// A trial that needs our exporter.
pub(crate) fn with_exporter(name: &str, fact: impl FnOnce() + Send + 'static) -> Trial {
    Trial::ignorable_test(name, || {
        if let Some(reason) = exporter::absent(&exporter::program()) {
            return Ok(Completion::ignored_with(reason));
        }
        fact();
        Ok(Completion::Completed)
    })
}

fn withstand(victim: Victim, reasons: &[&str], hostile: &Hostile) {
    let settings = victim.module.trim_start_matches('{');
    let timeout = if reasons.contains(&"timeout") { SHORT } else { LONG };
    let exporter = Exporter::start(&format!("  m: {{timeout: {timeout}s, failure_info: true, {settings}"));
    let start = Instant::now();
    let page = exporter.probe("m", &victim.target.replace("{port}", &hostile.port.to_string()));
    let took = start.elapsed();
    let outcome = outcome(&page);
    assert!(reasons.contains(&outcome), "{outcome}, not {reasons:?}:\n{page}");
    assert!(took < Duration::from_secs(timeout) + GRACE, "took {took:?}:\n{page}");
    assert!(hostile.was_visited(), "nobody came:\n{page}");
    assert!(hostile.is_left_alone(GRACE), "connections stay open:\n{page}");
    is_well(&exporter);
}

/// Panics unless the exporter serves, and has never been large.
#[track_caller]
pub(crate) fn is_well(exporter: &Exporter) {
    let peak = peak_memory(exporter.child.id());
    assert!(peak < MEMORY, "had {peak} bytes of memory");
    assert_eq!(get(exporter.port, "/-/healthy").0, 200);
}

/// The reason of a failure, or `success`.
fn outcome(page: &str) -> &str {
    if page.contains("\nprobe_success 1\n") {
        return "success";
    }
    let info = page.lines().find_map(|line| line.strip_prefix("probe_failure_info{")).unwrap_or_default();
    let reason = info.split_once("reason=\"").and_then(|(_, rest)| rest.split_once('"'));
    reason.map_or("without a reason", |(reason, _)| reason)
}

/// The most memory a process had at any time, in bytes.
fn peak_memory(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("it runs");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    let kibibytes: u64 = peak.trim().trim_end_matches(" kB").parse().expect("a number");
    kibibytes << 10
}
