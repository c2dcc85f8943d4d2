//! Resolves the target, opens a socket, and has the conversation.

use tokio::time::Instant;

use super::conversation::Conversation;
use super::series::DURATION;
use super::settings::UdpSettings;
use crate::model::{Phase, ProbeError, Reason, Recorder, Severity};
use crate::net::{BoxFuture, DatagramSocket, udp_port_number};
use crate::prober::shared::choose;
use crate::prober::{Context, Prober};

/// Probes over UDP. The target is `host:port`; a service may stand for the port.
#[derive(Clone, Debug)]
pub struct UdpProber {
    settings: UdpSettings,
}

impl UdpProber {
    /// A prober with these settings.
    pub fn new(settings: UdpSettings) -> Self {
        Self { settings }
    }

    async fn run(&self, cx: &Context<'_>, out: &mut Recorder) -> Result<(), ProbeError> {
        let start = Instant::now();
        out.begin(Severity::Error, "Error splitting target address and port");
        let target = cx
            .target
            .host_port()
            .map_err(|error| ProbeError::new(Reason::Target, Phase::Prepare, error.to_string()))?;
        out.end_step();
        let address = choose(target.host, self.settings.preference(), cx, out).await?;
        out.set(&DURATION, ["resolve"], start.elapsed());

        out.phase = Phase::Setup;
        out.begin(Severity::Error, "Error opening UDP socket");
        let port = udp_port_number(target.port).ok_or_else(|| {
            ProbeError::new(Reason::Target, Phase::Setup, format!("unknown port {:?}", target.port))
        })?;
        let egress = self.settings.egress.resolve(address.ip, None)?;
        let approved = cx.policy.approve(address.with_port(port)).map_err(|denied| {
            ProbeError::new(Reason::Policy, Phase::Setup, denied.to_string()).caused_by(denied)
        })?;
        let socket = DatagramSocket::open(approved, &egress)?;
        out.end_step();
        let end = Instant::from_std(cx.deadline.instant());
        Conversation::new(&self.settings, &socket, end, out).hold().await
    }
}

impl Prober for UdpProber {
    fn probe<'a>(
        &'a self,
        cx: &'a Context<'a>,
        out: &'a mut Recorder,
    ) -> BoxFuture<'a, Result<(), ProbeError>> {
        Box::pin(self.run(cx, out))
    }
}
