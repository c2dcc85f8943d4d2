//! What the first request says, made from the settings.

use std::path::Path;

use bytes::Bytes;

use super::settings::HttpSettings;
use super::target::at_address;
use crate::model::{Phase, ProbeError, Reason};
use crate::net::ScopedIp;
use crate::net::http::{Fields, RequestContent};
use crate::prober::shared::Preference;
use crate::wire::http1::is_token;
use crate::wire::url::Url;

/// How we call ourselves unless configured: servers know the reference exporter by the first word.
pub(super) const USER_AGENT: &str = concat!("Blackbox-Exporter/0.28.0+probe-", env!("CARGO_PKG_VERSION"));

/// What the first request says.
pub(super) struct Opening<'a> {
    /// What is asked for, with the address in place of the host where it is known.
    pub(super) url: Url,
    /// The host to name.
    pub(super) host: String,
    /// Whether that is somebody's word: the target's, or the configuration's if it is not empty.
    pub(super) names_host: bool,
    /// The name that TLS asks for.
    pub(super) server_name: String,
    /// The method.
    pub(super) method: &'a str,
    /// The header fields of the configuration. Redirects may take some away.
    pub(super) fields: Fields,
    /// The hosts that may know who we are: that of the target, by name and by address.
    pub(super) homes: Vec<String>,
    /// Whether the fields ask for gzip although the module does not: over HTTP/3, the reference exporter's library does.
    pub(super) asks_for_gzip: bool,
    /// Which address family is preferred.
    pub(super) preference: Preference,
    body: Bytes,
    file: Option<RequestContent>,
    has_body_file: bool,
}

impl<'a> Opening<'a> {
    /// Makes the request for `target`, at `address` where that is known. Opens the file with the body.
    pub(super) fn new(
        target: &Url,
        address: Option<ScopedIp>,
        settings: &'a HttpSettings,
        body: &Bytes,
    ) -> Result<Self, ProbeError> {
        let has_body_file = !settings.body_file.is_empty();
        let file = has_body_file.then(|| open(&settings.body_file)).transpose()?;
        let method = if settings.method.is_empty() { "GET" } else { &settings.method };
        if !is_token(method.as_bytes()) {
            return Err(unusable(format!("invalid method {method:?}")));
        }
        let configured = settings.hostname.as_ref().or_else(|| {
            let host = settings.headers.iter().rfind(|(name, _)| name.eq_ignore_ascii_case("Host"));
            host.map(|(_, value)| value)
        });
        // HTTP/3 keeps the name, and is told the address.
        let address = address.filter(|_| !settings.enable_http3);
        let url = address.map_or_else(|| target.clone(), |address| at_address(target, address));
        // An empty one means what is visited, be it an address.
        let (host, name) = match configured.map(String::as_str) {
            Some("") => (url.host.as_str(), url.host_name()),
            Some(host) => (host, host),
            None => (target.host.as_str(), target.host_name()),
        };
        let own_name = Some(settings.client.tls.server_name.as_str()).filter(|name| !name.is_empty());
        let server_name = own_name.unwrap_or(name).to_owned();
        let mut fields = fields(settings);
        let is_plain = |name: &str| fields.first(name).is_none_or(<[u8]>::is_empty);
        let asks_for_gzip =
            settings.enable_http3 && method != "HEAD" && is_plain("Accept-Encoding") && is_plain("Range");
        if asks_for_gzip {
            fields.set("Accept-Encoding", "gzip");
        }
        Ok(Self {
            host: host.to_owned(),
            names_host: configured.is_none_or(|host| !host.is_empty()),
            server_name,
            method,
            fields,
            asks_for_gzip,
            homes: [target, &url].map(|url| url.host_name().to_lowercase()).into(),
            preference: Preference::from_text(&settings.preferred_ip_protocol, settings.ip_protocol_fallback),
            url,
            body: body.clone(),
            file,
            has_body_file,
        })
    }

    /// Whether the body comes from a file, which is read once.
    pub(super) fn has_body_file(&self) -> bool {
        self.has_body_file
    }

    /// The body. That of a file is given out once.
    pub(super) fn content(&mut self) -> RequestContent {
        self.file.take().unwrap_or_else(|| RequestContent::Bytes(self.body.clone()))
    }
}

/// The header fields of the configuration, and how we call ourselves. An empty `User-Agent` stays: it says to send none.
fn fields(settings: &HttpSettings) -> Fields {
    let mut fields = Fields::default();
    for (name, value) in &settings.headers {
        if !name.eq_ignore_ascii_case("Host") {
            fields.set(name.as_str(), value.as_str());
        }
    }
    if fields.first("User-Agent").is_none() {
        fields.set("User-Agent", USER_AGENT);
    }
    fields
}

fn open(path: &str) -> Result<RequestContent, ProbeError> {
    RequestContent::open(Path::new(path))
        .map_err(|error| unusable(format!("cannot open body_file {path}")).caused_by(error))
}

fn unusable(detail: String) -> ProbeError {
    ProbeError::new(Reason::Configuration, Phase::Setup, detail)
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    fn opening(settings: &HttpSettings) -> Opening<'_> {
        let target = Url::parse(b"https://Web.example:8443/x").expect("a URL");
        let address = ScopedIp::from("192.0.2.1".parse::<IpAddr>().expect("an address"));
        Opening::new(&target, Some(address), settings, &Bytes::new()).expect("good settings")
    }

    #[test]
    fn the_name_stays_where_the_address_is_visited() {
        let settings = HttpSettings::default();
        let opening = opening(&settings);
        assert_eq!(opening.url.to_string(), "https://192.0.2.1:8443/x");
        assert_eq!(
            (opening.host.as_str(), opening.server_name.as_str()),
            ("Web.example:8443", "Web.example")
        );
        assert_eq!(
            (opening.method, opening.homes.as_slice()),
            ("GET", &["web.example".into(), "192.0.2.1".into()][..])
        );
        assert!(
            opening
                .fields
                .first("user-agent")
                .is_some_and(|agent| agent.starts_with(b"Blackbox-Exporter/0.28.0"))
        );
    }

    #[test]
    fn a_configured_host_is_named_and_asked_for() {
        let mut settings =
            HttpSettings { headers: vec![("hOst".into(), "other:1".into())], ..Default::default() };
        assert_eq!(opening(&settings).host, "other:1");
        assert_eq!(opening(&settings).server_name, "other:1");
        settings.client.tls.server_name = "third".into();
        assert_eq!(opening(&settings).server_name, "third");
        settings.hostname = Some("param".into());
        assert_eq!(
            (opening(&settings).host.as_str(), opening(&settings).server_name.as_str()),
            ("param", "third")
        );
    }

    #[test]
    fn headers_are_set_and_the_last_counts() {
        let headers = [("x-a", "1"), ("X-A", "2"), ("User-Agent", "")];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let settings = HttpSettings { headers, ..Default::default() };
        let opening = opening(&settings);
        assert_eq!(opening.fields.values("X-A").collect::<Vec<_>>(), [b"2"]);
        assert_eq!(opening.fields.first("User-Agent"), Some(&b""[..]));
    }

    #[test]
    fn what_cannot_be_asked_is_refused() {
        let target = Url::parse(b"http://h/").expect("a URL");
        for settings in [
            HttpSettings { method: "GE T".into(), ..Default::default() },
            HttpSettings { body_file: "/nonexistent/body".into(), ..Default::default() },
        ] {
            let error = Opening::new(&target, None, &settings, &Bytes::new()).err().expect("refused");
            assert_eq!(error.reason, Reason::Configuration);
        }
    }
}
