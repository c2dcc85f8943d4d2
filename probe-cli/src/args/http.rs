//! `probe http`.

mod request;
mod rules;

use clap::Args;
use probe_core::model::Target;
use probe_core::prober::http::HttpSettings;
use probe_core::prober::shared::http_client::{HttpClientSettings, ProxySettings};
use probe_core::settings::Secret;

use super::common::{EgressArgs, FamilyArgs, ShowArgs};
use super::tls_options::TlsArgs;
use super::values;
use super::ws::basic_auth;
use request::RequestArgs;
use rules::RuleArgs;

const EXAMPLES: &str = "\
Examples:
  probe http https://example.com/                        a 2xx answer within 5 s?
  probe http -v https://example.com/                     with phases, headers and certificates
  probe http http://web1/health --status 200,204 --match '\"up\"'
  probe http https://api.example/v1 -X POST -d '{\"ping\":1}' -H 'Content-Type: application/json'
  probe http https://api.example/health --match-json \"body.status == 'ok'\"
  probe http --http3 https://example.com/

Redirects are followed unless --no-follow is given. A proxy that the environment names is
used, as curl does; --noproxy '*' uses none.
SECS are seconds (0.2) or have a unit (200ms).
The limit of a probe is 5 s unless --timeout says otherwise.";

/// Ask web servers
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct HttpArgs {
    /// What to ask for; without http:// or https:// it is http://
    #[arg(required = true, value_name = "URL", value_parser = values::url)]
    pub(crate) targets: Vec<Target>,
    #[command(flatten)]
    pub(crate) family: FamilyArgs,
    /// Try up to N times; the first success counts
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = values::whole(1..=100_u32))]
    pub(crate) attempts: u32,
    #[command(flatten)]
    pub(crate) request: RequestArgs,
    #[command(flatten)]
    pub(crate) rules: RuleArgs,
    #[command(flatten)]
    pub(crate) tls_options: TlsArgs,
    /// Go through this proxy: http, https, socks5 or socks5h
    #[arg(short = 'x', long, value_name = "URL", help_heading = "Way out")]
    pub(crate) proxy: Option<String>,
    /// Reach these hosts without a proxy, separated by commas; * means all
    #[arg(long, value_name = "HOSTS", help_heading = "Way out")]
    pub(crate) noproxy: Option<String>,
    #[command(flatten)]
    pub(crate) egress: EgressArgs,
    #[command(flatten)]
    pub(crate) show: ShowArgs,
}

impl HttpArgs {
    pub(crate) fn settings(&self) -> HttpSettings {
        let (preferred_ip_protocol, ip_protocol_fallback) = self.family.preference();
        let mut settings = HttpSettings {
            preferred_ip_protocol,
            ip_protocol_fallback,
            egress: self.egress.settings(),
            client: HttpClientSettings {
                basic_auth: self.request.user.as_ref().map(basic_auth),
                tls: self.tls_options.options(),
                follow_redirects: !self.request.no_follow,
                proxy: self.proxies(),
                ..HttpClientSettings::default()
            },
            ..HttpSettings::default()
        };
        self.request.apply(&mut settings);
        self.rules.apply(&mut settings);
        settings
    }

    fn proxies(&self) -> ProxySettings {
        let hosts = self.noproxy.clone().unwrap_or_default();
        match &self.proxy {
            Some(proxy) => ProxySettings {
                // Without a scheme it is HTTP, as for curl.
                proxy_url: Secret::new(if proxy.contains("://") {
                    proxy.clone()
                } else {
                    format!("http://{proxy}")
                }),
                no_proxy: hosts,
                ..ProxySettings::default()
            },
            None => ProxySettings { proxy_from_environment: hosts != "*", ..ProxySettings::default() },
        }
    }
}
