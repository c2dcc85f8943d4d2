use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};

use super::*;
use crate::net::LiteralsOnly;

const ADDRESS_V4: &[u8] = &[127, 7, 7, 7];
const ADDRESS_V6: &[u8] = &[0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7];
const TRUNCATED: u8 = 0x02;

/// An answer to `query` with the code, and with the records of its type if there are any.
fn answer(query: &[u8], flags: u8, rcode: u8, addresses: &[&[u8]]) -> Vec<u8> {
    let question_end = query[12..].iter().position(|octet| *octet == 0).expect("a name ends") + 12 + 5;
    let kind = &query[question_end - 4..question_end - 2];
    let fitting: Vec<&&[u8]> =
        addresses.iter().filter(|data| (data.len() == 4) == (kind == [0, 1])).collect();
    let mut bytes = query[..2].to_vec();
    bytes.extend([0x81 | flags, 0x80 | rcode, 0, 1, 0, fitting.len() as u8, 0, 0, 0, 0]);
    bytes.extend(&query[12..question_end]);
    for data in fitting {
        bytes.extend([0xc0, 12]);
        bytes.extend(kind);
        bytes.extend([0, 1, 0, 0, 0, 60, 0, data.len() as u8]);
        bytes.extend(*data);
    }
    bytes
}

fn asking(address: SocketAddr, protocol: NameServerProtocol) -> NameServer {
    let options = NameServerOptions {
        address: address.to_string(),
        protocol,
        tls: TlsOptions::default(),
        path: "/dns-query".into(),
    };
    NameServer::new(options, Arc::new(LiteralsOnly), SystemRoots::default(), Egress::default())
}

/// Looks a name up at a server that answers datagrams, or does not, as `reply` says.
async fn look_up(
    host: &str,
    families: Families,
    reply: impl Fn(&[u8]) -> Option<Vec<u8>>,
) -> Result<Vec<String>, ResolveError> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port is free");
    let server = asking(socket.local_addr().expect("it is bound"), NameServerProtocol::Udp);
    let serve = async {
        let mut buf = [0; 512];
        loop {
            let (length, client) = socket.recv_from(&mut buf).await.expect("a query");
            if let Some(bytes) = reply(&buf[..length]) {
                socket.send_to(&bytes, client).await.expect("it is sent");
            }
        }
    };
    let found = tokio::select! {
        found = server.lookup(host, families) => found,
        () = serve => unreachable!("the server never ends"),
    };
    found.map(|addresses| addresses.iter().map(|address| address.ip.to_string()).collect())
}

#[tokio::test]
async fn both_families_are_asked_for_and_ordered() {
    let reply = |query: &[u8]| Some(answer(query, 0, 0, &[ADDRESS_V4, ADDRESS_V6]));
    let mut found = look_up("any.test", Families::Both, reply).await.expect("addresses");
    found.sort();
    assert_eq!(found, ["127.7.7.7", "fd00::7"]);
    let found = look_up("any.test", Families::V6, reply).await;
    assert_eq!(found.expect("an address"), ["fd00::7"]);
}

#[tokio::test]
async fn names_that_do_not_exist_and_servers_that_fail_are_told_apart() {
    let missing = look_up("no.test", Families::Both, |query| Some(answer(query, 0, 3, &[]))).await;
    assert_eq!(missing, Err(ResolveError::NoSuchHost { host: "no.test".into() }));
    let failed = look_up("any.test", Families::V4, |query| Some(answer(query, 0, 2, &[]))).await;
    let problem = failed.expect_err("the server failed").to_string();
    assert!(problem.starts_with("lookup any.test: name server 127.0.0.1:"), "{problem}");
    assert!(problem.ends_with("answered SERVFAIL"), "{problem}");
}

#[tokio::test(start_paused = true)]
async fn a_question_that_is_lost_is_sent_again() {
    let asked = AtomicU32::new(0);
    let reply = |query: &[u8]| {
        (asked.fetch_add(1, Ordering::Relaxed) > 0).then(|| answer(query, 0, 0, &[ADDRESS_V4]))
    };
    assert_eq!(look_up("any.test", Families::V4, reply).await.expect("an address"), ["127.7.7.7"]);
    assert_eq!(asked.into_inner(), 2);
}

#[tokio::test]
async fn what_does_not_fit_is_fetched_over_tcp() {
    let (listener, socket) = loop {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port is free");
        // Somebody else may have the same port over UDP.
        if let Ok(socket) = UdpSocket::bind(listener.local_addr().expect("it is bound")).await {
            break (listener, socket);
        }
    };
    let address = listener.local_addr().expect("it is bound");
    let datagrams = async {
        let mut buf = [0; 512];
        let (length, client) = socket.recv_from(&mut buf).await.expect("a query");
        socket.send_to(&answer(&buf[..length], TRUNCATED, 0, &[]), client).await.expect("it is sent");
    };
    let stream = async {
        let (mut stream, _) = listener.accept().await.expect("a client");
        let length = stream.read_u16().await.expect("a length");
        let mut query = vec![0; length.into()];
        stream.read_exact(&mut query).await.expect("a query");
        let bytes = answer(&query, 0, 0, &[ADDRESS_V4]);
        stream.write_u16(bytes.len() as u16).await.expect("it is sent");
        stream.write_all(&bytes).await.expect("it is sent");
    };
    let server = asking(address, NameServerProtocol::Udp);
    let (found, (), ()) = tokio::join!(server.lookup("any.test", Families::V4), datagrams, stream);
    assert_eq!(found.expect("an address"), [ScopedIp::from(IpAddr::from([127, 7, 7, 7]))]);
}

#[tokio::test]
async fn local_names_and_literals_are_not_asked_for() {
    let nobody = asking(SocketAddr::from((Ipv4Addr::LOCALHOST, 1)), NameServerProtocol::Tcp);
    let found = nobody.lookup("a.localhost", Families::V4).await.expect("known");
    assert_eq!(found, [ScopedIp::from(IpAddr::from([127, 0, 0, 1]))]);
    assert!(nobody.lookup("::1", Families::Both).await.is_ok());
    let refused = nobody.lookup("any.test", Families::V4).await.expect_err("nobody listens").to_string();
    assert!(refused.starts_with("lookup any.test: name server 127.0.0.1:1: "), "{refused}");
}
