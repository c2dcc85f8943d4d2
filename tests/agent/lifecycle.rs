//! Starts and ends engines, and counts what each left behind.
//!
//! `probe-agent lifecycle ADDRESS`; the address answers.

use std::fs;
use std::net::IpAddr;
use std::thread;
use std::time::{Duration, Instant};

use probe_core::net::Policy;
use probe_core::net::icmp::{Engine, PingOptions, Pinger, ping};
use serde_json::json;

use super::arguments::Arguments;

const TIMEOUT: Duration = Duration::from_secs(10);

pub(crate) fn run(arguments: &Arguments) {
    let address: IpAddr = arguments.target().parse().expect("an address");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let before = Footprint::now();

    let engine = Engine::on_own_thread().expect("a thread");
    let mut pinger = open(&engine, address);
    let reply = runtime.block_on(ping(&mut pinger, TIMEOUT)).expect("no error");
    let during = Footprint::now();
    // One more is in flight when the last handle goes; the pinger is a handle too.
    pinger.send(TIMEOUT);
    drop(engine);
    let held_by_pinger = Footprint::now();
    drop(pinger);
    let after = Footprint::settled_at(&before);

    let driver_ended = runtime.block_on(async {
        let (engine, driver) = Engine::new();
        let driver = tokio::spawn(driver);
        let mut pinger = open(&engine, address);
        ping(&mut pinger, TIMEOUT).await.expect("no error");
        drop((engine, pinger));
        tokio::time::timeout(TIMEOUT, driver).await.is_ok_and(|ended| ended.is_ok())
    });
    let driver_dropped = runtime.block_on(async {
        let (engine, driver) = Engine::new();
        let mut pinger = open(&engine, address);
        pinger.send(TIMEOUT);
        drop(driver);
        let mut events = 0;
        while pinger.next().await.is_some() {
            events += 1;
        }
        events == 0
    });
    println!(
        "{}",
        json!({
            "replied": reply.is_some(),
            "threads": [before.threads, during.threads, held_by_pinger.threads, after.threads],
            "descriptors": [before.descriptors, during.descriptors, after.descriptors, Footprint::settled_at(&before).descriptors],
            "driver_ended": driver_ended,
            "waiting_ends_with_the_driver": driver_dropped,
        })
    );
}

fn open(engine: &Engine, address: IpAddr) -> Pinger {
    let approved = Policy::allow_all().approve((address, 0).into()).expect("everything is allowed");
    engine.pinger(approved, &PingOptions::default()).expect("a socket")
}

#[derive(PartialEq, Eq)]
struct Footprint {
    threads: usize,
    descriptors: usize,
}

impl Footprint {
    fn now() -> Self {
        let count = |path| fs::read_dir(path).expect("procfs").count();
        Self { threads: count("/proc/self/task"), descriptors: count("/proc/self/fd") }
    }

    /// Threads end in their own time: looks until this process is as it was, or long enough.
    fn settled_at(before: &Self) -> Self {
        let start = Instant::now();
        loop {
            let now = Self::now();
            if now == *before || start.elapsed() > TIMEOUT {
                return now;
            }
            thread::yield_now();
        }
    }
}
