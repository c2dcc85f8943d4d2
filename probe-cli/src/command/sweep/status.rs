//! How far a sweep is, and what it came to.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use probe_core::model::Explanation;
use probe_core::sweep::{Account, Progress, Sweep};

use crate::output::Output;

/// Further apart than results, so that a line can be read.
const INTERVAL: Duration = Duration::from_millis(250);

pub(super) struct Status {
    parts: Vec<Arc<Progress>>,
    targets: u64,
    sockets: String,
    /// Why faster kinds of socket are not used.
    refusals: Vec<Explanation>,
    is_shown: bool,
    started: Instant,
    last: Instant,
    width: usize,
}

impl Status {
    pub(super) fn new(sweeps: &[Sweep], is_shown: bool) -> Self {
        let first = sweeps.first();
        let mut sockets: Vec<&str> = first
            .map(|sweep| sweep.sockets().iter().map(|socket| socket.as_str()).collect())
            .unwrap_or_default();
        sockets.dedup();
        let refusals = first.map(|sweep| sweep.refusals().to_vec()).unwrap_or_default();
        Self {
            parts: sweeps.iter().map(Sweep::progress).collect(),
            targets: sweeps.iter().map(|sweep| sweep.account().targets).sum(),
            sockets: sockets.join(" and "),
            refusals,
            is_shown,
            started: Instant::now(),
            last: Instant::now(),
            width: 0,
        }
    }

    fn sum(&self, of: impl Fn(&Progress) -> &AtomicU64) -> u64 {
        self.parts.iter().map(|part| of(part).load(Ordering::Relaxed)).sum()
    }

    /// Writes the line anew, if it is time for it.
    pub(super) fn show(&mut self, output: &mut Output<'_>) {
        if !self.is_shown || self.last.elapsed() < INTERVAL {
            return;
        }
        self.last = Instant::now();
        let (sent, place) = (self.sum(|part| &part.sent), self.sum(|part| &part.place));
        let pass = self.parts.iter().map(|part| part.pass.load(Ordering::Relaxed)).max().unwrap_or(0);
        let seconds = self.started.elapsed().as_secs_f64();
        let share = place as f64 / self.targets.max(1) as f64;
        let left = if share > 0.0 { seconds / share * (1.0 - share) } else { 0.0 };
        let dropped = self.sum(|part| &part.dropped);
        let mut line = format!(
            "{:5.1} % of try {}, {:.0} packets/s, {} of {} open or up, {:.0} s left",
            share * 100.0,
            pass + 1,
            sent as f64 / seconds,
            self.sum(|part| &part.open),
            self.targets,
            left
        );
        if dropped > 0 {
            line.push_str(&format!(", {dropped} answers dropped by this host"));
        }
        let padding = " ".repeat(self.width.saturating_sub(line.len()));
        self.width = line.len();
        output.talk(&format!("\r{line}{padding}"));
    }

    /// Takes the line away.
    pub(super) fn clear(&mut self, output: &mut Output<'_>) {
        if self.width > 0 {
            output.talk(&format!("\r{}\r", " ".repeat(self.width)));
            self.width = 0;
        }
    }

    /// What it came to, for people.
    pub(super) fn summary(&self, account: &Account, took: Duration, seed: u64) -> String {
        let mut found = vec![format!("{} open or up", account.open)];
        let mut add = |number: u64, what: &str| {
            if number > 0 {
                found.push(format!("{number} {what}"));
            }
        };
        add(account.closed, "closed");
        add(account.unreachable, "unreachable");
        add(account.forbidden, "forbidden");
        add(account.silent(), "silent");
        let rate = account.sent as f64 / took.as_secs_f64().max(1e-6);
        let mut text = format!(
            "{} targets: {}\n{} packets in {:.2} s ({rate:.0}/s) through {} sockets, seed {seed}\n",
            account.targets,
            found.join(", "),
            account.sent,
            took.as_secs_f64(),
            self.sockets
        );
        for (number, what) in [
            (account.retries, "packets were a further try"),
            (account.late, "answers came late"),
            (account.duplicates, "answers came again"),
            (account.foreign, "packets were no answers to anything sent"),
            (account.refused, "packets were refused by the kernel"),
            (
                account.dropped,
                "answers found no room on this host and were dropped; their targets were asked again as often as --retries allows",
            ),
        ] {
            if number > 0 {
                text.push_str(&format!("{number} {what}\n"));
            }
        }
        for refusal in &self.refusals {
            let refusal = &**refusal;
            text.push_str(&format!("not through another socket: {refusal}\n"));
        }
        text
    }
}
