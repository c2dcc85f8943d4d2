//! Why a probe failed, where it was, and what would help.

use std::error::Error;
use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, LazyLock};

/// Why a probe failed: a closed list, the same word in every output.
///
/// | word | meaning |
/// |---|---|
/// | `configuration` | a setting that cannot work (a missing file, an option this build has no code for) |
/// | `connect` | the connection was refused or reset |
/// | `expectation` | the endpoint answered, but not as the module demands |
/// | `internal` | a fault of ours; please report it |
/// | `limit` | a bound of ours was reached |
/// | `network` | an ICMP error came back, or there is no route |
/// | `policy` | the target policy forbids this address |
/// | `privilege` | this process may not open the socket it needs |
/// | `protocol` | the endpoint answered with something the protocol does not allow |
/// | `resolve` | the name has no usable address |
/// | `resource` | we ran out of descriptors or buffers |
/// | `target` | the target is not written as this prober needs it |
/// | `timeout` | no answer in time |
/// | `tls` | the TLS handshake or the verification failed |
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Reason {
    /// A setting that cannot work, although it may have been accepted at load.
    Configuration,
    /// The connection was refused or reset.
    Connect,
    /// The endpoint answered, but not as the module demands.
    Expectation,
    /// A fault of ours.
    Internal,
    /// A bound of ours was reached.
    Limit,
    /// An ICMP error came back, or there is no route.
    Network,
    /// The target policy forbids this address.
    Policy,
    /// This process may not open the socket it needs.
    Privilege,
    /// The endpoint broke its protocol.
    Protocol,
    /// The name has no usable address.
    Resolve,
    /// Descriptors, buffers or ports ran out on our side.
    Resource,
    /// The target is not written as this prober needs it.
    Target,
    /// No answer in time.
    Timeout,
    /// The TLS handshake or the verification failed.
    Tls,
}

impl Reason {
    /// Every reason, in the order of the table above.
    pub const ALL: [Self; 14] = [
        Self::Configuration,
        Self::Connect,
        Self::Expectation,
        Self::Internal,
        Self::Limit,
        Self::Network,
        Self::Policy,
        Self::Privilege,
        Self::Protocol,
        Self::Resolve,
        Self::Resource,
        Self::Target,
        Self::Timeout,
        Self::Tls,
    ];

    /// The word used in every output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Connect => "connect",
            Self::Expectation => "expectation",
            Self::Internal => "internal",
            Self::Limit => "limit",
            Self::Network => "network",
            Self::Policy => "policy",
            Self::Privilege => "privilege",
            Self::Protocol => "protocol",
            Self::Resolve => "resolve",
            Self::Resource => "resource",
            Self::Target => "target",
            Self::Timeout => "timeout",
            Self::Tls => "tls",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Where in a probe something happened: a closed list of words, apart from the [`Reason`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// Reading the target and the settings.
    #[default]
    Prepare,
    /// Looking up the name.
    Resolve,
    /// Opening the socket.
    Setup,
    /// Connecting.
    Connect,
    /// The TLS handshake.
    Tls,
    /// Waiting for an echo or a handshake packet to come back.
    Rtt,
    /// Sending the request.
    Request,
    /// Waiting for the first byte of the answer.
    Processing,
    /// Reading the answer.
    Transfer,
    /// Judging what came back.
    Validate,
}

impl Phase {
    /// The word used in every output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Prepare => "prepare",
            Self::Resolve => "resolve",
            Self::Setup => "setup",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Rtt => "rtt",
            Self::Request => "request",
            Self::Processing => "processing",
            Self::Transfer => "transfer",
            Self::Validate => "validate",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A probe that failed: the reason and phase from their closed lists, and the case in words.
#[derive(Debug)]
pub struct ProbeError {
    /// The word for dashboards and alerts.
    pub reason: Reason,
    /// Where it happened.
    pub phase: Phase,
    /// What happened to what, in words: lower case, no full stop.
    pub detail: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl ProbeError {
    /// A failure with its words.
    pub fn new(reason: Reason, phase: Phase, detail: impl Into<String>) -> Self {
        Self { reason, phase, detail: detail.into(), source: None }
    }

    /// The same failure with the error that caused it.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The words and those of every cause, joined with `: `.
    pub fn chain(&self) -> String {
        chain(self)
    }
}

/// The words of an error and those of every cause, joined with `: `.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

impl fmt::Display for ProbeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl Error for ProbeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// Where a [`Remedy`] applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Situation {
    /// A program file on this host.
    Host,
    /// A setting of the whole host or network namespace.
    Sysctl,
    /// A systemd service.
    Systemd,
    /// A container started by docker or podman.
    Container,
    /// A Kubernetes pod.
    Kubernetes,
}

impl Situation {
    /// The word used in every output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Sysctl => "sysctl",
            Self::Systemd => "systemd",
            Self::Container => "container",
            Self::Kubernetes => "kubernetes",
        }
    }
}

/// The exact line that would lift a [`Refusal`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remedy {
    /// Where the line goes.
    pub situation: Situation,
    /// The line, ready to paste.
    pub line: String,
}

/// A socket this process may not open, why, and what would help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The rung of the ladder: `datagram`, `raw`.
    pub rung: &'static str,
    /// What the kernel said, for example `permission denied (EACCES)`.
    pub error: String,
    /// The findings that explain it, most telling first.
    pub causes: Vec<String>,
    /// What would lift it, the least privileged first.
    pub remedies: Vec<Remedy>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} socket refused: {}", self.rung, self.error)?;
        if let Some(cause) = self.causes.first() {
            write!(f, " ({cause})")?;
        }
        Ok(())
    }
}

/// A [`Refusal`] that is worked out when somebody looks at it: explaining reads a dozen files, and most refusals are
/// followed by a rung that opens.
#[derive(Clone)]
pub struct Explanation(Arc<LazyLock<Refusal, Box<dyn FnOnce() -> Refusal + Send>>>);

impl Explanation {
    /// An explanation that `explain` works out once, when it is first looked at.
    pub fn later(explain: impl FnOnce() -> Refusal + Send + 'static) -> Self {
        Self(Arc::new(LazyLock::new(Box::new(explain))))
    }
}

impl Deref for Explanation {
    type Target = Refusal;

    fn deref(&self) -> &Refusal {
        &self.0
    }
}

impl From<Refusal> for Explanation {
    fn from(refusal: Refusal) -> Self {
        Self::later(|| refusal)
    }
}

impl PartialEq for Explanation {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Explanation {}

impl fmt::Debug for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    #[test]
    fn reasons_are_listed_once_and_in_order() {
        let words: Vec<&str> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
        let mut sorted = words.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(words, sorted);
    }

    #[test]
    fn chain_names_every_cause() {
        let error = ProbeError::new(Reason::Connect, Phase::Connect, "cannot connect to 127.0.0.1:1")
            .caused_by(io::Error::from(io::ErrorKind::ConnectionRefused));
        assert_eq!(error.chain(), "cannot connect to 127.0.0.1:1: connection refused");
    }
}
