//! Hits as a stream.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use futures_core::Stream;

use super::account::Account;
use super::engine::Sweep;
use super::hit::Hit;
use super::progress::SweepError;

/// The hits of a sweep, as they come. It runs while it is polled, on the task that polls it; dropping it ends the sweep.
pub struct Hits {
    found: Arc<Mutex<VecDeque<Hit>>>,
    sweep: Option<Pin<Box<dyn Future<Output = Result<Account, SweepError>> + Send>>>,
    outcome: Option<Result<Account, SweepError>>,
}

impl Sweep {
    /// Runs it as a stream of what it finds.
    pub fn into_stream(mut self) -> Hits {
        let found: Arc<Mutex<VecDeque<Hit>>> = Arc::default();
        let sink = Arc::clone(&found);
        let sweep = Box::pin(async move {
            self.run(|hit| sink.lock().unwrap_or_else(PoisonError::into_inner).push_back(hit)).await
        });
        Hits { found, sweep: Some(sweep), outcome: None }
    }
}

impl Hits {
    /// How the sweep ended, once the stream has.
    pub fn into_outcome(self) -> Option<Result<Account, SweepError>> {
        self.outcome
    }

    fn take(&self) -> Option<Hit> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}

impl Stream for Hits {
    type Item = Hit;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Hit>> {
        if let Some(hit) = self.take() {
            return Poll::Ready(Some(hit));
        }
        if let Some(sweep) = &mut self.sweep
            && let Poll::Ready(outcome) = sweep.as_mut().poll(cx)
        {
            self.outcome = Some(outcome);
            self.sweep = None;
        }
        match self.take() {
            Some(hit) => Poll::Ready(Some(hit)),
            None if self.sweep.is_none() => Poll::Ready(None),
            None => Poll::Pending,
        }
    }
}
