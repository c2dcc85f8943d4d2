//! One request and its redirects, hop by hop.

use std::time::SystemTime;

use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};

use super::cookies::CookieJar;
use super::hop::{Hop, shown};
use super::opening::{Opening, USER_AGENT};
use super::redirect::{
    MOST_REDIRECTS, Redirect, forget_cookies, is_at_home, is_of_body, is_sensitive, referer,
};
use super::settings::HttpSettings;
use crate::model::{Phase, ProbeError, Reason, Recorder, Severity};
use crate::net::ScopedIp;
use crate::net::http::{Fields, Request, RequestContent, Response, Times, basic};
use crate::net::tls::TlsFacts;
use crate::prober::Context;
use crate::prober::shared::http_client::{Authorizer, HttpClient, Visit};
use crate::prober::shared::{Limit, out_of_time};
use crate::wire::url::Url;

/// One request and its redirects.
pub(super) struct Journey<'a> {
    settings: &'a HttpSettings,
    cx: &'a Context<'a>,
    client: HttpClient<'a>,
    authorizer: Authorizer<'a>,
    opening: Opening<'a>,
    address: Option<ScopedIp>,
    jar: CookieJar,
    /// Whether a hop has left the hosts that the probe is about.
    has_left: bool,
    /// Each hop's steps.
    pub(super) hops: Vec<Times>,
    /// Answers that redirect, one that was not followed included.
    pub(super) redirects: u64,
}

/// The answer at the end.
pub(super) struct Arrival {
    pub(super) response: Response,
    pub(super) facts: Option<TlsFacts>,
    /// Whether it is a redirect that was not followed.
    pub(super) is_refused: bool,
    /// Whether the body is gzip because we asked for that, not the module.
    pub(super) is_gzip: bool,
}

impl<'a> Journey<'a> {
    /// Ready to begin. `address` is that of the host of the URL, where that was resolved.
    pub(super) fn new(
        settings: &'a HttpSettings,
        client: HttpClient<'a>,
        opening: Opening<'a>,
        address: Option<ScopedIp>,
        cx: &'a Context<'a>,
    ) -> Self {
        let authorizer = Authorizer::new(&settings.client);
        let (jar, hops) = (CookieJar::default(), Vec::with_capacity(1));
        Self { settings, cx, client, authorizer, opening, address, jar, has_left: false, hops, redirects: 0 }
    }

    /// Goes where the redirects lead, to the last answer.
    pub(super) async fn travel(
        &mut self,
        limit: &mut Limit,
        out: &mut Recorder,
    ) -> Result<Arrival, ProbeError> {
        let mut hop = Hop {
            url: self.opening.url.clone(),
            host: self.opening.host.clone(),
            method: self.opening.method.to_owned(),
            has_body: true,
            referer: None,
        };
        loop {
            let names_host = match self.redirects {
                0 => self.opening.names_host,
                _ => hop.host != hop.url.host,
            };
            hop.announce(&self.opening.url.host, names_host, out);
            self.hops.push(Times::default());
            let Some(answer) = limit.run(Box::pin(self.visit(&hop))).await else {
                return Err(out_of_time(self.times().phase()));
            };
            let (mut response, facts) = answer?;
            let is_gzip = self.opening.asks_for_gzip && undo_gzip(&mut response);
            let is_over = |response, is_refused| Ok(Arrival { response, facts, is_refused, is_gzip });
            let Some(next) = self.next(&hop, &response)? else { return is_over(response, false) };
            self.redirects += 1;
            out.log(Severity::Warn, "Received redirect", &[("location", &shown(location(&response)))]);
            if self.redirects > MOST_REDIRECTS || !self.settings.client.follow_redirects {
                out.log(Severity::Warn, "Not following redirect", &[]);
                return is_over(response, true);
            }
            response.close();
            hop = next;
        }
    }

    /// The hop under way.
    pub(super) fn times(&self) -> Times {
        self.hops.last().copied().unwrap_or_default()
    }

    /// Asks, up to the head of the answer.
    async fn visit(&mut self, hop: &Hop) -> Result<(Response, Option<TlsFacts>), ProbeError> {
        let fields = self.fields(hop).await?;
        if !matches!(hop.url.scheme.as_str(), "http" | "https") {
            let detail = format!("unsupported protocol scheme {:?}", hop.url.scheme);
            return Err(ProbeError::new(Reason::Protocol, Phase::Prepare, detail));
        }
        if hop.url.host_name().is_empty() {
            return Err(ProbeError::new(Reason::Protocol, Phase::Prepare, "no host in the URL"));
        }
        let content = if hop.has_body { self.opening.content() } else { RequestContent::Empty };
        let request =
            Request { method: &hop.method, url: &hop.url, host: &hop.host, fields: &fields, content };
        let is_first_host = hop.url.host == self.opening.url.host;
        let visit = Visit {
            url: &hop.url,
            address: self.address.filter(|_| hop.url.host_name() == self.opening.url.host_name()),
            server_name: if is_first_host { &self.opening.server_name } else { hop.url.host_name() },
        };
        let Some(times) = self.hops.last_mut() else {
            return Err(ProbeError::new(Reason::Internal, Phase::Prepare, "no hop to time"));
        };
        let (response, facts) = if self.settings.enable_http3 {
            // On the heap: six times as large as the usual way.
            Box::pin(ask_http3(&mut self.client, visit, request, times)).await?
        } else {
            self.client.ask(visit, request, times).await?
        };
        self.jar.store(hop.scope(&hop.url.decoded_path()), &response.headers, SystemTime::now());
        Ok((response, facts))
    }

    /// What a hop says beside method and URL. What is for one host only stays there.
    async fn fields(&mut self, hop: &Hop) -> Result<Fields, ProbeError> {
        let mut fields = self.opening.fields.clone();
        fields.retain(|name| !(self.has_left && is_sensitive(name)) && (hop.has_body || !is_of_body(name)));
        if let Some(referer) = &hop.referer
            && fields.first("Referer").is_none()
        {
            fields.set("Referer", referer.as_str());
        }
        if let Some(cookies) = self.jar.header(hop.scope(&hop.url.decoded_path()), SystemTime::now()) {
            let own = fields.first("Cookie").map(|own| [own, b"; "].concat()).unwrap_or_default();
            fields.set("Cookie", [own, cookies.into_bytes()].concat());
        }
        if let Some(user) = &hop.url.user
            && fields.first("Authorization").is_none()
        {
            fields.set("Authorization", basic(&user.name, user.password()));
        }
        if !self.has_left {
            let (egress, preference) = (&self.settings.egress, self.opening.preference);
            self.authorizer.authorize(&mut fields, USER_AGENT, egress, preference, self.cx).await?;
        }
        self.authorizer.add_headers(&mut fields, |name| !self.has_left || !is_sensitive(name))?;
        Ok(fields)
    }

    /// The hop that an answer leads to; `None` if it is the last.
    fn next(&mut self, hop: &Hop, response: &Response) -> Result<Option<Hop>, ProbeError> {
        let Some(redirect) = Redirect::of(response.status, self.opening.has_body_file()) else {
            return Ok(None);
        };
        let location = location(response);
        if location.is_empty() {
            return Ok(None);
        }
        let unreadable = |error| {
            let detail = format!("cannot read the redirect's location \"{}\"", shown(location));
            ProbeError::new(Reason::Protocol, Phase::Processing, detail).caused_by(error)
        };
        let url = hop.url.join(location).map_err(unreadable)?;
        let is_relative = Url::parse(location).is_ok_and(|reference| reference.scheme.is_empty());
        let host = if is_relative && hop.host != hop.url.host { hop.host.clone() } else { url.host.clone() };
        forget_cookies(&mut self.opening.fields, &response.headers);
        self.has_left |= !is_at_home(&url, &self.opening.homes);
        let is_see = redirect == Redirect::See;
        let method = if is_see && hop.method != "HEAD" { "GET" } else { &hop.method };
        Ok(Some(Hop {
            method: method.to_owned(),
            has_body: hop.has_body && !is_see,
            referer: referer(&hop.url, &url),
            url,
            host,
        }))
    }
}

#[cfg(feature = "http3")]
async fn ask_http3(
    client: &mut HttpClient<'_>,
    visit: Visit<'_>,
    request: Request<'_>,
    times: &mut Times,
) -> Result<(Response, Option<TlsFacts>), ProbeError> {
    if !visit.url.is_https() {
        let detail = format!("unsupported protocol scheme {:?} for HTTP/3", visit.url.scheme);
        return Err(ProbeError::new(Reason::Protocol, Phase::Prepare, detail));
    }
    client.ask_http3(visit, request, times).await
}

#[cfg(not(feature = "http3"))]
#[expect(clippy::unused_async, reason = "as the other one of this name")]
async fn ask_http3(
    _: &mut HttpClient<'_>,
    _: Visit<'_>,
    _: Request<'_>,
    _: &mut Times,
) -> Result<(Response, Option<TlsFacts>), ProbeError> {
    let detail = "enable_http3 is set, and this build lacks the feature http3";
    Err(ProbeError::new(Reason::Configuration, Phase::Setup, detail))
}

fn location(response: &Response) -> &[u8] {
    response.headers.get("location").map(http::HeaderValue::as_bytes).unwrap_or_default()
}

/// Whether the body is gzip. If so the answer is made to look as if it were not.
fn undo_gzip(response: &mut Response) -> bool {
    let is_gzip = response.headers.get(CONTENT_ENCODING).is_some_and(|value| value == "gzip");
    if is_gzip {
        response.headers.remove(CONTENT_ENCODING);
        response.headers.remove(CONTENT_LENGTH);
        response.content_length = None;
    }
    is_gzip
}
