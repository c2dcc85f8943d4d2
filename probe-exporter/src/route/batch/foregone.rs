//! Targets whose probe did not come to an end have a report all the same: no series would be no alarm.

use probe_core::model::{Phase, ProbeError, Reason, Recorder, Report, Target};
use probe_core::net::BoxFuture;
use probe_core::prober::{Context, Prober, RunOptions, Services, run};

use crate::route::probe::Request;

/// What a report without a probe is made of.
pub(super) struct Foregone {
    target: Target,
    options: RunOptions,
}

impl Foregone {
    /// Of the probe that is to be made.
    pub(super) fn of(request: &Request) -> Self {
        let mut options = RunOptions { attempts: 1, ..request.options.clone() };
        options.labels.push(("target".to_owned(), request.target.to_string()));
        Self { target: request.target.clone(), options }
    }

    /// A failure for this reason.
    pub(super) async fn report(self, reason: Reason, detail: &'static str, services: &Services) -> Report {
        run(&Fails(reason, detail), &self.target, &self.options, services).await
    }
}

struct Fails(Reason, &'static str);

impl Prober for Fails {
    fn probe<'a>(&'a self, _: &'a Context<'a>, _: &'a mut Recorder) -> BoxFuture<'a, Result<(), ProbeError>> {
        Box::pin(std::future::ready(Err(ProbeError::new(self.0, Phase::Setup, self.1))))
    }
}
