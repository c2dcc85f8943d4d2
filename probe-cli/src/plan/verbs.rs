//! The verbs that probe each target once.

use std::sync::Arc;
use std::time::Duration;

use probe_core::prober::RunOptions;
use probe_core::prober::dns::DnsProber;
use probe_core::prober::grpc::GrpcProber;
use probe_core::prober::http::HttpProber;
use probe_core::prober::tcp::TcpProber;
use probe_core::prober::udp::UdpProber;
use probe_core::prober::unix::UnixProber;
use probe_core::prober::websocket::WebSocketProber;

use super::{LOOKUP, Planned, each};
use crate::args::{DnsArgs, GrpcArgs, HttpArgs, ShowArgs, TcpArgs, TlsCheckArgs, UdpArgs, UnixArgs, WsArgs};
use crate::certificate_check::CertificateCheck;

/// The limit of a probe that nobody has limited.
const TIMEOUT: Duration = Duration::from_secs(5);

/// One connection to each target.
pub(crate) fn tcp(args: &TcpArgs) -> Vec<Planned> {
    let options = options("tcp", args.attempts, &args.show);
    each(&args.targets, &(Arc::new(TcpProber::new(args.settings())) as _), &options)
}

/// One datagram to each target, and its answer.
pub(crate) fn udp(args: &UdpArgs) -> Vec<Planned> {
    let mut options = options("udp", args.attempts, &args.show);
    if args.show.timeout.is_none() && args.expect.is_none() {
        options.timeout = options.timeout.max((args.wait + LOOKUP) * args.attempts);
    }
    each(&args.targets, &(Arc::new(UdpProber::new(args.settings())) as _), &options)
}

/// One question to each name server.
pub(crate) fn dns(args: &DnsArgs) -> Vec<Planned> {
    let options = options("dns", args.attempts, &args.show);
    let ask = |server| {
        let (settings, target) = args.settings(server);
        Planned { prober: Arc::new(DnsProber::new(settings)), target, options: options.clone() }
    };
    args.servers.iter().map(ask).collect()
}

/// One request to each URL.
pub(crate) fn http(args: &HttpArgs) -> Vec<Planned> {
    let options = options("http", args.attempts, &args.show);
    each(&args.targets, &(Arc::new(HttpProber::new(args.settings())) as _), &options)
}

/// One look at the certificates of each server.
pub(crate) fn tls(args: &TlsCheckArgs) -> Vec<Planned> {
    let options = options("tls", args.attempts, &args.show);
    let check = CertificateCheck::new(args.settings(), args.warn_days, args.crit_days);
    each(&args.with_ports(), &(Arc::new(check) as _), &options)
}

/// One health check of each server.
pub(crate) fn grpc(args: &GrpcArgs) -> Vec<Planned> {
    let options = options("grpc", args.attempts, &args.show);
    each(&args.targets, &(Arc::new(GrpcProber::new(args.settings())) as _), &options)
}

/// One websocket to each URL.
pub(crate) fn ws(args: &WsArgs) -> Vec<Planned> {
    let options = options("websocket", args.attempts, &args.show);
    each(&args.targets, &(Arc::new(WebSocketProber::new(args.settings())) as _), &options)
}

/// One connection to each path.
pub(crate) fn unix(args: &UnixArgs) -> Vec<Planned> {
    let options = options("unix", args.attempts, &args.show);
    each(&args.targets, &(Arc::new(UnixProber::new(args.settings())) as _), &options)
}

fn options(prober: &'static str, attempts: u32, show: &ShowArgs) -> RunOptions {
    let mut options = RunOptions::new(prober, prober, show.timeout.unwrap_or(TIMEOUT));
    options.attempts = attempts;
    options
}
