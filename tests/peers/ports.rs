//! Free ports for servers that must be told one.

use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::process;
use std::sync::Mutex;

/// Below the ports that the kernel gives to connections, so that none of these takes one meanwhile.
const FIRST: u16 = 20_000;
const PAST_LAST: u16 = 32_000;

/// A port that nothing uses on loopback, over TCP and UDP; never the same twice.
pub(crate) fn free() -> u16 {
    static NEXT: Mutex<Option<u16>> = Mutex::new(None);

    let mut next = NEXT.lock().expect("nobody panics with it");
    // Test processes that run at the same time begin at different ports.
    let mut candidate = next.unwrap_or_else(|| FIRST + (process::id() % 250) as u16 * 48);
    for _ in FIRST..PAST_LAST {
        let port = candidate;
        candidate = if port + 1 < PAST_LAST { port + 1 } else { FIRST };
        let place = (Ipv4Addr::LOCALHOST, port);
        if TcpListener::bind(place).is_ok() && UdpSocket::bind(place).is_ok() {
            *next = Some(candidate);
            return port;
        }
    }
    panic!("no port is free");
}
