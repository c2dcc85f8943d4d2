//! Hosts that are reached without a proxy, as `NO_PROXY` lists them and Go reads them.

use std::net::IpAddr;

use super::default_port;
use crate::wire::url::Url;

/// Hosts that are reached without a proxy. Those of this machine always are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NoProxy {
    rules: Vec<Rule>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Rule {
    /// Everything.
    All,
    /// An address, on one port or on all.
    Address(IpAddr, String),
    /// Names that end so, the dot included; with `itself`, the name after the dot too. On one port or on all.
    Domain { suffix: String, itself: bool, port: String },
    /// The addresses of a network.
    Network(IpAddr, u8),
}

impl NoProxy {
    /// Reads a comma-separated list of names, `.domains`, addresses and networks, each with an optional port, and `*`.
    /// What makes no sense is passed over.
    pub fn parse(list: &str) -> Self {
        Self { rules: list.to_lowercase().split(',').filter_map(|entry| Rule::parse(entry.trim())).collect() }
    }

    /// Whether what is at `url` is reached without a proxy.
    pub fn covers(&self, url: &Url) -> bool {
        let host = url.host_name().to_lowercase();
        let host = idna::domain_to_ascii(&host).unwrap_or(host);
        let port = url.port().unwrap_or(default_port(&url.scheme));
        let address: Option<IpAddr> = host.parse().ok();
        let is_here = host == "localhost" || address.is_some_and(|ip| ip.to_canonical().is_loopback());
        is_here || self.rules.iter().any(|rule| rule.matches(&host, address, port))
    }
}

impl Rule {
    fn parse(entry: &str) -> Option<Self> {
        if entry == "*" {
            return Some(Self::All);
        }
        if let Some((address, length)) = entry.split_once('/')
            && let (Ok(address), Ok(length)) = (address.parse::<IpAddr>(), length.parse())
            && length <= if address.is_ipv4() { 32 } else { 128 }
        {
            return Some(Self::Network(address, length));
        }
        let (host, port) = match entry.rsplit_once(':') {
            Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, port),
            _ => (entry, ""),
        };
        let host = host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(host);
        if let Ok(address) = host.parse::<IpAddr>() {
            return Some(Self::Address(address.to_canonical(), port.into()));
        }
        let host = host.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(host);
        if host.is_empty() {
            return None;
        }
        let itself = !host.starts_with('.');
        let suffix = if itself { format!(".{host}") } else { host.to_owned() };
        Some(Self::Domain {
            suffix: idna::domain_to_ascii(&suffix).unwrap_or(suffix),
            itself,
            port: port.into(),
        })
    }

    fn matches(&self, host: &str, address: Option<IpAddr>, port: &str) -> bool {
        let port_fits = |wanted: &str| wanted.is_empty() || wanted == port;
        match self {
            Self::All => true,
            Self::Address(wanted, wanted_port) => {
                address.is_some_and(|address| address.to_canonical() == *wanted) && port_fits(wanted_port)
            }
            Self::Domain { suffix, itself, port } => {
                (host.ends_with(suffix) || (*itself && host == &suffix[1..])) && port_fits(port)
            }
            Self::Network(network, length) => {
                address.is_some_and(|address| is_in(address, *network, *length))
            }
        }
    }
}

fn is_in(address: IpAddr, network: IpAddr, length: u8) -> bool {
    match (address.to_canonical(), network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0);
            (address.to_bits() ^ network.to_bits()) & mask == 0
        }
        (IpAddr::V6(address), IpAddr::V6(network)) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0);
            (address.to_bits() ^ network.to_bits()) & mask == 0
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_cover_hosts() {
        for (list, url, covered) in [
            ("", "http://web.example/", false),
            ("", "http://localhost:1/", true),
            ("", "http://127.0.0.7/", true),
            ("", "http://[::1]/", true),
            ("*", "http://web.example/", true),
            ("a, web.example ,b", "http://WEB.example/", true),
            ("example", "http://web.example/", true),
            ("example", "http://webexample/", false),
            (".example", "http://web.example/", true),
            (".example", "http://example/", false),
            ("*.example", "http://web.example/", true),
            ("*.example", "http://example/", false),
            ("example:443", "https://web.example/", true),
            ("example:443", "http://web.example/", false),
            ("192.0.2.1", "http://192.0.2.1:8080/", true),
            ("192.0.2.1:80", "http://192.0.2.1/", true),
            ("192.0.2.1:80", "http://192.0.2.1:81/", false),
            ("192.0.2.0/24", "http://192.0.2.77/", true),
            ("192.0.2.0/24", "http://192.0.3.77/", false),
            ("0.0.0.0/0", "http://203.0.113.1/", true),
            ("2001:db8::/32", "http://[2001:db8::7]/", true),
            ("[2001:db8::1]:80", "http://[2001:db8::1]/", true),
            ("2001:db8::1", "http://[2001:db8::1]/", true),
            ("bücher.example", "http://xn--bcher-kva.example/", true),
            (":80,,", "http://web.example/", false),
        ] {
            let url = Url::parse(url.as_bytes()).unwrap_or_else(|error| panic!("{url}: {error}"));
            assert_eq!(NoProxy::parse(list).covers(&url), covered, "{list:?} {url}");
        }
    }
}
