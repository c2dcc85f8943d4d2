//! What is served at which path.

mod metrics;
mod probe;
mod query;
mod status;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use hyper::{Request, Response, StatusCode};
use probe_core::config::Config;
use probe_core::prober::Services;

use crate::modules::Modules;
use crate::self_metrics::SelfMetrics;

/// The media type of series, in the reference's words.
const SERIES: &str = "text/plain; version=0.0.4; charset=utf-8; escaping=underscores";
/// The media type of messages for people.
const MESSAGE: &str = "text/plain; charset=utf-8";

/// What an answer is made of.
pub(crate) type Answer = Response<Full<Bytes>>;

/// What all workers share.
pub(crate) struct Exporter {
    /// The configuration as loaded.
    pub(crate) config: Config,
    /// Its modules, ready to run.
    pub(crate) modules: Modules,
    /// Seconds kept back of a scrape's timeout.
    pub(crate) timeout_offset: f64,
    /// The exporter's own series.
    pub(crate) metrics: SelfMetrics,
}

/// Answers a request. As in the reference, the method does not matter, and a path nobody knows is the landing page.
pub(crate) async fn answer(exporter: &Exporter, services: &Services, request: &Request<Incoming>) -> Answer {
    match request.uri().path() {
        "/probe" => probe::answer(exporter, services, request.uri().query(), request.headers()).await,
        "/metrics" => metrics::answer(exporter),
        "/config" => status::config(exporter),
        "/-/healthy" => status::healthy(),
        "/-/reload" => status::reload(request.method()),
        _ => status::landing_page(),
    }
}

fn ok(content_type: &'static str, body: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Full::new(body.into()));
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    answer
}

/// An error, with the headers and the closing newline that the reference's have.
fn refused(status: StatusCode, message: impl std::fmt::Display) -> Answer {
    let mut answer = ok(MESSAGE, format!("{message}\n"));
    *answer.status_mut() = status;
    answer.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer
}
