//! Probes that ended and exporters that never began, made by hand for tests.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use probe_core::config;
use probe_core::model::{Phase, ProbeError, Reason, Recorder, Target};
use probe_core::net::{BoxFuture, LiteralsOnly};
use probe_core::prober::{BUILTIN, Context, Prober, RunOptions, Services, run};

use crate::capture::Capture;
use crate::external_url::ExternalUrl;
use crate::history::History;
use crate::in_flight::InFlight;
use crate::lifecycle::Reloads;
use crate::live_config::{LiveConfig, Source};
use crate::log::{Format, Level, ProbeLog};
use crate::modules::{Module, Modules};
use crate::paths::Paths;
use crate::route::Exporter;
use crate::self_metrics::{ModuleRegistry, SelfMetrics};

/// A prober that ends at once, well or not.
struct Foregone(bool);

impl Prober for Foregone {
    fn probe<'a>(&'a self, _: &'a Context<'a>, _: &'a mut Recorder) -> BoxFuture<'a, Result<(), ProbeError>> {
        let refused = || ProbeError::new(Reason::Connect, Phase::Connect, "nobody <is> there");
        Box::pin(std::future::ready(if self.0 { Ok(()) } else { Err(refused()) }))
    }
}

/// A probe of `module` that succeeded.
pub(crate) fn success(module: &str, target: &str) -> Capture {
    ended(module, target, true)
}

/// A probe of `module` that was refused.
pub(crate) fn failure(module: &str, target: &str) -> Capture {
    ended(module, target, false)
}

fn ended(name: &str, target: &str, well: bool) -> Capture {
    let options = RunOptions {
        log: Some(probe_core::model::Severity::Info),
        ..RunOptions::new(name, "tcp", Duration::from_secs(1))
    };
    let target = Target::new(target);
    // On a thread of its own, as whoever asks may be inside a runtime already.
    let thread = std::thread::spawn(move || {
        let services = Services::new(Arc::new(LiteralsOnly));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        runtime.block_on(run(&Foregone(well), &target, &options, &services))
    });
    Capture::new(thread.join().expect("it does not panic"), module(), None)
}

/// A module of a configuration with nothing else in it.
fn module() -> Arc<Module> {
    let config =
        config::read("modules: {m: {prober: tcp}}", "b.yml", BUILTIN).expect("a valid configuration");
    Modules::build(&config, &ModuleRegistry::default()).find(b"m").expect("it is there").clone()
}

/// An exporter with these modules, read from a file that belongs to one test. Nobody listens to its requests to reload.
pub(crate) fn exporter(file: &str, modules: &str) -> Exporter {
    static FILES: AtomicUsize = AtomicUsize::new(0);
    let number = FILES.fetch_add(1, Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("probe-exporter-{}-{number}-{file}", std::process::id()));
    std::fs::write(&path, modules).expect("the folder for temporary files can be written");
    let metrics = SelfMetrics::new(Vec::new(), Arc::default(), true);
    let live = LiveConfig::load(Source::at(Some(path)), metrics.modules.clone()).expect("valid modules");
    let external = ExternalUrl::determine("http://exporter", "", "").expect("a URL");
    Exporter {
        live: Arc::new(live),
        in_flight: InFlight::default(),
        history: History::new(100),
        metrics,
        paths: Paths::new(&external, ""),
        most_batch_targets: 3,
        openmetrics: false,
        timeout_offset: 0.5,
        log: ProbeLog::new(Format::Logfmt, Level::Error),
        reloads: Reloads::channel().0,
        started: Instant::now(),
        stopping: AtomicBool::new(false),
    }
}
