//! A service on a multi-thread runtime that checks its neighbours now and then, and shows what it found as series.
//!
//! ```console
//! cargo run -p probe-examples --example embed_in_service
//! ```
//!
//! The engine has a thread of its own: on a multi-thread runtime its wake-ups would cross from core to core.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use probe_core::model::{Report, Target};
use probe_core::net::SystemResolver;
use probe_core::net::icmp::Engine;
use probe_core::prober::icmp::{IcmpProber, IcmpSettings};
use probe_core::prober::{RunOptions, Services, run};
use probe_core::render::prometheus;
use tokio::task::JoinSet;

const ROUNDS: usize = 3;
const INTERVAL: Duration = Duration::from_millis(500);

/// What every task shares; made once.
struct Neighbours {
    targets: Vec<Target>,
    prober: IcmpProber,
    options: RunOptions,
    services: Services,
}

impl Neighbours {
    fn new(targets: &[&str]) -> io::Result<Self> {
        let mut options = RunOptions::new("neighbours", "icmp", Duration::from_secs(1));
        // Ours, on every series; module and target are added by themselves where several reports meet.
        options.labels = vec![("service".into(), "checkout".into()), ("zone".into(), "a".into())];
        Ok(Self {
            targets: targets.iter().copied().map(Target::from).collect(),
            prober: IcmpProber::new(IcmpSettings::default()),
            options,
            services: Services::new(Arc::new(SystemResolver::new())).with_icmp(Engine::on_own_thread()?),
        })
    }

    /// Probes all targets at once, and each for as long as the timeout allows.
    async fn round(self: &Arc<Self>) -> Vec<Report> {
        let mut probes = JoinSet::new();
        for target in self.targets.clone() {
            let shared = self.clone();
            probes
                .spawn(async move { run(&shared.prober, &target, &shared.options, &shared.services).await });
        }
        probes.join_all().await
    }
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let neighbours = Arc::new(Neighbours::new(&["127.0.0.1", "::1"])?);
    let mut ticks = tokio::time::interval(INTERVAL);
    for round in 1..=ROUNDS {
        ticks.tick().await;
        let reports = neighbours.round().await;
        let well = reports.iter().filter(|report| report.is_success()).count();
        println!("# round {round} of {ROUNDS}: {well} of {} answered", reports.len());
        if round == ROUNDS {
            print!("{}", prometheus::text(&reports));
        }
    }
    Ok(())
}
