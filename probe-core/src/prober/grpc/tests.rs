//! The gRPC prober against servers on loopback: good ones by the `h2` crate, bad ones by hand.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::config::read;
use crate::model::{Phase, Reason, Report, Verdict};
use crate::net::tls::testing::{Issued, accept, params};
use crate::net::{LiteralsOnly, Stream};
use crate::prober::shared::{EARLIEST_EXPIRY, LAST_CHAIN_EXPIRY, VERSION};
use crate::prober::{RunOptions, Services, run};

/// So long that no machine is too slow.
const LONG: Duration = Duration::from_secs(60);
/// For servers that never come to an end: how long is all the same.
const SHORT: Duration = Duration::from_millis(300);

const GRPC: (&str, &str) = ("content-type", "application/grpc");
const SERVING: &[u8] = b"\0\0\0\0\x02\x08\x01";
const OK: (&str, &str) = ("grpc-status", "0");

async fn probe(settings: GrpcSettings, target: SocketAddr, timeout: Duration) -> Report {
    let services = Services::new(Arc::new(LiteralsOnly));
    let options = RunOptions::new("m", "grpc", timeout);
    run(&GrpcProber::new(settings), &target.to_string().into(), &options, &services).await
}

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port is free");
    let address = listener.local_addr().expect("it is bound");
    (listener, address)
}

/// An answer in parts; without trailers the last part before them ends the stream.
#[derive(Clone, Copy)]
struct Reply {
    status: u16,
    head: &'static [(&'static str, &'static str)],
    body: &'static [u8],
    trailers: &'static [(&'static str, &'static str)],
}

const GOOD: Reply = Reply { status: 200, head: &[GRPC], body: SERVING, trailers: &[OK] };

fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in pairs {
        map.append(*name, value.parse().expect("a header"));
    }
    map
}

/// What a server got.
#[derive(Debug, Default)]
struct Got {
    path: String,
    authority: String,
    scheme: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// Answers one call.
async fn answer(stream: impl Stream, reply: Reply, got: &Mutex<Got>) {
    let mut connection = h2::server::handshake(stream).await.expect("the prober greets");
    let (request, mut respond) = connection.accept().await.expect("a call").expect("no error");
    let (head, mut body) = request.into_parts();
    let work = async {
        let mut bytes = Vec::new();
        while let Some(piece) = body.data().await {
            bytes.extend_from_slice(&piece.expect("no error"));
        }
        *got.lock().expect("nobody panicked") = Got {
            path: head.uri.path().into(),
            authority: head.uri.authority().map(ToString::to_string).unwrap_or_default(),
            scheme: head.uri.scheme_str().unwrap_or_default().into(),
            headers: head.headers,
            body: bytes,
        };
        let mut response = Response::builder().status(reply.status).body(()).expect("a response");
        *response.headers_mut() = headers(reply.head);
        let ends = reply.body.is_empty() && reply.trailers.is_empty();
        let mut sending = respond.send_response(response, ends).expect("it can be sent");
        if !reply.body.is_empty() {
            let body = Bytes::from_static(reply.body);
            sending.send_data(body, reply.trailers.is_empty()).expect("it can be sent");
        }
        if !reply.trailers.is_empty() {
            sending.send_trailers(headers(reply.trailers)).expect("it can be sent");
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = work => {}
        () = async { while connection.accept().await.is_some() {} } => {}
    }
}

/// The report of a probe of a server that answers so, and what the server got.
async fn serve(settings: GrpcSettings, reply: Reply) -> (Report, Got) {
    let (listener, address) = listen().await;
    let got = Mutex::default();
    let server = async {
        let (stream, _) = listener.accept().await.expect("a connection");
        answer(stream, reply, &got).await;
        std::future::pending::<()>().await;
    };
    let report = tokio::select! {
        report = probe(settings, address, LONG) => report,
        () = server => unreachable!("it never ends"),
    };
    (report, got.into_inner().expect("nobody panicked"))
}

#[track_caller]
fn failed(report: &Report) -> (Reason, Phase, String) {
    match &report.verdict {
        Verdict::Failure { reason, phase, error } => (*reason, *phase, error.chain()),
        verdict => panic!("{verdict:?}"),
    }
}

fn code(report: &Report) -> Option<f64> {
    report.measurements.get(&STATUS_CODE)
}

/// The status of the service, of those that are 1; `None` if the family is absent.
fn health(report: &Report) -> Option<Vec<String>> {
    let all: Vec<_> =
        report.measurements.samples().iter().filter(|sample| sample.family == HEALTH.family()).collect();
    let name = |sample: &&&crate::model::Sample| sample.labels.values()[0].to_string();
    (!all.is_empty()).then(|| {
        all.iter().filter(|sample| sample.value.as_f64() > 0.0).map(|sample| name(&sample)).collect()
    })
}

#[tokio::test]
async fn serving_is_a_success() {
    let (report, got) = serve(GrpcSettings::default(), GOOD).await;
    assert!(report.is_success(), "{:?}", report.verdict);
    assert_eq!((code(&report), health(&report)), (Some(0.0), Some(vec!["SERVING".into()])));
    assert_eq!(report.measurements.get(&SSL), Some(false));
    for phase in ["resolve", "check"] {
        assert!(report.measurements.read(&DURATION, [phase]).is_some(), "{phase}");
    }
    assert_eq!((got.path.as_str(), got.scheme.as_str()), ("/grpc.health.v1.Health/Check", "http"));
    assert_eq!((got.authority.as_str(), got.body.as_slice()), (report.target.as_str(), &b"\0\0\0\0\0"[..]));
    for (name, value) in [GRPC, ("te", "trailers"), ("user-agent", "grpc-go/1.81.1")] {
        assert_eq!(got.headers[name], value);
    }
    assert_eq!(got.headers.len(), 3, "{:?}", got.headers);
}

#[tokio::test]
async fn service_and_metadata_arrive() {
    let metadata = [("x-key", &["v1", "v2"][..]), ("authorization", &["Bearer tok"]), ("k-bin", &["value"])];
    let metadata =
        metadata.map(|(name, values)| (name.to_owned(), values.iter().map(ToString::to_string).collect()));
    let settings =
        GrpcSettings { service: "good".into(), metadata: metadata.into(), ..GrpcSettings::default() };
    let (_, got) = serve(settings, GOOD).await;
    assert_eq!(got.body, b"\0\0\0\0\x06\x0a\x04good");
    assert!(got.headers.get_all("x-key").iter().eq(["v1", "v2"]));
    assert_eq!(
        (&got.headers["authorization"], &got.headers["k-bin"]),
        (&"Bearer tok".parse().expect("a value"), &"dmFsdWU".parse().expect("a value"))
    );
}

#[tokio::test]
async fn every_other_status_of_a_service_fails() {
    for (body, name) in [
        (&b"\0\0\0\0\x02\x08\x02"[..], "NOT_SERVING"),
        (b"\0\0\0\0\0", "UNKNOWN"),
        (b"\0\0\0\0\x02\x08\x03", "SERVICE_UNKNOWN"),
        (b"\0\0\0\0\x02\x08\x09", "9"),
    ] {
        let (report, _) = serve(GrpcSettings::default(), Reply { body, ..GOOD }).await;
        let detail = format!("the service is {name}");
        assert_eq!(failed(&report), (Reason::Expectation, Phase::Validate, detail));
        assert_eq!((code(&report), health(&report)), (Some(0.0), Some(vec![name.into()])));
    }
}

#[tokio::test]
async fn answers_have_the_codes_of_the_reference_exporter() {
    const HTML: (&str, &str) = ("content-type", "text/html");
    let cases = [
        (
            5,
            Reply {
                head: &[GRPC, ("grpc-status", "5"), ("grpc-message", "no%20such")],
                body: b"",
                trailers: &[],
                ..GOOD
            },
        ),
        (5, Reply { trailers: &[("grpc-status", "5")], ..GOOD }),
        (0, Reply { trailers: &[("grpc-status", "5"), OK], ..GOOD }),
        (2, Reply { trailers: &[("x", "y")], ..GOOD }),
        (13, Reply { trailers: &[], ..GOOD }),
        (13, Reply { body: b"", ..GOOD }),
        (13, Reply { head: &[GRPC, OK], body: b"", trailers: &[], ..GOOD }),
        (13, Reply { body: b"\0\0\0\0\x02\x08", trailers: &[("grpc-status", "5")], ..GOOD }),
        (13, Reply { body: b"\x01\0\0\0\x02\x08\x01", ..GOOD }),
        (8, Reply { body: b"\0\xff\xff\xff\xff", ..GOOD }),
        (13, Reply { trailers: &[OK, ("x-bin", "!")], ..GOOD }),
        (2, Reply { head: &[HTML], ..GOOD }),
        (2, Reply { head: &[], ..GOOD }),
        (12, Reply { status: 404, head: &[HTML], body: b"", trailers: &[] }),
        (14, Reply { status: 503, head: &[], body: b"busy", trailers: &[] }),
        (0, Reply { status: 404, ..GOOD }),
        (0, Reply { head: &[("content-type", "application/grpc+proto")], ..GOOD }),
        (2, Reply { head: &[("content-type", "application/grpc-web")], ..GOOD }),
    ];
    for (number, (expected, reply)) in cases.into_iter().enumerate() {
        let (report, _) = serve(GrpcSettings::default(), reply).await;
        assert_eq!(code(&report), Some(expected.into()), "case {number}: {:?}", report.verdict);
        assert_eq!(report.is_success(), expected == 0, "case {number}");
        let none = Vec::<String>::new();
        assert!(expected == 0 || health(&report) == Some(none), "case {number}: {:?}", health(&report));
    }
}

#[tokio::test]
async fn a_status_is_told_in_the_servers_words() {
    let head = &[GRPC, ("grpc-status", "5"), ("grpc-message", "no%20such")];
    let (report, _) = serve(GrpcSettings::default(), Reply { head, body: b"", trailers: &[], ..GOOD }).await;
    let detail = "the server answered NOT_FOUND: no such";
    assert_eq!(failed(&report), (Reason::Expectation, Phase::Transfer, detail.into()));
}

#[tokio::test]
async fn metadata_that_cannot_be_sent_fails_before_there_is_a_connection() {
    let settings =
        GrpcSettings { metadata: vec![("K1".into(), vec!["secret".into()])], ..GrpcSettings::default() };
    let report = probe(settings, "127.9.9.9:1".parse().expect("an address"), LONG).await;
    let (reason, phase, detail) = failed(&report);
    assert_eq!((reason, phase, code(&report)), (Reason::Configuration, Phase::Setup, Some(13.0)));
    assert!(detail.starts_with("metadata \"K1\" is not a name"), "{detail}");
}

#[tokio::test]
async fn nobody_there_is_unavailable() {
    let report = probe(GrpcSettings::default(), "127.9.9.9:1".parse().expect("an address"), LONG).await;
    assert_eq!((failed(&report).0, code(&report)), (Reason::Connect, Some(14.0)));
    assert_eq!(health(&report), Some(Vec::new()));
}

#[tokio::test]
async fn literal_ipv6_addresses_are_reached() {
    let listener = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).await.expect("a port is free");
    let address = listener.local_addr().expect("it is bound");
    let got = Mutex::default();
    let server = async {
        let (stream, _) = listener.accept().await.expect("a connection");
        answer(stream, GOOD, &got).await;
        std::future::pending::<()>().await;
    };
    let report = tokio::select! {
        report = probe(GrpcSettings::default(), address, LONG) => report,
        () = server => unreachable!("it never ends"),
    };
    assert!(report.is_success(), "{:?}", report.verdict);
    assert_eq!(got.into_inner().expect("nobody panicked").authority, address.to_string());
}

#[tokio::test]
async fn target_without_sense_has_neither_address_nor_call() {
    let services = Services::new(Arc::new(LiteralsOnly));
    let prober = GrpcProber::new(GrpcSettings::default());
    for (target, reason) in [("h:http", Reason::Target), ("name.test:1", Reason::Resolve)] {
        let report = run(&prober, &target.into(), &RunOptions::new("m", "grpc", LONG), &services).await;
        assert_eq!(failed(&report).0, reason);
        assert_eq!((code(&report), health(&report)), (Some(0.0), None));
        assert_eq!(report.measurements.read(&DURATION, ["resolve"]), Some(Duration::ZERO));
    }
}

async fn serve_tls(alpn: &[&[u8]], reply: Reply) -> (Report, Got) {
    let authority = Issued::authority("Root", 90);
    let mut config = authority.issue(params("grpc.test", &["grpc.test"], 9)).server(&[]);
    let config_mut = Arc::get_mut(&mut config).expect("nobody else has it");
    config_mut.alpn_protocols = alpn.iter().map(|protocol| protocol.to_vec()).collect();
    let mut tls_options = authority.trusted();
    tls_options.server_name = "grpc.test".into();
    let settings = GrpcSettings { tls: true, tls_options, ..GrpcSettings::default() };
    let (listener, address) = listen().await;
    let got = Mutex::default();
    let server = async {
        let (stream, _) = listener.accept().await.expect("a connection");
        if let Ok(stream) = accept(config, stream).await
            && !alpn.is_empty()
        {
            answer(stream, reply, &got).await;
        }
        std::future::pending::<()>().await;
    };
    let report = tokio::select! {
        report = probe(settings, address, LONG) => report,
        () = server => unreachable!("it never ends"),
    };
    (report, got.into_inner().expect("nobody panicked"))
}

#[tokio::test]
async fn tls_shows_its_certificates_once_the_call_went_well() {
    let (report, got) = serve_tls(&[b"h2"], GOOD).await;
    assert!(report.is_success(), "{:?}", report.verdict);
    assert_eq!((got.authority.as_str(), got.scheme.as_str()), ("grpc.test", "https"));
    assert_eq!(report.measurements.get(&SSL), Some(true));
    assert!(report.measurements.get(&EARLIEST_EXPIRY).is_some());
    assert_eq!(report.measurements.read(&VERSION, ["TLS 1.3"]), Some(1));
    assert_eq!(report.measurements.get(&LAST_CHAIN_EXPIRY), None);

    let (report, _) = serve_tls(&[b"h2"], Reply { trailers: &[("grpc-status", "5")], ..GOOD }).await;
    assert_eq!(code(&report), Some(5.0));
    assert_eq!(
        (report.measurements.get(&SSL), report.measurements.get(&EARLIEST_EXPIRY)),
        (Some(false), None)
    );
}

#[tokio::test]
async fn tls_without_http2_is_unavailable() {
    let (report, _) = serve_tls(&[], GOOD).await;
    assert_eq!(failed(&report).0, Reason::Tls);
    assert_eq!((code(&report), report.measurements.get(&SSL)), (Some(14.0), Some(false)));
}

/// Probes a server that does this with its connection, and then nothing.
async fn hostile<F: Future<Output = ()>>(timeout: Duration, server: impl FnOnce(TcpStream) -> F) -> Report {
    let (listener, address) = listen().await;
    let serve = async {
        let (stream, _) = listener.accept().await.expect("a connection");
        server(stream).await;
        std::future::pending::<()>().await;
    };
    tokio::select! {
        report = probe(GrpcSettings::default(), address, timeout) => report,
        () = serve => unreachable!("it never ends"),
    }
}

/// Frames of HTTP/2 (RFC 9113 section 4.1): length, type, flags, stream.
const SETTINGS: &[u8] = b"\0\0\0\x04\0\0\0\0\0";
const SETTINGS_ACK: &[u8] = b"\0\0\0\x04\x01\0\0\0\0";
const NO_WINDOW: &[u8] = b"\0\0\x06\x04\0\0\0\0\0\0\x04\0\0\0\0";
const PING: &[u8] = b"\0\0\x08\x06\0\0\0\0\01234567 ";
/// HEADERS with `END_HEADERS`: `:status: 200` and a literal `content-type: application/grpc` (RFC 7541).
const HEAD: &[u8] = b"\0\0\x14\x01\x04\0\0\0\x01\x88\x0f\x10\x10application/grpc";

async fn keep_reading(mut stream: TcpStream) {
    let mut buf = [0; 4096];
    while stream.read(&mut buf).await.is_ok_and(|length| length > 0) {}
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn servers_that_fall_silent_end_at_the_deadline() {
    for (said, phase) in [
        (vec![], Phase::Processing),
        (vec![SETTINGS, SETTINGS_ACK], Phase::Processing),
        (vec![NO_WINDOW, SETTINGS_ACK], Phase::Processing),
        (vec![SETTINGS, SETTINGS_ACK, HEAD], Phase::Transfer),
    ] {
        let report = hostile(SHORT, async |mut stream: TcpStream| {
            stream.write_all(&said.concat()).await.expect("it is sent");
            keep_reading(stream).await;
        })
        .await;
        let (reason, found, _) = failed(&report);
        assert_eq!((reason, found), (Reason::Timeout, phase), "{said:?}");
        assert_eq!((code(&report), health(&report)), (Some(4.0), Some(Vec::new())));
        assert!(report.measurements.read(&DURATION, ["check"]) >= Some(SHORT));
    }
}

#[tokio::test]
async fn floods_are_cut_off() {
    for flood in [PING, SETTINGS] {
        let report = hostile(LONG, async |stream: TcpStream| {
            let (mut reading, mut writing) = stream.into_split();
            let many = flood.repeat(1000);
            let write = async { while writing.write_all(&many).await.is_ok() {} };
            let mut buf = [0; 4096];
            let read = async { while reading.read(&mut buf).await.is_ok_and(|length| length > 0) {} };
            tokio::join!(write, read);
        })
        .await;
        assert_ne!(failed(&report).0, Reason::Timeout, "{:?}", report.verdict);
    }
}

#[tokio::test]
async fn broken_connections_are_unavailable_at_once() {
    for said in [&b""[..], b"HTTP/1.1 400 Bad Request\r\n\r\n", SETTINGS] {
        let report = hostile(LONG, async |mut stream: TcpStream| {
            stream.write_all(said).await.expect("it is sent");
            stream.read_exact(&mut [0; 24]).await.expect("a greeting");
            stream.shutdown().await.expect("it can be closed");
        })
        .await;
        assert_eq!(code(&report), Some(14.0), "{said:?}: {:?}", report.verdict);
    }
}

#[tokio::test]
async fn streams_that_are_reset_have_codes() {
    for (reason, expected) in [(2, 13.0), (7, 14.0), (8, 1.0), (11, 8.0), (12, 7.0)] {
        let reset = [&b"\0\0\x04\x03\0\0\0\0\x01\0\0\0"[..], &[reason]].concat();
        let report = hostile(LONG, async |mut stream: TcpStream| {
            stream.write_all(SETTINGS).await.expect("it is sent");
            // The greeting, then frames until the call is there.
            let mut seen = Vec::new();
            while !seen.ends_with(b"\0\0\x05\0\x01\0\0\0\x01\0\0\0\0\0") {
                seen.push(stream.read_u8().await.expect("more"));
            }
            stream.write_all(&reset).await.expect("it is sent");
            keep_reading(stream).await;
        })
        .await;
        assert_eq!(code(&report), Some(expected), "{reason}: {:?}", report.verdict);
    }
}

#[tokio::test]
async fn endless_heads_are_cut_off() {
    let report = hostile(LONG, async |stream: TcpStream| {
        let (mut reading, mut writing) = stream.into_split();
        writing.write_all(SETTINGS).await.expect("it is sent");
        // HEADERS without END_HEADERS, then CONTINUATION for ever, each with a literal field.
        let field = [&b"\0\x01x\x7f\x81\x7e"[..], &[b'a'; 16_000]].concat();
        let head = [&b"\0\0\x01\x01\0\0\0\0\x01\x88"[..]].concat();
        let length = (field.len() as u32).to_be_bytes();
        let more = [&length[1..], b"\x09\0\0\0\0\x01", &field].concat();
        let write = async {
            if writing.write_all(&head).await.is_ok() {
                while writing.write_all(&more).await.is_ok() {}
            }
        };
        let mut buf = [0; 4096];
        let read = async { while reading.read(&mut buf).await.is_ok_and(|length| length > 0) {} };
        tokio::join!(write, read);
    })
    .await;
    assert!(!report.is_success());
    assert_ne!(failed(&report).0, Reason::Timeout, "{:?}", report.verdict);
}

#[test]
fn only_a_section_that_is_there_falls_back() {
    let text = "modules: {a: {prober: grpc}, b: {prober: grpc, grpc: ~}, c: {prober: grpc, grpc: {}}}";
    let dump = read(text, "b.yml", &[&SPEC]).expect("valid").dump();
    let rest = "    c:\n        prober: grpc\n        grpc:\n            ip_protocol_fallback: true\n";
    assert_eq!(dump, format!("modules:\n    a:\n        prober: grpc\n    b:\n        prober: grpc\n{rest}"));
}

#[test]
fn settings_come_back_as_they_were() {
    let section = "            service: s\n            tls: true\n            tls_config:\n                \
                   insecure_skip_verify: true\n            ip_protocol_fallback: true\n            \
                   preferred_ip_protocol: ip4\n            metadata:\n                a: []\n                \
                   b:\n                    - \"1\"\n                    - x\n";
    let text = format!("modules:\n    m:\n        prober: grpc\n        grpc:\n{section}");
    let config = read(&text, "b.yml", &[&SPEC]).expect("valid");
    assert_eq!((config.dump(), config.warnings.len()), (text, 0));
}

#[test]
fn metadata_is_lists_and_odd_names_are_warned_of() {
    let errors = read("modules: {m: {prober: grpc, grpc: {metadata: {a: b}}}}", "b.yml", &[&SPEC]);
    assert!(errors.is_err());
    let config =
        read("modules: {m: {prober: grpc, grpc: {metadata: {A: [b]}}}}", "b.yml", &[&SPEC]).expect("valid");
    assert_eq!(config.warnings.len(), 1);
}
