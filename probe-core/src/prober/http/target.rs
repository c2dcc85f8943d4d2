//! What is probed, as a URL.

use crate::model::{Phase, ProbeError, Reason, Recorder, Severity};
use crate::net::ScopedIp;
use crate::wire::url::Url;

/// Reads a target: a URL, or a host, which means one over HTTP. HTTP/3 needs TLS, so it makes `http` into `https`.
pub(super) fn read(target: &str, enable_http3: bool, out: &mut Recorder) -> Result<Url, ProbeError> {
    let scheme = ["http://", "https://"]
        .into_iter()
        .find(|scheme| target.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)));
    let (scheme, rest) = scheme.map_or(("http://", target), |scheme| (scheme, &target[scheme.len()..]));
    let mut text = format!("{scheme}{rest}");
    if enable_http3 && let Some(rest) = text.strip_prefix("http://") {
        let converted = format!("https://{rest}");
        out.log(
            Severity::Warn,
            "Converting HTTP to HTTPS for HTTP/3 compatibility",
            &[("original_target", &text), ("converted_target", &converted)],
        );
        text = converted;
    }
    Url::parse(text.as_bytes()).map_err(|error| {
        ProbeError::new(Reason::Target, Phase::Prepare, format!("cannot read {text:?} as a URL"))
            .caused_by(error)
    })
}

/// The URL with an address for a host, so that nobody resolves it again. The port stays as it is.
pub(super) fn at_address(url: &Url, address: ScopedIp) -> Url {
    let zone = url.host_name().split_once('%').map_or(String::new(), |(_, zone)| format!("%{zone}"));
    let host = if address.ip.is_ipv4() { address.ip.to_string() } else { format!("[{}{zone}]", address.ip) };
    let host = match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host,
    };
    Url { host, ..url.clone() }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    #[test]
    fn a_host_means_http() {
        let mut out = Recorder::default();
        for (target, url) in [
            ("web.example", "http://web.example"),
            ("web.example:80/x", "http://web.example:80/x"),
            ("https://web.example/", "https://web.example/"),
            ("HTTP://h/", "http://h/"),
            ("HtTpS://h/", "https://h/"),
            ("ftp://h/", "http://ftp://h/"),
        ] {
            let read = read(target, false, &mut out).unwrap_or_else(|error| panic!("{target}: {error}"));
            assert_eq!(read.to_string(), url, "{target}");
        }
        assert_eq!(read("http://h/%zz", false, &mut out).expect_err("no URL").reason, Reason::Target);
    }

    #[test]
    fn http3_is_over_tls() {
        let mut out = Recorder::default().keeping_log(Some(Severity::Warn));
        for (target, lines) in [("https://h/", 0), ("http://h/", 1), ("h/", 1)] {
            let url = read(target, true, &mut out).expect("a URL");
            assert_eq!((url.to_string().as_str(), out.take_log().len()), ("https://h/", lines), "{target}");
        }
    }

    #[test]
    fn addresses_take_the_place_of_hosts() {
        for (url, address, expected) in [
            ("http://web.example/x", "192.0.2.1", "http://192.0.2.1/x"),
            ("http://u@web.example:8080/", "::1", "http://u@[::1]:8080/"),
            ("http://web.example:/", "192.0.2.1", "http://192.0.2.1/"),
            ("http://[fe80::1%25lo]:1/", "fe80::1", "http://[fe80::1%25lo]:1/"),
        ] {
            let address = ScopedIp::from(address.parse::<IpAddr>().expect("an address"));
            let url = Url::parse(url.as_bytes()).expect("a URL");
            assert_eq!(at_address(&url, address).to_string(), expected);
        }
    }
}
