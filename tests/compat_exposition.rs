//! The default series are the reference exporter's: names, help, types and labels, no more and no fewer. What is added
//! to them appears only where it was asked for.

#[path = "compat_exposition/document.rs"]
mod document;
#[path = "support/echo.rs"]
mod echo;
#[path = "compat_exposition/shape.rs"]
mod shape;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use echo::EchoNetwork;
use libtest_mimic::{Arguments, Completion, Failed, Trial};
use probe_core::model::{Report, Target};
use probe_core::net::icmp::Engine;
use probe_core::net::{LiteralsOnly, SocketChoice};
use probe_core::prober::icmp::{IcmpProber, IcmpSettings};
use probe_core::prober::tcp::{TcpProber, TcpSettings};
use probe_core::prober::{RunOptions, Services, run};
use probe_core::render::prometheus;
use shape::{ADDRESS, EVERY_PROBE, Expected, HOP_LIMIT, ICMP_PHASES, TCP_CONNECTED, compare};
use socket2::{Domain, Socket, Type};

fn main() -> ExitCode {
    let test = |name, run: fn()| {
        Trial::test(name, move || {
            run();
            Ok::<_, Failed>(())
        })
    };
    let trials = vec![
        test("tcp_success_has_the_reference_series", tcp_success),
        test("tcp_refusal_has_the_address_alone", tcp_refusal),
        test("tcp_target_without_port_has_no_series_of_its_own", tcp_target_without_port),
        test("tcp_resolve_failure_has_the_address_at_zero", tcp_resolve_failure),
        test("tcp_info_adds_what_the_kernel_saw", tcp_info),
        Trial::ignorable_test("half_open_adds_state_and_handshake", || Ok(half_open())),
        test("icmp_success_has_the_reference_series", icmp_success),
        test("icmp_resolve_failure_keeps_every_phase", icmp_resolve_failure),
        test("icmp_count_adds_statistics", icmp_count),
        test("failure_info_is_added_on_failure_alone", failure_info),
        test("attempts_are_added_where_several_are_allowed", attempts),
        test("every_series_is_documented", document::is_true),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn tcp_success() {
    let (_listener, target) = open_port();
    let report = tcp(TcpSettings::default(), target);
    compare(&report, &[EVERY_PROBE, ADDRESS, TCP_CONNECTED]);
    let text = prometheus::text(&[report]);
    for line in ["probe_success 1", "probe_ip_protocol 4", "probe_ip_addr_hash 3.668918509e+09"] {
        assert!(text.lines().any(|found| found == line), "{line} is missing:\n{text}");
    }
}

fn tcp_refusal() {
    let (_socket, target) = closed_port();
    compare(&tcp(TcpSettings::default(), target), &[EVERY_PROBE, ADDRESS]);
}

fn tcp_target_without_port() {
    compare(&tcp(TcpSettings::default(), "127.0.0.1"), &[EVERY_PROBE]);
}

fn tcp_resolve_failure() {
    let report = tcp(TcpSettings::default(), "name.invalid:80");
    compare(&report, &[EVERY_PROBE, ADDRESS]);
    let text = prometheus::text(&[report]);
    assert!(text.contains("probe_ip_protocol 0\n") && text.contains("probe_ip_addr_hash 0\n"), "{text}");
}

fn tcp_info() {
    const ADDED: Expected = &[
        (
            "probe_tcp_duration_seconds",
            "Duration of the TCP probe by phase",
            &["{phase=\"connect\"}", "{phase=\"resolve\"}"],
        ),
        (
            "probe_tcp_rtt_seconds",
            "Smoothed round-trip time of the connection as the kernel measured it",
            &[""],
        ),
        (
            "probe_tcp_rtt_variation_seconds",
            "Mean deviation of the connection's round-trip time as the kernel measured it",
            &[""],
        ),
        (
            "probe_tcp_retransmits",
            "Number of segments the kernel sent again until connected, the SYN included",
            &[""],
        ),
    ];
    let (_listener, target) = open_port();
    let settings = TcpSettings { tcp_info: true, ..TcpSettings::default() };
    compare(&tcp(settings, target), &[EVERY_PROBE, ADDRESS, TCP_CONNECTED, ADDED]);
}

fn half_open() -> Completion {
    const ADDED: Expected = &[
        ("probe_tcp_handshake_seconds", "Time from the SYN to its answer, by the packets' stamps", &[""]),
        (
            "probe_tcp_port_state_info",
            "What the port said to a SYN: open, closed or filtered",
            &["{state=\"open\"}"],
        ),
    ];
    let (_listener, target) = open_port();
    let settings = TcpSettings { half_open: true, ..TcpSettings::default() };
    let report = tcp(settings, target);
    if let Some(refused) = report.notes.iter().find(|note| note.refusal().is_some()) {
        return Completion::ignored_with(refused.text());
    }
    compare(&report, &[EVERY_PROBE, ADDRESS, ADDED]);
    Completion::Completed
}

fn icmp_success() {
    for (socket, target) in
        [(SocketChoice::Datagram, "127.0.0.1"), (SocketChoice::Raw, "127.0.0.1"), (SocketChoice::Raw, "::1")]
    {
        let report = icmp(IcmpSettings { socket, ..IcmpSettings::default() }, target);
        compare(&report, &[EVERY_PROBE, ADDRESS, ICMP_PHASES, HOP_LIMIT]);
        let text = prometheus::text(&[report]);
        assert!(text.contains("probe_success 1\n"), "{text}");
        assert!(text.contains("probe_icmp_reply_hop_limit 64\n"), "{text}");
    }
}

fn icmp_resolve_failure() {
    let report = icmp(IcmpSettings::default(), "127.0.0.1:80");
    compare(&report, &[EVERY_PROBE, ADDRESS, ICMP_PHASES]);
    let text = prometheus::text(&[report]);
    assert!(text.contains("probe_icmp_duration_seconds{phase=\"rtt\"} 0\n"), "{text}");
}

fn icmp_count() {
    const ADDED: Expected = &[
        ("probe_icmp_packets_sent", "Number of echo requests sent in this probe", &[""]),
        (
            "probe_icmp_packets_received",
            "Number of echo requests answered in time in this probe, copies not counted",
            &[""],
        ),
        ("probe_icmp_packet_loss_ratio", "Share of echo requests not answered in time, 0 to 1", &[""]),
        (
            "probe_icmp_rtt_seconds",
            "Round-trip time over the packets of this probe: min, mean, max and standard deviation",
            &["{statistic=\"max\"}", "{statistic=\"mean\"}", "{statistic=\"min\"}", "{statistic=\"stddev\"}"],
        ),
        (
            "probe_icmp_jitter_seconds",
            "Interarrival jitter over the packets of this probe, estimated as in RFC 3550 section 6.4.1",
            &[""],
        ),
        ("probe_icmp_duplicates", "Number of answers to echo requests that were answered already", &[""]),
        ("probe_icmp_reordered", "Number of answers that arrived after one to a later echo request", &[""]),
    ];
    let settings = IcmpSettings { count: 3, interval: Duration::ZERO, ..IcmpSettings::default() };
    compare(&icmp(settings, "127.0.0.1"), &[EVERY_PROBE, ADDRESS, ICMP_PHASES, HOP_LIMIT, ADDED]);
}

fn failure_info() {
    const ADDED: Expected = &[(
        "probe_failure_info",
        "Why the probe failed, as a word from a closed list, and in which phase",
        &["{phase=\"connect\",reason=\"connect\"}"],
    )];
    let asked = |target| tcp_with(|options| options.failure_info = true, target);
    let (_socket, closed) = closed_port();
    compare(&asked(&closed), &[EVERY_PROBE, ADDRESS, ADDED]);
    let (_listener, open) = open_port();
    compare(&asked(&open), &[EVERY_PROBE, ADDRESS, TCP_CONNECTED]);
}

fn attempts() {
    const ADDED: Expected =
        &[("probe_attempts", "Number of attempts used, the successful one included", &[""])];
    let (_listener, target) = open_port();
    let report = tcp_with(|options| options.attempts = 2, &target);
    compare(&report, &[EVERY_PROBE, ADDRESS, TCP_CONNECTED, ADDED]);
}

fn tcp(settings: TcpSettings, target: impl Into<Target>) -> Report {
    on_one_thread(run(&TcpProber::new(settings), &target.into(), &options("tcp"), &services(None)))
}

fn tcp_with(change: impl Fn(&mut RunOptions), target: &Target) -> Report {
    let mut options = options("tcp");
    change(&mut options);
    on_one_thread(run(&TcpProber::new(TcpSettings::default()), target, &options, &services(None)))
}

/// Over a network that answers at once, and that anybody may use.
fn icmp(settings: IcmpSettings, target: &str) -> Report {
    on_one_thread(async {
        let (engine, driver) = Engine::on_network(EchoNetwork);
        tokio::spawn(driver);
        run(&IcmpProber::new(settings), &target.into(), &options("icmp"), &services(Some(engine))).await
    })
}

/// So long a timeout that no machine is too slow.
fn options(prober: &str) -> RunOptions {
    RunOptions::new(prober, prober, Duration::from_secs(60))
}

fn services(icmp: Option<Engine>) -> Services {
    Services::new(Arc::new(LiteralsOnly)).with_icmp(icmp)
}

fn on_one_thread<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(work)
}

/// A port that listens as long as the first value lives.
fn open_port() -> (TcpListener, Target) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
    let address = listener.local_addr().expect("it is bound");
    (listener, address.to_string().into())
}

/// A port that nobody else takes as long as the first value lives, and that does not listen.
fn closed_port() -> (Socket, Target) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    socket.bind(&any.into()).expect("a port is free");
    let address = socket.local_addr().expect("it is bound").as_socket().expect("an IPv4 address");
    (socket, address.to_string().into())
}
