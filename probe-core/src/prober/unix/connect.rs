//! Connects to a path, says what is to be said, and records how that went.

use std::path::Path;

use tokio::time::Instant;

use super::settings::UnixSettings;
use crate::model::{Exchange, Outcome, Phase, ProbeError, Reason, Recorder, Severity};
use crate::net::tls::TlsClient;
use crate::net::{BoxFuture, BoxStream, connect_unix};
use crate::prober::shared::{StartTls, converse, record_tls};
use crate::prober::{Context, Prober};

/// A path is no name that a certificate could be for.
const NO_HOST: &str = "";

/// Probes unix sockets. The target is a path, or `@` and the name of an abstract socket.
#[derive(Clone, Debug)]
pub struct UnixProber {
    settings: UnixSettings,
}

impl UnixProber {
    /// A prober with these settings.
    pub fn new(settings: UnixSettings) -> Self {
        Self { settings }
    }

    async fn run(&self, cx: &Context<'_>, out: &mut Recorder) -> Result<(), ProbeError> {
        out.begin(Severity::Error, "Error dialing unix");
        if cx.target.as_str().is_empty() {
            return Err(ProbeError::new(Reason::Target, Phase::Prepare, "the path is empty"));
        }
        out.phase = Phase::Setup;
        let client = self.client(cx, out)?;
        let approved = cx.policy.approve_path(Path::new(cx.target.as_str())).map_err(|denied| {
            ProbeError::new(Reason::Policy, Phase::Setup, denied.to_string()).caused_by(denied)
        })?;

        out.phase = Phase::Connect;
        let begun = Instant::now();
        let mut connection: BoxStream = Box::new(connect_unix(approved).await?);
        let outcome = Outcome::Reply { rtt: begun.elapsed(), hop_limit: None, bytes: 0 };
        out.exchange(Exchange { sequence: 0, outcome });
        let is_tls = client.is_some();
        if let Some(client) = client {
            out.phase = Phase::Tls;
            let (stream, facts) = client.connect(connection, NO_HOST, &[]).await?;
            record_tls(&facts, out);
            connection = stream;
        }
        out.log(Severity::Debug, "Successfully dialed", &[]);
        let tls = StartTls {
            options: &self.settings.tls_options,
            roots: &cx.services.roots,
            host: NO_HOST,
            is_tls,
        };
        converse(&self.settings.dialogue.steps, connection, tls, cx.deadline, out).await
    }

    /// What does the handshake, where TLS is spoken from the start.
    fn client(&self, cx: &Context<'_>, out: &mut Recorder) -> Result<Option<TlsClient>, ProbeError> {
        if !self.settings.tls {
            out.log(Severity::Debug, "Dialing unix without TLS", &[]);
            return Ok(None);
        }
        let client = TlsClient::new(&self.settings.tls_options, &cx.services.roots).inspect_err(|error| {
            out.log(Severity::Error, "Error creating TLS configuration", &[("err", error)]);
        })?;
        out.log(Severity::Debug, "Dialing unix with TLS", &[]);
        Ok(Some(client))
    }
}

impl Prober for UnixProber {
    fn probe<'a>(
        &'a self,
        cx: &'a Context<'a>,
        out: &'a mut Recorder,
    ) -> BoxFuture<'a, Result<(), ProbeError>> {
        Box::pin(self.run(cx, out))
    }
}
