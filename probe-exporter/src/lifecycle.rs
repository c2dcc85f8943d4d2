//! What happens to a running exporter from outside: signals, requests to reload, and a file that changes.

use std::future::pending;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep, sleep_until};
use tracing::{error, info};

use crate::live_config::{LiveConfig, LoadError};
use crate::route::Exporter;
use crate::systemd::Service;

/// How often a watched file is looked at.
const LOOK: Duration = Duration::from_millis(500);
/// Requests to reload that may wait; whoever comes later waits to be let in.
const WAITING_RELOADS: usize = 8;

/// Somebody who asked for a reload, and is told how it went.
pub(crate) type Asked = oneshot::Sender<Result<(), String>>;

/// Asks for reloads, from any thread.
#[derive(Clone)]
pub(crate) struct Reloads(mpsc::Sender<Asked>);

impl Reloads {
    /// Where to ask, and where the questions arrive.
    pub(crate) fn channel() -> (Self, mpsc::Receiver<Asked>) {
        let (asking, asked) = mpsc::channel(WAITING_RELOADS);
        (Self(asking), asked)
    }

    /// Has the configuration read anew. Reloads follow each other.
    pub(crate) async fn ask(&self) -> Result<(), String> {
        let (answer, answered) = oneshot::channel();
        let gone = || "the exporter is stopping".to_owned();
        self.0.send(answer).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

/// When to look at the configuration file unasked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Schedule {
    /// How long after the last reload the next one comes; never if absent.
    pub(crate) every: Option<Duration>,
    /// Whether a change of the file is taken over at once.
    pub(crate) watch: bool,
}

/// The exporter as its surroundings see it.
pub(crate) struct Lifecycle {
    exporter: Arc<Exporter>,
    schedule: Schedule,
    service: Service,
    asked: mpsc::Receiver<Asked>,
    terminated: Signal,
    interrupted: Signal,
    hung_up: Signal,
}

/// What happened.
enum Event {
    Asked(Asked),
    Changed,
    HungUp,
    Stop,
    Due,
}

impl Lifecycle {
    /// Takes the signals over; needs a runtime.
    pub(crate) fn begin(
        exporter: Arc<Exporter>,
        schedule: Schedule,
        asked: mpsc::Receiver<Asked>,
        service: Service,
    ) -> io::Result<Self> {
        Ok(Self {
            exporter,
            schedule,
            service,
            asked,
            terminated: signal(SignalKind::terminate())?,
            interrupted: signal(SignalKind::interrupt())?,
            hung_up: signal(SignalKind::hangup())?,
        })
    }

    /// Reloads whenever there is a reason, until SIGTERM or SIGINT. Tells the service manager that the exporter is ready,
    /// and at the end that it stops.
    pub(crate) async fn until_stopped(mut self) {
        self.service.ready();
        let mut due = self.next();
        loop {
            let event = tokio::select! {
                biased;
                _ = self.terminated.recv() => Event::Stop,
                _ = self.interrupted.recv() => Event::Stop,
                _ = self.hung_up.recv() => Event::HungUp,
                Some(asked) = self.asked.recv() => Event::Asked(asked),
                () = until(due) => Event::Due,
                () = changed(&self.exporter.live), if self.schedule.watch => Event::Changed,
            };
            match event {
                Event::Stop => break,
                Event::Asked(asked) => {
                    let outcome = self.reload().map_err(|error| error.to_string());
                    // A client that has left does not want to know.
                    let _ = asked.send(outcome);
                }
                // What went wrong is in the log.
                Event::Changed | Event::Due | Event::HungUp => drop(self.reload()),
            }
            due = self.next();
        }
        // As in the reference, whichever signal it was.
        info!("Received SIGTERM, exiting gracefully...");
        self.exporter.stopping.store(true, Ordering::Relaxed);
        self.service.stopping();
    }

    fn reload(&self) -> Result<(), LoadError> {
        self.service.reloading();
        let outcome = self.exporter.live.reload();
        match &outcome {
            Ok(()) => info!("Reloaded config file"),
            Err(error) => {
                for err in error.messages() {
                    error!(err, "Error reloading config");
                }
            }
        }
        self.service.ready();
        outcome
    }

    /// When the next reload is due unasked.
    fn next(&self) -> Option<Instant> {
        self.schedule
            .every
            .filter(|length| !length.is_zero())
            .and_then(|length| Instant::now().checked_add(length))
    }
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => pending().await,
    }
}

/// Waits until the file is another one than was read last, and has been the same for two looks: whoever writes it may
/// need a moment.
async fn changed(live: &LiveConfig) {
    let mut before = None;
    loop {
        sleep(LOOK).await;
        let now = live.look();
        if now.is_some() && now == before && now != live.seen() {
            return;
        }
        before = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[tokio::test(start_paused = true)]
    async fn a_watched_file_is_noticed_once_it_rests() {
        let exporter = testing::exporter("watched.yml", "modules: {a: {prober: tcp}}");
        let path = exporter.live.source().file().expect("a file").to_owned();
        let before = Instant::now();
        std::fs::write(&path, "modules: {bb: {prober: tcp}}").expect("it was written before");
        changed(&exporter.live).await;
        assert_eq!(before.elapsed(), 2 * LOOK);
        exporter.live.reload().expect("a valid file");
        assert_eq!(exporter.live.look(), exporter.live.seen());
    }

    #[tokio::test]
    async fn whoever_asks_is_told() {
        let (reloads, mut asked) = Reloads::channel();
        let asking = tokio::spawn(async move { reloads.ask().await });
        asked.recv().await.expect("a question").send(Err("bad".into())).expect("somebody waits");
        assert_eq!(asking.await.expect("no panic"), Err("bad".into()));
    }

    #[tokio::test]
    async fn nobody_is_left_waiting_by_an_exporter_that_stops() {
        let (reloads, asked) = Reloads::channel();
        drop(asked);
        assert_eq!(reloads.ask().await, Err("the exporter is stopping".into()));
    }
}
