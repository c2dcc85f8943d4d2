//! How a dialogue goes on over TLS.

use crate::model::{Phase, ProbeError, Reason, Recorder, Severity};
use crate::net::BoxStream;
use crate::net::tls::{SystemRoots, TlsClient, TlsOptions};
use crate::prober::shared::record_tls;

/// How a dialogue goes on over TLS when a step says so.
#[derive(Clone, Copy, Debug)]
pub struct StartTls<'a> {
    /// How to speak it.
    pub options: &'a TlsOptions,
    /// The certificate authorities of the system.
    pub roots: &'a SystemRoots,
    /// The name of the host, if the options have none.
    pub host: &'a str,
    /// Whether the connection is over TLS already; a second time is a failure.
    pub is_tls: bool,
}

impl StartTls<'_> {
    /// Does the handshake on the connection, which is over TLS afterwards, and records what it showed. Files are read now.
    pub(super) async fn start(
        &mut self,
        connection: &mut BoxStream,
        entry: usize,
        out: &mut Recorder,
    ) -> Result<(), ProbeError> {
        out.phase = Phase::Tls;
        out.begin(Severity::Error, "TLS Handshake (client) failed");
        let failed = |mut error: ProbeError| {
            error.detail = format!("step {entry}: {}", error.detail);
            error
        };
        if self.is_tls {
            let detail = "the connection is over TLS already";
            return Err(failed(ProbeError::new(Reason::Configuration, Phase::Tls, detail)));
        }
        let client = TlsClient::new(self.options, self.roots).map_err(|error| {
            out.begin(Severity::Error, "Failed to create TLS configuration");
            failed(error.into())
        })?;
        let plain = std::mem::replace(connection, Box::new(tokio::io::empty()));
        let connected = client.connect(plain, self.host, &[]).await;
        let (stream, facts) = connected.map_err(|error| failed(error.into()))?;
        *connection = stream;
        self.is_tls = true;
        out.log(Severity::Debug, "TLS Handshake (client) succeeded.", &[]);
        record_tls(&facts, out);
        out.phase = Phase::Processing;
        Ok(())
    }
}
