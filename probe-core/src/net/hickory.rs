//! Names by the system's configuration: the hosts file first, then the name servers of `resolv.conf`, through
//! hickory.
//!
//! Nothing is remembered between lookups but the two files as last read: every lookup asks the name servers anew,
//! over sockets and tasks of its own, and ends with all of them. A lookup may hence run on any runtime, and one that
//! is dropped leaves nothing behind.

mod hosts;
mod name;
mod runtime;
mod servers;

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tracing::debug;

use self::hosts::Hosts;
use self::name::HostName;
#[cfg(feature = "name-server")]
pub(super) use self::name::is_localhost;
pub(super) use self::name::to_ascii;
use self::servers::{DNS_PORT, NameServers};
use super::resolve::{BoxFuture, Families, Resolve, ResolveError, ScopedIp, literal_in};
use super::source_order;

/// Resolves names as this host is configured to.
///
/// Creating one costs nothing: the files are read at the first name, and again whenever they have changed.
#[derive(Debug)]
pub struct SystemResolver {
    resolv_conf: PathBuf,
    hosts: PathBuf,
    port: u16,
    setup: Mutex<Option<Arc<Setup>>>,
}

impl SystemResolver {
    /// By `/etc/resolv.conf` and `/etc/hosts`.
    pub fn new() -> Self {
        Self::from_files("/etc/resolv.conf", "/etc/hosts")
    }

    /// By files elsewhere. A file that is missing counts as empty, as the C library has it: no hosts, and a name
    /// server on this host.
    pub fn from_files(resolv_conf: impl Into<PathBuf>, hosts: impl Into<PathBuf>) -> Self {
        Self { resolv_conf: resolv_conf.into(), hosts: hosts.into(), port: DNS_PORT, setup: Mutex::default() }
    }

    /// The name of an address: by the hosts file, else by its PTR record. `None` if it has none.
    ///
    /// # Errors
    /// [`ResolveError::Server`] if no name server could say.
    pub async fn name_of(&self, address: IpAddr) -> Result<Option<String>, ResolveError> {
        let setup = self.current_setup();
        let address = address.to_canonical();
        if let Some(name) = setup.hosts.name_of(address) {
            return Ok(Some(name.to_owned()));
        }
        let server_error = |problem| ResolveError::Server { host: address.to_string(), problem };
        let servers = self.servers(&setup).map_err(server_error)?;
        servers.name_of(address).await.map_err(|failure| server_error(failure.to_string()))
    }

    async fn find(&self, host: &str, families: Families) -> Result<Vec<ScopedIp>, ResolveError> {
        if host.is_empty() {
            return Err(ResolveError::NoSuchHost { host: String::new() });
        }
        let name = HostName::parse(host)?;
        let setup = self.current_setup();
        let known = match setup.hosts.find(&name) {
            [] if name.is_localhost() => LOOPBACK.to_vec(),
            found => found.to_vec(),
        };
        if known.is_empty() {
            return self.ask(&setup, &name, host, families).await;
        }
        let wanted: Vec<ScopedIp> =
            known.into_iter().filter(|address| families.contain(address.ip)).collect();
        if wanted.is_empty() {
            return Err(ResolveError::NoSuitableAddress { host: host.into() });
        }
        Ok(wanted)
    }

    async fn ask(
        &self,
        setup: &Setup,
        name: &HostName,
        host: &str,
        families: Families,
    ) -> Result<Vec<ScopedIp>, ResolveError> {
        let server_error = |problem| ResolveError::Server { host: host.into(), problem };
        let servers = self.servers(setup).map_err(server_error)?;
        let addresses =
            servers.addresses(name, families).await.map_err(|failure| server_error(failure.to_string()))?;
        if addresses.is_empty() {
            return Err(ResolveError::NoSuchHost { host: host.into() });
        }
        Ok(addresses.into_iter().map(ScopedIp::from).collect())
    }

    /// The name servers; in words why there are none.
    fn servers<'s>(&self, setup: &'s Setup) -> Result<&'s NameServers, String> {
        setup.servers.as_ref().map_err(|problem| format!("{}: {problem}", self.resolv_conf.display()))
    }

    /// The files' contents, read again if they are not what they were.
    fn current_setup(&self) -> Arc<Setup> {
        // Taken before reading: a file that changes meanwhile is read once more, not missed.
        let stamps = [Stamp::of(&self.resolv_conf), Stamp::of(&self.hosts)];
        let mut setup = self.setup.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(setup) = &*setup
            && setup.stamps == stamps
        {
            return Arc::clone(setup);
        }
        debug!(resolv_conf = %self.resolv_conf.display(), hosts = %self.hosts.display(), "reading");
        let resolv_conf = fs::read(&self.resolv_conf).unwrap_or_default();
        let hosts = fs::read(&self.hosts).unwrap_or_default();
        let servers = NameServers::read(&resolv_conf, self.port).map_err(|error| error.to_string());
        let fresh = Arc::new(Setup { stamps, hosts: Hosts::read(&String::from_utf8_lossy(&hosts)), servers });
        *setup = Some(Arc::clone(&fresh));
        fresh
    }
}

impl Default for SystemResolver {
    fn default() -> Self {
        Self::new()
    }
}

impl Resolve for SystemResolver {
    fn lookup<'a>(
        &'a self,
        host: &'a str,
        families: Families,
    ) -> BoxFuture<'a, Result<Vec<ScopedIp>, ResolveError>> {
        Box::pin(async move {
            if let Some(answer) = literal_in(host, families) {
                return answer;
            }
            let mut addresses = self.find(host, families).await?;
            if addresses.len() > 1 {
                source_order::order(&mut addresses, source_order::kernel_source);
            }
            Ok(addresses)
        })
    }
}

/// What `localhost` means where the hosts file does not say (RFC 6761 section 6.3).
pub(super) const LOOPBACK: [ScopedIp; 2] = [
    ScopedIp { ip: IpAddr::V6(Ipv6Addr::LOCALHOST), scope: 0 },
    ScopedIp { ip: IpAddr::V4(Ipv4Addr::LOCALHOST), scope: 0 },
];

/// What the files said when they were last read.
#[derive(Debug)]
struct Setup {
    stamps: [Option<Stamp>; 2],
    hosts: Hosts,
    servers: Result<NameServers, String>,
}

/// Tells one version of a file from the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
}

impl Stamp {
    fn of(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok()?;
        Some(Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
        })
    }
}

#[cfg(test)]
mod tests;
