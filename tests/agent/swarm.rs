//! Very many pings through one engine, answered only when most of them wait for it.
//!
//! `probe-agent swarm datagram|raw`, in a namespace whose kernel ignores echo requests: a thread of this process answers.

use std::collections::VecDeque;
use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use probe_core::net::icmp::{Engine, Event, PingOptions, Pinger};
use probe_core::net::{Policy, SocketChoice};
use serde_json::json;

use super::arguments::Arguments;
use super::packets::RawSocket;
use super::probe::figures;

/// Destinations, one ping each.
const PINGS: u32 = 200_000;
/// Pings that wait for an answer at most.
const PENDING: usize = 75_000;
/// The responder keeps silent until so many requests wait.
const HELD: usize = 70_000;
/// Requests under way to the responder at most: what its receive buffer holds.
const UNSEEN: u64 = 100;
/// Answers under way to the engine at most.
const UNREAD: u64 = 1000;
const TIMEOUT: Duration = Duration::from_secs(240);

pub(crate) fn run(arguments: &Arguments) {
    let socket = if arguments.target() == "raw" { SocketChoice::Raw } else { SocketChoice::Datagram };
    let options = PingOptions { socket, ..PingOptions::default() };
    let engine = Engine::on_own_thread().expect("a thread");
    let seen = Arc::new(AtomicU64::new(0));
    let responder = RawSocket::with_headers();
    {
        let (engine, seen) = (engine.clone(), seen.clone());
        thread::spawn(move || respond(&responder, &engine, &seen));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let (mut pending, mut replies, mut others) = (VecDeque::new(), 0_u64, 0_u64);
    let (mut most_in_flight, mut most_descriptors) = (0, 0);
    let mut finish = |mut pinger: Pinger| match runtime.block_on(outcome(&mut pinger)) {
        Event::Reply(reply) if reply.index == 0 => replies += 1,
        _ => others += 1,
    };
    for number in 0..PINGS {
        if pending.len() == PENDING {
            most_in_flight = most_in_flight.max(engine.statistics().in_flight);
            most_descriptors = most_descriptors.max(open_descriptors());
            pending.drain(..PENDING / 4).for_each(&mut finish);
        }
        let address = IpAddr::from(Ipv4Addr::from(u32::from(Ipv4Addr::new(127, 1, 0, 0)) + number));
        let approved = Policy::allow_all().approve((address, 0).into()).expect("everything is allowed");
        let mut pinger = engine.pinger(approved, &options).expect("a socket");
        pinger.send(TIMEOUT);
        pending.push_back(pinger);
        while u64::from(number) - seen.load(Ordering::Acquire).min(number.into()) > UNSEEN {
            thread::yield_now();
        }
    }
    pending.drain(..).for_each(&mut finish);
    let result = json!({
        "replies": replies,
        "others": others,
        "most_in_flight": most_in_flight,
        "most_descriptors": most_descriptors,
        "engine": figures(&engine.statistics()),
    });
    println!("{result}");
}

/// The event that ends the one packet of a pinger.
pub(crate) async fn outcome(pinger: &mut Pinger) -> Event {
    loop {
        match pinger.next().await.expect("the engine runs") {
            Event::Sent { .. } => {}
            event => return event,
        }
    }
}

/// Collects requests until enough wait, answers them all, and from then on answers at once.
fn respond(socket: &RawSocket, engine: &Engine, seen: &AtomicU64) {
    let mut held = Vec::new();
    let mut answered = 0;
    loop {
        held.push(socket.next_request());
        let total = seen.fetch_add(1, Ordering::AcqRel) + 1;
        if total < HELD as u64 {
            continue;
        }
        for request in held.drain(..) {
            let IpAddr::V4(to) = request.from else { continue };
            let from = request.to.expect("IPv4 tells");
            socket.send_from(&request.reply(), from, to);
            answered += 1;
            while answered - engine.statistics().received.min(answered) > UNREAD {
                thread::yield_now();
            }
        }
    }
}

fn open_descriptors() -> usize {
    fs::read_dir("/proc/self/fd").expect("procfs").count()
}
