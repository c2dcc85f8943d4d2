//! `/probe`: one probe, its series as the answer.

use std::borrow::Cow;
use std::pin::pin;
use std::sync::Arc;
use std::time::Instant;

use hyper::StatusCode;
use hyper::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use probe_core::model::{Reason, Target, Verdict};
use probe_core::net::Policy;
use probe_core::prober::{OverrideError, Overrides, Prober, RunOptions, Services, Settings, run};
use thiserror::Error;
use tracing::{debug, error};

use super::unwinding::{Panic, caught};
use super::{Answer, Exporter, ok, query, refused};
use crate::capture::Capture;
use crate::exposition::Wanted;
use crate::go_float::{self, ParseFloatError};
use crate::history::Entry;
use crate::modules::Module;
use crate::quoting::Quoted;
use crate::web::Visitor;
use crate::{exposition, pages, timeout};

/// Where Prometheus says how long it will wait.
static SCRAPE_TIMEOUT: HeaderName = HeaderName::from_static("x-prometheus-scrape-timeout-seconds");

/// The module of a request that names none.
const DEFAULT_MODULE: &[u8] = b"http_2xx";

/// Why a request is not probed.
#[derive(Debug, Error)]
pub(super) enum Rejection {
    #[error("Module {} is not allowed for this user", Quoted(.0))]
    Forbidden(Vec<u8>),
    #[error("Target parameter is missing")]
    NoTarget,
    #[error(transparent)]
    Override(#[from] OverrideError),
    #[error("Failed to parse timeout from Prometheus header: {0}")]
    Timeout(#[from] ParseFloatError),
    #[error("Unknown module {}", Quoted(.0))]
    UnknownModule(Vec<u8>),
    #[error("Unknown prober {}", Quoted(.0.as_bytes()))]
    UnknownProber(String),
}

impl Rejection {
    fn status(&self) -> StatusCode {
        match self {
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::Timeout(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::NoTarget | Self::Override(_) | Self::UnknownModule(_) | Self::UnknownProber(_) => {
                StatusCode::BAD_REQUEST
            }
        }
    }

    pub(super) fn answer(&self) -> Answer {
        refused(self.status(), self)
    }
}

/// What a request asks for.
pub(super) struct Request {
    pub(super) module: Arc<Module>,
    prober: Arc<dyn Prober>,
    /// The prober's settings, if the request changes them.
    changed: Option<Arc<dyn Settings>>,
    pub(super) options: RunOptions,
    pub(super) target: Target,
}

impl Request {
    /// Has every series carry the target, where there are several.
    pub(super) fn label_with_target(&mut self) {
        self.options.labels.push(("target".to_owned(), self.target.to_string()));
    }
}

/// A request that can be carried out, and how its answer is to look.
pub(super) struct Asked {
    request: Request,
    shown: Shown,
}

/// How a probe is shown.
enum Shown {
    Debug,
    Page,
    Series(Wanted),
}

impl Asked {
    /// Reads all that matters of a request.
    pub(super) fn read(
        exporter: &Exporter,
        visitor: &Visitor,
        query: &str,
        headers: &HeaderMap,
    ) -> Result<Self, Rejection> {
        let target = query::first(query, "target");
        let request = read(exporter, visitor, query, &target, headers)?;
        let shown = if !may_see_details(visitor, &request.module.config.common.policy) {
            Shown::Series(Wanted::of_probes(exporter, headers))
        } else if *query::first(query, "debug") == *b"true" {
            Shown::Debug
        } else if *query::first(query, "format") == *b"html" {
            Shown::Page
        } else {
            Shown::Series(Wanted::of_probes(exporter, headers))
        };
        Ok(Self { request, shown })
    }
}

/// Probes and answers 200, whatever the probe found.
pub(super) async fn answer(exporter: &Exporter, services: &Services, asked: Asked) -> Answer {
    let Asked { request, shown } = asked;
    let module = request.module.clone();
    let _place = match exporter.in_flight.enter(&module.config) {
        Ok(place) => place,
        Err(full) => {
            let mut answer = refused(StatusCode::SERVICE_UNAVAILABLE, full);
            answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
            return answer;
        }
    };
    let Some(entry) = probe(exporter, services, request).await else {
        let message = "The probe ended in a panic, which is a fault of this exporter. Its log has more.";
        return refused(StatusCode::INTERNAL_SERVER_ERROR, message);
    };
    match shown {
        Shown::Debug => ok("text/plain", entry.capture.debug_text(exporter.log)),
        Shown::Page => pages::probe(&entry, exporter.log),
        Shown::Series(wanted) => exposition::reports(&[&entry.capture.report], wanted),
    }
}

/// Whether the log of a probe may be shown. Where a policy forbids targets, it would tell strangers what is behind it.
fn may_see_details(visitor: &Visitor, policy: &Policy) -> bool {
    visitor.is_authenticated() || !policy.is_restrictive()
}

/// Checks in the reference's order: module, timeout, target, prober, host name.
pub(super) fn read(
    exporter: &Exporter,
    visitor: &Visitor,
    query: &str,
    target: &[u8],
    headers: &HeaderMap,
) -> Result<Request, Rejection> {
    let mut name = query::first(query, "module");
    if name.is_empty() {
        name = Cow::Borrowed(DEFAULT_MODULE);
    }
    if !visitor.may_use(&name) {
        return Err(Rejection::Forbidden(name.into_owned()));
    }
    let current = exporter.live.current();
    let Some(module) = current.modules.find(&name) else {
        debug!(module = %String::from_utf8_lossy(&name), "Unknown module");
        exporter.metrics.count_unknown_module();
        return Err(Rejection::UnknownModule(name.into_owned()));
    };
    let scrape = scrape_timeout(headers)?;
    let timeout = timeout::length(timeout::seconds(module.timeout(), scrape, exporter.timeout_offset));
    if target.is_empty() {
        return Err(Rejection::NoTarget);
    }
    let Some(prober) = module.prober() else {
        return Err(Rejection::UnknownProber(module.config.prober.to_string()));
    };
    let hostname = query::first(query, "hostname");
    let changed = if hostname.is_empty() {
        None
    } else {
        let hostname = Some(String::from_utf8_lossy(&hostname).into_owned());
        module.changed(&Overrides { hostname })?
    };
    Ok(Request {
        prober: changed.as_ref().map_or(prober, |settings| settings.build(&module.config.common)),
        changed,
        options: module.options(timeout, exporter.log.least),
        target: Target::new(String::from_utf8_lossy(target)),
        module: module.clone(),
    })
}

/// The scrape's timeout in seconds; an empty header is as good as none.
fn scrape_timeout(headers: &HeaderMap) -> Result<Option<f64>, ParseFloatError> {
    let Some(header) = headers.get(&SCRAPE_TIMEOUT).filter(|header| !header.is_empty()) else {
        return Ok(None);
    };
    go_float::parse(&String::from_utf8_lossy(header.as_bytes())).map(Some)
}

/// Runs the probe, and counts, logs and remembers what came of it; `None` if it panicked.
pub(super) async fn probe(exporter: &Exporter, services: &Services, request: Request) -> Option<Arc<Entry>> {
    let Request { module, prober, changed, options, target } = request;
    let running = module.figures.begin();
    let start = Instant::now();
    let report = match caught(pin!(run(prober.as_ref(), &target, &options, services))).await {
        Ok(report) => report,
        Err(Panic(panic)) => {
            running.end(Some(Reason::Internal), start.elapsed());
            exporter.metrics.count_panic();
            error!(module = %options.module, target = %target, %panic, "Probe panicked");
            return None;
        }
    };
    let reason = match &report.verdict {
        Verdict::Failure { reason, .. } => Some(*reason),
        _ => None,
    };
    running.end(reason, report.elapsed);
    exporter.log.emit(&report);
    Some(exporter.history.add(Capture::new(report, module, changed)))
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;
    use probe_core::model::{ProbeError, Recorder};
    use probe_core::net::{BoxFuture, LiteralsOnly};
    use probe_core::prober::Context;

    use super::*;
    use crate::testing;

    const MODULES: &str = "modules: {http_2xx: {prober: websocket}, tcp: {prober: tcp, timeout: 5s}}";

    fn exporter() -> Exporter {
        testing::exporter("probe.yml", MODULES)
    }

    fn headers(timeout: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(SCRAPE_TIMEOUT.clone(), HeaderValue::from_static(timeout))])
    }

    fn rejection(query: &str, timeout: &'static str) -> (u16, String) {
        let exporter = exporter();
        match read(&exporter, &Visitor::anybody(), query, &query::first(query, "target"), &headers(timeout)) {
            Ok(_) => panic!("{query} is accepted"),
            Err(rejection) => (rejection.status().as_u16(), rejection.to_string()),
        }
    }

    #[test]
    fn the_first_thing_wrong_is_answered() {
        let refused = |status, text: &str| (status, text.to_owned());
        assert_eq!(rejection("module=no%22", "abc"), refused(400, r#"Unknown module "no\"""#));
        let timeout = "Failed to parse timeout from Prometheus header: strconv.ParseFloat: parsing \"abc\": \
            invalid syntax";
        assert_eq!(rejection("module=tcp", "abc"), refused(500, timeout));
        assert_eq!(rejection("module=tcp", "10"), refused(400, "Target parameter is missing"));
    }

    #[test]
    fn unknown_modules_are_counted() {
        let exporter = exporter();
        assert!(read(&exporter, &Visitor::anybody(), "module=x", b"a", &HeaderMap::new()).is_err());
        assert!(read(&exporter, &Visitor::anybody(), "module=tcp", b"", &HeaderMap::new()).is_err());
        let page = exporter.metrics.scrape(&exporter.live, exposition::text);
        assert!(page.contains("blackbox_module_unknown_total 1\n"), "{page}");
    }

    #[test]
    fn timeout_comes_from_module_header_and_offset() {
        let exporter = exporter();
        let timeout = |header| {
            let request =
                read(&exporter, &Visitor::anybody(), "module=tcp", b"a", &headers(header)).expect("accepted");
            request.options.timeout.as_secs_f64()
        };
        assert!((timeout("") - 5.0).abs() < 1e-9);
        assert!((timeout("3") - 2.5).abs() < 1e-9);
    }

    #[test]
    fn behind_a_policy_strangers_see_no_details() {
        let text =
            "modules:\n  a: {prober: tcp}\n  b: {prober: tcp, policy: {deny: {addresses: [private]}}}\n";
        let config = probe_core::config::read(text, "b.yml", probe_core::prober::BUILTIN).expect("valid");
        let shown = |name: &str| may_see_details(&Visitor::anybody(), &config.modules[name].common.policy);
        assert_eq!((shown("a"), shown("b")), (true, false));
    }

    #[tokio::test]
    async fn a_probe_that_panics_is_counted_and_nothing_else() {
        struct Panics;
        impl Prober for Panics {
            fn probe<'a>(
                &'a self,
                _: &'a Context<'a>,
                _: &'a mut Recorder,
            ) -> BoxFuture<'a, Result<(), ProbeError>> {
                Box::pin(async { panic!("a fault") })
            }
        }
        let exporter = exporter();
        let mut request =
            read(&exporter, &Visitor::anybody(), "module=tcp", b"a", &HeaderMap::new()).expect("accepted");
        request.prober = Arc::new(Panics);
        let services = Services::new(Arc::new(LiteralsOnly));
        assert!(probe(&exporter, &services, request).await.is_none());
        assert!(exporter.history.list().is_empty());
        let page = exporter.metrics.scrape(&exporter.live, exposition::text);
        for line in ["probe_exporter_panics_total 1\n", "probe_exporter_probes_in_flight{module=\"tcp\"} 0\n"]
        {
            assert!(page.contains(line), "{line} is not in\n{page}");
        }
    }

    #[test]
    fn a_request_keeps_the_module_that_it_found() {
        let exporter = exporter();
        let request =
            read(&exporter, &Visitor::anybody(), "module=tcp", b"a", &HeaderMap::new()).expect("accepted");
        let path = exporter.live.source().file().expect("a file").to_owned();
        std::fs::write(&path, "modules: {}").expect("it was written before");
        exporter.live.reload().expect("a valid file");
        assert_eq!(&*request.module.config.name, "tcp");
        assert!(read(&exporter, &Visitor::anybody(), "module=tcp", b"a", &HeaderMap::new()).is_err());
    }
}
