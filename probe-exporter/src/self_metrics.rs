//! The exporter's own series: those of the reference, how the probes of every module went, and the ICMP engines'.

mod engines;
mod modules;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use probe_core::net::http::DialCounts;
use probe_core::net::icmp::Engine;

use crate::args::{BUILD, Build, VERSION};
use crate::exposition::{Counter, Gauge, IntGauge, Page};
use crate::live_config::LiveConfig;
use crate::process;

pub(crate) use self::modules::{ModuleFigures, ModuleRegistry};

const BUILD_INFO: IntGauge = IntGauge::new(
    "blackbox_exporter_build_info",
    "A metric with a constant '1' value labeled by version, revision, branch, goversion from which \
     blackbox_exporter was built, and the goos and goarch for the build.",
);
const RELOAD_SUCCESSFUL: IntGauge = IntGauge::new(
    "blackbox_exporter_config_last_reload_successful",
    "Blackbox exporter config loaded successfully.",
);
const RELOADED_AT: Gauge = Gauge::new(
    "blackbox_exporter_config_last_reload_success_timestamp_seconds",
    "Timestamp of the last successful configuration reload.",
);
const UNKNOWN_MODULES: Counter =
    Counter::new("blackbox_module_unknown_total", "Count of unknown modules requested by probes");
const SCRAPES: Counter =
    Counter::new("promhttp_metric_handler_requests_total", "Total number of scrapes by HTTP status code.");
const SCRAPES_IN_FLIGHT: IntGauge =
    IntGauge::new("promhttp_metric_handler_requests_in_flight", "Current number of scrapes being served.");
const DIALS: Counter = Counter::new(
    "net_conntrack_dialer_conn_attempted_total",
    "Total number of connections attempted by the given dialer a given name.",
);
const ESTABLISHED: Counter = Counter::new(
    "net_conntrack_dialer_conn_established_total",
    "Total number of connections successfully established by the given dialer a given name.",
);
const CLOSED: Counter = Counter::new(
    "net_conntrack_dialer_conn_closed_total",
    "Total number of connections closed which originated from the dialer of a given name.",
);
const FAILED: Counter = Counter::new(
    "net_conntrack_dialer_conn_failed_total",
    "Total number of connections failed to dial by the dialer a given name.",
);
const PANICS: Counter = Counter::new(
    "probe_exporter_panics_total",
    "Probes that ended in a panic; each is a fault of this program, please report it.",
);

/// What counts as requests come.
pub(crate) struct SelfMetrics {
    unknown_modules: AtomicU64,
    panics: AtomicU64,
    scrapes: AtomicU64,
    scrapes_in_flight: AtomicU64,
    engines: Vec<Engine>,
    /// The connections of HTTP probes.
    pub(crate) dials: Arc<DialCounts>,
    /// How the probes of every module went.
    pub(crate) modules: Arc<ModuleRegistry>,
    shows_modules: bool,
}

impl SelfMetrics {
    /// Of an exporter whose probes run on `engines`.
    pub(crate) fn new(engines: Vec<Engine>, modules: Arc<ModuleRegistry>, shows_modules: bool) -> Self {
        Self {
            unknown_modules: AtomicU64::new(0),
            panics: AtomicU64::new(0),
            scrapes: AtomicU64::new(0),
            scrapes_in_flight: AtomicU64::new(0),
            engines,
            dials: Arc::default(),
            modules,
            shows_modules,
        }
    }

    /// Somebody asked for a module that does not exist.
    pub(crate) fn count_unknown_module(&self) {
        self.unknown_modules.fetch_add(1, Ordering::Relaxed);
    }

    /// A probe panicked.
    pub(crate) fn count_panic(&self) {
        self.panics.fetch_add(1, Ordering::Relaxed);
    }

    /// Hands everything to `write`. The scrape in hand counts itself as in flight, and as served afterwards.
    pub(crate) fn scrape<R>(&self, live: &LiveConfig, write: impl FnOnce(&Page<'_>) -> R) -> R {
        self.scrapes_in_flight.fetch_add(1, Ordering::Relaxed);
        let modules = self.modules.all();
        let mut page = Page::default();
        self.add_own(&mut page, live);
        if self.shows_modules {
            modules::add(&mut page, &modules);
            page.add(&PANICS, self.panics.load(Ordering::Relaxed) as f64);
        }
        process::add(&mut page);
        engines::add(&mut page, &self.engines);
        let written = write(&page);
        self.scrapes_in_flight.fetch_sub(1, Ordering::Relaxed);
        self.scrapes.fetch_add(1, Ordering::Relaxed);
        written
    }

    fn add_own(&self, page: &mut Page<'_>, live: &LiveConfig) {
        let build = [
            ("branch", BUILD.branch),
            ("goarch", Build::architecture()),
            ("goos", std::env::consts::OS),
            ("goversion", "unknown"),
            ("revision", BUILD.revision),
            ("tags", BUILD.tags),
            ("version", VERSION),
        ];
        page.family(&BUILD_INFO).number(build.map(|(name, value)| (name, value.into())), 1.0);
        let (successful, loaded_at) = live.status();
        page.add(&RELOAD_SUCCESSFUL, f64::from(u8::from(successful)));
        page.add(&RELOADED_AT, loaded_at);
        page.add(&UNKNOWN_MODULES, self.unknown_modules.load(Ordering::Relaxed) as f64);
        let served = self.scrapes.load(Ordering::Relaxed) as f64;
        let scrapes = page.family(&SCRAPES);
        for (code, count) in [("200", served), ("500", 0.0), ("503", 0.0)] {
            scrapes.number([("code", code.into())], count);
        }
        self.add_dials(page);
        page.add(&SCRAPES_IN_FLIGHT, self.scrapes_in_flight.load(Ordering::Relaxed) as f64);
    }
    /// As soon as there is something to count.
    fn add_dials(&self, page: &mut Page<'_>) {
        let dials = self.dials.read();
        if dials.attempted == 0 {
            return;
        }
        let name = || ("dialer_name", "http_probe".into());
        for (family, count) in
            [(&DIALS, dials.attempted), (&CLOSED, dials.closed), (&ESTABLISHED, dials.established)]
        {
            page.family(family).number([name()], count as f64);
        }
        let reasons = [
            ("refused", dials.refused),
            ("resolution", 0),
            ("timeout", dials.timed_out),
            ("unknown", dials.unknown),
        ];
        let failed = page.family(&FAILED);
        for (reason, count) in reasons {
            failed.number([name(), ("reason", reason.into())], count as f64);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exposition::text;
    use crate::live_config::Source;

    fn scraped(metrics: &SelfMetrics) -> String {
        // There is no such file in the folder of the tests.
        let live = LiveConfig::load(Source::Usual, metrics.modules.clone()).expect("built-in modules");
        metrics.scrape(&live, text)
    }

    #[test]
    fn a_scrape_counts_itself() {
        let metrics = SelfMetrics::new(Vec::new(), Arc::default(), true);
        metrics.count_unknown_module();
        let first = scraped(&metrics);
        for line in [
            "blackbox_module_unknown_total 1\n",
            "blackbox_exporter_config_last_reload_successful 1\n",
            "promhttp_metric_handler_requests_in_flight 1\n",
            "promhttp_metric_handler_requests_total{code=\"200\"} 0\n",
            "promhttp_metric_handler_requests_total{code=\"503\"} 0\n",
            "probe_icmp_engine_sockets 0\n",
            "# TYPE probe_icmp_engine_requests_total counter\n",
            "probe_exporter_panics_total 0\n",
        ] {
            assert!(first.contains(line), "{line} is not in\n{first}");
        }
        assert!(scraped(&metrics).contains("promhttp_metric_handler_requests_total{code=\"200\"} 1\n"));
    }

    #[test]
    fn series_of_modules_can_be_left_out() {
        let metrics = SelfMetrics::new(Vec::new(), Arc::default(), false);
        assert!(!scraped(&metrics).contains("probe_exporter_"));
    }
}
