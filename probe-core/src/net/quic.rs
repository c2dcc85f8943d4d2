//! A QUIC connection over a socket of ours (RFC 9000).
//!
//! Its drivers are no tasks: whoever uses the connection polls them, and dropping the connection ends everything.

use std::future::{Future, poll_fn};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Waker};
use std::time::Instant;

use quinn::crypto::rustls::{HandshakeData, QuicClientConfig};
use quinn::{AsyncTimer, AsyncUdpSocket, Runtime, TokioRuntime, TransportConfig};
use rustls::pki_types::ServerName;
use socket2::{Domain, Protocol, Socket, Type};
use thiserror::Error;

use super::dial::{apply, bind};
use super::tls::{TlsClient, TlsError, TlsFacts};
use super::{Approved, DialError, Egress};
use crate::model::{Phase, ProbeError, Reason};

/// How much of one stream may be under way, and of all.
const WINDOW: u32 = 1 << 20;
/// How many streams a server may open: those that HTTP/3 needs, and a few that it ignores (RFC 9114 section 6.2).
const MOST_STREAMS: u32 = 8;

/// A connection, its handshake over.
pub struct QuicConnection {
    /// The connection itself. It gets nowhere unless it is [driven](Self::drive).
    pub(crate) connection: quinn::Connection,
    facts: TlsFacts,
    tasks: OwnedTasks,
    _endpoint: quinn::Endpoint,
}

impl QuicConnection {
    /// Connects to an approved address. `server_name` is what TLS asks for, and `alpn` lists the protocols to offer.
    /// Not bound in time: whoever waits watches the deadline.
    pub async fn open(
        address: Approved<SocketAddr>,
        egress: &Egress,
        tls: &TlsClient,
        server_name: &str,
        alpn: &[&[u8]],
    ) -> Result<Self, QuicError> {
        let (config, witness) = tls.quic_config(server_name, alpn)?;
        let config = QuicClientConfig::try_from(config)
            .map_err(|_| TlsError::Options("no cipher suite that QUIC begins with".to_owned()))?;
        let mut config = quinn::ClientConfig::new(Arc::new(config));
        config.transport_config(Arc::new(transport()));

        let tasks = OwnedTasks::default();
        let runtime = Arc::new(Inline(tasks.0.clone()));
        let socket = open_socket(*address, egress)?;
        let endpoint = quinn::Endpoint::new(quinn::EndpointConfig::default(), None, socket, runtime)
            .map_err(DialError::Socket)?;
        // What cannot be asked for is not asked for, which a literal address says.
        let name = if ServerName::try_from(server_name).is_ok() { server_name } else { "0.0.0.0" };
        let connecting = endpoint.connect_with(config, *address, name)?;
        let connection = match tasks.0.run(connecting).await {
            Ok(connection) => connection,
            Err(error) => return Err(witness.refusal().map_or(QuicError::Handshake(error), QuicError::Tls)),
        };
        let data = connection.handshake_data().and_then(|data| data.downcast::<HandshakeData>().ok());
        let facts = witness.facts(data.and_then(|data| data.protocol));
        Ok(Self { connection, facts, tasks, _endpoint: endpoint })
    }

    /// What is known of TLS.
    pub fn tls_facts(&self) -> &TlsFacts {
        &self.facts
    }

    /// Moves packets in and out. To be called whenever the task is awake.
    pub fn drive(&self, task: &mut Context<'_>) {
        self.tasks.0.poll(task);
    }

    /// Runs what waits for the connection, driving it meanwhile.
    pub async fn run<F: Future>(&self, step: F) -> F::Output {
        self.tasks.0.run(step).await
    }

    /// Bytes of all datagrams so far.
    pub fn received(&self) -> u64 {
        self.connection.stats().udp_rx.bytes
    }
}

impl Drop for QuicConnection {
    /// Says goodbye, as far as that is possible without waiting.
    fn drop(&mut self) {
        self.connection.close(0_u32.into(), b"");
        self.tasks.0.poll(&mut Context::from_waker(Waker::noop()));
    }
}

fn transport() -> TransportConfig {
    let mut transport = TransportConfig::default();
    transport
        .max_idle_timeout(None)
        .max_concurrent_bidi_streams(0_u32.into())
        .max_concurrent_uni_streams(MOST_STREAMS.into())
        .stream_receive_window(WINDOW.into())
        .receive_window((2 * WINDOW).into())
        .datagram_receive_buffer_size(None);
    transport
}

/// Not connected, so that an ICMP error ends nothing: anybody could send one, and the reference exporter waits, too.
fn open_socket(address: SocketAddr, egress: &Egress) -> Result<UdpSocket, DialError> {
    let kind = Type::DGRAM.nonblocking().cloexec();
    let socket =
        Socket::new(Domain::for_address(address), kind, Some(Protocol::UDP)).map_err(DialError::Socket)?;
    apply(&socket, address.is_ipv6(), egress)?;
    let any =
        if address.is_ipv6() { IpAddr::from(Ipv6Addr::UNSPECIFIED) } else { Ipv4Addr::UNSPECIFIED.into() };
    bind(&socket, egress.source.unwrap_or(any))?;
    Ok(socket.into())
}

type Driver = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What quinn wants to run beside us; `None` once nothing is to run any more.
#[derive(Clone)]
struct Tasks(Arc<Mutex<Option<Vec<Driver>>>>);

impl Tasks {
    fn push(&self, task: Driver) {
        if let Some(tasks) = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            tasks.push(task);
        }
    }

    fn poll(&self, task: &mut Context<'_>) {
        // Taken out, since a task may add another.
        let running = self.0.lock().unwrap_or_else(PoisonError::into_inner).as_mut().map(std::mem::take);
        for mut driver in running.into_iter().flatten() {
            if driver.as_mut().poll(task).is_pending() {
                self.push(driver);
            }
        }
    }

    async fn run<F: Future>(&self, step: F) -> F::Output {
        let mut step = pin!(step);
        poll_fn(|task| {
            self.poll(task);
            step.as_mut().poll(task)
        })
        .await
    }
}

/// The tasks, which end here: they hold the endpoint, which holds its runtime, which holds them.
struct OwnedTasks(Tasks);

impl Default for OwnedTasks {
    fn default() -> Self {
        Self(Tasks(Arc::new(Mutex::new(Some(Vec::new())))))
    }
}

impl Drop for OwnedTasks {
    fn drop(&mut self) {
        let ended = self.0.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(ended);
    }
}

/// Keeps what is to be run instead of running it.
struct Inline(Tasks);

impl std::fmt::Debug for Inline {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Inline")
    }
}

impl Runtime for Inline {
    fn new_timer(&self, at: Instant) -> Pin<Box<dyn AsyncTimer>> {
        TokioRuntime.new_timer(at)
    }

    fn spawn(&self, future: Driver) {
        self.0.push(future);
    }

    fn wrap_udp_socket(&self, socket: UdpSocket) -> io::Result<Arc<dyn AsyncUdpSocket>> {
        TokioRuntime.wrap_udp_socket(socket)
    }
}

/// Why there is no QUIC connection.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum QuicError {
    /// No socket.
    #[error(transparent)]
    Dial(#[from] DialError),
    /// The handshake failed.
    #[error("QUIC handshake failed")]
    Handshake(#[source] quinn::ConnectionError),
    /// Nothing to begin with.
    #[error("cannot begin a QUIC connection")]
    Options(#[from] quinn::ConnectError),
    /// The certificate is not to be trusted, or the options cannot work.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

impl From<QuicError> for ProbeError {
    fn from(error: QuicError) -> Self {
        let reason = match &error {
            QuicError::Dial(_) | QuicError::Tls(_) => Reason::Internal,
            QuicError::Handshake(error) => reason_of(error),
            QuicError::Options(_) => Reason::Configuration,
        };
        let failure = |words: String| Self::new(reason, Phase::Connect, words);
        match error {
            QuicError::Dial(error) => error.into(),
            QuicError::Tls(error) => error.into(),
            QuicError::Handshake(cause) => failure("QUIC handshake failed".to_owned()).caused_by(cause),
            QuicError::Options(cause) => {
                failure("cannot begin a QUIC connection".to_owned()).caused_by(cause)
            }
        }
    }
}

/// The word for a connection that ended.
pub(crate) fn reason_of(error: &quinn::ConnectionError) -> Reason {
    use quinn::ConnectionError::{
        ApplicationClosed, ConnectionClosed, LocallyClosed, Reset, TimedOut, TransportError,
    };

    match error {
        ApplicationClosed(_) | ConnectionClosed(_) | LocallyClosed | Reset => Reason::Connect,
        TimedOut => Reason::Timeout,
        // RFC 9001 section 4.8: alerts of TLS have codes of their own.
        TransportError(error) if (0x100..0x200).contains(&u64::from(error.code)) => Reason::Tls,
        _ => Reason::Protocol,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Weak;

    use super::*;
    use crate::net::Policy;
    use crate::net::tls::SystemRoots;
    use crate::net::tls::testing::Issued;

    #[tokio::test]
    async fn an_attempt_that_is_dropped_leaves_nothing_behind() {
        let silent = tokio::net::UdpSocket::bind("127.0.0.1:0").await.expect("a port");
        let address = silent.local_addr().expect("it is bound");
        let address = Policy::allow_all().approve(address).expect("everything is allowed");
        let client = TlsClient::new(&Issued::authority("a", 9).trusted(), &SystemRoots::default());
        let client = client.expect("good options");

        let tasks = OwnedTasks::default();
        let inner = Arc::downgrade(&tasks.0.0);
        let runtime = Arc::new(Inline(tasks.0.clone()));
        let socket = open_socket(*address, &Egress::default()).expect("a socket");
        let endpoint = quinn::Endpoint::new(quinn::EndpointConfig::default(), None, socket, runtime);
        let endpoint = endpoint.expect("an endpoint");
        assert_eq!(tasks.0.0.lock().expect("nobody panicked").as_ref().map(Vec::len), Some(1));
        drop((tasks, endpoint));
        assert_eq!(Weak::strong_count(&inner), 0);

        let egress = Egress::default();
        let mut datagram = [0; 2000];
        tokio::select! {
            _ = QuicConnection::open(address, &egress, &client, "web", &[b"h3"]) => panic!("nobody answers"),
            // RFC 9000 section 14.1: the first datagram is a large one.
            received = silent.recv(&mut datagram) => assert!(received.is_ok_and(|length| length >= 1200)),
        }
    }
}
