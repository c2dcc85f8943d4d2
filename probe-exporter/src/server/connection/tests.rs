use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::sync::Semaphore;

use probe_core::net::LiteralsOnly;
use probe_core::prober::Services;

use super::*;
use crate::testing;
use crate::web::Web;

impl Agreed for DuplexStream {
    fn is_http2(&self) -> Option<bool> {
        None
    }
}

/// A client of an exporter that serves this one connection.
fn connected(file: &str) -> (DuplexStream, tokio::task::JoinHandle<()>, watch::Sender<()>) {
    let worker = Arc::new(Worker {
        exporter: Arc::new(testing::exporter(file, "modules: {}")),
        services: Services::new(Arc::new(LiteralsOnly)),
        web: Arc::new(Web::open()),
        free_connections: Arc::new(Semaphore::new(1)),
        drain_timeout: Duration::ZERO,
    });
    let (near, far) = duplex(1 << 16);
    let (stop, stopped) = watch::channel(());
    let client = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
    (near, tokio::spawn(speak(far, client, worker, stopped)), stop)
}

async fn ask(client: &mut DuplexStream) -> String {
    client.write_all(b"GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("there is room");
    let mut text = String::new();
    while !text.ends_with("Healthy") {
        let mut bytes = [0; 1024];
        let length = client.read(&mut bytes).await.expect("an answer");
        assert!(length > 0, "only {text}");
        text.push_str(&String::from_utf8_lossy(&bytes[..length]));
    }
    text
}

#[tokio::test(start_paused = true)]
async fn a_head_that_does_not_end_is_cut() {
    let (mut client, served, _stop) = connected("slow.yml");
    let begun = Instant::now();
    client.write_all(b"GET / HTTP/1.1\r\nHost").await.expect("there is room");
    served.await.expect("no panic");
    assert!((60..=95).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
    assert_eq!(client.read(&mut [0]).await.expect("it ends"), 0);
}

#[tokio::test(start_paused = true)]
async fn connections_are_kept_for_minutes_but_not_for_ever() {
    let (mut client, served, _stop) = connected("idle.yml");
    for _ in 0..3 {
        assert!(ask(&mut client).await.starts_with("HTTP/1.1 200 OK\r\n"));
        tokio::time::sleep(Duration::from_secs(300)).await;
    }
    let begun = Instant::now();
    served.await.expect("no panic");
    assert!(begun.elapsed() <= Duration::from_secs(95), "{:?}", begun.elapsed());
    assert_eq!(client.read(&mut [0]).await.expect("it ends"), 0);
}

#[tokio::test(start_paused = true)]
async fn an_exporter_that_stops_closes_connections_that_rest() {
    let (mut client, served, stop) = connected("stops.yml");
    ask(&mut client).await;
    stop.send_replace(());
    served.await.expect("no panic");
    assert_eq!(client.read(&mut [0]).await.expect("it ends"), 0);
}

#[tokio::test(start_paused = true)]
async fn floods_of_headers_are_refused() {
    let (mut client, _served, _stop) = connected("flood.yml");
    let mut head = String::from("GET /-/healthy HTTP/1.1\r\nHost: a\r\n");
    head.extend((0..MOST_HEADERS).map(|number| format!("X-{number}: a\r\n")));
    client.write_all(head.as_bytes()).await.expect("there is room");
    client.write_all(b"\r\n").await.expect("there is room");
    let mut status = [0; 12];
    client.read_exact(&mut status).await.expect("an answer");
    assert_eq!(&status, b"HTTP/1.1 431");
}

#[tokio::test(start_paused = true)]
async fn http2_is_understood_where_the_client_begins_with_it() {
    let (mut client, _served, _stop) = connected("h2c.yml");
    client.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.expect("there is room");
    let mut frame = [0; 9];
    client.read_exact(&mut frame).await.expect("its settings");
    assert_eq!(frame[3], 4, "RFC 9113 section 3.4: settings come first");
}
