use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::model::{Reason, Report, Target};
use crate::net::LiteralsOnly;
use crate::prober::http::{
    CONTENT_LENGTH, DURATION, FAILED_DUE_TO_REGEX, LAST_MODIFIED, SSL, STATUS_CODE, UNCOMPRESSED_BODY_LENGTH,
    VERSION,
};
use crate::prober::shared::http_client::{BasicAuth, HeaderValues, ProxySettings, TextSource};
use crate::prober::{RunOptions, Services};
use crate::settings::{Pattern, Secret};

/// Answers by what it is asked for; tells what it was asked.
async fn server(answer: impl Fn(&str) -> Vec<u8> + Send + 'static) -> (u16, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("it is bound").port();
    let (said, hears) = channel();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.expect("a client");
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                match stream.read_u8().await {
                    Ok(byte) => request.push(byte),
                    Err(_) => break,
                }
            }
            let request = String::from_utf8_lossy(&request).into_owned();
            let answer = answer(&request);
            let _ = said.send(request);
            if answer.is_empty() {
                // Keeps the client waiting.
                tokio::spawn(async move { stream.read_u8().await });
            } else {
                let _ = stream.write_all(&answer).await;
            }
        }
    });
    (port, hears)
}

fn ok(body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into()
}

fn moved(status: u16, location: &str, more: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status} X\r\nLocation: {location}\r\n{more}Content-Length: 0\r\n\r\n").into()
}

async fn probe_within(settings: HttpSettings, target: &str, timeout: Duration) -> Report {
    let mut options = RunOptions::new("m", "http", timeout);
    options.log = Some(Severity::Warn);
    let services = Services::new(Arc::new(LiteralsOnly));
    crate::prober::run(&HttpProber::new(settings), &Target::new(target), &options, &services).await
}

async fn probe(settings: HttpSettings, target: &str) -> Report {
    probe_within(settings, target, Duration::from_secs(20)).await
}

fn messages(report: &Report) -> Vec<&'static str> {
    report.log.iter().map(|line| line.message).collect()
}

fn reason(report: &Report) -> Option<Reason> {
    match &report.verdict {
        crate::model::Verdict::Success => None,
        crate::model::Verdict::Failure { reason, .. } => Some(*reason),
    }
}

#[tokio::test]
async fn a_good_answer_is_recorded() {
    let answer =
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nLast-Modified: Wed, 21 Oct 2015 07:28:00 GMT\r\n\r\nhello";
    let (port, hears) = server(|_| answer.to_vec()).await;
    let report = probe(HttpSettings::default(), &format!("127.0.0.1:{port}/a?b")).await;
    assert!(report.is_success(), "{report:?}");
    let measured = &report.measurements;
    assert_eq!((measured.get(&STATUS_CODE), measured.get(&VERSION)), (Some(200), Some(1.1)));
    assert_eq!(
        (measured.get(&CONTENT_LENGTH), measured.get(&UNCOMPRESSED_BODY_LENGTH)),
        (Some(5.0), Some(5))
    );
    assert_eq!((measured.get(&SSL), measured.get(&FAILED_DUE_TO_REGEX)), (Some(false), Some(false)));
    assert_eq!((measured.get(&REDIRECTS), measured.get(&LAST_MODIFIED)), (Some(0), Some(1_445_412_480.0)));
    for phase in ["resolve", "connect", "processing"] {
        assert!(measured.read(&DURATION, [phase]).is_some_and(|elapsed| !elapsed.is_zero()), "{phase}");
    }
    assert_eq!(measured.read(&DURATION, ["tls"]), Some(Duration::ZERO));
    let request = hears.recv().expect("a request");
    assert!(
        request.starts_with(&format!(
            "GET /a?b HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUser-Agent: Blackbox-Exporter/0.28.0"
        )),
        "{request}"
    );
}

#[tokio::test]
async fn redirects_are_followed_with_cookies_and_a_referer() {
    let (port, hears) = server(|request| match request.split(' ').nth(1) {
        Some("/") => moved(302, "/next?x", "Set-Cookie: a=b\r\n"),
        Some("/next?x") => moved(307, "../end", ""),
        _ => ok("done"),
    })
    .await;
    let settings = HttpSettings { method: "POST".into(), body: b"data".to_vec(), ..Default::default() };
    let report = probe(settings, &format!("http://127.0.0.1:{port}/")).await;
    assert!(report.is_success(), "{report:?}");
    assert_eq!(report.measurements.get(&REDIRECTS), Some(2));
    assert_eq!(messages(&report), ["Received redirect", "Received redirect"]);
    let requests: Vec<_> = hears.try_iter().collect();
    assert!(requests[0].contains("Content-Length: 4\r\n") && !requests[1].contains("Content-Length"));
    assert!(requests[1].starts_with("GET /next?x HTTP/1.1\r\n"), "{}", requests[1]);
    assert!(
        requests[1].contains(&format!("Referer: http://127.0.0.1:{port}/\r\nCookie: a=b\r\n")),
        "{}",
        requests[1]
    );
    assert!(requests[2].starts_with("GET /end HTTP/1.1\r\n"), "{}", requests[2]);
}

#[tokio::test]
async fn the_eleventh_redirect_is_one_too_many() {
    let (port, hears) = server(|_| moved(302, "/again", "")).await;
    let report = probe(HttpSettings::default(), &format!("http://127.0.0.1:{port}/")).await;
    assert_eq!(reason(&report), Some(Reason::Expectation));
    assert_eq!(
        (report.measurements.get(&REDIRECTS), report.measurements.get(&STATUS_CODE)),
        (Some(11), Some(302))
    );
    assert_eq!(hears.try_iter().count(), 11);
    assert_eq!(messages(&report)[11], "Not following redirect");
}

/// Settings that say who we are in three ways, and something that anybody may know.
fn introduced() -> HttpSettings {
    let headers = [("Cookie", "c=d"), ("X-Kept", "1")].map(|(name, value)| (name.into(), value.into()));
    let mut settings = HttpSettings { headers: headers.into(), ..Default::default() };
    let username = Some(TextSource::Inline(Secret::new("u")));
    settings.client.basic_auth = Some(BasicAuth { username, password: None });
    let values = HeaderValues { values: vec!["2".into()], ..Default::default() };
    settings.client.http_headers = vec![("X-More".into(), values)];
    settings
}

#[tokio::test]
async fn the_same_host_goes_on_knowing_who_we_are() {
    let (port, hears) =
        server(|request| if request.starts_with("GET / ") { moved(302, "/end", "") } else { ok("") }).await;
    assert!(probe(introduced(), &format!("http://127.0.0.1:{port}/")).await.is_success());
    for request in hears.try_iter() {
        for field in ["Authorization: Basic dTo=\r\n", "Cookie: c=d\r\n", "X-Kept: 1\r\n", "X-More: 2\r\n"] {
            assert!(request.contains(field), "{request}");
        }
    }
}

#[tokio::test]
async fn another_host_does_not_learn_who_we_are() {
    let (elsewhere, hears) = server(|_| ok("")).await;
    let (port, _) = server(move |_| moved(302, &format!("http://other.example:{elsewhere}/"), "")).await;
    let services = Services::new(Arc::new(Loopback));
    let options = RunOptions::new("m", "http", Duration::from_secs(20));
    let target = Target::new(format!("http://web.example:{port}/"));
    let report = crate::prober::run(&HttpProber::new(introduced()), &target, &options, &services).await;
    assert!(report.is_success(), "{report:?}");
    let request = hears.recv().expect("a request");
    assert!(request.contains("X-Kept: 1\r\n") && request.contains("X-More: 2\r\n"), "{request}");
    assert!(!request.contains("Authorization") && !request.contains("Cookie"), "{request}");
}

/// Every name is this machine.
struct Loopback;

impl crate::net::Resolve for Loopback {
    fn lookup<'a>(
        &'a self,
        _: &'a str,
        _: crate::net::Families,
    ) -> BoxFuture<'a, Result<Vec<ScopedIp>, crate::net::ResolveError>> {
        Box::pin(async { Ok(vec![std::net::IpAddr::from([127, 0, 0, 1]).into()]) })
    }
}

#[tokio::test]
async fn a_refused_connection_leaves_every_phase() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("it is bound").port();
    drop(listener);
    let report = probe(HttpSettings::default(), &format!("http://127.0.0.1:{port}/")).await;
    assert_eq!(reason(&report), Some(Reason::Connect));
    assert_eq!(messages(&report), ["Error for HTTP request", "Probe failed"]);
    for phase in ["connect", "tls", "processing", "transfer"] {
        assert_eq!(report.measurements.read(&DURATION, [phase]), Some(Duration::ZERO), "{phase}");
    }
    assert_eq!(report.measurements.get(&STATUS_CODE), Some(0));
}

#[tokio::test]
async fn what_cannot_be_asked_is_said_in_the_words_of_its_step() {
    for (settings, target, message, why) in [
        (HttpSettings::default(), "http://h/%zz", "Could not parse target URL", Reason::Target),
        (HttpSettings::default(), "http://name.example/", "Error resolving address", Reason::Resolve),
        (
            HttpSettings { body_file: "/nonexistent/body".into(), ..Default::default() },
            "http://127.0.0.1/",
            "Error creating request",
            Reason::Configuration,
        ),
    ] {
        let report = probe(settings, target).await;
        assert_eq!(reason(&report), Some(why), "{target}");
        assert!(messages(&report).contains(&message), "{:?}", report.log);
        assert_eq!(report.measurements.read(&DURATION, ["connect"]), None, "{target}");
    }
    let mut settings = HttpSettings::default();
    settings.client.tls.ca = Some(crate::net::tls::PemSource::File("/nonexistent/ca".into()));
    let report = probe(settings, "http://127.0.0.1/").await;
    assert!(messages(&report).contains(&"Error generating HTTP client"), "{:?}", report.log);
    let settings = HttpSettings { headers: vec![("X A".into(), "b".into())], ..Default::default() };
    let report = probe(settings, "http://127.0.0.1:1/").await;
    assert_eq!(reason(&report), Some(Reason::Configuration), "{report:?}");
    assert_eq!(report.measurements.read(&DURATION, ["connect"]), Some(Duration::ZERO));
}

#[tokio::test]
async fn silence_ends_with_the_deadline() {
    let (port, _hears) = server(|_| Vec::new()).await;
    let report = probe_within(
        HttpSettings::default(),
        &format!("http://127.0.0.1:{port}/"),
        Duration::from_millis(50),
    )
    .await;
    assert_eq!(reason(&report), Some(Reason::Timeout));
    assert_eq!(messages(&report), ["Error for HTTP request", "Probe failed"]);
    assert!(report.measurements.read(&DURATION, ["connect"]).is_some_and(|elapsed| !elapsed.is_zero()));
    assert_eq!(report.measurements.read(&DURATION, ["processing"]), Some(Duration::ZERO));
}

#[tokio::test]
async fn a_body_without_an_end_is_judged_at_the_deadline() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("it is bound").port();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a client");
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc").await;
        let _ = stream.read_to_end(&mut Vec::new()).await;
    });
    let rule = Pattern::new("abc").expect("an expression");
    let settings = HttpSettings { fail_if_body_not_matches_regexp: vec![rule], ..Default::default() };
    let report =
        probe_within(settings, &format!("http://127.0.0.1:{port}/"), Duration::from_millis(200)).await;
    assert!(!report.is_success());
    let measured = &report.measurements;
    assert_eq!((measured.get(&STATUS_CODE), measured.get(&UNCOMPRESSED_BODY_LENGTH)), (Some(200), Some(3)));
    assert_eq!((measured.get(&CONTENT_LENGTH), measured.get(&FAILED_DUE_TO_REGEX)), (Some(9.0), Some(true)));
    assert_eq!(messages(&report)[..2], ["Error reading HTTP body", "Failed to read HTTP response body"]);
}

#[tokio::test]
async fn every_demand_is_reported_and_the_first_counts() {
    let (port, _hears) = server(|_| b"HTTP/1.0 500 No\r\nContent-Length: 0\r\n\r\n".to_vec()).await;
    let settings = HttpSettings {
        valid_status_codes: vec![200, 204],
        valid_http_versions: vec!["HTTP/1.1".into()],
        fail_if_not_ssl: true,
        ..Default::default()
    };
    let report = probe(settings, &format!("http://127.0.0.1:{port}/")).await;
    assert_eq!(
        messages(&report),
        ["Invalid HTTP response status code", "Invalid HTTP version number", "Probe failed"]
    );
    let crate::model::Verdict::Failure { error, .. } = &report.verdict else { panic!("{report:?}") };
    assert_eq!(error.to_string(), "status 500, wanted 200 204");
}

#[tokio::test]
async fn a_proxy_resolves_where_it_is_told_to() {
    let (proxy, hears) = server(|_| ok("")).await;
    let mut settings = HttpSettings { skip_resolve_phase_with_proxy: true, ..Default::default() };
    settings.client.proxy =
        ProxySettings { proxy_url: Secret::new(format!("http://127.0.0.1:{proxy}")), ..Default::default() };
    let report = probe(settings, "http://name.example/x").await;
    assert!(report.is_success(), "{report:?}");
    assert_eq!(report.measurements.read(&DURATION, ["resolve"]), None);
    assert_eq!(report.address, None);
    assert!(
        hears
            .recv()
            .expect("a request")
            .starts_with("GET http://name.example/x HTTP/1.1\r\nHost: name.example\r\n")
    );
}
