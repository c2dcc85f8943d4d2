//! Pings without end, as a prober: until it is stopped, its packets are sent, or its time is over.

use std::mem::take;
use std::sync::OnceLock;

use probe_core::model::{Phase, ProbeError, Reason, Recorder, RoundTrips};
use probe_core::net::BoxFuture;
use probe_core::prober::icmp::{IcmpProber, IcmpSettings, Packets};
use probe_core::prober::{Context, Prober};
use tokio::sync::watch::Receiver;
use tokio::time::{Instant, sleep_until};

use super::field::{Account, Field, Timing};

/// One host that is watched. Runs once.
pub(super) struct Watched {
    prober: IcmpProber,
    settings: IcmpSettings,
    /// Packets to send; 0 for no end.
    count: u32,
    timing: Timing,
    field: Field,
    stopped: Receiver<bool>,
    trips: OnceLock<RoundTrips>,
}

impl Watched {
    /// A host whose packets leave as `timing` says, once its name is resolved.
    pub(super) fn new(settings: IcmpSettings, timing: Timing, field: Field, stopped: Receiver<bool>) -> Self {
        let prober = IcmpProber::new(settings.clone());
        let count = settings.count;
        // However many are sent: the summary series are wanted.
        let settings = IcmpSettings { count: 0, ..settings };
        Self { prober, settings, count, timing, field, stopped, trips: OnceLock::new() }
    }

    /// Whether it came as far as sending.
    pub(super) fn was_under_way(&self) -> bool {
        self.trips.get().is_some()
    }

    /// What its packets came to.
    pub(super) fn trips(&self) -> RoundTrips {
        self.trips.get().cloned().unwrap_or_default()
    }

    async fn run(&self, cx: &Context<'_>, out: &mut Recorder) -> Result<(), ProbeError> {
        let mut stopped = self.stopped.clone();
        let opened = tokio::select! {
            biased;
            _ = stopped.wait_for(|stopped| *stopped) => None,
            opened = self.prober.open(cx, out) => Some(opened?),
        };
        let Some(pinger) = opened else {
            return Err(ProbeError::new(Reason::Timeout, out.phase, "interrupted before the first packet"));
        };
        out.phase = Phase::Rtt;
        let left = if self.count == 0 { u64::MAX } else { self.count.into() };
        let recorded = take(out);
        let packets = Packets::with_spread().told_to(&recorded);
        let account = Account { packets, out: recorded, failure: None, left };
        let gone = || ProbeError::new(Reason::Internal, Phase::Rtt, "the ICMP engine has stopped");
        let mut place = self.field.enter(pinger, account, self.timing).ok_or_else(gone)?;
        let account = tokio::select! {
            biased;
            account = place.done() => account,
            _ = stopped.wait_for(|stopped| *stopped) => place.leave(),
            () = sleep_until(Instant::from_std(cx.deadline.instant())) => place.leave(),
        };
        let Account { mut packets, out: recorded, failure, .. } = account.ok_or_else(gone)?;
        *out = recorded;
        packets.forget_open();
        let judged = packets.conclude(&self.settings, out);
        let trips = packets.trips();
        let unanswered = trips.received == 0;
        let unknown = unanswered && trips.sent == 0;
        let _ = self.trips.set(trips.clone());
        match failure {
            // Where nothing came back but errors, the last of them says more than "no answer".
            Some(failure) if unanswered => Err(failure),
            _ if unknown => {
                Err(ProbeError::new(Reason::Timeout, Phase::Rtt, "interrupted before the first answer"))
            }
            _ => judged,
        }
    }
}

impl Prober for Watched {
    fn probe<'a>(
        &'a self,
        cx: &'a Context<'a>,
        out: &'a mut Recorder,
    ) -> BoxFuture<'a, Result<(), ProbeError>> {
        Box::pin(self.run(cx, out))
    }
}
