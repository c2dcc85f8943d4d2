//! What is probed, as the user wrote it.

use std::fmt;
use std::sync::Arc;

use thiserror::Error;

/// What is probed, as the user wrote it. Each prober reads it in its own way.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Target(Arc<str>);

impl Target {
    /// A target from its text.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads it as `host:port`, `[address]:port` or `name:service`.
    pub fn host_port(&self) -> Result<HostPort<'_>, TargetError> {
        HostPort::parse(&self.0)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl From<&str> for Target {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Target {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

/// A target split into host and port, brackets removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostPort<'a> {
    /// A name or a literal address, zone included.
    pub host: &'a str,
    /// A number or a service name.
    pub port: &'a str,
}

impl<'a> HostPort<'a> {
    /// Splits `text` as the reference exporter does.
    pub fn parse(text: &'a str) -> Result<Self, TargetError> {
        let invalid = |problem| TargetError { text: text.into(), problem };
        let colon = text.rfind(':').ok_or_else(|| invalid("missing port in address"))?;
        let port = &text[colon + 1..];
        let host = if let Some(inner) = text.strip_prefix('[') {
            let end = inner.find(']').ok_or_else(|| invalid("missing ']' in address"))?;
            match &inner[end + 1..] {
                rest if rest.len() == port.len() + 1 && rest.starts_with(':') => &inner[..end],
                rest if rest.starts_with(':') => return Err(invalid("too many colons in address")),
                _ => return Err(invalid("missing port in address")),
            }
        } else if text[..colon].contains(':') {
            return Err(invalid("too many colons in address"));
        } else {
            &text[..colon]
        };
        if host.contains('[') {
            return Err(invalid("unexpected '[' in address"));
        }
        if host.contains(']') || port.contains(']') {
            return Err(invalid("unexpected ']' in address"));
        }
        Ok(Self { host, port })
    }
}

/// A target that is not written as `host:port`.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("address {text}: {problem}")]
pub struct TargetError {
    /// The target as written.
    pub text: String,
    /// What is wrong with it.
    pub problem: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_host_and_port() {
        for (text, host, port) in [
            ("127.0.0.1:80", "127.0.0.1", "80"),
            ("[::1]:443", "::1", "443"),
            ("[fe80::1%eth0]:22", "fe80::1%eth0", "22"),
            ("localhost:ssh", "localhost", "ssh"),
            (":0", "", "0"),
        ] {
            assert_eq!(HostPort::parse(text), Ok(HostPort { host, port }), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_not_host_and_port() {
        for (text, problem) in [
            ("127.0.0.1", "missing port in address"),
            ("::1:80", "too many colons in address"),
            ("[::1]", "missing port in address"),
            ("[::1", "missing ']' in address"),
            ("[::1]80:1", "missing port in address"),
            ("a]b:1", "unexpected ']' in address"),
        ] {
            assert_eq!(HostPort::parse(text).map_err(|error| error.problem), Err(problem), "{text}");
        }
    }
}
