//! How the probes of every module went.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use probe_core::model::Reason;

use crate::exposition::{Counter, Histogram, IntGauge, Page};

const PROBES: Counter = Counter::new(
    "probe_exporter_probes_total",
    "Number of probes by module and result: success, failure, or cancelled by a client that left.",
);
const FAILURES: Counter = Counter::new(
    "probe_exporter_probe_failures_total",
    "Number of failed probes by module and reason, a word from a closed list.",
);
const IN_FLIGHT: IntGauge =
    IntGauge::new("probe_exporter_probes_in_flight", "Number of probes that are running, by module.");
const DURATIONS: Histogram =
    Histogram::new("probe_exporter_probe_duration_seconds", "How long probes took, by module.");

/// Upper ends of the ranges that durations fall into; the last range has none.
const BOUNDS: [f64; 9] = [0.001, 0.005, 0.02, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// How the probes of one module went.
#[derive(Debug, Default)]
pub(crate) struct ModuleFigures {
    in_flight: AtomicU64,
    cancelled: AtomicU64,
    successes: AtomicU64,
    /// In the order of [`Reason::ALL`].
    failures: [AtomicU64; Reason::ALL.len()],
    durations: [AtomicU64; BOUNDS.len() + 1],
    nanoseconds: AtomicU64,
}

impl ModuleFigures {
    /// Counts a probe as running until it ends, or until the value is dropped, which cancels it.
    pub(crate) fn begin(self: &Arc<Self>) -> Running {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        Running { figures: self.clone(), ended: false }
    }

    /// Counts a probe that ended, for a `reason` if it failed.
    fn count(&self, reason: Option<Reason>, elapsed: Duration) {
        let result = match reason {
            None => Some(&self.successes),
            Some(reason) => {
                let at = Reason::ALL.iter().position(|one| *one == reason);
                at.and_then(|at| self.failures.get(at))
            }
        };
        if let Some(result) = result {
            result.fetch_add(1, Ordering::Relaxed);
        }
        let seconds = elapsed.as_secs_f64();
        let range = BOUNDS.iter().position(|bound| seconds <= *bound).unwrap_or(BOUNDS.len());
        self.durations[range].fetch_add(1, Ordering::Relaxed);
        let nanoseconds = u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX);
        self.nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
    }
}

/// A probe that is running.
pub(crate) struct Running {
    figures: Arc<ModuleFigures>,
    ended: bool,
}

impl Running {
    /// It ended, for a `reason` if it failed.
    pub(crate) fn end(mut self, reason: Option<Reason>, elapsed: Duration) {
        self.ended = true;
        self.figures.count(reason, elapsed);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.ended {
            self.figures.cancelled.fetch_add(1, Ordering::Relaxed);
        }
        self.figures.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The figures of all modules by name, kept over reloads.
#[derive(Debug, Default)]
pub(crate) struct ModuleRegistry(Mutex<BTreeMap<Arc<str>, Arc<ModuleFigures>>>);

impl ModuleRegistry {
    /// The figures of a module, new ones if it has none.
    pub(crate) fn of(&self, module: &Arc<str>) -> Arc<ModuleFigures> {
        self.lock().entry(module.clone()).or_default().clone()
    }

    /// Drops the figures of modules that are no more.
    pub(crate) fn forget_unused(&self) {
        self.lock().retain(|_, figures| Arc::strong_count(figures) > 1);
    }

    /// Every module with its figures.
    pub(super) fn all(&self) -> Vec<(Arc<str>, Arc<ModuleFigures>)> {
        self.lock().iter().map(|(name, figures)| (name.clone(), figures.clone())).collect()
    }

    /// No holder of the lock can leave the map half-changed.
    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<Arc<str>, Arc<ModuleFigures>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Adds the series of all modules.
pub(super) fn add<'a>(page: &mut Page<'a>, modules: &'a [(Arc<str>, Arc<ModuleFigures>)]) {
    let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let of_module = |name: &'a Arc<str>| ("module", (&**name).into());
    let probes = page.family(&PROBES);
    for (name, figures) in modules {
        let failures: u64 = figures.failures.iter().map(read).sum();
        let results = [
            ("success", read(&figures.successes)),
            ("failure", failures),
            ("cancelled", read(&figures.cancelled)),
        ];
        for (result, count) in results {
            probes.number([of_module(name), ("result", result.into())], count as f64);
        }
    }
    let failures = page.family(&FAILURES);
    for (name, figures) in modules {
        let counted = Reason::ALL.iter().zip(figures.failures.iter().map(read));
        for (reason, count) in counted.filter(|(_, count)| *count > 0) {
            failures.number([of_module(name), ("reason", reason.as_str().into())], count as f64);
        }
    }
    let in_flight = page.family(&IN_FLIGHT);
    for (name, figures) in modules {
        in_flight.number([of_module(name)], read(&figures.in_flight) as f64);
    }
    let durations = page.family(&DURATIONS);
    for (name, figures) in modules {
        let mut below = 0;
        let bounds = BOUNDS.into_iter().chain([f64::INFINITY]);
        let buckets = bounds.zip(&figures.durations).map(|(bound, count)| {
            below += read(count);
            (bound, below)
        });
        let sum = Duration::from_nanos(read(&figures.nanoseconds)).as_secs_f64();
        durations.histogram([of_module(name)], buckets.collect(), sum);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exposition::text;

    fn written(registry: &ModuleRegistry) -> String {
        let modules = registry.all();
        let mut page = Page::default();
        add(&mut page, &modules);
        text(&page)
    }

    #[test]
    fn probes_are_counted_by_result_reason_and_duration() {
        let registry = ModuleRegistry::default();
        let figures = registry.of(&"m".into());
        figures.begin().end(None, Duration::from_millis(3));
        figures.begin().end(Some(Reason::Timeout), Duration::from_secs(20));
        let running = figures.begin();
        let text = written(&registry);
        for line in [
            "probe_exporter_probes_total{module=\"m\",result=\"success\"} 1\n",
            "probe_exporter_probes_total{module=\"m\",result=\"failure\"} 1\n",
            "probe_exporter_probe_failures_total{module=\"m\",reason=\"timeout\"} 1\n",
            "probe_exporter_probes_in_flight{module=\"m\"} 1\n",
            "probe_exporter_probe_duration_seconds_bucket{module=\"m\",le=\"0.001\"} 0\n",
            "probe_exporter_probe_duration_seconds_bucket{module=\"m\",le=\"0.005\"} 1\n",
            "probe_exporter_probe_duration_seconds_bucket{module=\"m\",le=\"10\"} 1\n",
            "probe_exporter_probe_duration_seconds_bucket{module=\"m\",le=\"+Inf\"} 2\n",
            "probe_exporter_probe_duration_seconds_sum{module=\"m\"} 20.003\n",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
        drop(running);
        let text = written(&registry);
        assert!(text.contains("probe_exporter_probes_in_flight{module=\"m\"} 0\n"), "{text}");
        assert!(
            text.contains("probe_exporter_probes_total{module=\"m\",result=\"cancelled\"} 1\n"),
            "{text}"
        );
    }

    #[test]
    fn modules_that_are_no_more_are_forgotten() {
        let registry = ModuleRegistry::default();
        let kept = registry.of(&"kept".into());
        registry.of(&"gone".into());
        registry.forget_unused();
        kept.count(None, Duration::ZERO);
        assert!(!written(&registry).contains("gone"));
        assert!(registry.of(&"kept".into()).successes.load(Ordering::Relaxed) == 1);
    }
}
