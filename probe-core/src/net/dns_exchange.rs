//! One query to a name server and its answer, over UDP, TCP, TLS or HTTPS.

use std::net::SocketAddr;
use std::{fmt, io};

use socket2::{Domain, Protocol, Socket, Type};
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::UdpSocket;

use super::dial::{self, apply, bind};
#[cfg(feature = "http-client")]
use super::dns_over_https::{DnsOverHttps, HttpsExchange};
#[cfg(feature = "http-client")]
use super::http::HttpError;
#[cfg(feature = "quic")]
use super::quic::QuicConnection;
use super::tls::TlsClient;
use super::{Approved, BoxStream, DialError, Egress};
#[cfg(feature = "http-client")]
use crate::model::Deadline;
use crate::model::{Phase, ProbeError, Reason};
use crate::wire::dns::HEADER_LENGTH;

/// Where servers over HTTPS answer unless configured: RFC 8484 has it in its examples, and all servers have it.
pub const USUAL_DNS_PATH: &str = "/dns-query";

/// What a query travels over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DnsTransport {
    /// TCP.
    Tcp,
    /// UDP, a message a datagram.
    Udp,
}

/// A connection to a name server.
pub struct DnsConnection(Connection);

enum Connection {
    #[cfg(feature = "http-client")]
    Https(Option<HttpsExchange>),
    #[cfg(feature = "quic")]
    Quic(QuicConnection),
    Stream(BoxStream),
    Udp(UdpSocket),
}

impl DnsConnection {
    /// Connects to an approved name server. Waits for the handshake of TCP; the caller limits the time.
    pub async fn open(
        address: Approved<SocketAddr>,
        egress: &Egress,
        transport: DnsTransport,
    ) -> Result<Self, DialError> {
        Ok(Self(match transport {
            DnsTransport::Tcp => Connection::Stream(Box::new(dial::connect(address, egress).await?)),
            DnsTransport::Udp => Connection::Udp(open_udp(*address, egress).await?),
        }))
    }

    /// Connects to one over TLS (RFC 7858), which is called `host` if the client has no name for it.
    pub async fn open_tls(
        address: Approved<SocketAddr>,
        egress: &Egress,
        client: &TlsClient,
        host: &str,
    ) -> Result<Self, ProbeError> {
        let stream = dial::connect(address, egress).await?;
        let (stream, _) = client.connect(stream, host, &[]).await?;
        Ok(Self(Connection::Stream(stream)))
    }

    /// Connects to one over HTTPS (RFC 8484). Such a connection takes one query.
    #[cfg(feature = "http-client")]
    pub async fn open_https(
        address: Approved<SocketAddr>,
        egress: &Egress,
        client: &TlsClient,
        server: &DnsOverHttps<'_>,
        deadline: Deadline,
    ) -> Result<Self, ProbeError> {
        let exchange = HttpsExchange::open(server, address, egress, client, deadline).await?;
        Ok(Self(Connection::Https(Some(exchange))))
    }

    /// Connects to one over QUIC (RFC 9250). Such a connection takes one query.
    #[cfg(feature = "quic")]
    pub async fn open_quic(
        address: Approved<SocketAddr>,
        egress: &Egress,
        client: &TlsClient,
        host: &str,
    ) -> Result<Self, ProbeError> {
        let connection = QuicConnection::open(address, egress, client, host, &[b"doq"]).await?;
        Ok(Self(Connection::Quic(connection)))
    }

    /// Sends a query and waits for the answer with its id; the caller limits the time.
    ///
    /// Over UDP, answers with another id are ignored: they may be late ones to an earlier query. `longest` is the largest
    /// datagram that is taken, in bytes.
    pub async fn exchange(&mut self, query: &[u8], longest: usize) -> Result<Vec<u8>, DnsExchangeError> {
        match &mut self.0 {
            #[cfg(feature = "http-client")]
            Connection::Https(exchange) => {
                let exchange = exchange.take().ok_or(DnsExchangeError::Closed)?;
                let answer = exchange.exchange(query).await?;
                check_length(&answer)?;
                if id(&answer) == id(query) { Ok(answer) } else { Err(DnsExchangeError::OtherId) }
            }
            #[cfg(feature = "quic")]
            Connection::Quic(connection) => exchange_quic(connection, query).await,
            Connection::Stream(stream) => exchange_stream(stream, query).await,
            Connection::Udp(socket) => exchange_udp(socket, query, longest).await,
        }
    }
}

impl fmt::Debug for DnsConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            #[cfg(feature = "http-client")]
            Connection::Https(_) => "DnsConnection(https)",
            #[cfg(feature = "quic")]
            Connection::Quic(_) => "DnsConnection(quic)",
            Connection::Stream(_) => "DnsConnection(stream)",
            Connection::Udp(_) => "DnsConnection(udp)",
        })
    }
}

async fn open_udp(address: SocketAddr, egress: &Egress) -> Result<UdpSocket, DialError> {
    let kind = Type::DGRAM.nonblocking().cloexec();
    let socket =
        Socket::new(Domain::for_address(address), kind, Some(Protocol::UDP)).map_err(DialError::Socket)?;
    apply(&socket, address.is_ipv6(), egress)?;
    if let Some(source) = egress.source {
        bind(&socket, source)?;
    }
    let socket = UdpSocket::from_std(socket.into()).map_err(DialError::Socket)?;
    socket.connect(address).await.map_err(DialError::Connect)?;
    Ok(socket)
}

async fn exchange_udp(socket: &UdpSocket, query: &[u8], longest: usize) -> Result<Vec<u8>, DnsExchangeError> {
    socket.send(query).await.map_err(DnsExchangeError::Send)?;
    // One byte more tells a datagram that is too long from one that just fits.
    let mut buf = vec![0; longest + 1];
    loop {
        let length = socket.recv(&mut buf).await.map_err(DnsExchangeError::Receive)?;
        let answer = &buf[..length];
        check_length(answer)?;
        if id(answer) != id(query) {
            continue;
        }
        if length > longest {
            return Err(DnsExchangeError::TooLong { longest });
        }
        return Ok(answer.to_vec());
    }
}

/// Each message has its length before it (RFC 1035 section 4.2.2).
async fn exchange_stream(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    query: &[u8],
) -> Result<Vec<u8>, DnsExchangeError> {
    let length = u16::try_from(query.len()).map_err(|_| DnsExchangeError::TooLong { longest: 65_535 })?;
    let mut message = length.to_be_bytes().to_vec();
    message.extend_from_slice(query);
    stream.write_all(&message).await.map_err(DnsExchangeError::Send)?;
    stream.flush().await.map_err(DnsExchangeError::Send)?;
    let received = |error: io::Error| match error.kind() {
        io::ErrorKind::UnexpectedEof => DnsExchangeError::Closed,
        _ => DnsExchangeError::Receive(error),
    };
    let length = stream.read_u16().await.map_err(received)?;
    let mut answer = vec![0; length.into()];
    stream.read_exact(&mut answer).await.map_err(received)?;
    check_length(&answer)?;
    if id(&answer) == id(query) { Ok(answer) } else { Err(DnsExchangeError::OtherId) }
}

/// A stream for the query, which ends with it; the answer comes on the same (RFC 9250 section 4.2).
#[cfg(feature = "quic")]
async fn exchange_quic(connection: &QuicConnection, query: &[u8]) -> Result<Vec<u8>, DnsExchangeError> {
    let length = u16::try_from(query.len()).map_err(|_| DnsExchangeError::TooLong { longest: 65_535 })?;
    let exchange = async {
        let (mut send, mut receive) =
            connection.connection.open_bi().await.map_err(|error| DnsExchangeError::Send(error.into()))?;
        let mut message = length.to_be_bytes().to_vec();
        message.extend_from_slice(query);
        send.write_all(&message).await.map_err(|error| DnsExchangeError::Send(error.into()))?;
        // A stream that is gone already has its answer on the way.
        let _ = send.finish();
        let received = |error: quinn::ReadExactError| match error {
            quinn::ReadExactError::FinishedEarly(_) => DnsExchangeError::Closed,
            quinn::ReadExactError::ReadError(error) => DnsExchangeError::Receive(error.into()),
        };
        let mut length = [0; 2];
        receive.read_exact(&mut length).await.map_err(received)?;
        let mut answer = vec![0; u16::from_be_bytes(length).into()];
        receive.read_exact(&mut answer).await.map_err(received)?;
        check_length(&answer)?;
        if id(&answer) == id(query) { Ok(answer) } else { Err(DnsExchangeError::OtherId) }
    };
    connection.run(exchange).await
}

fn check_length(answer: &[u8]) -> Result<(), DnsExchangeError> {
    if answer.len() < HEADER_LENGTH {
        return Err(DnsExchangeError::TooShort { length: answer.len() });
    }
    Ok(())
}

/// An id that nobody can guess: the hash of nothing, with keys from the operating system.
pub(crate) fn random_id() -> u16 {
    use std::hash::{BuildHasher, RandomState};

    RandomState::new().hash_one(()) as u16
}

/// The first two bytes of every message.
fn id(message: &[u8]) -> Option<&[u8; 2]> {
    message.first_chunk()
}

/// Why there is no answer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DnsExchangeError {
    /// The server closed the connection before its answer was whole.
    #[error("the name server closed the connection before its answer was whole")]
    Closed,
    /// HTTP failed.
    #[cfg(feature = "http-client")]
    #[error("no answer over HTTP")]
    Http(#[source] HttpError),
    /// The answer over HTTP is of another media type.
    #[cfg(feature = "http-client")]
    #[error("the answer is of type {found:?}, not application/dns-message")]
    MediaType {
        /// Which.
        found: String,
    },
    /// The answer has the id of another query.
    #[error("the answer has another id than the query")]
    OtherId,
    /// Receiving failed; over UDP this is how an ICMP error shows.
    #[error("cannot receive the answer")]
    Receive(#[source] io::Error),
    /// Sending failed.
    #[error("cannot send the query")]
    Send(#[source] io::Error),
    /// The HTTP server answered with another status than 200.
    #[cfg(feature = "http-client")]
    #[error("the server answered with status {status}")]
    Status {
        /// Which.
        status: u16,
    },
    /// The message is longer than it may be.
    #[error("the answer has more than {longest} bytes")]
    TooLong {
        /// The most it may have.
        longest: usize,
    },
    /// The answer is shorter than its header.
    #[error("the answer has only {length} bytes")]
    TooShort {
        /// How many there are.
        length: usize,
    },
}

#[cfg(feature = "http-client")]
impl From<HttpError> for DnsExchangeError {
    fn from(error: HttpError) -> Self {
        Self::Http(error)
    }
}

impl From<DnsExchangeError> for ProbeError {
    fn from(error: DnsExchangeError) -> Self {
        let detail = error.to_string();
        match error {
            DnsExchangeError::Send(cause) | DnsExchangeError::Receive(cause) => {
                let cause = DialError::Connect(cause);
                let reason = cause.reason();
                let failure = Self::new(reason, Phase::Request, detail);
                match cause {
                    DialError::Connect(cause) => failure.caused_by(cause),
                    _ => failure,
                }
            }
            #[cfg(feature = "http-client")]
            DnsExchangeError::Http(cause) => {
                let failure = cause.at(Phase::Request);
                Self::new(failure.reason, failure.phase, detail).caused_by(failure)
            }
            #[cfg(feature = "http-client")]
            DnsExchangeError::MediaType { .. } | DnsExchangeError::Status { .. } => {
                Self::new(Reason::Protocol, Phase::Request, detail)
            }
            DnsExchangeError::Closed
            | DnsExchangeError::OtherId
            | DnsExchangeError::TooLong { .. }
            | DnsExchangeError::TooShort { .. } => Self::new(Reason::Protocol, Phase::Request, detail),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;
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
                let mut connection =
                    DnsConnection::open_tls(approved, &Egress::default(), &client, host).await?;
                Ok::<_, ProbeError>(connection.exchange(QUERY, 0).await?)
            };
            let answer = tokio::join!(ask, serve).0;
            match answer {
                Ok(answer) => assert!(good && answer == ANSWER),
                Err(error) => assert!(!good && error.reason == Reason::Tls, "{error}"),
            }
        }
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
        let error =
            open(address, DnsTransport::Udp).await.exchange(QUERY, 512).await.expect_err("nobody there");
        assert_eq!(ProbeError::from(error).reason, Reason::Connect);
    }
}
