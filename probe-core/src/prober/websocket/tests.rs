//! The websocket prober against servers on loopback.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_core::Stream as _;
use futures_sink::Sink;
use http::HeaderMap;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::{WebSocketStream, accept_hdr_async};

use super::*;
use crate::config::read;
use crate::model::{Phase, Reason, Report, Verdict};
use crate::net::tls::testing::{Issued, accept, params};
use crate::net::{LiteralsOnly, Stream};
use crate::prober::{Services, run};

/// So long that no machine is too slow.
const LONG: Duration = Duration::from_secs(60);
/// For servers that never come to an end: how long is all the same.
const SHORT: Duration = Duration::from_millis(300);

async fn probe(section: &str, target: &str, timeout: Duration) -> Report {
    let text = format!("modules: {{m: {{prober: websocket, websocket: {section}}}}}");
    let config = read(&text, "b.yml", &[&SPEC]).unwrap_or_else(|errors| panic!("{text}\n{errors}"));
    let module = &config.modules["m"];
    let prober = module.build().expect("a prober of this build");
    let services = Services::new(Arc::new(LiteralsOnly));
    run(&*prober, &target.into(), &module.run_options(timeout), &services).await
}

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port is free");
    let address = listener.local_addr().expect("it is bound");
    (listener, address)
}

/// The report of a probe of a server that does this with its connection, and then nothing.
async fn with<F: Future<Output = ()>>(
    section: &str,
    path: &str,
    timeout: Duration,
    server: impl FnOnce(TcpStream) -> F,
) -> Report {
    let (listener, address) = listen().await;
    let serve = async {
        let (stream, _) = listener.accept().await.expect("a connection");
        server(stream).await;
        std::future::pending::<()>().await;
    };
    let target = format!("ws://{address}{path}");
    tokio::select! {
        report = probe(section, &target, timeout) => report,
        () = serve => unreachable!("it never ends"),
    }
}

type Socket<S> = WebSocketStream<S>;

async fn send<S: Stream>(socket: &mut Socket<S>, message: Message) {
    std::pin::Pin::new(&mut *socket).start_send(message).expect("there is room");
    std::future::poll_fn(|task| std::pin::Pin::new(&mut *socket).poll_flush(task)).await.expect("it is sent");
}

async fn receive<S: Stream>(socket: &mut Socket<S>) -> Option<Message> {
    let next = std::future::poll_fn(|task| std::pin::Pin::new(&mut *socket).poll_next(task)).await;
    next.and_then(Result::ok)
}

/// Shakes hands and keeps what was asked.
#[expect(clippy::result_large_err, reason = "the shape of tungstenite's callback")]
async fn open<S: Stream>(stream: S, asked: &Mutex<Option<(String, HeaderMap)>>) -> Socket<S> {
    let callback = |request: &Request, response: Response| {
        *asked.lock().expect("nobody panicked") =
            Some((request.uri().to_string(), request.headers().clone()));
        Ok(response)
    };
    accept_hdr_async(stream, callback).await.expect("a handshake")
}

#[track_caller]
fn failed(report: &Report) -> (Reason, Phase, String) {
    match &report.verdict {
        Verdict::Failure { reason, phase, error } => (*reason, *phase, error.chain()),
        verdict => panic!("{verdict:?}"),
    }
}

/// Status, whether it is upgraded, whether the messages went wrong.
fn gauges(report: &Report) -> (Option<f64>, Option<bool>, Option<bool>) {
    let measured = &report.measurements;
    (measured.get(&STATUS_CODE), measured.get(&UPGRADED), measured.get(&FAILED_DUE_TO_REGEX))
}

fn phases(report: &Report) -> Vec<&'static str> {
    let names = ["resolve", "connect", "processing", "transfer"];
    names.into_iter().filter(|name| report.measurements.read(&DURATION, [*name]).is_some()).collect()
}

#[tokio::test]
async fn an_upgrade_is_a_success() {
    let asked = Mutex::default();
    let section = "{headers: {X-One: {values: [a, b]}, host: {values: [other.test]}}, \
                   http_config: {basic_auth: {username: u, password: p}}}";
    let report = with(section, "/chat?room=1", LONG, async |stream| {
        let mut socket = open(stream, &asked).await;
        receive(&mut socket).await;
    })
    .await;
    assert!(report.is_success(), "{:?}", report.verdict);
    assert_eq!(gauges(&report), (Some(101.0), Some(true), Some(false)));
    assert_eq!(phases(&report), ["resolve", "connect", "processing"]);
    let (uri, headers) = asked.into_inner().expect("nobody panicked").expect("a handshake");
    assert_eq!((uri.as_str(), &headers["host"]), ("/chat?room=1", &"other.test".parse().expect("a value")));
    assert!(headers.get_all("x-one").iter().eq(["a", "b"]));
    for (name, value) in [("authorization", "Basic dTpw"), ("user-agent", "Go-http-client/1.1")] {
        assert_eq!(headers[name], value);
    }
    assert!(headers.get("origin").is_none());
}

#[tokio::test]
async fn messages_answer_each_other() {
    let section =
        r#"{query_response: [{expect: "^hello (.*)$", send: "I am ${1}"}, {send: "bye"}, {expect: "^ok$"}]}"#;
    let got = Mutex::new(Vec::new());
    let report = with(section, "/", LONG, async |stream| {
        let mut socket = open(stream, &Mutex::default()).await;
        send(&mut socket, Message::Ping("x".into())).await;
        send(&mut socket, Message::text("hello bob")).await;
        for _ in 0..3 {
            let received = receive(&mut socket).await;
            got.lock().expect("nobody panicked").extend(received);
        }
        send(&mut socket, Message::binary(&b"ok"[..])).await;
    })
    .await;
    assert!(report.is_success(), "{:?}", report.verdict);
    assert_eq!(gauges(&report), (Some(101.0), Some(true), Some(false)));
    assert_eq!(phases(&report), ["resolve", "connect", "processing", "transfer"]);
    let got = got.into_inner().expect("nobody panicked");
    let texts: Vec<&str> =
        got.iter().filter(|message| message.is_text()).filter_map(|m| m.to_text().ok()).collect();
    assert_eq!(texts, ["I am bob", "bye"]);
}

#[tokio::test]
async fn the_next_message_is_the_one_that_counts() {
    let report = with(r#"{query_response: [{expect: "^b"}]}"#, "/", LONG, async |stream| {
        let mut socket = open(stream, &Mutex::default()).await;
        send(&mut socket, Message::text("a")).await;
        send(&mut socket, Message::text("b")).await;
        receive(&mut socket).await;
    })
    .await;
    let detail = "step 1: the message does not match \"^b\": \"a\"";
    assert_eq!(failed(&report), (Reason::Expectation, Phase::Validate, detail.into()));
    assert_eq!(gauges(&report), (Some(101.0), Some(true), Some(true)));
}

#[tokio::test]
async fn a_websocket_that_closes_fails() {
    let report = with("{query_response: [{expect: a}]}", "/", LONG, async |stream| {
        let mut socket = open(stream, &Mutex::default()).await;
        send(&mut socket, Message::Close(None)).await;
        receive(&mut socket).await;
    })
    .await;
    assert_eq!(failed(&report).0, Reason::Expectation);
    assert_eq!(gauges(&report).2, Some(true));
}

#[tokio::test]
async fn silence_after_the_upgrade_ends_at_the_deadline() {
    let report = with("{query_response: [{expect: a}]}", "/", SHORT, async |stream| {
        let mut socket = open(stream, &Mutex::default()).await;
        receive(&mut socket).await;
    })
    .await;
    assert_eq!((failed(&report).0, failed(&report).1), (Reason::Timeout, Phase::Transfer));
    assert_eq!(gauges(&report), (Some(101.0), Some(true), Some(true)));
    assert!(report.measurements.read(&DURATION, ["transfer"]).is_some());
}

/// Answers a handshake with this.
async fn answered(answer: &str) -> Report {
    with("{}", "/", LONG, async |mut stream| {
        let mut seen = Vec::new();
        while !seen.ends_with(b"\r\n\r\n") {
            seen.push(stream.read_u8().await.expect("more"));
        }
        stream.write_all(answer.as_bytes()).await.expect("it is sent");
    })
    .await
}

#[tokio::test]
async fn other_answers_show_their_status() {
    for (answer, status, reason) in [
        ("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", 401.0, Reason::Expectation),
        ("HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:1/\r\n\r\n", 302.0, Reason::Expectation),
        ("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", 200.0, Reason::Expectation),
        (
            "HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n",
            101.0,
            Reason::Protocol,
        ),
        ("HTTP/1.1 101 Switching\r\n\r\n", 101.0, Reason::Protocol),
        ("not HTTP\r\n\r\n", 0.0, Reason::Protocol),
    ] {
        let report = answered(answer).await;
        assert_eq!(failed(&report).0, reason, "{answer}: {:?}", report.verdict);
        assert_eq!(gauges(&report), (Some(status), Some(false), Some(false)), "{answer}");
    }
}

#[tokio::test]
async fn silence_instead_of_an_answer_ends_at_the_deadline() {
    let report = with("{}", "/", SHORT, async |mut stream: TcpStream| {
        let mut buf = [0; 1024];
        while stream.read(&mut buf).await.is_ok_and(|length| length > 0) {}
    })
    .await;
    assert_eq!((failed(&report).0, failed(&report).1), (Reason::Timeout, Phase::Processing));
    assert_eq!(gauges(&report), (Some(0.0), Some(false), Some(false)));
    assert_eq!(phases(&report), ["resolve", "connect", "processing"]);
}

#[tokio::test]
async fn endless_messages_are_cut_off() {
    let report = with("{query_response: [{expect: a}]}", "/", LONG, async |stream| {
        let socket = open(stream, &Mutex::default()).await;
        let mut stream = socket.into_inner();
        // A text without end: the first frame, then continuations, each with 64 KiB.
        let frame = |op: u8| [&[op, 127][..], &65_536_u64.to_be_bytes(), &vec![b'x'; 65_536]].concat();
        let (first, more) = (frame(1), frame(0));
        if stream.write_all(&first).await.is_ok() {
            while stream.write_all(&more).await.is_ok() {}
        }
    })
    .await;
    assert_eq!(failed(&report).0, Reason::Limit, "{:?}", report.verdict);
}

#[tokio::test]
async fn targets_that_are_no_websockets_are_refused() {
    for (target, reason, has_series, has_phases) in [
        ("http://127.0.0.1:1/", Reason::Target, true, vec!["resolve", "processing"]),
        ("ws://u:p@127.0.0.1:1/", Reason::Target, true, vec!["resolve", "processing"]),
        ("127.0.0.1:1", Reason::Target, false, vec![]),
        ("name:1", Reason::Resolve, true, vec![]),
        ("ws://127.9.9.9:1/", Reason::Connect, true, vec!["resolve", "processing"]),
    ] {
        let report = probe("{}", target, LONG).await;
        assert_eq!(failed(&report).0, reason, "{target}: {:?}", report.verdict);
        assert_eq!(gauges(&report).0.is_some(), has_series, "{target}");
        assert_eq!(phases(&report), has_phases, "{target}");
    }
}

#[tokio::test]
async fn tls_is_spoken_where_the_url_says_so() {
    let authority = Issued::authority("Root", 90);
    let config = authority.issue(params("ws.test", &["ws.test"], 9)).server(&[]);
    let (listener, address) = listen().await;
    let serve = async {
        let (stream, _) = listener.accept().await.expect("a connection");
        let stream = accept(config, stream).await.expect("a handshake");
        let mut socket = open(stream, &Mutex::default()).await;
        receive(&mut socket).await;
        std::future::pending::<()>().await;
    };
    let section = "{http_config: {tls_config: {insecure_skip_verify: true}}}";
    let target = format!("wss://{address}/");
    let report = tokio::select! {
        report = probe(section, &target, LONG) => report,
        () = serve => unreachable!("it never ends"),
    };
    assert!(report.is_success(), "{:?}", report.verdict);
    let families: Vec<&str> = report.measurements.samples().iter().map(|sample| sample.family.name).collect();
    assert!(!families.iter().any(|name| name.contains("ssl") || name.contains("tls")), "{families:?}");
}

#[tokio::test]
async fn files_that_cannot_be_read_are_left_out_and_noted() {
    let asked = Mutex::default();
    let section = "{headers: {X-One: {files: [/nonexistent/file], values: [a]}}}";
    let report = with(section, "/", LONG, async |stream| {
        let mut socket = open(stream, &asked).await;
        receive(&mut socket).await;
    })
    .await;
    assert!(report.is_success(), "{:?}", report.verdict);
    assert_eq!(report.notes.len(), 1);
    let (_, headers) = asked.into_inner().expect("nobody panicked").expect("a handshake");
    assert!(headers.get_all("x-one").iter().eq(["a"]));
}

#[test]
fn settings_come_back_as_they_were() {
    let section = "            http_config:\n                basic_auth:\n                    username: u\n                    \
                   password: <secret>\n                follow_redirects: true\n                enable_http2: true\n            \
                   headers:\n                X-One:\n                    values:\n                        - a\n            \
                   query_response:\n                - expect: ^a\n                  send: b\n            ip_protocol_fallback: true\n";
    let text = format!("modules:\n    m:\n        prober: websocket\n        websocket:\n{section}");
    assert_eq!(read(&text, "b.yml", &[&SPEC]).expect("valid").dump(), text);
}

#[test]
fn sections_are_judged_as_in_the_reference() {
    for (section, problem) in [
        ("{headers: {X: y}}", "allowed a mapping"),
        ("{query_response: [{expect: ':['}]}", "Could not compile regular expression"),
        ("{dialogue: smtp}", "unknown key"),
        ("{basic_auth: {}}", "unknown key"),
        ("{http_config: {http_headers: {Host: {values: [a]}}}}", "setting header \"Host\" is not allowed"),
    ] {
        let text = format!("modules: {{m: {{prober: websocket, websocket: {section}}}}}");
        let errors = read(&text, "b.yml", &[&SPEC]).expect_err(section).to_string();
        assert!(errors.contains(problem), "{section}: {errors}");
    }
    let text =
        "modules: {m: {prober: websocket, websocket: {query_response: [{expect: a, starttls: true}]}}}";
    assert_eq!(read(text, "b.yml", &[&SPEC]).expect("valid").warnings.len(), 1);
}
