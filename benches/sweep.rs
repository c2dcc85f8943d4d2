//! Is what a sweep does for each target besides the packet itself, the order, the address, the pace, small against the packet's two or
//! three microseconds, and the same for a thousand targets as for all of IPv4?

use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use probe_core::sweep::{AddressRange, Pace, Permutation, Rate, Space};

/// A small network, a /16 and all of IPv4.
const BOUNDS: [u64; 3] = [1_000, 65_536, 1 << 32];

criterion_group!(benches, permutation, space, pace);
criterion_main!(benches);

/// The next target of a random order.
fn permutation(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sweep/next of the order");
    group.throughput(Throughput::Elements(1));
    for bound in BOUNDS {
        let order = Permutation::new(bound, 7);
        let mut place = 0;
        group.bench_function(BenchmarkId::from_parameter(bound), |bencher| {
            bencher.iter(|| {
                place = (place + 1) % bound;
                order.at(black_box(place))
            });
        });
    }
}

/// The address of a number and back, in one range and in a list of ten thousand.
fn space(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sweep/address and number");
    group.throughput(Throughput::Elements(1));
    for ranges in [1_u32, 10_000] {
        let range = |number: u32| {
            let first = Ipv4Addr::from(0x0a00_0000 + number * 512);
            AddressRange::prefix(IpAddr::V4(first), 24).expect("a prefix")
        };
        let space = Space::new((0..ranges).map(range), []).expect("few addresses");
        let mut number = 0;
        group.bench_function(BenchmarkId::new("ranges", ranges), |bencher| {
            bencher.iter(|| {
                number = (number + 7_919) % space.len();
                space.number(space.address(black_box(number)))
            });
        });
    }
}

/// How many packets may leave now, asked for each batch.
fn pace(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sweep/pace");
    for (name, rate) in [("unlimited", Rate::Unlimited), ("100,000 a second", Rate::Packets(100_000))] {
        let mut now = Instant::now();
        let mut pace = Pace::new(rate, 44, now);
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                now += Duration::from_micros(100);
                let allowed = pace.allowance(black_box(now), 64);
                pace.spend(allowed);
                allowed
            });
        });
    }
}
