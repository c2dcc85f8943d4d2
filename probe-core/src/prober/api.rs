//! What a prober is, what it is given, and what its section of a configuration turns into.

use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;

use crate::model::{Deadline, Family, Gauge, Observer, ProbeError, Recorder, Seconds, Severity, Target};
#[cfg(feature = "http-client")]
use crate::net::ProxyEnvironment;
#[cfg(feature = "tls")]
use crate::net::tls::SystemRoots;
use crate::net::{BoxFuture, Egress, Policy, Resolve};
#[cfg(feature = "name-server")]
use crate::net::{NameServer, NameServerOptions};
use crate::settings::{Dump, Errors, Section};

/// One way of finding out whether an endpoint works.
///
/// A prober records into `out` as it goes and returns why it failed, if it did. When the deadline passes its future
/// is dropped; what it recorded until then survives. Dropping must leave nothing behind: no task, no file half-written.
pub trait Prober: Send + Sync {
    /// Probes the target once.
    fn probe<'a>(
        &'a self,
        cx: &'a Context<'a>,
        out: &'a mut Recorder,
    ) -> BoxFuture<'a, Result<(), ProbeError>>;
}

/// What a prober is given.
pub struct Context<'a> {
    /// What to probe.
    pub target: &'a Target,
    /// When to be over.
    pub deadline: Deadline,
    /// What may be contacted.
    pub policy: &'a Policy,
    /// What is shared between probes.
    pub services: &'a Services,
}

/// What probes share: made once by the program, cheap to clone.
#[derive(Clone)]
#[non_exhaustive]
pub struct Services {
    /// Names to addresses.
    pub resolver: Arc<dyn Resolve>,
    /// The certificate authorities of the system.
    #[cfg(feature = "tls")]
    pub roots: SystemRoots,
    /// The proxies that the environment names, for modules that want them.
    #[cfg(feature = "http-client")]
    pub proxies: Arc<ProxyEnvironment>,
    /// Where the connections of HTTP probes are counted, if they are.
    #[cfg(feature = "http-client")]
    pub dials: Option<Arc<crate::net::http::DialCounts>>,
    /// The ICMP engine; without it, ICMP probes fail with reason `configuration`.
    #[cfg(feature = "icmp")]
    pub icmp: Option<crate::net::icmp::Engine>,
}

impl Services {
    /// Names are looked up by `resolver`; there is no ICMP engine and no proxy, and the certificate authorities are those
    /// in the system's usual places.
    pub fn new(resolver: Arc<dyn Resolve>) -> Self {
        Self {
            resolver,
            #[cfg(feature = "tls")]
            roots: SystemRoots::default(),
            #[cfg(feature = "http-client")]
            proxies: Arc::default(),
            #[cfg(feature = "http-client")]
            dials: None,
            #[cfg(feature = "icmp")]
            icmp: None,
        }
    }

    /// The same services, names looked up by one name server.
    #[cfg(feature = "name-server")]
    #[must_use]
    pub fn asking(&self, server: &NameServerOptions, egress: &Egress) -> Self {
        let system = self.resolver.clone();
        let asks = NameServer::new(server.clone(), system, self.roots.clone(), egress.clone());
        Self { resolver: Arc::new(asks), ..self.clone() }
    }

    /// With this ICMP engine, if there is one.
    #[cfg(feature = "icmp")]
    #[must_use]
    pub fn with_icmp(mut self, engine: impl Into<Option<crate::net::icmp::Engine>>) -> Self {
        self.icmp = engine.into();
        self
    }
}

/// What every module has, whatever its prober.
#[derive(Clone, Debug)]
pub struct Common {
    /// How long a probe may take; the caller's limit if absent.
    pub timeout: Option<Duration>,
    /// How often to try before giving up; the first success ends it.
    pub attempts: u32,
    /// How packets leave.
    pub egress: Egress,
    /// Whether to expose `probe_failure_info`.
    pub failure_info: bool,
    /// Whether to expose `probe_timeout_seconds`, which the main branch of the reference exporter has.
    pub timeout_series: bool,
    /// What may be contacted.
    pub policy: Policy,
    /// The name server to ask, in place of the system's.
    #[cfg(feature = "name-server")]
    pub resolver: Option<Arc<NameServerOptions>>,
    /// How many probes of the module may run at the same time; any number if absent. For whoever runs them.
    pub max_in_flight: Option<u32>,
}

impl Default for Common {
    fn default() -> Self {
        Self {
            timeout: None,
            attempts: 1,
            egress: Egress::default(),
            failure_info: false,
            timeout_series: false,
            policy: Policy::allow_all(),
            #[cfg(feature = "name-server")]
            resolver: None,
            max_in_flight: None,
        }
    }
}

/// How long the probe may take; for the probers that list it among their families.
pub static TIMEOUT: Gauge<Seconds> =
    Gauge::new("probe_timeout_seconds", "Returns how long the probe timeout is in seconds", &[]);

/// How to run a probe.
#[derive(Clone)]
pub struct RunOptions {
    /// The module's name, for the report.
    pub module: Arc<str>,
    /// The prober's name, for the report.
    pub prober: Arc<str>,
    /// Labels for every series of the report.
    pub labels: Vec<(String, String)>,
    /// How long all attempts together may take.
    pub timeout: Duration,
    /// How often to try; the first success ends it. The last attempt's measurements are reported.
    pub attempts: u32,
    /// What may be contacted.
    pub policy: Policy,
    /// The name server to ask, in place of the services' resolver.
    #[cfg(feature = "name-server")]
    pub resolver: Option<Arc<NameServerOptions>>,
    /// How the packets to that name server leave.
    pub egress: Egress,
    /// Whether to record [`FAILURE_INFO`](super::FAILURE_INFO).
    pub failure_info: bool,
    /// Whether to record [`TIMEOUT`].
    pub timeout_series: bool,
    /// Whether the report keeps single packets.
    pub keep_exchanges: bool,
    /// Whether the report keeps notes that are told in parts: certificates, headers.
    pub keep_details: bool,
    /// The least severity of the log lines that the report keeps; none if absent.
    pub log: Option<Severity>,
    /// Is told of the address and of every packet as it ends.
    pub observer: Option<Observer>,
}

impl RunOptions {
    /// One attempt within `timeout`, no extras.
    pub fn new(module: impl Into<Arc<str>>, prober: impl Into<Arc<str>>, timeout: Duration) -> Self {
        Self {
            module: module.into(),
            prober: prober.into(),
            labels: Vec::new(),
            timeout,
            attempts: 1,
            policy: Policy::allow_all(),
            #[cfg(feature = "name-server")]
            resolver: None,
            egress: Egress::default(),
            failure_info: false,
            timeout_series: false,
            keep_exchanges: false,
            keep_details: false,
            log: None,
            observer: None,
        }
    }
}

/// What a request may change about a module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// The `hostname` parameter of the reference exporter; probers without a host name to send ignore it.
    pub hostname: Option<String>,
}

/// Why a request cannot change a module. Displays with the words that the reference exporter answers with.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum OverrideError {
    /// The module asks for a host of its own, and it is another one.
    #[error(
        "host header defined both in module configuration ({configured}) and with URL-parameter 'hostname' ({requested})"
    )]
    Hostname {
        /// The host that the module asks for.
        configured: String,
        /// The host that the request wants to ask for.
        requested: String,
    },
}

/// A module's section, read and valid.
pub trait Settings: Send + Sync {
    /// Writes the section as the reference exporter's `/config` shows it: declaration order, zero values left out.
    fn dump(&self, out: &mut Dump);

    /// The same settings with what a request changes, or `None` where nothing of it concerns this prober. An error is
    /// the request's: it contradicts the settings.
    fn with_overrides(&self, overrides: &Overrides) -> Result<Option<Arc<dyn Settings>>, OverrideError> {
        let _ = overrides;
        Ok(None)
    }

    /// A prober with these settings.
    fn build(&self, common: &Common) -> Arc<dyn Prober>;

    /// How long a probe with these settings takes at least, where that is known before it starts.
    /// A module whose `timeout` is shorter is refused at load.
    fn shortest(&self) -> Option<Duration> {
        None
    }
}

/// A prober that configurations can name.
pub struct Spec {
    /// The word in `prober:`, and the name of its section.
    pub name: &'static str,
    /// What it may record, for documentation and for the uniqueness test.
    pub families: &'static [&'static Family],
    /// Reads its section. An absent section is an empty one. Problems go to `errors`; `None` if there is no result.
    /// The caller finishes the section; sections inside it are finished here.
    pub parse: fn(&mut Section<'_>, &mut Errors) -> Option<Arc<dyn Settings>>,
}
