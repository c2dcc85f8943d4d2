//! Checks a few ports and leaves the result to `node_exporter`'s textfile collector, as a cron job or a service would.
//!
//! `cargo run -p probe-examples --example textfile -- /tmp/ports.prom`

use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use probe_core::net::LiteralsOnly;
use probe_core::prober::tcp::{TcpProber, TcpSettings};
use probe_core::prober::{RunOptions, Services, run};
use probe_core::sink::textfile::Textfile;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).unwrap_or_else(|| "/tmp/ports.prom".to_owned());
    let textfile = Textfile::new(path)?;
    let open = TcpListener::bind("127.0.0.1:0")?;
    let targets = [open.local_addr()?.to_string(), "127.0.0.1:1".to_owned()];

    let services = Services::new(Arc::new(LiteralsOnly));
    let prober = TcpProber::new(TcpSettings::default());
    let options = RunOptions::new("ports", "tcp", Duration::from_secs(2));
    let mut reports = Vec::new();
    for target in targets {
        reports.push(run(&prober, &target.into(), &options, &services).await);
    }

    // Replaced as a whole, or left as it was.
    textfile.write(&reports, SystemTime::now())?;
    print!("{}", textfile.text(&reports, SystemTime::now()));
    Ok(())
}
