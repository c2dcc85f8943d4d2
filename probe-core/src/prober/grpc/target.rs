//! A target as the reference exporter reads it: `host:port`, or a URL of which all but host and port is forgotten.

use crate::model::HostPort;
use crate::wire::url::{Url, UrlError};

/// Where to connect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct GrpcTarget {
    /// A name or a literal address.
    pub(super) host: String,
    /// The port's digits.
    port: String,
}

impl GrpcTarget {
    /// Reads a target. Unlike the reference exporter's, a literal IPv6 address in brackets is one.
    pub(super) fn parse(text: &str) -> Result<Self, UrlError> {
        let is_url = ["http://", "https://"].iter().any(|scheme| text.starts_with(scheme));
        let url = if is_url {
            Url::parse(text.as_bytes())
        } else {
            Url::parse(format!("http://{text}").as_bytes())
        }?;
        Ok(match HostPort::parse(&url.host) {
            Ok(HostPort { host, port }) => Self { host: host.into(), port: port.into() },
            Err(_) => Self { host: url.host.trim_matches(['[', ']']).into(), port: String::new() },
        })
    }

    /// The port as written, or that of HTTP; whether such a port exists is another matter.
    pub(super) fn port(&self, tls: bool) -> &str {
        match self.port.as_str() {
            "" if tls => "443",
            "" => "80",
            port => port,
        }
    }

    /// What the server is asked as: host and port, or over TLS the name that its certificate is for.
    pub(super) fn authority(&self, tls: Option<&str>) -> String {
        let bracketed = |host: &str| if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        match tls {
            Some("") => bracketed(&self.host),
            Some(server_name) => bracketed(server_name),
            None => format!("{}:{}", bracketed(&self.host), self.port(false)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_and_port_are_read_from_every_form() {
        for (text, host, port, authority) in [
            ("127.0.0.1:50051", "127.0.0.1", "50051", "127.0.0.1:50051"),
            ("web.test", "web.test", "80", "web.test:80"),
            ("web.test:", "web.test", "80", "web.test:80"),
            ("http://u:p@web.test:81/path?x#y", "web.test", "81", "web.test:81"),
            ("https://web.test", "web.test", "80", "web.test:80"),
            ("[::1]:81", "::1", "81", "[::1]:81"),
            ("[::1]", "::1", "80", "[::1]:80"),
            ("::1", "::1", "80", "[::1]:80"),
            ("ftp://web.test", "ftp", "80", "ftp:80"),
            ("HTTP://web.test", "HTTP", "80", "HTTP:80"),
            ("/web.test", "", "80", ":80"),
            ("web.test:1:2", "web.test:1:2", "80", "[web.test:1:2]:80"),
        ] {
            let target = GrpcTarget::parse(text).expect(text);
            assert_eq!((target.host.as_str(), target.port(false)), (host, port), "{text}");
            assert_eq!(target.authority(None), authority, "{text}");
        }
    }

    #[test]
    fn tls_has_a_port_and_an_authority_of_its_own() {
        let target = GrpcTarget::parse("web.test").expect("a target");
        assert_eq!(target.port(true), "443");
        assert_eq!(target.authority(Some("")), "web.test");
        assert_eq!(target.authority(Some("other.test")), "other.test");
        let literal = GrpcTarget::parse("[::1]:81").expect("a target");
        assert_eq!(literal.authority(Some("")), "[::1]");
    }

    #[test]
    fn what_is_no_url_is_refused() {
        for text in ["web.test:http", "web test", "%31", "http://%zz", "[::1"] {
            assert!(GrpcTarget::parse(text).is_err(), "{text}");
        }
    }
}
