//! Connects, says what is to be said, and records how that went.

use tokio::time::Instant;

use super::half_open;
use super::series::{DURATION, RETRANSMITS, ROUND_TRIP, ROUND_TRIP_VARIATION};
use super::settings::TcpSettings;
use crate::model::{Exchange, Outcome, Phase, ProbeError, Reason, Recorder};
use crate::net::{BoxFuture, connect, kernel_view, port_number};
use crate::prober::shared::{can_be_probed, choose, converse};
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
        let start = Instant::now();
        let target = cx
            .target
            .host_port()
            .map_err(|error| ProbeError::new(Reason::Target, Phase::Prepare, error.to_string()))?;
        let chosen = choose(target.host, self.settings.preference(), cx, out).await;
        if self.settings.tcp_info {
            out.set(&DURATION, ["resolve"], start.elapsed());
        }
        let address = chosen?;

        out.phase = Phase::Setup;
        can_be_probed(self.settings.unsupported)?;
        let port = port_number(target.port).ok_or_else(|| {
            ProbeError::new(Reason::Target, Phase::Setup, format!("unknown port {:?}", target.port))
        })?;
        let egress = self.settings.egress.resolve(address.ip, None)?;
        let approved = cx.policy.approve(address.with_port(port)).map_err(|denied| {
            ProbeError::new(Reason::Policy, Phase::Setup, denied.to_string()).caused_by(denied)
        })?;
        if self.settings.is_half_open() && half_open::probe(approved, &egress, out).await? {
            return Ok(());
        }

        out.phase = Phase::Connect;
        let begun = Instant::now();
        let mut connection = connect(approved, &egress).await?;
        let elapsed = begun.elapsed();
        let outcome = Outcome::Reply { rtt: elapsed, hop_limit: None, bytes: 0 };
        out.exchange(Exchange { sequence: 0, outcome });
        if self.settings.tcp_info {
            out.set(&DURATION, ["connect"], elapsed);
            if let Ok(view) = kernel_view(&connection) {
                out.put(&ROUND_TRIP, view.rtt);
                out.put(&ROUND_TRIP_VARIATION, view.rtt_variation);
                out.put(&RETRANSMITS, view.retransmits.into());
            }
        }
        converse(&self.settings.dialogue.steps, &mut connection, cx.deadline, out).await
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
