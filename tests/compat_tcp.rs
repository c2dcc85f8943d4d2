//! The tcp and unix probers, case by case, beside the reference exporter where it is installed.

#[path = "compat_tcp/dialogue.rs"]
mod dialogue;
#[path = "compat_tcp/targets.rs"]
mod targets;
#[path = "compat_tcp/tls.rs"]
mod tls;
#[path = "compat_tcp/unix.rs"]
mod unix;

use std::process::ExitCode;

use probe_tests::compat::series::{ADDRESS, DIALOGUE};
use probe_tests::compat::{Case, Server, probe, run};

fn main() -> ExitCode {
    let groups = vec![
        ("targets", targets::cases()),
        ("dialogue", dialogue::cases()),
        ("tls", tls::cases()),
        ("unix", unix::cases()),
    ];
    run(groups, &[])
}

/// A case of the tcp prober with one server.
fn tcp(name: &'static str, section: &str, server: Server) -> Case {
    probe(name, "tcp", &format!("preferred_ip_protocol: ip4, {section}"), &[ADDRESS, DIALOGUE])
        .on("s", server)
}

/// What a probe that is not connected lacks.
const NOT_CONNECTED: &[&str] = &["!probe_failed_due_to_regex", "!probe_failed_due_to_bytes"];

/// A line that should have come did not.
const REGEX: &[&str] = &["probe_failed_due_to_regex 1"];

/// Other bytes came.
const BYTES: &[&str] = &["probe_failed_due_to_bytes 1"];

/// Neither is to blame.
const NOTHING: &[&str] = &[];
