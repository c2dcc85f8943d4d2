//! What the tests in private namespaces run: probes through the library as another user, answers badly, counts.
//!
//! `probe-agent icmp|syn|connect TARGET [key=value…]` prints the report as JSON, with the engine's own figures.
//! The other words are other roles: see their modules.

#[path = "agent/arguments.rs"]
mod arguments;
#[path = "agent/crowd.rs"]
mod crowd;
#[path = "agent/lifecycle.rs"]
mod lifecycle;
#[path = "agent/packets.rs"]
mod packets;
#[path = "agent/probe.rs"]
mod probe;
#[path = "agent/responder.rs"]
mod responder;
#[path = "agent/swarm.rs"]
mod swarm;

use std::env;
use std::fs;
use std::net::TcpListener;

use arguments::Arguments;

fn main() {
    let arguments = Arguments::read(env::args().skip(1));
    match arguments.role() {
        "icmp" => probe::icmp(&arguments),
        "syn" => probe::tcp(&arguments, true),
        "connect" => probe::tcp(&arguments, false),
        "capabilities" => print!("{}", fs::read_to_string("/proc/self/status").expect("procfs")),
        "crowd" => crowd::run(&arguments),
        "lifecycle" => lifecycle::run(&arguments),
        "listen" => listen(arguments.target()),
        "respond" => responder::run(&arguments),
        "stamps" => probe::stamps(&arguments),
        "swarm" => swarm::run(&arguments),
        other => panic!("no such role: {other:?}"),
    }
}

/// Accepts connections and prints a line for each.
fn listen(address: &str) {
    let listener = TcpListener::bind(address).expect("address to listen at");
    println!("ready");
    for connection in listener.incoming() {
        let peer = connection.and_then(|connection| connection.peer_addr()).expect("a connection");
        println!("accepted {peer}");
    }
}
