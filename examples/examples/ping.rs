//! Pings addresses through the library: `cargo run --example ping -- 127.0.0.1 ::1`.

use std::sync::Arc;
use std::time::Duration;

use probe_core::net::LiteralsOnly;
use probe_core::net::icmp::Engine;
use probe_core::prober::icmp::{IcmpProber, IcmpSettings};
use probe_core::prober::{RunOptions, Services, run};
use probe_core::render::text;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (engine, driver) = Engine::new();
    tokio::spawn(driver);
    let services = Services { resolver: Arc::new(LiteralsOnly), icmp: Some(engine) };
    let prober = IcmpProber::new(IcmpSettings { count: 3, ..IcmpSettings::default() });
    let mut options = RunOptions::new("icmp", "icmp", Duration::from_secs(2));
    options.keep_exchanges = true;
    for address in std::env::args().skip(1) {
        let report = run(&prober, &address.into(), &options, &services).await;
        print!("{}", text::report(&report, text::Style { verbose: true, ..text::Style::default() }));
    }
}
