//! What is served at which path.

mod batch;
mod landing;
mod logs;
mod metrics;
mod origin;
mod probe;
mod query;
mod redirect;
mod status;
mod unwinding;

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body, Buf};
use hyper::header::{CONTENT_TYPE, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use hyper::{Method, Request, Response, StatusCode};
use probe_core::prober::Services;

use crate::history::History;
use crate::in_flight::InFlight;
use crate::lifecycle::Reloads;
use crate::live_config::LiveConfig;
use crate::log::ProbeLog;
use crate::paths::{Paths, Place, clean};
use crate::self_metrics::SelfMetrics;
use crate::web::Visitor;

pub(crate) use self::unwinding::{Panic, caught};

/// The media type of messages for people.
pub(crate) const MESSAGE: &str = "text/plain; charset=utf-8";

/// What an answer is made of.
pub(crate) type Answer = Response<Full<Bytes>>;

/// What all workers share.
pub(crate) struct Exporter {
    /// The configuration in effect.
    pub(crate) live: Arc<LiveConfig>,
    /// What probes found.
    pub(crate) history: History,
    /// How many probes run at once.
    pub(crate) in_flight: InFlight,
    /// The exporter's own series.
    pub(crate) metrics: SelfMetrics,
    /// What is served where.
    pub(crate) paths: Paths,
    /// How many targets one request to `/batch` may have.
    pub(crate) most_batch_targets: usize,
    /// Whether the series of probes may be asked for as `OpenMetrics`.
    pub(crate) openmetrics: bool,
    /// Seconds kept back of a scrape's timeout.
    pub(crate) timeout_offset: f64,
    /// How the log of probes is written.
    pub(crate) log: ProbeLog,
    /// Who reads the configuration anew.
    pub(crate) reloads: Reloads,
    /// When the exporter started.
    pub(crate) started: Instant,
    /// Whether the exporter was told to stop.
    pub(crate) stopping: AtomicBool,
}

/// What has to be waited for.
enum Next {
    Answer(Answer),
    Batch(Visitor),
    Probe(Box<probe::Asked>),
    Reload { method: Method, is_foreign: bool },
}

/// Answers a request. As in the reference, the method hardly ever matters, nor does the body.
pub(crate) async fn answer<B>(exporter: &Arc<Exporter>, services: &Services, request: Request<B>) -> Answer
where
    B: Body<Data: Buf, Error: Into<Box<dyn std::error::Error + Send + Sync>>>,
{
    match route(exporter, &request) {
        Next::Answer(answer) => answer,
        Next::Batch(visitor) => Box::pin(batch::answer(exporter, services, visitor, request)).await,
        Next::Probe(asked) => {
            // It holds the buffer that it was read into, and a probe may take seconds.
            drop(request);
            probe::answer(exporter, services, *asked).await
        }
        Next::Reload { method, is_foreign } => status::reload(exporter, &method, is_foreign).await,
    }
}

fn route<B>(exporter: &Exporter, request: &Request<B>) -> Next {
    let (uri, method, headers) = (request.uri(), request.method(), request.headers());
    let Some(path) = query::decode_path(uri.path()).filter(|path| path.starts_with('/')) else {
        return Next::Answer(refused(StatusCode::BAD_REQUEST, "400 Bad Request: malformed path"));
    };
    let query = uri.query().unwrap_or_default();
    let visitor = request.extensions().get().cloned().unwrap_or_else(Visitor::anybody);
    let cleaned = if method == Method::CONNECT { Cow::Borrowed(&*path) } else { clean(&path) };
    Next::Answer(match exporter.paths.place(&cleaned) {
        Place::AddSlash => redirect::permanently(method, &format!("{cleaned}/"), query),
        _ if cleaned != path => redirect::permanently(method, &cleaned, query),
        // Whoever may use some modules only is shown nothing of the others.
        Place::Config | Place::Landing | Place::Logs | Place::Profiles | Place::Reload
            if visitor.is_restricted() =>
        {
            refused(StatusCode::FORBIDDEN, "Forbidden")
        }
        Place::Batch => return Next::Batch(visitor),
        Place::Config => status::config(exporter),
        Place::External => redirect::found(method, &exporter.paths.external),
        Place::Healthy => status::healthy(),
        Place::Landing => landing::answer(exporter, exporter.paths.is_root(&cleaned), query, headers),
        Place::Logs => logs::answer(exporter, query),
        Place::Metrics => metrics::answer(exporter, headers),
        Place::Nothing => refused(StatusCode::NOT_FOUND, "404 page not found"),
        Place::Probe => match probe::Asked::read(exporter, &visitor, query, headers) {
            Ok(asked) => return Next::Probe(Box::new(asked)),
            Err(rejection) => rejection.answer(),
        },
        Place::Profiles => status::profiles(),
        Place::Ready => status::ready(exporter),
        Place::Reload => {
            return Next::Reload { method: method.clone(), is_foreign: origin::is_foreign(headers) };
        }
    })
}

/// The first value of a query's parameter as text; empty if there is none.
pub(crate) fn parameter(query: &str, name: &str) -> String {
    String::from_utf8_lossy(&query::first(query, name)).into_owned()
}

/// An answer of this media type.
pub(crate) fn ok(content_type: &'static str, body: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Full::new(body.into()));
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    answer
}

/// An error, with the headers and the closing newline that the reference's have.
pub(crate) fn refused(status: StatusCode, message: impl std::fmt::Display) -> Answer {
    let mut answer = ok(MESSAGE, format!("{message}\n"));
    *answer.status_mut() = status;
    answer.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer
}

#[cfg(test)]
mod tests;
