//! Scrapers that leave before the answer, and those that ask for too much.

use std::io::Write;
use std::net::{Ipv4Addr, TcpStream};

use libtest_mimic::Trial;

use super::attack::{GRACE, is_well, with_exporter};
use super::exporter::{Exporter, get};
use super::server::{Hostile, read_forever};

/// Probes of servers that never answer.
const WAITING: &str = "  tcp: {prober: tcp, timeout: 600s, tcp: {query_response: [{expect: never}]}}
  http: {prober: http, timeout: 600s}
  dns: {prober: dns, timeout: 600s, dns: {transport_protocol: tcp, query_name: example.test}}
  grpc: {prober: grpc, timeout: 600s, grpc: {preferred_ip_protocol: ip4}}";

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![
        with_exporter("scrapers: one that leaves takes the probe over TCP along", || leaves("tcp")),
        with_exporter("scrapers: one that leaves takes the probe over HTTP along", || leaves("http")),
        with_exporter("scrapers: one that leaves takes the probe of DNS along", || leaves("dns")),
        with_exporter("scrapers: one that leaves takes the probe over gRPC along", || leaves("grpc")),
    ];
    trials.push(with_exporter("scrapers: long targets fill no memory", long_targets));
    trials
}

fn leaves(module: &str) {
    let hostile = Hostile::new(|mut stream, _| read_forever(&mut stream));
    let exporter = Exporter::start(WAITING);
    let mut scraper = TcpStream::connect((Ipv4Addr::LOCALHOST, exporter.port)).expect("it listens");
    let path = format!("/probe?module={module}&target=127.0.0.1:{}", hostile.port);
    write!(scraper, "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("it reads");
    assert!(hostile.is_visited_within(GRACE), "nobody came");
    drop(scraper);
    assert!(hostile.is_left_alone(GRACE), "the probe goes on");
    is_well(&exporter);
}

fn long_targets() {
    let exporter = Exporter::start("  tcp: {prober: tcp, timeout: 1s}");
    let target = "a".repeat(60_000);
    for _ in 0..110 {
        let (status, page) = get(exporter.port, &format!("/probe?module=tcp&target={target}"));
        assert!(status == 200 || (400..500).contains(&status), "{status}: {page}");
    }
    is_well(&exporter);
}
