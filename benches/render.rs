//! What does it cost to turn one report into each of its formats?
//!
//! An exporter renders once a scrape, so this must stay small beside the probe; see `probe_path`.

#[path = "../tests/support/echo.rs"]
mod echo;

use std::hint::black_box;
use std::slice;
use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use echo::EchoNetwork;
use probe_core::model::Report;
use probe_core::net::LiteralsOnly;
use probe_core::net::icmp::Engine;
use probe_core::prober::icmp::{IcmpProber, IcmpSettings};
use probe_core::prober::{RunOptions, Services, run};
use probe_core::render::{json, prometheus, text};
use tokio::runtime::Builder;

criterion_group!(benches, every_format);
criterion_main!(benches);

type Render = fn(&Report) -> String;

const FORMATS: [(&str, Render); 3] = [
    ("prometheus", |report| prometheus::text(slice::from_ref(report))),
    ("json", |report| json::document(slice::from_ref(report), false)),
    ("text", |report| text::report(report, VERBOSE)),
];
const VERBOSE: text::Style = text::Style { color: false, verbose: true, quiet: false };

/// A default probe, as it is scraped; and one of ten packets with labels of the caller's, each packet kept.
fn every_format(criterion: &mut Criterion) {
    for (name, report) in [("1 packet", report(1)), ("10 packets", report(10))] {
        let mut group = criterion.benchmark_group(format!("render/{name}"));
        for (format, render) in FORMATS {
            group.throughput(Throughput::Bytes(render(&report).len() as u64));
            group.bench_function(format, |bencher| bencher.iter(|| render(black_box(&report))));
        }
    }
}

fn report(count: u32) -> Report {
    let settings = IcmpSettings { count, interval: Duration::ZERO, ..IcmpSettings::default() };
    let mut options = RunOptions::new("icmp", "icmp", Duration::from_secs(5));
    if count > 1 {
        options.keep_exchanges = true;
        options.labels = vec![("service".into(), "checkout".into()), ("zone".into(), "a".into())];
    }
    Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(async {
        let (engine, driver) = Engine::on_network(EchoNetwork);
        tokio::spawn(driver);
        let services = Services::new(Arc::new(LiteralsOnly)).with_icmp(engine);
        run(&IcmpProber::new(settings), &"127.0.0.1".into(), &options, &services).await
    })
}
