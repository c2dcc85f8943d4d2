//! Connects to a path, says what is to be said, and records how that went.

use std::path::Path;

use tokio::time::Instant;

use super::settings::UnixSettings;
use crate::model::{Exchange, Outcome, Phase, ProbeError, Reason, Recorder};
use crate::net::{BoxFuture, connect_unix};
use crate::prober::shared::{can_be_probed, converse};
use crate::prober::{Context, Prober};

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
        if cx.target.as_str().is_empty() {
            return Err(ProbeError::new(Reason::Target, Phase::Prepare, "the path is empty"));
        }
        out.phase = Phase::Setup;
        can_be_probed(self.settings.unsupported)?;
        let approved = cx.policy.approve_path(Path::new(cx.target.as_str())).map_err(|denied| {
            ProbeError::new(Reason::Policy, Phase::Setup, denied.to_string()).caused_by(denied)
        })?;

        out.phase = Phase::Connect;
        let begun = Instant::now();
        let mut connection = connect_unix(approved).await?;
        let outcome = Outcome::Reply { rtt: begun.elapsed(), hop_limit: None, bytes: 0 };
        out.exchange(Exchange { sequence: 0, outcome });
        converse(&self.settings.dialogue.steps, &mut connection, cx.deadline, out).await
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
