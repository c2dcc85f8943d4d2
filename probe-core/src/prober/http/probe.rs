//! The whole probe, in the reference exporter's order.

use super::HttpSettings;
use super::series::declare;
use crate::model::{Phase, ProbeError, Reason, Recorder};
use crate::net::BoxFuture;
use crate::prober::{Context, Prober};

/// Probes over HTTP.
#[derive(Clone, Debug)]
pub struct HttpProber {
    settings: HttpSettings,
}

impl HttpProber {
    /// A prober with these settings.
    pub fn new(settings: HttpSettings) -> Self {
        Self { settings }
    }

    async fn run(&self, _: &Context<'_>, out: &mut Recorder) -> Result<(), ProbeError> {
        let has_expressions = self.settings.fail_if_body_json_matches_cel.is_some()
            || self.settings.fail_if_body_json_not_matches_cel.is_some();
        declare(has_expressions, out);
        Err(ProbeError::new(Reason::Internal, Phase::Prepare, "not written yet"))
    }
}

impl Prober for HttpProber {
    fn probe<'a>(
        &'a self,
        cx: &'a Context<'a>,
        out: &'a mut Recorder,
    ) -> BoxFuture<'a, Result<(), ProbeError>> {
        Box::pin(self.run(cx, out))
    }
}
