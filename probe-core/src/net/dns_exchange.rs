//! One query to a name server and its answer, over UDP, TCP, TLS or HTTPS.

mod error;

use std::net::SocketAddr;
use std::{fmt, io};

use socket2::{Domain, Protocol, Socket, Type};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::UdpSocket;

use super::dial::{self, apply, bind};
#[cfg(feature = "http-client")]
use super::dns_over_https::{DnsOverHttps, HttpsExchange};
#[cfg(feature = "quic")]
use super::quic::QuicConnection;
use super::tls::TlsClient;
use super::{Approved, BoxStream, DialError, Egress};
#[cfg(feature = "http-client")]
use crate::model::Deadline;
use crate::model::ProbeError;
use crate::wire::dns::HEADER_LENGTH;

pub use error::DnsExchangeError;

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

#[allow(clippy::large_enum_variant, reason = "there is one a query")]
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
                let answer = Box::pin(exchange.exchange(query)).await?;
                check_length(&answer)?;
                if id(&answer) == id(query) { Ok(answer) } else { Err(DnsExchangeError::OtherId) }
            }
            #[cfg(feature = "quic")]
            Connection::Quic(connection) => Box::pin(exchange_quic(connection, query)).await,
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

#[cfg(test)]
mod tests;
