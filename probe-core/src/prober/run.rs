//! Runs one probe: attempts, deadline, verdict, and the series that every probe has.

use std::future::poll_fn;
use std::task::Poll;
use std::time::SystemTime;

use tokio::time::{Instant, timeout_at};
use tracing::{Instrument, debug, debug_span};

use super::api::{Context, Prober, RunOptions, Services, TIMEOUT};
use crate::model::{
    Count, Deadline, Flag, Gauge, Phase, ProbeError, Reason, Recorder, Report, Seconds, Severity, Target,
    Verdict,
};
use crate::net::BoxFuture;

/// Success of the probe, in every report.
pub static SUCCESS: Gauge<Flag> =
    Gauge::new("probe_success", "Displays whether or not the probe was a success", &[]);
/// Duration of the probe, in every report.
pub static DURATION: Gauge<Seconds> =
    Gauge::new("probe_duration_seconds", "Returns how long the probe took to complete in seconds", &[]);
/// Attempts used; only where more than one is allowed.
pub static ATTEMPTS: Gauge<Count> =
    Gauge::new("probe_attempts", "Number of attempts used, the successful one included", &[]);
/// Why the probe failed; only on failure and where asked for.
pub static FAILURE_INFO: Gauge<Count, 2> = Gauge::new(
    "probe_failure_info",
    "Why the probe failed, as a word from a closed list, and in which phase",
    &["reason", "phase"],
);

/// Runs one probe to its end, at the latest to its deadline. Never fails: whatever happens is a report.
///
/// Attempts share the timeout: each gets an equal part of what is left, so that a silent endpoint is tried again.
pub async fn run(prober: &dyn Prober, target: &Target, options: &RunOptions, services: &Services) -> Report {
    let span = debug_span!("probe", module = %options.module, target = %target);
    #[cfg(feature = "name-server")]
    if let Some(server) = &options.resolver {
        let own = services.asking(server, &options.egress);
        return run_in_span(prober, target, options, &own).instrument(span).await;
    }
    run_in_span(prober, target, options, services).instrument(span).await
}

async fn run_in_span(
    prober: &dyn Prober,
    target: &Target,
    options: &RunOptions,
    services: &Services,
) -> Report {
    let started = SystemTime::now();
    let start = Instant::now();
    let deadline = Deadline::after(start.into_std(), options.timeout);
    let attempts = options.attempts.max(1);
    debug!(prober = %options.prober, timeout_seconds = options.timeout.as_secs_f64(), "beginning probe");

    let mut said = Vec::new();
    let mut used = 0;
    let (mut out, result) = loop {
        used += 1;
        let mut out = Recorder::new(options.keep_exchanges, options.observer.clone())
            .keeping_details(options.keep_details)
            .keeping_log(options.log);
        let now = Instant::now().into_std();
        let share = deadline.remaining(now) / (attempts - used + 1);
        let limit = if used == attempts { deadline } else { Deadline::after(now, share) };
        let cx = Context { target, deadline: limit, policy: &options.policy, services };
        out.log(
            Severity::Debug,
            "Beginning probe",
            &[("probe", &options.prober), ("timeout_seconds", &options.timeout.as_secs_f64())],
        );
        let result = attempt(prober, &cx, &mut out).await;
        if let Err(error) = &result {
            out.log_failure(&error.chain());
        }
        if result.is_ok() || used == attempts || deadline.has_passed(Instant::now().into_std()) {
            break (out, result);
        }
        said.append(&mut out.take_log());
        debug!(attempt = used, "attempt failed");
    };

    let elapsed = start.elapsed();
    let (severity, message) = match result {
        Ok(()) => (Severity::Debug, "Probe succeeded"),
        Err(_) => (Severity::Error, "Probe failed"),
    };
    out.log(severity, message, &[("duration_seconds", &elapsed.as_secs_f64())]);
    said.append(&mut out.take_log());
    out.put(&SUCCESS, result.is_ok());
    out.put(&DURATION, elapsed);
    if options.timeout_series {
        out.put(&TIMEOUT, options.timeout);
    }
    if attempts > 1 {
        out.put(&ATTEMPTS, u64::from(used));
    }
    let verdict = match result {
        Ok(()) => Verdict::Success,
        Err(error) => {
            debug!(reason = %error.reason, phase = %error.phase, error = %error.chain(), "probe failed");
            if options.failure_info {
                out.set(&FAILURE_INFO, [error.reason.as_str(), error.phase.as_str()], 1);
            }
            Verdict::failure(error)
        }
    };
    Report {
        module: options.module.clone(),
        prober: options.prober.clone(),
        target: target.clone(),
        address: out.address,
        labels: options.labels.clone(),
        started,
        elapsed,
        timeout: options.timeout,
        verdict,
        measurements: out.measurements,
        notes: out.notes,
        exchanges: out.exchanges,
        log: said,
    }
}

/// One attempt. The deadline is the backstop; a prober that sends several packets judges by it itself.
async fn attempt(prober: &dyn Prober, cx: &Context<'_>, out: &mut Recorder) -> Result<(), ProbeError> {
    let result = if cx.deadline.has_passed(Instant::now().into_std()) {
        first_step(prober.probe(cx, out)).await
    } else {
        let limit = Instant::from_std(cx.deadline.instant());
        timeout_at(limit, prober.probe(cx, out)).await.ok()
    };
    result.unwrap_or_else(|| Err(ProbeError::new(Reason::Timeout, out.phase, waiting_for(out.phase))))
}

/// What a probe without any time comes to: it may record what takes no waiting, and fail, but not succeed.
/// The runtime's timer counts in milliseconds, in which a near endpoint answers.
async fn first_step(mut probe: BoxFuture<'_, Result<(), ProbeError>>) -> Option<Result<(), ProbeError>> {
    match poll_fn(|task| Poll::Ready(probe.as_mut().poll(task))).await {
        Poll::Ready(Err(error)) => Some(Err(error)),
        Poll::Ready(Ok(())) | Poll::Pending => None,
    }
}

fn waiting_for(phase: Phase) -> &'static str {
    match phase {
        Phase::Resolve => "the name servers did not answer in time",
        Phase::Connect => "the connection was not established in time",
        Phase::Rtt => "no answer in time",
        Phase::Tls => "the TLS handshake did not finish in time",
        _ => "the probe did not finish in time",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::time::Duration;

    use crate::net::{BoxFuture, Families, Resolve, ResolveError, ScopedIp};

    static PARTIAL: Gauge<Count> = Gauge::new("test_partial", "Set before the stall.", &[]);

    struct NoNames;
    impl Resolve for NoNames {
        fn lookup<'a>(
            &'a self,
            host: &'a str,
            _: Families,
        ) -> BoxFuture<'a, Result<Vec<ScopedIp>, ResolveError>> {
            Box::pin(async move { Err(ResolveError::NoResolver { host: host.into() }) })
        }
    }

    /// Records, then stalls for ever; succeeds at the given attempt.
    struct Stalls {
        succeed_at: u32,
        tried: std::sync::atomic::AtomicU32,
    }
    impl Prober for Stalls {
        fn probe<'a>(
            &'a self,
            _: &'a Context<'a>,
            out: &'a mut Recorder,
        ) -> BoxFuture<'a, Result<(), ProbeError>> {
            Box::pin(async move {
                out.put(&PARTIAL, 7);
                out.phase = Phase::Connect;
                let tried = self.tried.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
                if tried >= self.succeed_at {
                    return Ok(());
                }
                std::future::pending().await
            })
        }
    }

    fn services() -> Services {
        Services::new(Arc::new(NoNames))
    }

    /// Records, and succeeds at the second look.
    struct Prompt;
    impl Prober for Prompt {
        fn probe<'a>(
            &'a self,
            _: &'a Context<'a>,
            out: &'a mut Recorder,
        ) -> BoxFuture<'a, Result<(), ProbeError>> {
            Box::pin(async move {
                out.put(&PARTIAL, 7);
                tokio::task::yield_now().await;
                Ok(())
            })
        }
    }

    #[tokio::test]
    async fn without_time_nothing_succeeds_but_measurements_survive() {
        for timeout in [Duration::ZERO, Duration::from_secs(9)] {
            let options = RunOptions::new("m", "prompt", timeout);
            let report = run(&Prompt, &"t".into(), &options, &services()).await;
            assert_eq!(report.is_success(), !timeout.is_zero());
            assert_eq!(report.measurements.get(&PARTIAL), Some(7));
        }
    }

    async fn run_stalls(succeed_at: u32, attempts: u32) -> Report {
        let prober = Stalls { succeed_at, tried: 0.into() };
        let mut options = RunOptions::new("m", "stalls", Duration::from_secs(9));
        options.attempts = attempts;
        options.failure_info = true;
        run(&prober, &"t".into(), &options, &services()).await
    }

    #[tokio::test(start_paused = true)]
    async fn partial_measurements_survive_the_deadline() {
        let report = run_stalls(u32::MAX, 1).await;
        assert!(matches!(
            report.verdict,
            Verdict::Failure { reason: Reason::Timeout, phase: Phase::Connect, .. }
        ));
        assert_eq!(report.measurements.get(&PARTIAL), Some(7));
        assert_eq!(report.measurements.get(&SUCCESS), Some(false));
        assert_eq!(report.measurements.read(&FAILURE_INFO, ["timeout", "connect"]), Some(1));
        assert_eq!(report.measurements.get(&ATTEMPTS), None);
        assert!(report.elapsed >= Duration::from_secs(9) && report.elapsed < Duration::from_secs(10));
    }

    #[tokio::test(start_paused = true)]
    async fn stops_at_the_first_success_and_counts_attempts() {
        let report = run_stalls(2, 3).await;
        assert!(report.is_success());
        assert_eq!(report.measurements.get(&ATTEMPTS), Some(2));
        assert_eq!(report.measurements.read(&FAILURE_INFO, ["timeout", "connect"]), None);
        assert!(report.elapsed >= Duration::from_secs(3) && report.elapsed < Duration::from_secs(4));
    }

    #[tokio::test(start_paused = true)]
    async fn attempts_never_outlast_the_timeout() {
        let report = run_stalls(u32::MAX, 3).await;
        assert!(!report.is_success());
        assert_eq!(report.measurements.get(&ATTEMPTS), Some(3));
        assert!(report.elapsed < Duration::from_secs(10));
    }
}
