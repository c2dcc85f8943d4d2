//! Watches one address packet by packet, below probers and reports: the pinger as a stream of events.
//!
//! ```console
//! cargo run -p probe-examples --example watch -- 127.0.0.1
//! ```

use std::error::Error;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use probe_core::model::RoundTrips;
use probe_core::net::Policy;
use probe_core::net::icmp::{Engine, Event, PingOptions};

const PACKETS: u64 = 5;
const INTERVAL: Duration = Duration::from_millis(200);
const TIMEOUT: Duration = Duration::from_secs(1);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let address: IpAddr = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1".into()).parse()?;
    let (engine, driver) = Engine::new();
    tokio::spawn(driver);
    // Nothing is contacted without a policy's consent. ICMP knows no port.
    let destination = Policy::allow_all().approve(SocketAddr::new(address, 0))?;
    let mut pinger = engine.pinger(destination, &PingOptions::default())?;
    println!("{address} over a {} socket", pinger.socket());

    let mut trips = RoundTrips::default();
    let mut ticks = tokio::time::interval(INTERVAL);
    let (mut queued, mut open) = (0, 0);
    while queued < PACKETS || open > 0 {
        tokio::select! {
            _ = ticks.tick(), if queued < PACKETS => {
                pinger.send(TIMEOUT);
                queued += 1;
                open += 1;
            }
            event = pinger.next() => match event.ok_or("the engine has stopped")? {
                Event::Sent { .. } => trips.sent(),
                Event::Reply(reply) => {
                    open -= 1;
                    trips.reply(reply.index, reply.rtt);
                    println!("{}: {} bytes in {:?}", reply.index, reply.bytes, reply.rtt);
                }
                Event::Lost { index } => {
                    open -= 1;
                    println!("{index}: lost");
                }
                Event::Failed { index, error } => {
                    open -= 1;
                    println!("{index}: {error}");
                }
                // Copies and late answers, and whatever a later version tells.
                other => println!("{other:?}"),
            },
        }
    }
    println!(
        "{} of {} answered, {:?} on average",
        trips.received,
        trips.sent,
        trips.mean().unwrap_or_default()
    );
    Ok(())
}
