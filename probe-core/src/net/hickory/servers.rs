//! The name servers of a `resolv.conf`, and how they are asked.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hickory_resolver::config::{ConnectionConfig, NameServerConfig};
use hickory_resolver::net::xfer::{DnsHandle, FirstAnswer};
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::{DnsRequestOptions, Query};
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use hickory_resolver::system_conf::parse_resolv_conf;
use hickory_resolver::{NameServerPool, PoolContext, TlsConfig};
use tracing::debug;

use super::name::HostName;
use super::runtime::{OwnedRuntime, Tasks};
use crate::net::join::join;
use crate::net::resolve::Families;

/// Where name servers listen.
pub(super) const DNS_PORT: u16 = 53;

/// What a `resolv.conf` says.
pub(super) struct NameServers {
    servers: Vec<SocketAddr>,
    search: Vec<Name>,
    ndots: usize,
    attempts: usize,
    request: DnsRequestOptions,
    context: Arc<PoolContext>,
}

impl NameServers {
    /// Reads the text of a `resolv.conf`. Without a name server in it, the one on this host is meant.
    pub(super) fn read(text: &[u8], port: u16) -> Result<Self, NetError> {
        let (config, mut options) = parse_resolv_conf(text)
            .or_else(|_| parse_resolv_conf([text, b"\nnameserver 127.0.0.1\n"].concat()))?;
        let (domain, search, servers) = config.into_parts();
        options.timeout = options.timeout.max(Duration::from_secs(1));
        let mut request = DnsRequestOptions::default();
        request.use_edns = options.edns0;
        Ok(Self {
            servers: servers.into_iter().map(|server| SocketAddr::new(server.ip, port)).collect(),
            // The domain, which may come from the host name, counts only where nothing is said about searching.
            search: if search.is_empty() { domain.into_iter().collect() } else { search },
            ndots: options.ndots,
            attempts: options.attempts.max(1),
            request,
            context: Arc::new(PoolContext::new(options, TlsConfig::new()?)),
        })
    }

    /// The addresses of `name`, or of the first that has some among those made with the search domains. Empty if
    /// the name servers say that there are none.
    pub(super) async fn addresses(
        &self,
        name: &HostName,
        families: Families,
    ) -> Result<Vec<IpAddr>, Failure> {
        let exchange = Exchange::open(self);
        let mut failed = None;
        for candidate in self.candidates(name) {
            match exchange.addresses(&candidate, families).await {
                Ok(addresses) if addresses.is_empty() => {}
                Ok(addresses) => return Ok(addresses),
                // Servers that are silent about one name are silent about the next.
                Err(failure) if failure.is_silence() => return Err(failure),
                Err(failure) => failed = Some(failure),
            }
        }
        failed.map_or(Ok(Vec::new()), Err)
    }

    /// The name that an address has by its PTR record (RFC 1035 section 3.5), without the final dot.
    pub(super) async fn name_of(&self, address: IpAddr) -> Result<Option<String>, Failure> {
        let exchange = Exchange::open(self);
        let pointer = |data: &RData| match data {
            RData::PTR(name) => Some(name.0.to_ascii()),
            _ => None,
        };
        let names = exchange.ask(&Name::from(address), RecordType::PTR, pointer).await?;
        let first = names.into_iter().next();
        Ok(first.map(|name| name.trim_end_matches('.').to_owned()).filter(|name| !name.is_empty()))
    }

    /// The names to ask for, in order: with enough dots the name as it stands comes first, otherwise last.
    fn candidates(&self, name: &HostName) -> Vec<Name> {
        let absolute = |mut name: Name| {
            name.set_fqdn(true);
            name
        };
        let as_it_stands = absolute(name.name.clone());
        if name.absolute {
            return vec![as_it_stands];
        }
        let mut candidates: Vec<Name> = Vec::with_capacity(self.search.len() + 1);
        for domain in &self.search {
            // A name that gets too long with a domain cannot exist there.
            if let Ok(longer) = name.name.clone().append_domain(domain) {
                candidates.push(absolute(longer));
            }
        }
        candidates.retain(|candidate| *candidate != as_it_stands);
        let place = if name.dots() >= self.ndots { 0 } else { candidates.len() };
        candidates.insert(place, as_it_stands);
        candidates
    }
}

impl fmt::Debug for NameServers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NameServers").field("servers", &self.servers).finish_non_exhaustive()
    }
}

/// The connections of one lookup, and the tasks that drive them.
struct Exchange<'a> {
    config: &'a NameServers,
    pools: Vec<(SocketAddr, NameServerPool<OwnedRuntime>)>,
    _tasks: Tasks,
}

impl<'a> Exchange<'a> {
    /// Sends nothing yet. One pool a server, so that they are asked in the order of the file: hickory would ask two
    /// at once and let the faster failure win.
    fn open(config: &'a NameServers) -> Self {
        let tasks = Tasks::default();
        let pool = |server: &SocketAddr| {
            let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
                connection.port = server.port();
                connection
            });
            let server = NameServerConfig::new(server.ip(), true, connections.into());
            NameServerPool::from_config([server], Arc::clone(&config.context), tasks.runtime())
        };
        let pools = config.servers.iter().map(|server| (*server, pool(server))).collect();
        Self { config, pools, _tasks: tasks }
    }

    async fn addresses(&self, name: &Name, families: Families) -> Result<Vec<IpAddr>, Failure> {
        let ask = |record_type| self.ask(name, record_type, RData::ip_addr);
        match families {
            Families::V4 => ask(RecordType::A).await,
            Families::V6 => ask(RecordType::AAAA).await,
            Families::Both => match join(ask(RecordType::AAAA), ask(RecordType::A)).await {
                (Ok(mut addresses), Ok(more)) => {
                    addresses.extend(more);
                    Ok(addresses)
                }
                (Ok(addresses), Err(failure)) | (Err(failure), Ok(addresses)) if !addresses.is_empty() => {
                    debug!(%name, %failure, "one address family failed, using the other");
                    Ok(addresses)
                }
                (Err(failure), _) | (_, Err(failure)) => Err(failure),
            },
        }
    }

    /// Asks one server after the other, all of them as often as configured, until one knows.
    async fn ask<T>(
        &self,
        name: &Name,
        record_type: RecordType,
        read: impl Fn(&RData) -> Option<T>,
    ) -> Result<Vec<T>, Failure> {
        let mut failure = Failure::NoServer;
        for _ in 0..self.config.attempts {
            for (server, pool) in &self.pools {
                debug!(%server, %name, %record_type, "asking");
                let query = Query::query(name.clone(), record_type);
                match pool.lookup(query, self.config.request).first_answer().await {
                    Ok(response) => {
                        return Ok(response.answers.iter().filter_map(|record| read(&record.data)).collect());
                    }
                    Err(NetError::Dns(DnsError::NoRecordsFound(_))) => return Ok(Vec::new()),
                    Err(error) => failure = Failure::Server(*server, error),
                }
            }
        }
        Err(failure)
    }
}

/// The name servers were no help.
#[derive(Debug)]
pub(super) enum Failure {
    /// There is none.
    NoServer,
    /// What became of the last one that was asked.
    Server(SocketAddr, NetError),
}

impl Failure {
    /// Whether nothing was answered at all.
    fn is_silence(&self) -> bool {
        match self {
            Self::NoServer => true,
            Self::Server(_, error) => matches!(error, NetError::NoConnections | NetError::Timeout),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoServer => f.write_str("no name server is configured"),
            Self::Server(server, NetError::Timeout) => write!(f, "name server {server} timed out"),
            Self::Server(server, NetError::Dns(DnsError::ResponseCode(code))) => {
                write!(f, "name server {server} answered {code}")
            }
            // hickory's word for every error of the socket.
            Self::Server(server, NetError::NoConnections) => {
                write!(f, "name server {server} cannot be reached")
            }
            Self::Server(server, error) => write!(f, "name server {server}: {error}"),
        }
    }
}
