//! What does it cost to choose the address of a target, when no name server is asked?
//!
//! A probe of a literal pays for the choice and its three series; a name with many addresses also for their order.

use std::hint::black_box;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use probe_core::model::{Deadline, Recorder, Target};
use probe_core::net::{LiteralsOnly, Policy, ScopedIp, source_order};
use probe_core::prober::shared::{Preference, choose};
use probe_core::prober::{Context, Services};

/// What a large site answers: half and half, one address of each kind that the rules tell apart.
const ADDRESSES: [&str; 8] = [
    "192.0.2.1",
    "198.51.100.7",
    "10.1.2.3",
    "203.0.113.9",
    "2001:db8:1::1",
    "2001:db8:2::1",
    "fd00::1",
    "2002:c000:201::1",
];

criterion_group!(benches, literal, order, kernel_source);
criterion_main!(benches);

fn literal(criterion: &mut Criterion) {
    let services = Services::new(Arc::new(LiteralsOnly));
    let (target, policy) = (Target::new(""), Policy::allow_all());
    let deadline = Deadline::after(Instant::now(), Duration::from_secs(3600));
    let cx = Context { target: &target, deadline, policy: &policy, services: &services };
    let mut group = criterion.benchmark_group("resolve/literal");
    for host in ["192.0.2.1", "2001:db8:1::1"] {
        group.bench_function(host, |bencher| {
            bencher.iter(|| {
                let mut out = Recorder::default();
                // There is nobody to wait for, so that one poll is all.
                let choice = pin!(choose(black_box(host), Preference::default(), &cx, &mut out));
                match choice.poll(&mut std::task::Context::from_waker(Waker::noop())) {
                    Poll::Ready(address) => address.is_ok(),
                    Poll::Pending => unreachable!("a literal is not looked up"),
                }
            });
        });
    }
}

/// The rules alone, with sources that are known.
fn order(criterion: &mut Criterion) {
    let addresses = ADDRESSES.map(|text| ScopedIp::from(address(text)));
    let (v4, v6) = (address("192.0.2.99"), address("2001:db8:1::99"));
    let source_of = |to: &ScopedIp| Some(if to.ip.is_ipv4() { v4 } else { v6 });
    criterion.bench_function("resolve/order of 8 addresses", |bencher| {
        bencher.iter(|| {
            let mut addresses = black_box(addresses);
            source_order::order(&mut addresses, source_of);
            addresses
        });
    });
}

/// What the rules need to know of each address: three system calls.
fn kernel_source(criterion: &mut Criterion) {
    let loopback = ScopedIp::from(address("127.0.0.1"));
    criterion.bench_function("resolve/source the kernel would use", |bencher| {
        bencher.iter(|| source_order::kernel_source(black_box(&loopback)));
    });
}

fn address(text: &str) -> IpAddr {
    text.parse().expect("an address")
}
