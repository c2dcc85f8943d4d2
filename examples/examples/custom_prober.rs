//! A prober of one's own, for a service that answers `PING` with `PONG` and the time of its clock.
//! `run` gives it deadline, verdict and report; no registry and no renderer has to know it.
//!
//! ```console
//! cargo run -p probe-examples --example custom_prober
//! ```

use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use probe_core::model::{Gauge, Number, Phase, ProbeError, Reason, Recorder, Seconds};
use probe_core::net::{BoxFuture, Egress, LiteralsOnly, connect};
use probe_core::prober::{Context, Prober, RunOptions, Services, run};
use probe_core::render::{json, prometheus, text};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

static ANSWER: Gauge<Seconds> =
    Gauge::new("clock_answer_seconds", "Time from the question to the answer", &[]);
static AHEAD: Gauge<Number> =
    Gauge::new("clock_ahead_seconds", "How far the clock of the service is ahead of ours", &[]);

struct ClockProber;

impl Prober for ClockProber {
    fn probe<'a>(
        &'a self,
        cx: &'a Context<'a>,
        out: &'a mut Recorder,
    ) -> BoxFuture<'a, Result<(), ProbeError>> {
        Box::pin(async move {
            let unreadable = |_| ProbeError::new(Reason::Target, Phase::Prepare, "not an address and a port");
            let address = cx.target.as_str().parse().map_err(unreadable)?;
            let denied =
                |denied| ProbeError::new(Reason::Policy, Phase::Setup, "not allowed").caused_by(denied);
            let address = cx.policy.approve(address).map_err(denied)?;
            out.address = Some(address.ip());
            // Should the probe run out of time, the report says in which phase, and keeps what was recorded.
            out.phase = Phase::Connect;
            let mut connection = BufReader::new(connect(address, &Egress::default()).await?);
            out.phase = Phase::Request;
            let asked = SystemTime::now();
            let broken =
                |error| ProbeError::new(Reason::Protocol, Phase::Request, "no answer").caused_by(error);
            connection.write_all(b"PING\n").await.map_err(broken)?;
            let mut line = String::new();
            connection.read_line(&mut line).await.map_err(broken)?;
            out.put(&ANSWER, asked.elapsed().unwrap_or_default());
            let time = line.strip_prefix("PONG ").and_then(|time| time.trim_end().parse::<f64>().ok());
            let time =
                time.ok_or_else(|| ProbeError::new(Reason::Expectation, Phase::Validate, "no time in it"))?;
            out.put(&AHEAD, time - seconds(asked));
            Ok(())
        })
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let target = listener.local_addr()?.to_string().into();
    tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await?;
        connection.read_exact(&mut [0; "PING\n".len()]).await?;
        connection.write_all(format!("PONG {}\n", seconds(SystemTime::now())).as_bytes()).await
    });
    let options = RunOptions::new("clock", "clock", Duration::from_secs(2));
    let services = Services::new(Arc::new(LiteralsOnly));
    let report = run(&ClockProber, &target, &options, &services).await;
    print!("{}", text::report(&report, text::Style { verbose: true, ..text::Style::default() }));
    println!("\n{}\n{}", prometheus::text(std::slice::from_ref(&report)), json::line(&report));
    Ok(())
}

fn seconds(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}
