//! The exporter's own series: those of the reference, and the ICMP engines'.

use std::env::consts::{ARCH, OS};
use std::time::Duration;

use probe_core::net::icmp::{Engine, EngineStatistics};
use prometheus::core::Collector;
use prometheus::{
    Counter, Encoder, Gauge, IntCounter, IntCounterVec, IntGauge, Opts, Registry, Result, TextEncoder,
};

use crate::figures::{Figure, Figures, figure};
use crate::process;

/// What `/metrics` shows, and what counts as requests come.
pub(crate) struct SelfMetrics {
    registry: Registry,
    /// Probes of modules that do not exist.
    pub(crate) unknown_modules: IntCounter,
    scrapes: IntCounterVec,
    scrapes_in_flight: IntGauge,
}

impl SelfMetrics {
    /// Of an exporter whose configuration was loaded just now and whose probes run on `engines`.
    pub(crate) fn new(engines: Vec<Engine>) -> Result<Self> {
        let metrics = Self {
            registry: Registry::new(),
            unknown_modules: IntCounter::new(
                "blackbox_module_unknown_total",
                "Count of unknown modules requested by probes",
            )?,
            scrapes: IntCounterVec::new(
                Opts::new(
                    "promhttp_metric_handler_requests_total",
                    "Total number of scrapes by HTTP status code.",
                ),
                &["code"],
            )?,
            scrapes_in_flight: IntGauge::new(
                "promhttp_metric_handler_requests_in_flight",
                "Current number of scrapes being served.",
            )?,
        };
        for code in ["200", "500", "503"] {
            metrics.scrapes.with_label_values(&[code]);
        }
        metrics.registry.register(Box::new(metrics.unknown_modules.clone()))?;
        metrics.registry.register(Box::new(metrics.scrapes.clone()))?;
        metrics.registry.register(Box::new(metrics.scrapes_in_flight.clone()))?;
        metrics.register_build()?;
        metrics.register_reload()?;
        metrics.registry.register(Box::new(process::collector()?))?;
        metrics.registry.register(Box::new(engine_collector(engines)?))?;
        Ok(metrics)
    }

    /// Everything as text. The scrape in hand counts itself as in flight, and as served afterwards.
    pub(crate) fn render(&self) -> Result<Vec<u8>> {
        self.scrapes_in_flight.inc();
        let mut text = Vec::with_capacity(16 * 1024);
        let written = TextEncoder::new().encode(&self.registry.gather(), &mut text);
        self.scrapes_in_flight.dec();
        self.scrapes.with_label_values(&[if written.is_ok() { "200" } else { "500" }]).inc();
        written.map(|()| text)
    }

    fn register_build(&self) -> Result<()> {
        let architecture = match ARCH {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            other => other,
        };
        let build = IntGauge::with_opts(
            Opts::new(
                "blackbox_exporter_build_info",
                "A metric with a constant '1' value labeled by version, revision, branch, goversion from which \
                 blackbox_exporter was built, and the goos and goarch for the build.",
            )
            .const_label("branch", "unknown")
            .const_label("goarch", architecture)
            .const_label("goos", OS)
            .const_label("goversion", "unknown")
            .const_label("revision", "unknown")
            .const_label("tags", "unknown")
            .const_label("version", env!("CARGO_PKG_VERSION")),
        )?;
        build.set(1);
        self.registry.register(Box::new(build))
    }

    fn register_reload(&self) -> Result<()> {
        let successful = IntGauge::new(
            "blackbox_exporter_config_last_reload_successful",
            "Blackbox exporter config loaded successfully.",
        )?;
        successful.set(1);
        self.registry.register(Box::new(successful))?;
        let loaded_at = Gauge::new(
            "blackbox_exporter_config_last_reload_success_timestamp_seconds",
            "Timestamp of the last successful configuration reload.",
        )?;
        loaded_at.set(process::now_seconds());
        self.registry.register(Box::new(loaded_at))
    }
}

/// The figures of all engines together.
fn engine_collector(engines: Vec<Engine>) -> Result<impl Collector> {
    Figures::new(engine_counters().into_iter().chain(engine_gauges()), move || {
        Some(total(engines.iter().map(Engine::statistics)))
    })
}

fn engine_counters() -> [Result<Figure<EngineStatistics>>; 13] {
    [
        figure(
            Counter::new("probe_icmp_engine_requests_total", "Echo requests that the kernel took."),
            |it| it.sent as f64,
        ),
        figure(Counter::new("probe_icmp_engine_replies_total", "Echo replies that came in time."), |it| {
            it.received as f64
        }),
        figure(
            Counter::new(
                "probe_icmp_engine_duplicates_total",
                "Echo replies to requests that were answered already.",
            ),
            |it| it.duplicates as f64,
        ),
        figure(
            Counter::new("probe_icmp_engine_late_replies_total", "Echo replies that came after the timeout."),
            |it| it.late as f64,
        ),
        figure(
            Counter::new("probe_icmp_engine_lost_total", "Echo requests without an answer in time."),
            |it| it.lost as f64,
        ),
        figure(
            Counter::new(
                "probe_icmp_engine_errors_received_total",
                "ICMP errors that answered an echo request, such as destination unreachable.",
            ),
            |it| it.icmp_errors as f64,
        ),
        figure(
            Counter::new(
                "probe_icmp_engine_send_errors_total",
                "Echo requests that the kernel refused to send.",
            ),
            |it| it.send_errors as f64,
        ),
        figure(
            Counter::new(
                "probe_icmp_engine_foreign_packets_total",
                "Received packets that answer no request of this exporter; other programs' pings count here.",
            ),
            |it| it.foreign as f64,
        ),
        figure(
            Counter::new(
                "probe_icmp_engine_forged_packets_total",
                "Received packets that look like an answer but have the wrong sender or payload.",
            ),
            |it| it.forged as f64,
        ),
        figure(
            Counter::new(
                "probe_icmp_engine_malformed_packets_total",
                "Received packets that cannot be read.",
            ),
            |it| it.malformed as f64,
        ),
        figure(
            Counter::new(
                "probe_icmp_engine_kernel_drops_total",
                "Packets that the kernel dropped because a receive buffer was full; such losses are not the network's.",
            ),
            |it| it.kernel_drops as f64,
        ),
        figure(
            Counter::new(
                "probe_icmp_engine_receive_lag_seconds_total",
                "Time between the arrival of packets at the kernel and their being read, summed over batches. \
                 Round-trip times do not contain it; a growing lag means that this machine is too busy.",
            ),
            |it| it.lag_total.as_secs_f64(),
        ),
        figure(Counter::new("probe_icmp_engine_receive_batches_total", "Batches of packets read."), |it| {
            it.batches as f64
        }),
    ]
}

fn engine_gauges() -> [Result<Figure<EngineStatistics>>; 3] {
    [
        figure(
            Gauge::new(
                "probe_icmp_engine_receive_lag_max_seconds",
                "Longest time between the arrival of packets at the kernel and their being read, since the start.",
            ),
            |it| it.lag_max.as_secs_f64(),
        ),
        figure(
            IntGauge::new(
                "probe_icmp_engine_in_flight",
                "Echo requests that are waiting for an answer, those kept to recognise late answers included.",
            ),
            |it| it.in_flight as f64,
        ),
        figure(IntGauge::new("probe_icmp_engine_sockets", "Open ICMP sockets."), |it| it.sockets as f64),
    ]
}

/// Sums, and of the longest lag the longest.
fn total(engines: impl Iterator<Item = EngineStatistics>) -> EngineStatistics {
    engines.fold(EngineStatistics::default(), |sum, one| EngineStatistics {
        sent: sum.sent + one.sent,
        received: sum.received + one.received,
        duplicates: sum.duplicates + one.duplicates,
        late: sum.late + one.late,
        lost: sum.lost + one.lost,
        icmp_errors: sum.icmp_errors + one.icmp_errors,
        send_errors: sum.send_errors + one.send_errors,
        foreign: sum.foreign + one.foreign,
        forged: sum.forged + one.forged,
        malformed: sum.malformed + one.malformed,
        kernel_drops: sum.kernel_drops + one.kernel_drops,
        lag_total: sum.lag_total.checked_add(one.lag_total).unwrap_or(Duration::MAX),
        lag_max: sum.lag_max.max(one.lag_max),
        batches: sum.batches + one.batches,
        in_flight: sum.in_flight + one.in_flight,
        sockets: sum.sockets + one.sockets,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engines_are_summed_and_the_longest_lag_wins() {
        let engine = |sent, lag| EngineStatistics {
            sent,
            lag_total: Duration::from_secs(lag),
            lag_max: Duration::from_secs(lag),
            ..EngineStatistics::default()
        };
        let sum = total([engine(3, 5), engine(4, 2)].into_iter());
        assert_eq!((sum.sent, sum.lag_total.as_secs(), sum.lag_max.as_secs()), (7, 7, 5));
    }

    #[test]
    fn a_scrape_counts_itself() {
        let metrics = SelfMetrics::new(Vec::new()).expect("valid names");
        metrics.unknown_modules.inc();
        let text = String::from_utf8(metrics.render().expect("text")).expect("text");
        for line in [
            "blackbox_module_unknown_total 1\n",
            "blackbox_exporter_config_last_reload_successful 1\n",
            "promhttp_metric_handler_requests_in_flight 1\n",
            "promhttp_metric_handler_requests_total{code=\"200\"} 0\n",
            "promhttp_metric_handler_requests_total{code=\"503\"} 0\n",
            "probe_icmp_engine_sockets 0\n",
            "# TYPE probe_icmp_engine_requests_total counter\n",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
        let text = String::from_utf8(metrics.render().expect("text")).expect("text");
        assert!(text.contains("promhttp_metric_handler_requests_total{code=\"200\"} 1\n"), "{text}");
    }
}
