//! One probe through the library, reported as JSON.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use probe_core::model::{Observed, Target};
use probe_core::net::icmp::{Engine, EngineStatistics, PingOptions, ping};
use probe_core::net::{Clock, LiteralsOnly, Policy, SocketChoice};
use probe_core::prober::icmp::{IcmpProber, IcmpSettings};
use probe_core::prober::shared::EgressSettings;
use probe_core::prober::tcp::{TcpProber, TcpSettings};
use probe_core::prober::{Prober, RunOptions, Services, run};
use probe_core::render::json;
use serde_json::Value;

use super::arguments::Arguments;

pub(crate) fn icmp(arguments: &Arguments) {
    let defaults = IcmpSettings::default();
    let settings = IcmpSettings {
        preferred_ip_protocol: arguments.text("preferred").unwrap_or_default().to_owned(),
        egress: egress(arguments),
        payload_size: arguments.number("size").unwrap_or(0),
        dont_fragment: arguments.flag("df"),
        hop_limit: arguments.number("ttl").unwrap_or(defaults.hop_limit),
        count: arguments.number("count").unwrap_or(1),
        interval: arguments.milliseconds("interval_ms").unwrap_or(defaults.interval),
        packet_timeout: arguments.milliseconds("packet_timeout_ms"),
        max_loss_ratio: arguments.number("max_loss"),
        socket: socket(arguments),
        ..defaults
    };
    probe(&IcmpProber::new(settings), "icmp", arguments);
}

pub(crate) fn tcp(arguments: &Arguments, half_open: bool) {
    let settings = TcpSettings { egress: egress(arguments), half_open, ..TcpSettings::default() };
    probe(&TcpProber::new(settings), "tcp", arguments);
}

fn socket(arguments: &Arguments) -> SocketChoice {
    let word = arguments.text("socket").unwrap_or("auto");
    SocketChoice::WORDS.into_iter().find(|(name, _)| *name == word).expect("a socket kind").1
}

fn egress(arguments: &Arguments) -> EgressSettings {
    EgressSettings {
        source_ip_address: arguments.text("source").unwrap_or_default().to_owned(),
        interface: arguments.text("interface").map(str::to_owned),
        tos: arguments.number("tos"),
        fwmark: arguments.number("mark"),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn probe(prober: &dyn Prober, name: &str, arguments: &Arguments) {
    let (engine, driver) = Engine::new();
    tokio::spawn(driver);
    let services = Services::new(Arc::new(LiteralsOnly)).with_icmp(engine.clone());
    let timeout = arguments.milliseconds("timeout_ms").unwrap_or(Duration::from_secs(10));
    let target = Target::new(arguments.target());
    let mut options = RunOptions::new(name, name, timeout);
    options.keep_exchanges = true;
    options.failure_info = true;
    if arguments.flag("watch") {
        let target = target.clone();
        options.observer = Some(Arc::new(move |observed| {
            if let Observed::Exchange(exchange) = observed {
                println!("{}", json::event_line(&target, SystemTime::now(), exchange));
            }
        }));
    }
    let report = run(prober, &target, &options, &services).await;
    let mut document: Value =
        serde_json::from_str(&json::document(&[report], false)).expect("the renderer writes JSON");
    document["engine"] = figures(&engine.statistics());
    println!("{document}");
}

/// Pings until the round trip comes from the kernel's stamps alone, or often enough.
#[tokio::main(flavor = "current_thread")]
pub(crate) async fn stamps(arguments: &Arguments) {
    const TRIES: usize = 1000;
    let (engine, driver) = Engine::new();
    tokio::spawn(driver);
    let address: IpAddr = arguments.target().parse().expect("an address");
    let approved = Policy::allow_all().approve((address, 0).into()).expect("everything is allowed");
    let options = PingOptions { socket: socket(arguments), ..PingOptions::default() };
    let mut pinger = engine.pinger(approved, &options).expect("a socket");
    let mut clocks = Vec::new();
    while clocks.len() < TRIES && clocks.last() != Some(&Clock::Kernel) {
        let reply = ping(&mut pinger, Duration::from_secs(10)).await.expect("no error");
        clocks.push(reply.expect("an answer").clock);
    }
    let clock = clocks.last().map(|clock| clock.as_str());
    println!("{}", serde_json::json!({ "clock": clock, "tries": clocks.len() }));
}

/// The engine's own figures as JSON.
pub(crate) fn figures(statistics: &EngineStatistics) -> Value {
    serde_json::json!({
        "sent": statistics.sent,
        "received": statistics.received,
        "duplicates": statistics.duplicates,
        "late": statistics.late,
        "lost": statistics.lost,
        "icmp_errors": statistics.icmp_errors,
        "send_errors": statistics.send_errors,
        "foreign": statistics.foreign,
        "forged": statistics.forged,
        "malformed": statistics.malformed,
        "kernel_drops": statistics.kernel_drops,
        "in_flight": statistics.in_flight,
        "sockets": statistics.sockets,
    })
}
