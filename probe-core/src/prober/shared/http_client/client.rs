//! Opens connections on behalf of a probe: names resolved, addresses approved, files read, proxies chosen.

use std::net::SocketAddr;

use tokio::time::Instant;

use super::proxies::Proxies;
use super::settings::ProxySettings;
use crate::model::{Phase, ProbeError, Reason};
#[cfg(feature = "http3")]
use crate::net::http::exchange_http3;
use crate::net::http::{Connection, Endpoint, ProxyKind, Request, Response, Route, Times, Tls, default_port};
use crate::net::tls::{TlsClient, TlsFacts, TlsOptions};
use crate::net::{Approved, Families, Policy, ResolveError, ScopedIp, literal_in};
use crate::prober::Context;
use crate::prober::shared::{EgressSettings, Preference};
use crate::wire::url::Url;

/// Opens connections on behalf of one probe.
pub struct HttpClient<'a> {
    cx: &'a Context<'a>,
    options: TlsOptions,
    /// The name of the server, where the settings have one.
    server_name: String,
    tls: Option<TlsClient>,
    proxies: Proxies,
    egress: &'a EgressSettings,
    preference: Preference,
    offers_http2: bool,
}

/// What is visited.
#[derive(Clone, Copy, Debug)]
pub struct Visit<'a> {
    /// The URL; `http` and `https` can be visited.
    pub url: &'a Url,
    /// The address of its host, where that is known already.
    pub address: Option<ScopedIp>,
    /// The name to ask for and to find in the certificate.
    pub server_name: &'a str,
}

impl<'a> HttpClient<'a> {
    /// Reads the files that the settings name. The name of a server is never that of the options: each visit has its own.
    pub fn new(
        tls: &TlsOptions,
        proxy: &ProxySettings,
        egress: &'a EgressSettings,
        preference: Preference,
        cx: &'a Context<'a>,
    ) -> Result<Self, ProbeError> {
        let options = TlsOptions { server_name: String::new(), ..tls.clone() };
        let mut client = Self {
            cx,
            tls: None,
            proxies: Proxies::new(proxy, &cx.services.proxies)?,
            egress,
            preference,
            offers_http2: false,
            server_name: tls.server_name.clone(),
            options,
        };
        // What cannot work is to be noticed even if no TLS is spoken in the end.
        if client.options != TlsOptions::default() {
            client.tls()?;
        }
        Ok(client)
    }

    /// With HTTP/2 where a server speaks it over TLS.
    #[must_use]
    pub fn offering_http2(mut self, offers: bool) -> Self {
        self.offers_http2 = offers;
        self
    }

    /// The name that TLS asks the server at `url` for: that of the settings, or else that of the host.
    pub(super) fn server_name(&self, url: &Url) -> String {
        if self.server_name.is_empty() { url.host_name().to_owned() } else { self.server_name.clone() }
    }

    /// The TLS client, made when it is first needed.
    fn tls(&mut self) -> Result<&TlsClient, ProbeError> {
        if self.tls.is_none() {
            self.tls = Some(TlsClient::new(&self.options, &self.cx.services.roots)?);
        }
        self.tls.as_ref().ok_or_else(|| ProbeError::new(Reason::Internal, Phase::Tls, "no TLS client"))
    }

    /// Connects and asks, up to the head of the answer. Not bound in time: whoever waits watches the deadline.
    pub async fn ask(
        &mut self,
        visit: Visit<'_>,
        request: Request<'_>,
        times: &mut Times,
    ) -> Result<(Response, Option<TlsFacts>), ProbeError> {
        request.check().map_err(|error| error.at(Phase::Request))?;
        let connection = self.open(visit, times).await?;
        connection.send(request, times).await.map_err(|error| error.at(times.phase()))
    }

    /// The same over HTTP/3: directly, whatever the proxy, and without another version should there be no answer.
    #[cfg(feature = "http3")]
    pub async fn ask_http3(
        &mut self,
        visit: Visit<'_>,
        request: Request<'_>,
        times: &mut Times,
    ) -> Result<(Response, Option<TlsFacts>), ProbeError> {
        let port = read_port(visit.url.port().unwrap_or(default_port(&visit.url.scheme)))?;
        self.permit(visit)?;
        let policy = self.cx.policy;
        let endpoint = match visit.address {
            Some(address) => self.endpoint(address, port, policy)?,
            None => self.endpoints(visit.url.host_name(), port, policy, times).await?.swap_remove(0),
        };
        times.resolved = Some(Instant::now());
        let tls = self.tls()?;
        let answer = exchange_http3(&endpoint, tls, visit.server_name, request, times).await;
        let (response, facts) = answer.map_err(|error| error.at(times.phase()))?;
        Ok((response, Some(facts)))
    }

    /// Opens a connection, directly or through the proxy for the URL. Not bound in time: whoever waits watches the deadline.
    pub async fn open(&mut self, visit: Visit<'_>, times: &mut Times) -> Result<Connection, ProbeError> {
        let host = visit.url.host_name();
        let port = read_port(visit.url.port().unwrap_or(default_port(&visit.url.scheme)))?;
        self.permit(visit)?;
        let proxy = self.proxies.for_url(visit.url).cloned();
        let endpoints = match &proxy {
            Some(proxy) => {
                // The proxy contacts it for us, so the policy has a say in it, too.
                self.permit_by_proxy(visit, port).await?;
                self.endpoints(&proxy.host, read_port(&proxy.port)?, &Policy::operator(), times).await?
            }
            None => match visit.address {
                Some(address) => vec![self.endpoint(address, port, self.cx.policy)?],
                None => self.endpoints(host, port, self.cx.policy, times).await?,
            },
        };
        times.resolved = Some(Instant::now());
        let is_https = visit.url.is_https();
        if is_https || proxy.as_ref().is_some_and(|proxy| proxy.kind == ProxyKind::Https) {
            self.tls()?;
        }
        let route = Route {
            endpoints: &endpoints,
            proxy: proxy.as_ref(),
            proxy_tls: self.tls.as_ref(),
            host,
            port,
            tls: self.tls.as_ref().filter(|_| is_https).map(|client| Tls {
                client,
                server_name: visit.server_name,
                offers_http2: self.offers_http2,
            }),
            deadline: self.cx.deadline,
            dials: self.cx.services.dials.as_ref(),
        };
        Connection::open(&route, times).await.map_err(|error| error.at(times.phase()))
    }

    /// What the policy says before a name server is asked. Where the address is known, so was the name.
    fn permit(&self, visit: Visit<'_>) -> Result<(), ProbeError> {
        self.cx.policy.approve_scheme(&visit.url.scheme)?;
        if visit.address.is_none() {
            self.cx.policy.approve_name(visit.url.host_name())?;
        }
        Ok(())
    }

    /// What the policy says to a visit through a proxy, which looks names up itself: all their addresses must do.
    async fn permit_by_proxy(&self, visit: Visit<'_>, port: u16) -> Result<(), ProbeError> {
        let policy = self.cx.policy;
        if !policy.is_restrictive() {
            return Ok(());
        }
        let host = visit.url.host_name();
        let addresses = match visit.address {
            Some(address) => vec![address],
            None => match literal_in(host, Families::Both) {
                Some(answer) => answer?,
                None => self.cx.services.resolver.lookup(host, Families::Both).await?,
            },
        };
        addresses.into_iter().try_for_each(|address| approve(address, port, policy).map(|_| ()))
    }

    /// The addresses of a host that may be contacted, those of the preferred version first. Never empty.
    async fn endpoints(
        &self,
        host: &str,
        port: u16,
        policy: &Policy,
        times: &mut Times,
    ) -> Result<Vec<Endpoint>, ProbeError> {
        let families = self.preference.asked_for();
        let mut addresses = if let Some(answer) = literal_in(host, families) {
            answer?
        } else {
            let begun = Instant::now();
            let answer = self.cx.services.resolver.lookup(host, families).await;
            times.lookup = begun.elapsed();
            answer?
        };
        self.preference.order(&mut addresses);
        let mut refused = None;
        let mut endpoints = Vec::with_capacity(addresses.len());
        for address in addresses {
            match self.endpoint(address, port, policy) {
                Ok(endpoint) => endpoints.push(endpoint),
                Err(error) => refused = refused.or(Some(error)),
            }
        }
        if endpoints.is_empty() {
            let none = || ResolveError::NoSuitableAddress { host: host.into() }.into();
            return Err(refused.unwrap_or_else(none));
        }
        Ok(endpoints)
    }

    /// An address that may be contacted, and how packets get there.
    fn endpoint(&self, address: ScopedIp, port: u16, policy: &Policy) -> Result<Endpoint, ProbeError> {
        let egress = self.egress.resolve(address.ip, None)?;
        Ok(Endpoint { address: approve(address, port, policy)?, egress })
    }
}

fn approve(address: ScopedIp, port: u16, policy: &Policy) -> Result<Approved<SocketAddr>, ProbeError> {
    policy.approve(address.with_port(port)).map_err(|denied| denied.into_failure(Phase::Setup))
}

/// The port of a URL as a number.
fn read_port(text: &str) -> Result<u16, ProbeError> {
    text.parse().map_err(|_| ProbeError::new(Reason::Target, Phase::Connect, format!("{text} is no port")))
}
