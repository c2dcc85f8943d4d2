//! From addresses to a connection that takes a request.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::dials::{Attempt, CountedStream, DialCounts};
use super::sending::Usage;
use super::{HttpError, Proxy, ProxyKind, Request, Response, Times, http1, http2, socks, tunnel};
use crate::model::Deadline;
use crate::net::stream::BoxStream;
use crate::net::tls::{TlsClient, TlsFacts};
use crate::net::{Approved, DialError, Egress, connect};

/// What is offered where HTTP/2 will do (RFC 7301, RFC 9113 section 3.2).
const BOTH: &[&[u8]] = &[b"h2", b"http/1.1"];

/// How long a TLS handshake may take, whatever the deadline; the reference exporter's.
const LONGEST_HANDSHAKE: Duration = Duration::from_secs(10);

/// One address of a host, and how packets get there.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// The address.
    pub address: Approved<SocketAddr>,
    /// How packets get there.
    pub egress: Egress,
}

/// How an origin is reached.
#[derive(Clone, Copy)]
pub struct Route<'a> {
    /// The addresses to try, of the proxy if there is one, in order.
    pub endpoints: &'a [Endpoint],
    /// The proxy in between.
    pub proxy: Option<&'a Proxy>,
    /// How to speak TLS with a proxy that does.
    pub proxy_tls: Option<&'a TlsClient>,
    /// The origin's host, a name or an address without brackets, as a proxy is told.
    pub host: &'a str,
    /// The origin's port.
    pub port: u16,
    /// How to speak TLS with the origin; `None` for plain HTTP.
    pub tls: Option<Tls<'a>>,
    /// When everything must be over. Only shared out among several addresses: whoever waits watches the time.
    pub deadline: Deadline,
    /// Where the connections are counted, if they are.
    pub dials: Option<&'a Arc<DialCounts>>,
}

/// How to speak TLS with the origin.
#[derive(Clone, Copy)]
pub struct Tls<'a> {
    /// The client.
    pub client: &'a TlsClient,
    /// The name to ask for and to find in the certificate.
    pub server_name: &'a str,
    /// Whether HTTP/2 will do.
    pub offers_http2: bool,
}

/// A connection that takes one request.
pub struct Connection {
    stream: BoxStream,
    facts: Option<TlsFacts>,
    usage: Usage,
}

impl Connection {
    /// Connects, through a proxy if there is one, and does the TLS handshake if there is to be one.
    pub async fn open(route: &Route<'_>, times: &mut Times) -> Result<Self, HttpError> {
        let stream = dial(route).await?;
        times.connected = Some(Instant::now());
        let mut stream: BoxStream = Box::new(stream);
        let mut usage = Usage::default();
        let mut facts = None;
        if let Some(proxy) = route.proxy {
            (stream, facts) = greet(stream, proxy, route).await?;
            if route.tls.is_none() && proxy.kind != ProxyKind::Socks5 {
                usage = Usage { absolute_form: true, proxy_authorization: proxy.authorization() };
            }
        }
        if let Some(tls) = route.tls {
            times.tls_started = Some(Instant::now());
            let offers = if tls.offers_http2 { BOTH } else { &[] };
            let handshake = tls.client.connect(stream, tls.server_name, offers);
            let (secured, learnt) = if route.deadline.remaining(Instant::now().into_std()) > LONGEST_HANDSHAKE
            {
                timeout(LONGEST_HANDSHAKE, handshake).await.map_err(|_| HttpError::SlowHandshake)??
            } else {
                handshake.await?
            };
            times.tls_done = Some(Instant::now());
            (stream, facts) = (secured, Some(learnt));
        }
        times.ready = Some(Instant::now());
        Ok(Self { stream, facts, usage })
    }

    /// What is known of TLS, if it is spoken.
    pub fn tls_facts(&self) -> Option<&TlsFacts> {
        self.facts.as_ref()
    }

    /// The connection as a stream, for a protocol that begins with a handshake of its own.
    pub fn into_stream(self) -> (BoxStream, Option<TlsFacts>) {
        (self.stream, self.facts)
    }

    /// Sends the request, and reads the head of its answer.
    pub async fn send(
        self,
        request: Request<'_>,
        times: &mut Times,
    ) -> Result<(Response, Option<TlsFacts>), HttpError> {
        request.check()?;
        let protocol = self.facts.as_ref().and_then(|facts| facts.alpn.as_deref());
        let response = if protocol == Some(b"h2") {
            request.fields.check_for_http2()?;
            http2::exchange(self.stream, request, times).await?
        } else {
            http1::exchange(self.stream, self.facts.is_some(), request, &self.usage, times).await?
        };
        Ok((response, self.facts))
    }
}

/// Gets past the proxy. What is known of TLS with it stands for the answer, as in the reference exporter, unless the origin
/// speaks TLS itself.
async fn greet(
    mut stream: BoxStream,
    proxy: &Proxy,
    route: &Route<'_>,
) -> Result<(BoxStream, Option<TlsFacts>), HttpError> {
    let mut facts = None;
    if let (ProxyKind::Https, Some(client)) = (proxy.kind, route.proxy_tls) {
        let (secured, learnt) = client.connect(stream, &proxy.host, &[]).await?;
        (stream, facts) = (secured, Some(learnt));
    }
    match proxy.kind {
        ProxyKind::Socks5 => socks::open(&mut stream, proxy, route.host, route.port).await?,
        ProxyKind::Http | ProxyKind::Https if route.tls.is_some() => {
            let bracketed = route.host.contains(':');
            let host = if bracketed { format!("[{}]", route.host) } else { route.host.to_owned() };
            tunnel::open(&mut stream, proxy, &format!("{host}:{}", route.port)).await?;
        }
        ProxyKind::Http | ProxyKind::Https => {}
    }
    Ok((stream, facts))
}

/// Connects to the first address that answers. Each gets its share of the time that is left.
async fn dial(route: &Route<'_>) -> Result<CountedStream, HttpError> {
    let mut failed = None;
    for (at, Endpoint { address, egress }) in route.endpoints.iter().enumerate() {
        let others = route.endpoints.len() - at;
        let counted = Attempt::new(route.dials);
        let attempt = connect(*address, egress);
        let result = if others == 1 {
            attempt.await
        } else {
            let share = route.deadline.remaining(Instant::now().into_std()) / others as u32;
            timeout(share.max(Duration::from_millis(1)), attempt)
                .await
                .unwrap_or_else(|_| Err(DialError::Connect(std::io::ErrorKind::TimedOut.into())))
        };
        match result {
            Ok(stream) => return Ok(counted.established(stream)),
            Err(error) => {
                counted.failed(&error);
                failed = failed.or(Some(error));
            }
        }
    }
    let nowhere = || DialError::Connect(std::io::ErrorKind::AddrNotAvailable.into());
    Err(failed.unwrap_or_else(nowhere).into())
}
