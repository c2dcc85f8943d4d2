//! Names by one configured name server: what the `resolver` of a module says.
//!
//! The hosts file and the search domains of the system do not count, and nothing is remembered: every lookup asks anew.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::dns_exchange::random_id;
use super::hickory::{LOOPBACK, is_localhost, to_ascii};
use super::join::join;
use super::resolve::{BoxFuture, Families, Resolve, ResolveError, ScopedIp, literal_in};
use super::tls::{SystemRoots, TlsClient, TlsOptions};
use super::{Approved, DnsConnection, DnsOverHttps, DnsTransport, Egress, Policy, source_order};
use crate::model::{Deadline, HostPort, ProbeError};
use crate::wire::dns::{Class, DnsError, Message, Name, Query, Rcode, RecordType};

/// How long an answer over UDP may take before the question is sent again.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often a question is sent over UDP.
const MOST_SENT: u32 = 5;
/// How long an HTTPS server is waited for, should nobody watch the time.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// The largest answer over UDP to announce: what passes every path unfragmented (DNS flag day 2020).
const ANNOUNCED: u16 = 1232;

/// Which name server to ask, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameServerOptions {
    /// Where it is: a literal address, or a name that the system's own resolver looks up; with a port or without.
    pub address: String,
    /// How to talk to it.
    pub protocol: NameServerProtocol,
    /// How to speak TLS, where it is spoken.
    pub tls: TlsOptions,
    /// Where on an HTTP server.
    pub path: String,
}

/// How to talk to a name server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NameServerProtocol {
    /// HTTP over TLS (RFC 8484).
    Https,
    /// TCP (RFC 7766).
    Tcp,
    /// TLS (RFC 7858).
    Tls,
    /// UDP, and TCP for what does not fit.
    Udp,
}

impl NameServerOptions {
    /// The server's host, and its port or the usual one. `None` if the address is neither.
    pub fn host_and_port(&self) -> Option<(&str, u16)> {
        match HostPort::parse(&self.address) {
            Ok(parts) => Some((parts.host, parts.port.parse().ok()?)),
            Err(_) => Some((&self.address, self.protocol.default_port())),
        }
    }

    /// The server's host, as its certificate knows it.
    fn host(&self) -> &str {
        self.host_and_port().map_or("", |(host, _)| host)
    }
}

impl NameServerProtocol {
    /// Every protocol with its word in configurations.
    pub const WORDS: [(&'static str, Self); 4] =
        [("udp", Self::Udp), ("tcp", Self::Tcp), ("tls", Self::Tls), ("https", Self::Https)];

    /// The word in configurations.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Https => "https",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Udp => "udp",
        }
    }

    /// Where such servers listen.
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Https => 443,
            Self::Tcp | Self::Udp => 53,
            Self::Tls => 853,
        }
    }
}

/// A resolver that asks one name server.
pub struct NameServer {
    options: NameServerOptions,
    /// Finds the server itself.
    system: Arc<dyn Resolve>,
    roots: SystemRoots,
    egress: Egress,
}

impl NameServer {
    /// A resolver with these options. `system` looks up the name server, should it have a name; `egress` is how
    /// packets leave.
    pub fn new(
        options: NameServerOptions,
        system: Arc<dyn Resolve>,
        roots: SystemRoots,
        egress: Egress,
    ) -> Self {
        Self { options, system, roots, egress }
    }

    async fn find(&self, host: &str, families: Families) -> Result<Vec<ScopedIp>, ResolveError> {
        let not_a_name =
            |problem: &str| ResolveError::NotAName { host: host.into(), problem: problem.into() };
        let (ascii, _) = to_ascii(host).ok_or_else(|| not_a_name("characters that names cannot have"))?;
        if is_localhost(&ascii) {
            return Ok(LOOPBACK.into_iter().filter(|address| families.contain(address.ip)).collect());
        }
        let name: Name = ascii.parse().map_err(|error: DnsError| not_a_name(&error.to_string()))?;
        let server = self.server().await.map_err(|problem| self.failed(host, &problem))?;
        let ask = async |kind| {
            Box::pin(self.ask(server, &name, kind)).await.map_err(|problem| self.failed(host, &problem))
        };
        let mut addresses = match families {
            Families::V4 => ask(RecordType::A).await?,
            Families::V6 => ask(RecordType::AAAA).await?,
            Families::Both => {
                let (v6, v4) = join(ask(RecordType::AAAA), ask(RecordType::A)).await;
                let mut both = v6?;
                both.extend(v4?);
                both
            }
        };
        if addresses.is_empty() {
            return Err(ResolveError::NoSuchHost { host: host.into() });
        }
        source_order::order(&mut addresses, source_order::kernel_source);
        Ok(addresses)
    }

    fn failed(&self, host: &str, problem: &str) -> ResolveError {
        let problem = format!("name server {}: {problem}", self.options.address);
        ResolveError::Server { host: host.into(), problem }
    }

    /// Where the name server is.
    async fn server(&self) -> Result<SocketAddr, String> {
        let (host, port) = self.options.host_and_port().ok_or("its port is no number")?;
        let found = match literal_in(host, Families::Both) {
            Some(answer) => answer,
            None => self.system.lookup(host, Families::Both).await,
        };
        let addresses = found.map_err(|error| error.to_string())?;
        addresses.first().map(|address| address.with_port(port)).ok_or_else(|| "it has no address".to_owned())
    }

    /// The addresses of one family; none if the name or the family does not exist.
    async fn ask(&self, server: SocketAddr, name: &Name, kind: RecordType) -> Result<Vec<ScopedIp>, String> {
        let query = Query {
            id: if self.options.protocol == NameServerProtocol::Https { 0 } else { random_id() },
            name: name.clone(),
            kind,
            class: Class::IN,
            recursion_desired: true,
            edns_udp_size: Some(ANNOUNCED),
        };
        let mut message = self.exchange(server, &query, self.options.protocol).await?;
        if message.is_truncated && self.options.protocol == NameServerProtocol::Udp {
            message = self.exchange(server, &query, NameServerProtocol::Tcp).await?;
        }
        match message.rcode {
            Rcode::NOERROR => {}
            Rcode::NXDOMAIN => return Ok(Vec::new()),
            rcode => return Err(format!("answered {rcode}")),
        }
        let addresses = message.answer.iter().filter_map(|record| record.address);
        let wanted = |ip: &IpAddr| ip.is_ipv4() == (kind == RecordType::A);
        Ok(addresses.filter(wanted).map(ScopedIp::from).collect())
    }

    /// One question and its answer.
    async fn exchange(
        &self,
        server: SocketAddr,
        query: &Query,
        protocol: NameServerProtocol,
    ) -> Result<Message, String> {
        let server = Policy::operator().approve(server).map_err(|denied| denied.to_string())?;
        let answer = match protocol {
            NameServerProtocol::Udp => self.exchange_udp(server, query).await,
            NameServerProtocol::Tcp => self.exchange_tcp(server, query).await,
            NameServerProtocol::Tls => self.exchange_tls(server, query).await,
            NameServerProtocol::Https => self.exchange_https(server, query).await,
        };
        let message =
            Message::parse(&answer.map_err(|error| error.chain())?).map_err(|error| error.to_string())?;
        query.check(&message).map_err(|error| error.to_string())?;
        Ok(message)
    }

    /// Datagrams get lost, so the question is sent again if no answer comes.
    async fn exchange_udp(&self, server: Approved<SocketAddr>, query: &Query) -> Result<Vec<u8>, ProbeError> {
        let mut connection = DnsConnection::open(server, &self.egress, DnsTransport::Udp).await?;
        let question = query.emit();
        for _ in 1..MOST_SENT {
            let exchange = connection.exchange(&question, ANNOUNCED.into());
            if let Ok(answer) = timeout(PATIENCE, exchange).await {
                return Ok(answer?);
            }
        }
        Ok(connection.exchange(&question, ANNOUNCED.into()).await?)
    }

    async fn exchange_tcp(&self, server: Approved<SocketAddr>, query: &Query) -> Result<Vec<u8>, ProbeError> {
        let mut connection = DnsConnection::open(server, &self.egress, DnsTransport::Tcp).await?;
        Ok(connection.exchange(&query.emit(), 0).await?)
    }

    async fn exchange_tls(&self, server: Approved<SocketAddr>, query: &Query) -> Result<Vec<u8>, ProbeError> {
        let client = TlsClient::new(&self.options.tls, &self.roots)?;
        let mut connection =
            DnsConnection::open_tls(server, &self.egress, &client, self.options.host()).await?;
        Ok(connection.exchange(&query.emit(), 0).await?)
    }

    async fn exchange_https(
        &self,
        server: Approved<SocketAddr>,
        query: &Query,
    ) -> Result<Vec<u8>, ProbeError> {
        let client = TlsClient::new(&self.options.tls, &self.roots)?;
        let place = DnsOverHttps { host: self.options.host(), port: server.port(), path: &self.options.path };
        // Whoever waits for the name watches the time; there is one address, so nothing is to be shared out.
        let deadline = Deadline::after(Instant::now().into_std(), LONGEST_WAIT);
        let mut connection =
            DnsConnection::open_https(server, &self.egress, &client, &place, deadline).await?;
        Ok(connection.exchange(&query.emit(), 0).await?)
    }
}

impl Resolve for NameServer {
    fn lookup<'a>(
        &'a self,
        host: &'a str,
        families: Families,
    ) -> BoxFuture<'a, Result<Vec<ScopedIp>, ResolveError>> {
        Box::pin(async move {
            match literal_in(host, families) {
                Some(answer) => answer,
                None => self.find(host, families).await,
            }
        })
    }
}

#[cfg(test)]
mod tests;
