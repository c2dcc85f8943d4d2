//! What does it cost to make a request of 56 bytes, to read what comes back, and to know it for ours?
//!
//! These run once or twice for every packet of a sweep: at 300,000 packets a second a core has 3.3 µs for everything.

use std::hint::black_box;
use std::net::Ipv4Addr;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use probe_core::wire::checksum::checksum;
use probe_core::wire::echo::{self, ChecksumPolicy, Echo, Message};
use probe_core::wire::ipv4::Ipv4Header;
use probe_core::wire::pending::{CookieKey, SequenceSpace, fill_payload, is_pattern};
use probe_core::wire::{HopLimit, Identifier, IpVersion, Sequence, filter, quoted};

/// What `ping` sends after the ICMP header.
const PAYLOAD: usize = 56;
const IDENTIFIER: Identifier = Identifier(0x1234);
const SEQUENCE: Sequence = Sequence(7);
const DESTINATION: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);

criterion_group!(benches, emit, decode, recognise, quoted_error, filter_program);
criterion_main!(benches);

/// Cookie, payload, header and checksum of a request, in a buffer that is there already.
fn emit(criterion: &mut Criterion) {
    let key = CookieKey::new();
    let mut group = criterion.benchmark_group("wire/emit");
    group.throughput(Throughput::Elements(1));
    for version in [IpVersion::V4, IpVersion::V6] {
        let (mut payload, mut packet) = (Vec::new(), Vec::new());
        group.bench_function(version.to_string(), |bencher| {
            bencher.iter(|| {
                let cookie = key.cookie(black_box(DESTINATION.into()), SEQUENCE, 1);
                payload.clear();
                fill_payload(cookie, PAYLOAD, &mut payload);
                echo::emit_request(version, IDENTIFIER, SEQUENCE, &payload, &mut packet);
                black_box(&packet);
            });
        });
    }
}

/// A reply, with the checksum that a raw socket leaves to us and without it.
fn decode(criterion: &mut Criterion) {
    let reply = reply(&CookieKey::new());
    let mut group = criterion.benchmark_group("wire/decode reply");
    group.throughput(Throughput::Elements(1));
    for (name, policy) in [("checksum", ChecksumPolicy::Verify), ("no checksum", ChecksumPolicy::Skip)] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| echo::decode(IpVersion::V4, black_box(&reply), policy).is_ok());
        });
    }
}

/// Whether a decoded reply is ours: who holds its sequence number, and are cookie and pattern right?
fn recognise(criterion: &mut Criterion) {
    let key = CookieKey::new();
    let reply = reply(&key);
    let Ok(Message::EchoReply(echo)) = echo::decode(IpVersion::V4, &reply, ChecksumPolicy::Verify) else {
        unreachable!("a reply was made");
    };
    let cookie = key.cookie(DESTINATION.into(), SEQUENCE, 1);
    let mut space = SequenceSpace::new(SEQUENCE);
    space.claim(0);
    let is_ours = |echo: &Echo<'_>| {
        space.holder(echo.sequence).is_some()
            && CookieKey::matches(cookie, echo.payload)
            && is_pattern(echo.payload)
    };
    assert!(is_ours(&echo));
    criterion.bench_function("wire/recognise reply", |bencher| bencher.iter(|| is_ours(black_box(&echo))));
}

/// "Host unreachable" with our whole request in it.
fn quoted_error(criterion: &mut Criterion) {
    let message = unreachable_host();
    assert!(quoted::decode(IpVersion::V4, &message).is_ok_and(|error| error.is_some()));
    criterion.bench_function("wire/decode quoted error", |bencher| {
        bencher.iter(|| quoted::decode(IpVersion::V4, black_box(&message)).is_ok());
    });
}

/// The program that the kernel runs for a raw socket; built once a socket.
fn filter_program(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("wire/filter program");
    group.bench_function("IPv4", |bencher| bencher.iter(|| filter::icmp_v4(black_box(0x1230), 0xfff0)));
    group.bench_function("IPv6", |bencher| bencher.iter(|| filter::icmp_v6(black_box(0x1230), 0xfff0)));
}

fn request(key: &CookieKey) -> Vec<u8> {
    let (mut payload, mut packet) = (Vec::new(), Vec::new());
    fill_payload(key.cookie(DESTINATION.into(), SEQUENCE, 1), PAYLOAD, &mut payload);
    echo::emit_request(IpVersion::V4, IDENTIFIER, SEQUENCE, &payload, &mut packet);
    packet
}

fn reply(key: &CookieKey) -> Vec<u8> {
    let mut packet = request(key);
    packet[0] = 0;
    with_checksum(packet)
}

fn unreachable_host() -> Vec<u8> {
    const ICMP: u8 = 1;

    let request = request(&CookieKey::new());
    let quoted = Ipv4Header {
        source: Ipv4Addr::new(192, 0, 2, 99),
        destination: DESTINATION,
        protocol: ICMP,
        hop_limit: HopLimit(64),
        tos: 0,
        total_length: request.len() as u16 + 20,
        identification: 1,
        dont_fragment: false,
        more_fragments: false,
        fragment_offset: 0,
    };
    let mut message = vec![3, 1, 0, 0, 0, 0, 0, 0];
    message.extend_from_slice(&quoted.emit());
    message.extend_from_slice(&request);
    with_checksum(message)
}

fn with_checksum(mut message: Vec<u8>) -> Vec<u8> {
    message[2..4].fill(0);
    let sum = checksum(&message);
    message[2..4].copy_from_slice(&sum.to_be_bytes());
    message
}
