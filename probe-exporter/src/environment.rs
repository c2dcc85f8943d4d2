//! What probes take from the environment of the process: the library does not look there by itself.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use probe_core::net::ProxyEnvironment;
use probe_core::net::tls::SystemRoots;
use probe_core::prober::Services;

/// The environment, read once.
#[derive(Clone, Debug)]
pub(crate) struct Environment {
    roots: SystemRoots,
    proxies: Arc<ProxyEnvironment>,
}

impl Environment {
    /// Of this process.
    pub(crate) fn read() -> Self {
        Self::of(|name| env::var_os(name))
    }

    fn of(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let given = |name: &str| variable(name).filter(|value| !value.is_empty());
        // The upper case counts first, as in the reference.
        let proxy = |name: &str| {
            let value = given(name).or_else(|| given(&name.to_lowercase()));
            value.unwrap_or_default().to_string_lossy().into_owned()
        };
        Self {
            roots: SystemRoots::in_places(
                given("SSL_CERT_FILE").map(PathBuf::from),
                given("SSL_CERT_DIR").map(PathBuf::from),
            ),
            proxies: Arc::new(ProxyEnvironment {
                http_proxy: proxy("HTTP_PROXY"),
                https_proxy: proxy("HTTPS_PROXY"),
                no_proxy: proxy("NO_PROXY"),
            }),
        }
    }

    /// The services with what the environment says. All that are equipped so read the authorities once together.
    pub(crate) fn equip(&self, mut services: Services) -> Services {
        services.roots = self.roots.clone();
        services.proxies = self.proxies.clone();
        services
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn upper_case_counts_before_lower_case_and_empty_is_not_set() {
        let environment = Environment::of(|name| match name {
            "HTTP_PROXY" => Some("upper:1".into()),
            "http_proxy" => Some("lower:1".into()),
            "HTTPS_PROXY" | "SSL_CERT_FILE" => Some("".into()),
            "https_proxy" => Some("lower:2".into()),
            _ => None,
        });
        assert_eq!(environment.proxies.http_proxy, "upper:1");
        assert_eq!(environment.proxies.https_proxy, "lower:2");
        assert_eq!(environment.proxies.no_proxy, "");
        assert!(format!("{:?}", environment.roots).contains("file: None"));
    }
}
