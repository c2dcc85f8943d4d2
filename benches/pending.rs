//! Does finding the request of a reply cost the same with ten packets in flight as with sixty thousand?
//!
//! It should: claim, look up and release are one step each, and the only difference is what the processor's caches hold.

use std::collections::VecDeque;
use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use probe_core::wire::Sequence;
use probe_core::wire::pending::{CookieKey, SequenceSpace};

/// From a few probes to nearly all that one identifier can tell apart.
const IN_FLIGHT: [u32; 2] = [10, 60_000];

criterion_group!(benches, life_of_a_packet, cookie);
criterion_main!(benches);

/// One packet sent, the oldest answered: a claim, a look-up and a release, with as many in flight before as after.
fn life_of_a_packet(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("pending/claim, holder, release");
    group.throughput(Throughput::Elements(1));
    for in_flight in IN_FLIGHT {
        let mut space = SequenceSpace::new(Sequence(40_000));
        let mut oldest: VecDeque<Sequence> =
            (0..in_flight).filter_map(|request| space.claim(request)).collect();
        group.bench_function(BenchmarkId::from_parameter(in_flight), |bencher| {
            bencher.iter(|| {
                oldest.extend(space.claim(black_box(7)));
                let answered = oldest.pop_front()?;
                let request = space.holder(black_box(answered));
                space.release(answered);
                request
            });
        });
        assert_eq!(space.used(), in_flight as usize);
    }
}

/// The proof that a reply is ours, made once for each packet.
fn cookie(criterion: &mut Criterion) {
    let key = CookieKey::new();
    let destination = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    criterion.bench_function("pending/cookie", |bencher| {
        bencher.iter(|| key.cookie(black_box(destination), Sequence(7), 1));
    });
}
