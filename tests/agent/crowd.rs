//! Living and dead hosts side by side, pinged through the same socket.
//!
//! `probe-agent crowd datagram|raw alive=ADDRESS dead=ADDRESS`: both begin a range of addresses.

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use probe_core::net::icmp::{Engine, Event, PacketError, PingOptions, Pinger};
use probe_core::net::{Policy, SocketChoice};
use serde_json::json;

use super::arguments::Arguments;
use super::probe::figures;
use super::swarm::outcome;

/// Hosts of each kind.
const HOSTS: u32 = 5000;
/// Pings that wait for an answer at most: what the queues between the namespaces hold.
const PENDING: usize = 400;
const TIMEOUT: Duration = Duration::from_secs(30);

pub(crate) fn run(arguments: &Arguments) {
    let socket = if arguments.target() == "raw" { SocketChoice::Raw } else { SocketChoice::Datagram };
    let options = PingOptions { socket, ..PingOptions::default() };
    let range = |name: &str| arguments.text(name).expect("a range").parse::<IpAddr>().expect("an address");
    let (alive, dead) = (range("alive"), range("dead"));
    let engine = Engine::on_own_thread().expect("a thread");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");

    let (mut replies, mut unreachable, mut mistaken) = (0, 0, Vec::new());
    let mut finish =
        |(lives, mut pinger): (bool, Pinger)| match (lives, runtime.block_on(outcome(&mut pinger))) {
            (true, Event::Reply(_)) => replies += 1,
            (false, Event::Failed { error: PacketError::Icmp { .. }, .. }) => unreachable += 1,
            (lives, event) => mistaken.push(format!("alive: {lives}, {event:?}")),
        };
    let mut pings = VecDeque::new();
    for number in 0..HOSTS {
        for (lives, first) in [(true, alive), (false, dead)] {
            let approved =
                Policy::allow_all().approve((nth(first, number), 0).into()).expect("everything is allowed");
            let mut pinger = engine.pinger(approved, &options).expect("a socket");
            pinger.send(TIMEOUT);
            pings.push_back((lives, pinger));
        }
        if pings.len() == PENDING {
            pings.drain(..PENDING / 2).for_each(&mut finish);
        }
    }
    pings.into_iter().for_each(&mut finish);
    let result = json!({
        "replies": replies,
        "unreachable": unreachable,
        "mistaken": mistaken.len(),
        "examples": mistaken.iter().take(5).collect::<Vec<_>>(),
        "engine": figures(&engine.statistics()),
    });
    println!("{result}");
}

fn nth(first: IpAddr, number: u32) -> IpAddr {
    match first {
        IpAddr::V4(first) => Ipv4Addr::from(u32::from(first) + number).into(),
        IpAddr::V6(first) => Ipv6Addr::from(u128::from(first) + u128::from(number)).into(),
    }
}
