//! Hands the series of a probe to a receiver of remote write; they wait on disk while it is away.

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use probe_core::net::SystemResolver;
use probe_core::net::tls::{SystemRoots, TlsOptions};
use probe_core::prober::tcp::{TcpProber, TcpSettings};
use probe_core::prober::{RunOptions, Services, run};
use probe_core::sink::client::Client;
use probe_core::sink::points::{milliseconds, points};
use probe_core::sink::remote_write::{RemoteWrite, Version};
use probe_core::sink::spool::Spool;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args().nth(1).unwrap_or_else(|| "http://127.0.0.1:9090/api/v1/write".to_owned());
    let services = Services::new(Arc::new(SystemResolver::new()));
    let prober = TcpProber::new(TcpSettings::default());
    let options = RunOptions::new("tcp_connect", "tcp", Duration::from_secs(1));
    let report = run(&prober, &"127.0.0.1:22".into(), &options, &services).await;

    let client = Client {
        resolver: services.resolver.clone(),
        roots: SystemRoots::default(),
        tls: TlsOptions::default(),
        authorization: String::new(),
        timeout: Duration::from_secs(10),
    };
    let receiver = RemoteWrite::new(&url, Version::V1, client)?;
    let mut spool = Spool::open(std::env::temp_dir().join("probe-example-spool"), 1 << 20)?;
    let site = [("site".to_owned(), "home".to_owned())];
    spool.push(points(&[report], &site), milliseconds(SystemTime::now()))?;
    let delivery = spool.deliver(&receiver).await?;
    println!("{} values were taken, {} wait, {} are lost", delivery.sent, delivery.waiting, delivery.dropped);
    if let Some(problem) = delivery.problem {
        println!("{problem}");
    }
    Ok(())
}
