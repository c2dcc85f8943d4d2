//! Proxies as the environment of a program names them. The program reads the environment; the library does not.

/// The values of `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, or of their lower-case twins. Empty where not set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProxyEnvironment {
    /// The proxy for `http` URLs.
    pub http_proxy: String,
    /// The proxy for `https` URLs.
    pub https_proxy: String,
    /// Hosts that are reached without one, comma-separated.
    pub no_proxy: String,
}
