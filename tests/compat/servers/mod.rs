//! Small servers on free ports, each of which keeps what it saw.

pub mod closed;
pub mod dns;
pub mod grpc;
pub mod http1;
pub mod http2;
pub mod http3;
mod pace;
pub mod proxy;
pub mod seen;
pub mod talk;
pub mod tls;
pub mod web;
pub mod websocket;

use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::task::AbortHandle;

use super::certificates::{Certificates, Folder};
use super::exporter::Side;
use super::lab::RUNTIME;
use super::places::Places;
use seen::{Seen, Visit};
use tls::Tls;

/// A connection of any kind.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// What an object-safe service returns.
pub type Work<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// What a server does with a connection.
pub trait Service: Send + Sync {
    /// Talks until it has said everything.
    fn serve(&self, stream: Box<dyn Stream>, visit: Visit) -> Work<'_>;
}

/// A server that a case wants.
#[derive(Clone)]
pub struct Server {
    speaks: Speaks,
    at: At,
    tls: Option<Tls>,
    resets: bool,
}

#[derive(Clone)]
enum Speaks {
    /// Nobody listens, but nobody else can either.
    Closed(closed::Closed),
    Dns(dns::Dns),
    Http3(web::Handler, Tls),
    Stream(Arc<dyn Service>),
}

#[derive(Clone, Copy)]
enum At {
    Address(IpAddr),
    Unix,
}

impl Server {
    /// One that does this with every connection.
    pub fn stream(service: impl Service + 'static) -> Self {
        Self::speaking(Speaks::Stream(Arc::new(service)))
    }

    fn speaking(speaks: Speaks) -> Self {
        Self { speaks, at: At::Address(Ipv4Addr::LOCALHOST.into()), tls: None, resets: false }
    }

    /// With TLS from the start, under this certificate.
    #[must_use]
    pub fn tls(self, tls: impl Into<Tls>) -> Self {
        Self { tls: Some(tls.into()), ..self }
    }

    /// At another address of this machine.
    ///
    /// # Panics
    /// If it is none.
    #[must_use]
    pub fn at(self, address: &str) -> Self {
        Self { at: At::Address(address.parse().expect("an address")), ..self }
    }

    /// At a unix socket.
    #[must_use]
    pub fn unix(self) -> Self {
        Self { at: At::Unix, ..self }
    }

    /// Every connection ends with a reset.
    #[must_use]
    pub fn resets(self) -> Self {
        Self { resets: true, ..self }
    }

    /// Takes a port.
    pub(crate) fn bind(&self, name: &'static str, side: Side, folder: &Folder) -> Bound {
        static NUMBER: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);

        let _entered = RUNTIME.enter();
        let socket = match (self.at, &self.speaks) {
            (At::Unix, _) => {
                let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                let path = folder.file(&format!("{name}-{side:?}-{number}"));
                Socket::Unix(UnixListener::bind(&path).expect("the path is free"), path)
            }
            (At::Address(address), Speaks::Closed(closed)) => Socket::Closed(closed.bind(address)),
            (At::Address(address), Speaks::Dns(dns)) => Socket::Dns(dns.bind(address)),
            (At::Address(address), Speaks::Http3(..)) => Socket::Udp(bind_udp(address)),
            (At::Address(address), Speaks::Stream(_)) => {
                let listener = std::net::TcpListener::bind((address, 0)).expect("a port is free");
                listener.set_nonblocking(true).expect("a socket");
                Socket::Tcp(TcpListener::from_std(listener).expect("a listener"))
            }
        };
        Bound { name, server: self.clone(), socket }
    }
}

fn bind_udp(address: IpAddr) -> std::net::UdpSocket {
    let socket = std::net::UdpSocket::bind((address, 0)).expect("a port is free");
    socket.set_nonblocking(true).expect("a socket");
    socket
}

/// A server that has a port, but does not answer yet.
pub(crate) struct Bound {
    name: &'static str,
    server: Server,
    socket: Socket,
}

enum Socket {
    Closed(closed::Port),
    Dns(dns::Port),
    Tcp(TcpListener),
    Udp(std::net::UdpSocket),
    Unix(UnixListener, String),
}

impl Socket {
    fn address(&self) -> io::Result<SocketAddr> {
        match self {
            Self::Closed(port) => Ok(port.address),
            Self::Dns(port) => Ok(port.address),
            Self::Tcp(listener) => listener.local_addr(),
            Self::Udp(socket) => socket.local_addr(),
            Self::Unix(..) => Err(io::ErrorKind::Unsupported.into()),
        }
    }
}

impl Bound {
    /// `@NAME` is its address, `@NAME.port` its port.
    pub(crate) fn name_in(&self, places: &mut Places) {
        match (&self.socket, self.socket.address()) {
            (Socket::Unix(_, path), _) => places.add(self.name, path),
            (_, Ok(address)) => {
                places.add(self.name, address.to_string());
                places.add(format!("{}.port", self.name), address.port().to_string());
            }
            (_, Err(error)) => panic!("{}: {error}", self.name),
        }
    }

    /// Begins to answer.
    pub(crate) fn run(self, places: &Places, folder: &Folder) -> Running {
        let seen = Arc::new(Seen::default());
        let context = Context {
            seen: seen.clone(),
            places: Arc::new(places.clone()),
            certificates: folder.certificates.clone(),
            tls: self.server.tls,
            resets: self.server.resets,
        };
        let _entered = RUNTIME.enter();
        let address = self.socket.address().ok();
        let streams = matches!(self.socket, Socket::Tcp(_) | Socket::Unix(..));
        let (task, kept) = match (self.socket, self.server.speaks) {
            (Socket::Closed(port), _) => (None, Some(port)),
            (Socket::Dns(port), Speaks::Dns(dns)) => (Some(RUNTIME.spawn(dns.run(port, context))), None),
            (Socket::Udp(socket), Speaks::Http3(handler, tls)) => {
                (Some(RUNTIME.spawn(http3::run(socket, handler, tls, context))), None)
            }
            (Socket::Tcp(listener), Speaks::Stream(service)) => {
                (Some(RUNTIME.spawn(accept_tcp(listener, service, context))), None)
            }
            (Socket::Unix(listener, _), Speaks::Stream(service)) => {
                (Some(RUNTIME.spawn(accept_unix(listener, service, context))), None)
            }
            _ => panic!("{} cannot be there", self.name),
        };
        let task = task.map(|task| task.abort_handle());
        Running { name: self.name, address, seen, task, streams, _kept: kept }
    }
}

/// What a server needs to answer.
#[derive(Clone)]
pub(crate) struct Context {
    pub(crate) seen: Arc<Seen>,
    pub(crate) places: Arc<Places>,
    pub(crate) certificates: Arc<Certificates>,
    pub(crate) tls: Option<Tls>,
    pub(crate) resets: bool,
}

async fn accept_tcp(listener: TcpListener, service: Arc<dyn Service>, context: Context) {
    loop {
        let Ok((stream, peer)) = listener.accept().await else { return };
        if context.seen.is_marker(peer) {
            continue;
        }
        if context.resets {
            // Closing then sends a reset.
            let _ = socket2::SockRef::from(&stream).set_linger(Some(std::time::Duration::ZERO));
        }
        let _ = stream.set_nodelay(true);
        // Before the next connection is taken: whoever waits for this one must know of it.
        let visit = Visit::new(context.clone(), peer.ip().to_string());
        tokio::spawn(handle(Box::new(stream), visit, service.clone(), context.tls.clone()));
    }
}

async fn accept_unix(listener: UnixListener, service: Arc<dyn Service>, context: Context) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { return };
        let visit = Visit::new(context.clone(), "unix".into());
        tokio::spawn(handle(Box::new(stream), visit, service.clone(), context.tls.clone()));
    }
}

/// One connection, from its handshake to its end.
pub(crate) async fn handle(
    stream: Box<dyn Stream>,
    visit: Visit,
    service: Arc<dyn Service>,
    tls: Option<Tls>,
) {
    match tls {
        None => service.serve(stream, visit).await,
        Some(tls) => {
            if let Some((stream, visit)) = tls.accept(stream, visit).await {
                service.serve(stream, visit).await;
            }
        }
    }
}

/// A server that answers; ends with the value.
pub(crate) struct Running {
    name: &'static str,
    address: Option<SocketAddr>,
    seen: Arc<Seen>,
    task: Option<AbortHandle>,
    /// Whether connections end when the client says so.
    streams: bool,
    _kept: Option<closed::Port>,
}

impl Running {
    /// What it saw, once everything that was sent to it has arrived. One of ours must have closed all connections.
    pub(crate) fn seen(&self, side: Side) -> Vec<String> {
        let settled = !self.streams || self.seen.settle(self.address);
        let mut lines: Vec<String> =
            self.seen.lines().iter().map(|line| format!("{}: {line}", self.name)).collect();
        if !settled && side == Side::Ours {
            lines.push(format!("{}: a connection is still open after the probe", self.name));
        }
        lines
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}
