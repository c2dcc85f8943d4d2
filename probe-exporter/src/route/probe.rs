//! `/probe`: one probe, its series as the answer.

use std::borrow::Cow;
use std::sync::Arc;

use hyper::StatusCode;
use hyper::header::{HeaderMap, HeaderName};
use probe_core::model::{Report, Target, Verdict};
use probe_core::prober::{Prober, RunOptions, Services, run};
use probe_core::render::prometheus;
use thiserror::Error;
use tracing::{Instrument, debug, debug_span};

use super::{Answer, Exporter, SERIES, ok, query, refused};
use crate::go_float::{self, ParseFloatError};
use crate::log::PROBES;
use crate::quoting::Quoted;
use crate::timeout;

/// Where Prometheus says how long it will wait.
static SCRAPE_TIMEOUT: HeaderName = HeaderName::from_static("x-prometheus-scrape-timeout-seconds");

/// The module of a request that names none.
const DEFAULT_MODULE: &[u8] = b"http_2xx";

/// Why a request is not probed.
#[derive(Debug, Error)]
enum Rejection {
    #[error("Target parameter is missing")]
    NoTarget,
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
            Self::Timeout(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::NoTarget | Self::UnknownModule(_) | Self::UnknownProber(_) => StatusCode::BAD_REQUEST,
        }
    }
}

/// What a request asks for.
struct Request<'e> {
    prober: &'e Arc<dyn Prober>,
    options: RunOptions,
    target: Target,
}

/// Probes and answers 200, whatever the probe found.
pub(super) async fn answer(
    exporter: &Exporter,
    services: &Services,
    query: Option<&str>,
    headers: &HeaderMap,
) -> Answer {
    let request = match read(exporter, query.unwrap_or_default(), headers) {
        Ok(request) => request,
        Err(rejection) => return refused(rejection.status(), rejection),
    };
    let span =
        debug_span!(target: PROBES, "probe", module = %request.options.module, target = %request.target);
    let report = probe(&request, services).instrument(span).await;
    let mut body = String::new();
    prometheus::write(&mut body, std::slice::from_ref(&report), prometheus::Options::default());
    ok(SERIES, body)
}

/// Checks in the reference's order: module, timeout, target, prober.
fn read<'e>(exporter: &'e Exporter, query: &str, headers: &HeaderMap) -> Result<Request<'e>, Rejection> {
    let mut name = query::first(query, "module");
    if name.is_empty() {
        name = Cow::Borrowed(DEFAULT_MODULE);
    }
    let Some(module) = exporter.modules.find(&name) else {
        debug!(module = %String::from_utf8_lossy(&name), "Unknown module");
        exporter.metrics.unknown_modules.inc();
        return Err(Rejection::UnknownModule(name.into_owned()));
    };
    let scrape = scrape_timeout(headers)?;
    let timeout = timeout::length(timeout::seconds(module.timeout, scrape, exporter.timeout_offset));
    let target = query::first(query, "target");
    if target.is_empty() {
        return Err(Rejection::NoTarget);
    }
    let Some(prober) = &module.prober else {
        return Err(Rejection::UnknownProber(module.prober_name().to_owned()));
    };
    Ok(Request {
        prober,
        options: module.options(timeout),
        target: Target::new(String::from_utf8_lossy(&target)),
    })
}

/// The scrape's timeout in seconds; an empty header is as good as none.
fn scrape_timeout(headers: &HeaderMap) -> Result<Option<f64>, ParseFloatError> {
    let Some(header) = headers.get(&SCRAPE_TIMEOUT).filter(|header| !header.is_empty()) else {
        return Ok(None);
    };
    go_float::parse(&String::from_utf8_lossy(header.as_bytes())).map(Some)
}

async fn probe(request: &Request<'_>, services: &Services) -> Report {
    let options = &request.options;
    debug!(
        target: PROBES,
        probe = &*options.prober,
        timeout_seconds = options.timeout.as_secs_f64(),
        "Beginning probe"
    );
    let report = run(request.prober.as_ref(), &request.target, options, services).await;
    let duration_seconds = report.elapsed.as_secs_f64();
    if let Verdict::Failure { reason, phase, error } = &report.verdict {
        debug!(target: PROBES, duration_seconds, %reason, %phase, err = %error.chain(), "Probe failed");
    } else {
        debug!(target: PROBES, duration_seconds, "Probe succeeded");
    }
    report
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;
    use probe_core::config;
    use probe_core::prober::BUILTIN;

    use super::*;
    use crate::modules::Modules;
    use crate::self_metrics::SelfMetrics;

    const MODULES: &str = "modules: {http_2xx: {prober: http}, tcp: {prober: tcp, timeout: 5s}}";

    fn exporter() -> Exporter {
        let config = config::read(MODULES, "b.yml", BUILTIN).expect("a valid configuration");
        let metrics = SelfMetrics::new(Vec::new()).expect("valid names");
        Exporter { modules: Modules::build(&config), config, timeout_offset: 0.5, metrics }
    }

    fn headers(timeout: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(SCRAPE_TIMEOUT.clone(), HeaderValue::from_static(timeout))])
    }

    fn rejection(query: &str, timeout: &'static str) -> (u16, String) {
        let exporter = exporter();
        match read(&exporter, query, &headers(timeout)) {
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
        assert_eq!(rejection("", "abc"), refused(500, timeout));
        assert_eq!(rejection("", "10"), refused(400, "Target parameter is missing"));
        assert_eq!(rejection("target=a", "10"), refused(400, "Unknown prober \"http\""));
    }

    #[test]
    fn unknown_modules_are_counted() {
        let exporter = exporter();
        assert!(read(&exporter, "module=x&target=a", &HeaderMap::new()).is_err());
        assert!(read(&exporter, "module=tcp", &HeaderMap::new()).is_err());
        assert_eq!(exporter.metrics.unknown_modules.get(), 1);
    }

    #[test]
    fn timeout_comes_from_module_header_and_offset() {
        let exporter = exporter();
        let timeout = |header| {
            let request = read(&exporter, "module=tcp&target=a", &headers(header)).expect("accepted");
            request.options.timeout.as_secs_f64()
        };
        assert!((timeout("") - 5.0).abs() < 1e-9);
        assert!((timeout("3") - 2.5).abs() < 1e-9);
    }
}
