//! `probe-exporter`: probes on request, as the Prometheus blackbox exporter does.

use std::io::{stderr, stdout};
use std::process::ExitCode;

fn main() -> ExitCode {
    probe_exporter::run(std::env::args_os(), &mut stdout(), &mut stderr())
}
