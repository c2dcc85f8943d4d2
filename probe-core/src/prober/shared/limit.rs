//! Runs steps of a probe up to its deadline, for probers that have something to say when it passes.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;

use tokio::time::{Instant, Sleep, sleep_until};

use crate::model::{Deadline, Phase, ProbeError, Reason};

/// One timer for all the steps of a probe.
pub(crate) struct Limit {
    deadline: Instant,
    timer: Pin<Box<Sleep>>,
}

impl Limit {
    /// A limit at the deadline of a probe.
    pub(crate) fn at(deadline: Deadline) -> Self {
        let deadline = Instant::from_std(deadline.instant());
        Self { deadline, timer: Box::pin(sleep_until(deadline)) }
    }

    /// Runs a step; `None` once the deadline has passed, however busy the step may be.
    pub(crate) async fn run<F: Future>(&mut self, step: F) -> Option<F::Output> {
        let mut step = pin!(step);
        poll_fn(|task| {
            // By the clock, since a step that always has work uses up the budget with which the timer would be polled.
            if Instant::now() >= self.deadline {
                return Poll::Ready(None);
            }
            match step.as_mut().poll(task) {
                Poll::Ready(output) => Poll::Ready(Some(output)),
                Poll::Pending => self.timer.as_mut().poll(task).map(|()| None),
            }
        })
        .await
    }
}

/// What a probe says that ran out of time at `phase`.
pub(crate) fn out_of_time(phase: Phase) -> ProbeError {
    let detail = match phase {
        Phase::Connect => "the connection was not established in time",
        Phase::Tls => "the TLS handshake did not finish in time",
        Phase::Request | Phase::Processing => "no answer in time",
        Phase::Transfer => "the answer did not end in time",
        _ => "the probe did not finish in time",
    };
    ProbeError::new(Reason::Timeout, phase, detail)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn limit(timeout: Duration) -> Limit {
        Limit::at(Deadline::after(Instant::now().into_std(), timeout))
    }

    #[tokio::test(start_paused = true)]
    async fn steps_share_the_time() {
        let mut limit = limit(Duration::from_secs(3));
        let second = || tokio::time::sleep(Duration::from_secs(1));
        assert_eq!(limit.run(second()).await, Some(()));
        assert_eq!(limit.run(second()).await, Some(()));
        assert_eq!(limit.run(async { (second().await, second().await) }).await, None);
        assert_eq!(limit.run(async {}).await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_busy_step_is_cut_too() {
        let mut limit = limit(Duration::from_millis(5));
        let busy = async {
            for _ in 0..1000 {
                tokio::time::advance(Duration::from_millis(1)).await;
            }
        };
        assert_eq!(limit.run(busy).await, None);
    }
}
