//! Servers that mean harm, against our exporter: every probe of them ends in time with a named reason, the exporter
//! stays small, leaves the server alone afterwards, and goes on serving.

#[path = "hostile/attack.rs"]
mod attack;
#[path = "hostile/compression.rs"]
mod compression;
#[path = "hostile/dialogue.rs"]
mod dialogue;
#[path = "hostile/dns.rs"]
mod dns;
#[path = "support/exporter.rs"]
mod exporter;
#[path = "hostile/floods.rs"]
mod floods;
#[path = "hostile/frames.rs"]
mod frames;
#[path = "hostile/grpc.rs"]
mod grpc;
#[path = "hostile/http1.rs"]
mod http1;
#[path = "hostile/http2.rs"]
mod http2;
#[path = "hostile/quic.rs"]
mod quic;
#[path = "hostile/redirects.rs"]
mod redirects;
#[path = "hostile/scrapers.rs"]
mod scrapers;
#[path = "hostile/server.rs"]
mod server;
#[path = "hostile/tls.rs"]
mod tls;
#[path = "hostile/websocket.rs"]
mod websocket;

use libtest_mimic::Arguments;

fn main() {
    let arguments = Arguments::from_args();
    let trials = [
        dialogue::trials(),
        dns::trials(),
        grpc::trials(),
        http1::trials(),
        compression::trials(),
        redirects::trials(),
        http2::trials(),
        quic::trials(),
        tls::trials(),
        websocket::trials(),
        scrapers::trials(),
    ];
    libtest_mimic::run(&arguments, trials.into_iter().flatten().collect()).exit();
}
