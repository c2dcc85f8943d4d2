//! The whole probe, in the reference exporter's order.

use tokio::time::Instant;

use super::call::{CallError, Check, call};
use super::series::{CheckTimer, DURATION, SSL, declare, record};
use super::settings::GrpcSettings;
use super::target::GrpcTarget;
use crate::model::{Exchange, Outcome, Phase, ProbeError, Reason, Recorder, Severity};
use crate::net::tls::{TlsClient, TlsFacts, TlsOptions};
use crate::net::{BoxFuture, BoxStream, ScopedIp, connect};
use crate::prober::shared::{LAST_CHAIN_EXPIRY, choose, record_tls};
use crate::prober::{Context, Prober};
use crate::wire::health::{Code, ServingStatus};

/// What HTTP/2 is called in TLS handshakes (RFC 7301, RFC 9113 section 3.2).
const HTTP2: &[u8] = b"h2";

/// Checks the health of gRPC servers.
#[derive(Clone, Debug)]
pub struct GrpcProber {
    settings: GrpcSettings,
}

impl GrpcProber {
    /// A prober with these settings.
    pub fn new(settings: GrpcSettings) -> Self {
        Self { settings }
    }

    async fn run(&self, cx: &Context<'_>, out: &mut Recorder) -> Result<(), ProbeError> {
        declare(out);
        out.begin(Severity::Error, "Could not parse target URL");
        let target = GrpcTarget::parse(cx.target.as_str())
            .map_err(|error| ProbeError::new(Reason::Target, Phase::Prepare, error.to_string()))?;
        out.begin(Severity::Error, "Error creating TLS configuration");
        out.phase = Phase::Setup;
        let tls = self.tls_client(cx)?;
        out.end_step();
        let start = Instant::now();
        let address = choose(&target.host, self.settings.preference(), cx, out).await?;
        out.set(&DURATION, ["resolve"], start.elapsed());

        if tls.is_none() {
            out.log(Severity::Debug, "Dialing GRPC without TLS", &[]);
        }
        out.begin(Severity::Error, "can't connect grpc server:");
        let attempt = Attempt { settings: &self.settings, target: &target, address, tls: tls.as_ref() };
        let (status, facts) = attempt.make(cx, out).await?;
        if let Some(facts) = facts {
            out.put(&SSL, true);
            record_tls(&facts, out);
            // The reference exporter does not show it for this prober.
            out.clear_family(&LAST_CHAIN_EXPIRY);
        }
        if status != ServingStatus::SERVING {
            let detail = format!("the service is {}", status.name());
            return Err(ProbeError::new(Reason::Expectation, Phase::Validate, detail));
        }
        out.log(Severity::Debug, "connect the grpc server successfully", &[]);
        Ok(())
    }

    /// Also without TLS the files are read, as in the reference exporter: what is wrong with them fails the probe.
    fn tls_client(&self, cx: &Context<'_>) -> Result<Option<TlsClient>, ProbeError> {
        let options = &self.settings.tls_options;
        if !self.settings.tls && *options == TlsOptions::default() {
            return Ok(None);
        }
        let client = TlsClient::new(options, &cx.services.roots)
            .map_err(|error| ProbeError::new(error.reason(), Phase::Setup, error.to_string()))?;
        Ok(self.settings.tls.then_some(client))
    }
}

/// A call to the address that was chosen.
struct Attempt<'a> {
    settings: &'a GrpcSettings,
    target: &'a GrpcTarget,
    address: ScopedIp,
    tls: Option<&'a TlsClient>,
}

impl Attempt<'_> {
    /// Connects and calls, and records what that came to.
    async fn make(
        &self,
        cx: &Context<'_>,
        out: &mut Recorder,
    ) -> Result<(ServingStatus, Option<TlsFacts>), ProbeError> {
        record(Code::DEADLINE_EXCEEDED, None, out);
        let timer = CheckTimer::start(out);
        let start = Instant::now();
        match self.connect_and_call(cx, timer.out).await {
            Ok((status, facts)) => {
                record(Code::OK, Some(status), timer.out);
                let outcome = Outcome::Reply { rtt: start.elapsed(), hop_limit: None, bytes: 0 };
                timer.out.exchange(Exchange { sequence: 0, outcome });
                Ok((status, facts))
            }
            Err(Failure { code, error }) => {
                record(code, None, timer.out);
                Err(error)
            }
        }
    }

    async fn connect_and_call(
        &self,
        cx: &Context<'_>,
        out: &mut Recorder,
    ) -> Result<(ServingStatus, Option<TlsFacts>), Failure> {
        out.phase = Phase::Setup;
        let server_name = self.tls.map(|_| self.settings.tls_options.server_name.as_str());
        let service = self.settings.service.as_str();
        let check = Check {
            authority: self.target.authority(server_name),
            tls: self.tls.is_some(),
            service,
            metadata: &self.settings.metadata,
        };
        let request = check.request().map_err(|error| Failure::of_call(error, Phase::Setup))?;
        let stream = self.dial(cx, out).await.map_err(Failure::of_connection)?;
        let (stream, facts) = self.secure(stream, out).await.map_err(Failure::of_connection)?;
        match call(stream, request, check.service, out).await {
            Ok(status) => Ok((status, facts)),
            Err(error) => Err(Failure::of_call(error, out.phase)),
        }
    }

    async fn dial(&self, cx: &Context<'_>, out: &mut Recorder) -> Result<BoxStream, ProbeError> {
        let port = self.target.port(self.tls.is_some());
        let number = port
            .parse()
            .map_err(|_| ProbeError::new(Reason::Target, Phase::Setup, format!("there is no port {port}")))?;
        let egress = self.settings.egress.resolve(self.address.ip, None)?;
        let approved = cx.policy.approve(self.address.with_port(number)).map_err(|denied| {
            ProbeError::new(Reason::Policy, Phase::Setup, denied.to_string()).caused_by(denied)
        })?;
        out.phase = Phase::Connect;
        Ok(Box::new(connect(approved, &egress).await?))
    }

    async fn secure(
        &self,
        stream: BoxStream,
        out: &mut Recorder,
    ) -> Result<(BoxStream, Option<TlsFacts>), ProbeError> {
        let Some(client) = self.tls else { return Ok((stream, None)) };
        out.phase = Phase::Tls;
        let (stream, facts) = TlsClient::connect(client, stream, &self.target.host, &[HTTP2]).await?;
        if facts.alpn.as_deref() != Some(HTTP2) {
            let detail = "the server did not agree on HTTP/2 in the TLS handshake (ALPN)";
            return Err(ProbeError::new(Reason::Tls, Phase::Tls, detail));
        }
        Ok((stream, Some(facts)))
    }
}

/// A call that did not go well, and the status code for it.
struct Failure {
    code: Code,
    error: ProbeError,
}

impl Failure {
    fn of_call(error: CallError, phase: Phase) -> Self {
        Self { code: error.code(), error: error.in_phase(phase) }
    }

    fn of_connection(error: ProbeError) -> Self {
        Self { code: Code::UNAVAILABLE, error }
    }
}

impl Prober for GrpcProber {
    fn probe<'a>(
        &'a self,
        cx: &'a Context<'a>,
        out: &'a mut Recorder,
    ) -> BoxFuture<'a, Result<(), ProbeError>> {
        Box::pin(self.run(cx, out))
    }
}
