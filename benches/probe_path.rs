//! What does a whole ICMP probe cost this process, and how much of that is the kernel's part?
//!
//! `in process` answers from memory at once: what is left is the engine, the prober and the report. `loopback` goes
//! through a socket and the kernel's own responder; `simulated` through the simulated link without delay. All on one current-thread runtime, as the programs run it.

#[path = "../tests/support/echo.rs"]
mod echo;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use echo::EchoNetwork;
use probe_core::model::Target;
use probe_core::net::icmp::{Driver, Engine, PingOptions, Pinger, ping};
use probe_core::net::{LiteralsOnly, OpenError, Policy};
use probe_core::prober::icmp::{IcmpProber, IcmpSettings};
use probe_core::prober::{RunOptions, Services, run};
use probe_core::sim::{Faults, SimNetwork};
use tokio::runtime::{Builder, Runtime};

/// Packets of the larger probe; sent without pauses, since waiting costs nothing.
const PACKETS: u32 = 10;
const TIMEOUT: Duration = Duration::from_secs(5);

criterion_group!(benches, in_process, simulated, loopback);
criterion_main!(benches);

fn in_process(criterion: &mut Criterion) {
    let (runtime, engine) = driven(Engine::on_network(EchoNetwork));
    every_size(&mut criterion.benchmark_group("probe_path/in process"), &runtime, &engine);
}

fn simulated(criterion: &mut Criterion) {
    let network = SimNetwork::new(1, Faults { delay: Duration::ZERO, ..Faults::default() });
    let (runtime, engine) = driven(Engine::on_network(network));
    every_size(&mut criterion.benchmark_group("probe_path/simulated"), &runtime, &engine);
}

fn loopback(criterion: &mut Criterion) {
    let (runtime, engine) = driven(Engine::new());
    match pinger(&engine) {
        Ok(_) => every_size(&mut criterion.benchmark_group("probe_path/loopback"), &runtime, &engine),
        Err(refused) => eprintln!("probe_path/loopback is left out: {refused}"),
    }
}

fn every_size(group: &mut BenchmarkGroup<'_, WallTime>, runtime: &Runtime, engine: &Engine) {
    one_ping(group, runtime, engine);
    for count in [1, PACKETS] {
        whole_probe(group, runtime, engine, count);
    }
}

/// The engine alone: a packet handed over, its answer awaited.
fn one_ping(group: &mut BenchmarkGroup<'_, WallTime>, runtime: &Runtime, engine: &Engine) {
    let mut pinger = pinger(engine).expect("the socket is open");
    group.throughput(Throughput::Elements(1));
    group.bench_function("ping", |bencher| {
        bencher.iter(|| runtime.block_on(ping(&mut pinger, TIMEOUT)).is_ok());
    });
}

/// From the target's text to the report.
fn whole_probe(group: &mut BenchmarkGroup<'_, WallTime>, runtime: &Runtime, engine: &Engine, count: u32) {
    let settings = IcmpSettings { count, interval: Duration::ZERO, ..IcmpSettings::default() };
    let prober = IcmpProber::new(settings);
    let services = Services::new(Arc::new(LiteralsOnly)).with_icmp(engine.clone());
    let options = RunOptions::new("icmp", "icmp", TIMEOUT);
    let target = Target::new("127.0.0.1");
    let probe = || runtime.block_on(run(&prober, &target, &options, &services));
    assert!(probe().is_success());
    group.throughput(Throughput::Elements(count.into()));
    group.bench_function(format!("probe, {count} packets"), |bencher| bencher.iter(probe));
}

fn driven((engine, driver): (Engine, Driver)) -> (Runtime, Engine) {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.spawn(driver);
    (runtime, engine)
}

fn pinger(engine: &Engine) -> Result<Pinger, OpenError> {
    let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    engine.pinger(
        Policy::allow_all().approve(loopback).expect("everything is allowed"),
        &PingOptions::default(),
    )
}
