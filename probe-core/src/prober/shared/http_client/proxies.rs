//! Which proxy a URL is reached through.

use super::settings::ProxySettings;
use crate::model::{Phase, ProbeError, Reason};
use crate::net::ProxyEnvironment;
use crate::net::http::{Fields, NoProxy, Proxy};
use crate::wire::url::Url;

/// The proxies of a module, or of the environment.
#[derive(Debug, Default)]
pub(super) struct Proxies {
    http: Option<Proxy>,
    https: Option<Proxy>,
    /// What is reached without. `None` where the proxy is for everything, this machine included.
    exceptions: Option<NoProxy>,
}

impl Proxies {
    /// Reads the settings, and the environment where they say so.
    pub(super) fn new(settings: &ProxySettings, environment: &ProxyEnvironment) -> Result<Self, ProbeError> {
        let fields = connect_fields(settings);
        if settings.proxy_from_environment {
            return Ok(Self {
                http: lenient(&environment.http_proxy, &fields),
                https: lenient(&environment.https_proxy, &fields),
                exceptions: Some(NoProxy::parse(&environment.no_proxy)),
            });
        }
        let text = settings.proxy_url.expose();
        if text.is_empty() {
            return Ok(Self::default());
        }
        let invalid = |why: String| {
            // The URL may hold a password, so it is not shown.
            ProbeError::new(Reason::Configuration, Phase::Setup, format!("cannot use proxy_url: {why}"))
        };
        let url = Url::parse(text.as_bytes()).map_err(|error| invalid(error.to_string()))?;
        let proxy = Proxy::from_url(&url, fields).map_err(|error| invalid(error.to_string()))?;
        let exceptions = Some(&settings.no_proxy).filter(|list| !list.is_empty());
        Ok(Self {
            http: Some(proxy.clone()),
            https: Some(proxy),
            exceptions: exceptions.map(|list| NoProxy::parse(list)),
        })
    }

    /// The proxy for what is at `url`, if there is to be one.
    pub(super) fn for_url(&self, url: &Url) -> Option<&Proxy> {
        let proxy = if url.is_https() { &self.https } else { &self.http };
        let is_exception = self.exceptions.as_ref().is_some_and(|exceptions| exceptions.covers(url));
        proxy.as_ref().filter(|_| !is_exception)
    }
}

/// Reads a proxy of the environment, where the scheme may be missing and nonsense means none.
fn lenient(text: &str, fields: &Fields) -> Option<Proxy> {
    if text.is_empty() {
        return None;
    }
    let read = |text: &str| Url::parse(text.as_bytes()).ok().filter(|url| !url.host.is_empty());
    let url = read(text).filter(|url| !url.scheme.is_empty()).or_else(|| read(&format!("http://{text}")))?;
    Proxy::from_url(&url, fields.clone()).ok()
}

fn connect_fields(settings: &ProxySettings) -> Fields {
    let mut fields = Fields::default();
    for (name, values) in &settings.proxy_connect_header {
        for value in values {
            fields.add(name.as_str(), value.expose());
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Secret;

    fn chosen(settings: &ProxySettings, environment: &ProxyEnvironment, url: &str) -> Option<String> {
        let proxies = Proxies::new(settings, environment).expect("good settings");
        let url = Url::parse(url.as_bytes()).expect("a URL");
        proxies.for_url(&url).map(|proxy| format!("{proxy:?}"))
    }

    #[test]
    fn a_proxy_of_the_module_is_for_everything_but_its_exceptions() {
        let mut settings =
            ProxySettings { proxy_url: Secret::new("socks5://u:hush@[::1]"), ..Default::default() };
        let environment = ProxyEnvironment::default();
        let proxy = Some("Socks5 proxy ::1:1080".to_owned());
        assert_eq!(chosen(&settings, &environment, "http://127.0.0.1/"), proxy);
        settings.no_proxy = "web.example".into();
        assert_eq!(chosen(&settings, &environment, "http://127.0.0.1/"), None);
        assert_eq!(chosen(&settings, &environment, "http://web.example/"), None);
        assert_eq!(chosen(&settings, &environment, "https://192.0.2.1/"), proxy);
    }

    #[test]
    fn the_environment_names_one_for_each_scheme() {
        let settings = ProxySettings { proxy_from_environment: true, ..Default::default() };
        let environment = ProxyEnvironment {
            http_proxy: "proxy.example:3128".into(),
            https_proxy: "https://proxy.example".into(),
            no_proxy: "192.0.2.0/24".into(),
        };
        for (url, proxy) in [
            ("http://web.example/", Some("Http proxy proxy.example:3128")),
            ("https://web.example/", Some("Https proxy proxy.example:443")),
            ("http://192.0.2.1/", None),
            ("http://localhost/", None),
        ] {
            assert_eq!(chosen(&settings, &environment, url).as_deref(), proxy, "{url}");
        }
    }

    #[test]
    fn a_proxy_without_a_host_is_no_proxy() {
        let settings = ProxySettings { proxy_url: Secret::new("localhost:3128"), ..Default::default() };
        let error = Proxies::new(&settings, &ProxyEnvironment::default()).expect_err("no host");
        assert_eq!(error.reason, Reason::Configuration);
    }
}
