//! Sweeps a network through the library.
//!
//! ```console
//! cargo run --release -p probe-examples --example sweep -- 127.64.0.0/16
//! cargo run --release -p probe-examples --example sweep -- 127.0.0.1/32 22 80 443
//! ```
//!
//! With ports after the network these are tried on each address; without, each address is pinged. The default is 127.0.0.0/24.

use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

use probe_core::sweep::{AddressRange, Method, Space, Sweep, SweepOptions};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let network = words.next().unwrap_or_else(|| "127.0.0.0/24".to_owned());
    let ports: Vec<u16> = words.map(|word| word.parse()).collect::<Result<_, _>>()?;

    let (address, length) = network.split_once('/').ok_or("a network is wanted, as in 127.0.0.0/24")?;
    let range = AddressRange::prefix(address.parse()?, length.parse()?).ok_or("no such prefix")?;
    let space = Arc::new(Space::new([range], [])?);

    let method = if ports.is_empty() { Method::Echo } else { Method::Syn { ports } };
    let mut sweep = Sweep::open(space, SweepOptions::new(method, 1))?;
    for socket in sweep.sockets() {
        eprintln!("through {} sockets", socket.as_str());
    }
    for refusal in sweep.refusals() {
        eprintln!("not through others: {}", **refusal);
    }

    let start = Instant::now();
    let account = sweep
        .run(|hit| match hit.port {
            Some(port) => println!("{} {port} {}", hit.address, hit.state.as_str()),
            None => println!("{} {} {:?}", hit.address, hit.state.as_str(), hit.rtt.unwrap_or_default()),
        })
        .await?;
    let seconds = start.elapsed().as_secs_f64();
    eprintln!(
        "{} of {} answered, {} packets in {seconds:.3} s; {} answers dropped by the kernel",
        account.answered, account.targets, account.sent, account.dropped
    );
    Ok(())
}
