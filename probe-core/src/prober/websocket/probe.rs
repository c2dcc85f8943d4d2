//! The whole probe, in the reference exporter's order.

use std::time::Duration;

use tokio::time::Instant;

use super::conversation::Conversation;
use super::handshake::Handshake;
use super::series::{DURATION, PhaseTimer, STATUS_CODE, UPGRADED, declare};
use super::settings::WebSocketSettings;
use crate::model::{Exchange, Outcome, Phase, ProbeError, Reason, Recorder, Severity};
use crate::net::http::{Connection, Endpoint, Request, RequestContent, Response, Route, Times, Tls};
use crate::net::tls::{TlsClient, TlsOptions};
use crate::net::{BoxFuture, ScopedIp};
use crate::prober::shared::{choose, describe_tls};
use crate::prober::{Context, Prober};
use crate::wire::url::Url;

/// Probes websockets. The target is a URL, `ws` or `wss`.
#[derive(Clone, Debug)]
pub struct WebSocketProber {
    settings: WebSocketSettings,
}

impl WebSocketProber {
    /// A prober with these settings.
    pub fn new(settings: WebSocketSettings) -> Self {
        Self { settings }
    }

    async fn run(&self, cx: &Context<'_>, out: &mut Recorder) -> Result<(), ProbeError> {
        out.log(Severity::Debug, "probing websocket", &[("target", &cx.target)]);
        out.begin(Severity::Error, "Could not parse target URL");
        let url = Url::parse(cx.target.as_str().as_bytes())
            .map_err(|error| ProbeError::new(Reason::Target, Phase::Prepare, error.to_string()))?;
        cx.policy.approve_scheme(&url.scheme)?;
        declare(out);
        out.begin(Severity::Error, "Error creating TLS config");
        out.phase = Phase::Setup;
        let tls = self.tls_client(&url, cx)?;
        out.end_step();
        let start = Instant::now();
        let address = choose(url.host_name(), self.settings.preference(), cx, out).await?;
        out.set(&DURATION, ["resolve"], start.elapsed());

        out.begin(Severity::Error, "Error dialing websocket");
        let attempt = Attempt { settings: &self.settings, url: &url, address, tls: tls.as_ref() };
        let mut conversation = attempt.open(cx, out).await?;
        out.end_step();
        let steps = &self.settings.messages.steps;
        if steps.is_empty() {
            return Ok(());
        }
        let timer = PhaseTimer::start("transfer", out);
        conversation.hold(steps, timer.out).await
    }

    /// Files are read before there is a connection, also where no TLS is spoken, as in the reference exporter.
    fn tls_client(&self, url: &Url, cx: &Context<'_>) -> Result<Option<TlsClient>, ProbeError> {
        let default = TlsOptions::default();
        let options = self.settings.http_config.as_ref().map_or(&default, |client| &client.tls);
        if url.scheme != "wss" && *options == default {
            return Ok(None);
        }
        let client = TlsClient::new(options, &cx.services.roots)
            .map_err(|error| ProbeError::new(error.reason(), Phase::Setup, error.to_string()))?;
        Ok((url.scheme == "wss").then_some(client))
    }
}

/// A connection to the address that was chosen.
struct Attempt<'a> {
    settings: &'a WebSocketSettings,
    url: &'a Url,
    address: ScopedIp,
    tls: Option<&'a TlsClient>,
}

impl Attempt<'_> {
    /// Connects and shakes hands. `connect` is there once connected, `processing` is the rest, however it ends.
    async fn open(&self, cx: &Context<'_>, out: &mut Recorder) -> Result<Conversation, ProbeError> {
        let mut clock = Clock { begun: Instant::now(), times: Times::default(), out };
        let Clock { times, out, .. } = &mut clock;
        let handshake = Handshake::new(self.settings, out);
        let response = self.shake_hands(&handshake, times, cx, out).await?;
        out.put(&STATUS_CODE, response.status.into());
        handshake.check(response.version, response.status, &response.headers)?;
        out.put(&UPGRADED, true);
        let outcome = Outcome::Reply { rtt: clock.begun.elapsed(), hop_limit: None, bytes: 0 };
        clock.out.exchange(Exchange { sequence: 0, outcome });
        let upgraded = response.into_stream();
        let (stream, received) = upgraded.ok_or_else(|| {
            ProbeError::new(Reason::Internal, Phase::Transfer, "the connection cannot be taken over")
        })?;
        Ok(Conversation::begin(stream, received).await)
    }

    async fn shake_hands(
        &self,
        handshake: &Handshake,
        times: &mut Times,
        cx: &Context<'_>,
        out: &mut Recorder,
    ) -> Result<Response, ProbeError> {
        out.phase = Phase::Setup;
        let port = self.port()?;
        let egress = self.settings.egress.resolve(self.address.ip, None)?;
        let address = cx.policy.approve(self.address.with_port(port)).map_err(|denied| {
            ProbeError::new(Reason::Policy, Phase::Setup, denied.to_string()).caused_by(denied)
        })?;
        let host = self.url.host_name();
        let route = Route {
            endpoints: &[Endpoint { address, egress }],
            proxy: None,
            proxy_tls: None,
            host,
            port,
            tls: self.tls.map(|client| Tls { client, server_name: host, offers_http2: false }),
            deadline: cx.deadline,
            dials: None,
        };
        out.phase = Phase::Connect;
        let connection = Connection::open(&route, times).await.map_err(|error| error.at(Phase::Connect))?;
        if let Some(facts) = connection.tls_facts() {
            describe_tls(facts, out);
        }
        handshake.check_request()?;
        out.phase = Phase::Processing;
        let request = Request {
            method: "GET",
            url: self.url,
            host: handshake.host.as_deref().unwrap_or(&self.url.host),
            fields: &handshake.fields,
            content: RequestContent::Empty,
        };
        let sent = connection.send(request, times).await;
        let (response, _) = sent.map_err(|error| error.at(Phase::Processing))?;
        Ok(response)
    }

    /// The port, if this is a URL of a websocket at all.
    fn port(&self) -> Result<u16, ProbeError> {
        let refused = |detail: String| ProbeError::new(Reason::Target, Phase::Setup, detail);
        let default = match self.url.scheme.as_str() {
            "ws" => 80,
            "wss" => 443,
            other => return Err(refused(format!("malformed ws or wss URL: its scheme is {other:?}"))),
        };
        if self.url.user.is_some() {
            return Err(refused("malformed ws or wss URL: it has a user name".to_owned()));
        }
        match self.url.port() {
            None => Ok(default),
            Some(port) => port.parse().map_err(|_| refused(format!("there is no port {port}"))),
        }
    }
}

/// Records the phases of the handshake when dropped, hence also when it is cut short.
struct Clock<'a> {
    begun: Instant,
    times: Times,
    out: &'a mut Recorder,
}

impl Drop for Clock<'_> {
    fn drop(&mut self) {
        let mut connect = Duration::ZERO;
        if let Some(connected) = self.times.connected {
            connect = connected - self.begun;
            self.out.set(&DURATION, ["connect"], connect);
        }
        self.out.set(&DURATION, ["processing"], self.begun.elapsed().saturating_sub(connect));
        self.out.phase = self.times.phase();
    }
}

impl Prober for WebSocketProber {
    fn probe<'a>(
        &'a self,
        cx: &'a Context<'a>,
        out: &'a mut Recorder,
    ) -> BoxFuture<'a, Result<(), ProbeError>> {
        Box::pin(self.run(cx, out))
    }
}
