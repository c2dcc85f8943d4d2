//! Pings targets through the library and shows every packet.
//!
//! ```console
//! cargo run -p probe-examples --example ping -- 127.0.0.1 ::1 localhost
//! ```
//!
//! Without targets it pings 127.0.0.1. If this process may open no ICMP socket, the report says what to do about it.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use probe_core::net::SystemResolver;
use probe_core::net::icmp::Engine;
use probe_core::prober::icmp::{IcmpProber, IcmpSettings};
use probe_core::prober::{RunOptions, Services, run};
use probe_core::render::text;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let mut targets: Vec<String> = std::env::args().skip(1).collect();
    if targets.is_empty() {
        targets.push("127.0.0.1".into());
    }

    // The driver does the engine's work. It ends when the last handle on the engine is gone.
    let (engine, driver) = Engine::new();
    tokio::spawn(driver);
    let services = Services::new(Arc::new(SystemResolver::new())).with_icmp(engine);

    let prober = IcmpProber::new(IcmpSettings { count: 3, ..IcmpSettings::default() });
    let mut options = RunOptions::new("icmp", "icmp", Duration::from_secs(2));
    options.keep_exchanges = true;

    let mut all_well = true;
    for target in targets {
        let report = run(&prober, &target.into(), &options, &services).await;
        print!("{}", text::report(&report, text::Style { verbose: true, ..text::Style::default() }));
        all_well &= report.is_success();
    }
    if all_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
