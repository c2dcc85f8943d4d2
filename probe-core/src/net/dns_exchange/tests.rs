use std::net::Ipv4Addr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::model::Reason;
use crate::net::Policy;

const QUERY: &[u8] = b"\x12\x34\x01\0\0\0\0\0\0\0\0\0";
const ANSWER: &[u8] = b"\x12\x34\x81\0\0\0\0\0\0\0\0\0answer";
const OTHER: &[u8] = b"\x12\x35\x81\0\0\0\0\0\0\0\0\0other";

async fn open(address: SocketAddr, transport: DnsTransport) -> DnsConnection {
    let approved = Policy::allow_all().approve(address).expect("all is allowed");
    DnsConnection::open(approved, &Egress::default(), transport).await.expect("it listens")
}

/// Asks a server that answers with these datagrams.
async fn ask_udp(answers: &[&[u8]], longest: usize) -> Result<Vec<u8>, DnsExchangeError> {
    let server = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port is free");
    let mut connection = open(server.local_addr().expect("it is bound"), DnsTransport::Udp).await;
    let serve = async {
        let mut buf = [0; 512];
        let (length, client) = server.recv_from(&mut buf).await.expect("a query");
        assert_eq!(&buf[..length], QUERY);
        for answer in answers {
            server.send_to(answer, client).await.expect("it is sent");
        }
    };
    tokio::join!(connection.exchange(QUERY, longest), serve).0
}

/// Asks a server that answers with these pieces and closes.
async fn ask_tcp(pieces: &[&[u8]]) -> Result<Vec<u8>, DnsExchangeError> {
    let server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port is free");
    let address = server.local_addr().expect("it is bound");
    let serve = async {
        let (mut stream, _) = server.accept().await.expect("a connection");
        let mut query = vec![0; QUERY.len() + 2];
        stream.read_exact(&mut query).await.expect("a query");
        assert_eq!(query, [&[0, QUERY.len() as u8], QUERY].concat());
        for piece in pieces {
            stream.write_all(piece).await.expect("it is sent");
            tokio::task::yield_now().await;
        }
    };
    let ask = async { open(address, DnsTransport::Tcp).await.exchange(QUERY, 512).await };
    tokio::join!(ask, serve).0
}

#[tokio::test]
async fn datagrams_with_another_id_are_ignored() {
    assert_eq!(ask_udp(&[OTHER, ANSWER], 512).await.expect("an answer"), ANSWER);
}

#[tokio::test]
async fn datagrams_of_the_wrong_length_are_named() {
    let longest = ANSWER.len();
    assert_eq!(ask_udp(&[ANSWER], longest).await.expect("it just fits"), ANSWER);
    let error = ask_udp(&[ANSWER], longest - 1).await.expect_err("one byte too many");
    assert_eq!(error.to_string(), "the answer has more than 17 bytes");
    let error = ask_udp(&[b"\x12\x34\x81"], 512).await.expect_err("no header");
    assert_eq!(ProbeError::from(error).reason, Reason::Protocol);
}

#[tokio::test]
async fn stream_may_come_in_pieces() {
    assert_eq!(ask_tcp(&[b"\0", b"\x12\x12\x34", &ANSWER[2..]]).await.expect("an answer"), ANSWER);
}

#[tokio::test]
async fn stream_that_ends_early_or_answers_another_is_refused() {
    let closed = ask_tcp(&[b"\0\x12\x12\x34"]).await;
    assert!(matches!(closed, Err(DnsExchangeError::Closed)), "{closed:?}");
    let other = ask_tcp(&[b"\0\x11", OTHER]).await;
    assert!(matches!(other, Err(DnsExchangeError::OtherId)), "{other:?}");
    let short = ask_tcp(&[b"\0\0"]).await;
    assert!(matches!(short, Err(DnsExchangeError::TooShort { length: 0 })), "{short:?}");
}

#[tokio::test]
async fn query_leaves_from_the_source_address() {
    let source = Ipv4Addr::new(127, 0, 0, 6);
    let server = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port is free");
    let approved = Policy::allow_all().approve(server.local_addr().expect("it is bound"));
    let egress = Egress { source: Some(source.into()), ..Egress::default() };
    let connection = DnsConnection::open(approved.expect("all is allowed"), &egress, DnsTransport::Udp);
    let mut connection = connection.await.expect("the source is of this host");
    let serve = async {
        let (_, client) = server.recv_from(&mut [0; 512]).await.expect("a query");
        assert_eq!(client.ip(), source);
        server.send_to(ANSWER, client).await.expect("it is sent");
    };
    assert!(tokio::join!(connection.exchange(QUERY, 512), serve).0.is_ok());
}

#[tokio::test]
async fn closed_port_is_a_refusal() {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, None).expect("a socket");
    bind(&socket, Ipv4Addr::LOCALHOST.into()).expect("a port is free");
    let address = socket.local_addr().expect("it is bound").as_socket().expect("an address");
    drop(socket);
    let error = open(address, DnsTransport::Udp).await.exchange(QUERY, 512).await.expect_err("nobody there");
    assert_eq!(ProbeError::from(error).reason, Reason::Connect);
}

#[tokio::test]
async fn a_server_over_tls_is_verified_and_asked() {
    use crate::net::tls::SystemRoots;
    use crate::net::tls::testing::{Issued, accept, params};

    let root = Issued::authority("root", 90);
    let config = root.issue(params("leaf", &["ns.test"], 30)).server(&[]);
    let client = TlsClient::new(&root.trusted(), &SystemRoots::default()).expect("good options");
    for (host, good) in [("ns.test", true), ("other.test", false)] {
        let server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port is free");
        let address = server.local_addr().expect("it is bound");
        let serve = async {
            let (stream, _) = server.accept().await.expect("a connection");
            let Ok(mut stream) = accept(config.clone(), stream).await else { return };
            let mut query = vec![0; QUERY.len() + 2];
            stream.read_exact(&mut query).await.expect("a query");
            let answer = [&[0, ANSWER.len() as u8], ANSWER].concat();
            stream.write_all(&answer).await.expect("it is sent");
            stream.flush().await.expect("it is sent");
        };
        let ask = async {
            let approved = Policy::allow_all().approve(address).expect("all is allowed");
            let mut connection = DnsConnection::open_tls(approved, &Egress::default(), &client, host).await?;
            Ok::<_, ProbeError>(connection.exchange(QUERY, 0).await?)
        };
        let answer = tokio::join!(ask, serve).0;
        match answer {
            Ok(answer) => assert!(good && answer == ANSWER),
            Err(error) => assert!(!good && error.reason == Reason::Tls, "{error}"),
        }
    }
}

#[cfg(feature = "http-client")]
mod over_https {
    use super::*;
    use crate::model::Deadline;
    use crate::net::DnsOverHttps;
    use crate::net::tls::SystemRoots;
    use crate::net::tls::testing::{Issued, accept, params};
    use tokio::time::Instant;

    /// Asks a server that answers with this head and body, and returns what it was asked, too.
    async fn ask(head: &str, body: &[u8]) -> (Result<Vec<u8>, DnsExchangeError>, String) {
        let authority = Issued::authority("Root", 9);
        let config = authority.issue(params("dns.test", &["dns.test"], 9)).server(&[]);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let serve = async {
            let (stream, _) = listener.accept().await.expect("a client");
            let mut stream = accept(config, stream).await.expect("a handshake");
            let mut asked = Vec::new();
            while !asked.ends_with(QUERY_WITHOUT_ID) {
                let mut piece = [0; 512];
                let length = stream.read(&mut piece).await.expect("a request");
                assert_ne!(length, 0, "the client left");
                asked.extend_from_slice(&piece[..length]);
            }
            let head = format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\n\r\n", body.len());
            stream.write_all(&[head.as_bytes(), body].concat()).await.expect("it is sent");
            stream.flush().await.expect("it is sent");
            String::from_utf8_lossy(&asked).into_owned()
        };
        let exchange = async {
            let approved = Policy::allow_all().approve(address).expect("all is allowed");
            let client = TlsClient::new(&authority.trusted(), &SystemRoots::default()).expect("good options");
            let server = DnsOverHttps { host: "dns.test", port: address.port(), path: "/ask" };
            let deadline = Deadline::after(Instant::now().into_std(), std::time::Duration::from_secs(60));
            let egress = Egress::default();
            let open = DnsConnection::open_https(approved, &egress, &client, &server, deadline);
            open.await.expect("a connection").exchange(QUERY_WITHOUT_ID, 0).await
        };
        tokio::join!(exchange, serve)
    }

    const QUERY_WITHOUT_ID: &[u8] = b"\0\0\x01\0\0\0\0\0\0\0\0\0";
    const ANSWER_WITHOUT_ID: &[u8] = b"\0\0\x81\0\0\0\0\0\0\0\0\0answer";

    #[tokio::test]
    async fn a_query_is_posted_and_the_body_is_the_answer() {
        let (answer, asked) =
            ask("200 OK\r\nContent-Type: application/dns-message; x=y", ANSWER_WITHOUT_ID).await;
        assert_eq!(answer.expect("an answer"), ANSWER_WITHOUT_ID);
        assert!(asked.starts_with("POST /ask HTTP/1.1\r\nHost: dns.test:"), "{asked}");
        assert!(asked.contains("Content-Type: application/dns-message\r\n"), "{asked}");
    }

    #[tokio::test]
    async fn other_answers_are_named() {
        let (answer, _) = ask("404 Not Found", b"no").await;
        assert!(matches!(answer, Err(DnsExchangeError::Status { status: 404 })), "{answer:?}");
        let (answer, _) = ask("200 OK\r\nContent-Type: text/html", b"<html>").await;
        assert!(
            matches!(&answer, Err(DnsExchangeError::MediaType { found }) if found == "text/html"),
            "{answer:?}"
        );
        let (answer, _) = ask("200 OK\r\nContent-Type: application/dns-message", ANSWER).await;
        assert!(matches!(answer, Err(DnsExchangeError::OtherId)), "{answer:?}");
        let (answer, _) = ask("200 OK\r\nContent-Type: application/dns-message", &[0; 70_000]).await;
        let error = answer.expect_err("too long");
        assert_eq!(ProbeError::from(error).reason, Reason::Protocol);
    }
}

#[cfg(feature = "quic")]
mod over_quic {
    use std::sync::Arc;

    use super::*;
    use crate::net::tls::SystemRoots;
    use crate::net::tls::testing::{Issued, params};

    /// Asks a server that answers with these bytes on the stream of the query.
    async fn ask(protocol: &[u8], reply: &[u8]) -> Result<Vec<u8>, ProbeError> {
        let authority = Issued::authority("Root", 9);
        let mut config = (*authority.issue(params("dns.test", &["dns.test"], 9)).server(&[])).clone();
        config.alpn_protocols = vec![protocol.to_vec()];
        let crypto = quinn::crypto::rustls::QuicServerConfig::try_from(config).expect("a suite for QUIC");
        let config = quinn::ServerConfig::with_crypto(Arc::new(crypto));
        let endpoint =
            quinn::Endpoint::server(config, (Ipv4Addr::LOCALHOST, 0).into()).expect("a port is free");
        let address = endpoint.local_addr().expect("it is bound");
        let serve = async {
            let connection = endpoint.accept().await.expect("a client").await?;
            let (mut send, mut receive) = connection.accept_bi().await?;
            let asked = receive.read_to_end(512).await.expect("a query that ends");
            assert_eq!(asked, [&[0, QUERY.len() as u8], QUERY].concat());
            send.write_all(reply).await.expect("it is sent");
            send.finish().expect("the stream is open");
            connection.closed().await;
            Ok::<(), quinn::ConnectionError>(())
        };
        let exchange = async {
            let approved = Policy::allow_all().approve(address).expect("all is allowed");
            let client = TlsClient::new(&authority.trusted(), &SystemRoots::default()).expect("good options");
            let mut connection =
                DnsConnection::open_quic(approved, &Egress::default(), &client, "dns.test").await?;
            Ok(connection.exchange(QUERY, 0).await?)
        };
        tokio::join!(exchange, serve).0
    }

    #[tokio::test]
    async fn the_answer_comes_on_the_stream_of_the_query() {
        let reply = [&[0, ANSWER.len() as u8], ANSWER].concat();
        assert_eq!(ask(b"doq", &reply).await.expect("an answer"), ANSWER);
    }

    #[tokio::test]
    async fn other_protocols_and_cut_answers_are_refused() {
        assert!(ask(b"h3", b"").await.is_err());
        let cut = ask(b"doq", b"\0\x12\x12\x34").await.expect_err("it ends early");
        assert_eq!(cut.reason, Reason::Protocol);
    }
}
