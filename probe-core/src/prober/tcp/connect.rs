//! Connects, says what is to be said, and records how that went.

use std::net::SocketAddr;

use tokio::net::TcpStream;
use tokio::time::Instant;

use super::half_open;
use super::series::{DURATION, RETRANSMITS, ROUND_TRIP, ROUND_TRIP_VARIATION};
use super::settings::TcpSettings;
use crate::model::{Exchange, Outcome, Phase, ProbeError, Reason, Recorder, Severity};
use crate::net::tls::TlsClient;
use crate::net::{Approved, BoxFuture, BoxStream, Egress, ScopedIp, connect, kernel_view, port_number};
use crate::prober::shared::{StartTls, choose, converse, record_tls};
use crate::prober::{Context, Prober};

/// Probes over TCP.
#[derive(Clone, Debug)]
pub struct TcpProber {
    settings: TcpSettings,
}

impl TcpProber {
    /// A prober with these settings.
    pub fn new(settings: TcpSettings) -> Self {
        Self { settings }
    }

    async fn run(&self, cx: &Context<'_>, out: &mut Recorder) -> Result<(), ProbeError> {
        // Whatever it is that stands in the way of a connection.
        out.begin(Severity::Error, "Error dialing TCP");
        let start = Instant::now();
        let target = cx.target.host_port().map_err(|error| {
            out.log(Severity::Error, "Error splitting target address and port", &[("err", &error)]);
            ProbeError::new(Reason::Target, Phase::Prepare, error.to_string())
        })?;
        let chosen = choose(target.host, self.settings.preference(), cx, out).await;
        if self.settings.tcp_info {
            out.set(&DURATION, ["resolve"], start.elapsed());
        }
        let address = chosen?;

        out.phase = Phase::Setup;
        self.settings.egress.check_source("Using local address", out)?;
        let client = self.client(cx, out)?;
        let (approved, egress) = self.way(address, target.port, cx)?;
        if self.settings.is_half_open() && Box::pin(half_open::probe(approved, &egress, out)).await? {
            return Ok(());
        }

        let stream = self.dial(approved, &egress, out).await?;
        let mut connection: BoxStream = Box::new(stream);
        let is_tls = client.is_some();
        if let Some(client) = client {
            out.phase = Phase::Tls;
            let (stream, facts) = client.connect(connection, target.host, &[]).await?;
            if self.settings.tcp_info {
                out.set(&DURATION, ["tls"], facts.elapsed);
            }
            record_tls(&facts, out);
            connection = stream;
        }
        out.log(Severity::Debug, "Successfully dialed", &[]);
        let tls = StartTls {
            options: &self.settings.tls_options,
            roots: &cx.services.roots,
            host: target.host,
            is_tls,
        };
        converse(&self.settings.dialogue.steps, connection, tls, cx.deadline, out).await
    }

    /// What does the handshake, where TLS is spoken from the start.
    fn client(&self, cx: &Context<'_>, out: &mut Recorder) -> Result<Option<TlsClient>, ProbeError> {
        if !self.settings.tls {
            out.log(Severity::Debug, "Dialing TCP without TLS", &[]);
            return Ok(None);
        }
        let client = TlsClient::new(&self.settings.tls_options, &cx.services.roots).inspect_err(|error| {
            out.log(Severity::Error, "Error creating TLS configuration", &[("err", error)]);
        })?;
        out.log(Severity::Debug, "Dialing TCP with TLS", &[]);
        Ok(Some(client))
    }

    /// Where to connect, and how packets leave.
    fn way(
        &self,
        address: ScopedIp,
        port: &str,
        cx: &Context<'_>,
    ) -> Result<(Approved<SocketAddr>, Egress), ProbeError> {
        let port = port_number(port)
            .ok_or_else(|| ProbeError::new(Reason::Target, Phase::Setup, format!("unknown port {port:?}")))?;
        let egress = self.settings.egress.resolve(address.ip, None)?;
        let approved = cx.policy.approve(address.with_port(port)).map_err(|denied| {
            ProbeError::new(Reason::Policy, Phase::Setup, denied.to_string()).caused_by(denied)
        })?;
        Ok((approved, egress))
    }

    async fn dial(
        &self,
        address: Approved<SocketAddr>,
        egress: &Egress,
        out: &mut Recorder,
    ) -> Result<TcpStream, ProbeError> {
        out.phase = Phase::Connect;
        let begun = Instant::now();
        let stream = connect(address, egress).await?;
        let elapsed = begun.elapsed();
        let outcome = Outcome::Reply { rtt: elapsed, hop_limit: None, bytes: 0 };
        out.exchange(Exchange { sequence: 0, outcome });
        if self.settings.tcp_info {
            out.set(&DURATION, ["connect"], elapsed);
            if let Ok(view) = kernel_view(&stream) {
                out.put(&ROUND_TRIP, view.rtt);
                out.put(&ROUND_TRIP_VARIATION, view.rtt_variation);
                out.put(&RETRANSMITS, view.retransmits.into());
            }
        }
        Ok(stream)
    }
}

impl Prober for TcpProber {
    fn probe<'a>(
        &'a self,
        cx: &'a Context<'a>,
        out: &'a mut Recorder,
    ) -> BoxFuture<'a, Result<(), ProbeError>> {
        Box::pin(self.run(cx, out))
    }
}
