//! `/probe` and the other paths of the exporter, beside the reference exporter where it is installed.

#[path = "compat_handler/encodings.rs"]
mod encodings;
#[path = "compat_handler/parameters.rs"]
mod parameters;
#[path = "compat_handler/routes.rs"]
mod routes;
#[path = "compat_handler/self_metrics.rs"]
mod self_metrics;
#[path = "compat_handler/timeouts.rs"]
mod timeouts;

use std::process::ExitCode;

use probe_tests::compat::run;

fn main() -> ExitCode {
    let groups = vec![("parameters", parameters::cases()), ("timeouts", timeouts::cases())];
    let scenarios = [
        parameters::scenarios(),
        timeouts::scenarios(),
        encodings::scenarios(),
        routes::scenarios(),
        self_metrics::scenarios(),
    ];
    run(groups, scenarios.concat())
}

/// A module that needs nobody: a unix socket that is not there fails at once.
const NOBODY: &str = "modules: {nobody: {prober: unix}}";
