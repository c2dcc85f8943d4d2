//! `/batch`: one module, many targets, one answer. What has no counterpart in the reference exporter.

mod foregone;
mod targets;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::body::{Body, Buf};
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderMap, HeaderValue};
use hyper::{Method, Request, StatusCode};
use probe_core::model::{Reason, Report};
use probe_core::prober::Services;
use thiserror::Error;
use tokio::task::{Id, JoinSet};
use tokio::time::{Instant, timeout, timeout_at};

use self::foregone::Foregone;
use self::targets::{Form, TargetsError};
use super::{Answer, Exporter, origin, probe, query, refused};
use crate::exposition::{self, Wanted};
use crate::history::Entry;
use crate::web::Visitor;

/// Bytes of a list of targets.
const LONGEST_LIST: usize = 1 << 20;
/// How long a list of targets may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why a request for a batch is refused.
#[derive(Debug, Error)]
enum Rejection {
    #[error("A batch is asked for with GET or POST")]
    Method,
    #[error("The list of targets took too long to arrive")]
    Slow,
    #[error("The list of targets cannot be read: {0}")]
    Body(String),
    #[error("A list of targets is application/json or text/plain")]
    MediaType,
    #[error("The list of targets is no JSON of that kind: {0}")]
    List(#[from] TargetsError),
    #[error("A batch may have {most} targets (--batch.max-targets), this one has {given}")]
    TooMany { most: usize, given: usize },
}

impl Rejection {
    fn status(&self) -> StatusCode {
        match self {
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Slow => StatusCode::REQUEST_TIMEOUT,
            Self::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Body(_) | Self::List(_) => StatusCode::BAD_REQUEST,
            Self::TooMany { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        }
    }

    fn answer(&self) -> Answer {
        let mut answer = refused(self.status(), self);
        if matches!(self, Self::Method) {
            answer.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, POST"));
        }
        answer
    }
}

/// Probes every target at once, within one timeout, and answers 200 with the series of all of them. A target that fails,
/// for whatever reason, has its series like the others.
pub(super) async fn answer<B>(
    exporter: &Arc<Exporter>,
    services: &Services,
    visitor: Visitor,
    request: Request<B>,
) -> Answer
where
    B: Body<Data: Buf, Error: Into<Box<dyn std::error::Error + Send + Sync>>>,
{
    if origin::is_foreign(request.headers()) {
        return refused(StatusCode::FORBIDDEN, origin::REFUSAL);
    }
    let (parts, body) = request.into_parts();
    let query = parts.uri.query().unwrap_or_default();
    let targets = match all_targets(&parts.method, query, &parts.headers, body).await {
        Ok(targets) => targets,
        Err(rejection) => return rejection.answer(),
    };
    let most = exporter.most_batch_targets;
    if targets.len() > most {
        return Rejection::TooMany { most, given: targets.len() }.answer();
    }
    let begun = Instant::now();
    let read = |target: &Vec<u8>| probe::read(exporter, &visitor, query, target, &parts.headers);
    // What is wrong with one is wrong with all of them; without any, the answer is that there is none.
    let first = targets.first().cloned().unwrap_or_default();
    if let Err(rejection) = read(&first) {
        return rejection.answer();
    }
    let requests: Vec<_> = targets.iter().filter_map(|target| read(target).ok()).collect();
    let wanted = Wanted::of_probes(exporter, &parts.headers);
    drop(parts);
    let ended = probe_all(exporter, services, requests, begun).await;
    let reports: Vec<&Report> = ended.iter().map(Ended::report).collect();
    exposition::reports(&reports, wanted)
}

/// The targets of the query, then those of the body, each once.
async fn all_targets<B>(
    method: &Method,
    query: &str,
    headers: &HeaderMap,
    body: B,
) -> Result<Vec<Vec<u8>>, Rejection>
where
    B: Body<Data: Buf, Error: Into<Box<dyn std::error::Error + Send + Sync>>>,
{
    let mut all: Vec<Vec<u8>> = query::all(query, "target").map(std::borrow::Cow::into_owned).collect();
    match *method {
        Method::GET | Method::HEAD => {}
        Method::POST => {
            let form = Form::of(headers.get(CONTENT_TYPE)).ok_or(Rejection::MediaType)?;
            let collected = timeout(PATIENCE, Limited::new(body, LONGEST_LIST).collect());
            let collected = collected.await.map_err(|_| Rejection::Slow)?;
            let bytes: Bytes = collected.map_err(|error| Rejection::Body(error.to_string()))?.to_bytes();
            all.extend(targets::read(form, &bytes)?);
        }
        _ => return Err(Rejection::Method),
    }
    let mut seen = std::collections::HashSet::new();
    all.retain(|target| !target.is_empty() && seen.insert(target.clone()));
    Ok(all)
}

/// What came of one target.
enum Ended {
    /// As the history has it.
    Probed(Arc<Entry>),
    /// No probe came to an end.
    Lost(Box<Report>),
}

impl Ended {
    fn report(&self) -> &Report {
        match self {
            Self::Probed(entry) => &entry.capture.report,
            Self::Lost(report) => report,
        }
    }
}

async fn probe_all(
    exporter: &Arc<Exporter>,
    services: &Services,
    requests: Vec<probe::Request>,
    begun: Instant,
) -> Vec<Ended> {
    // Dropped with the request, should the client leave: then the probes end, too.
    let mut running = JoinSet::new();
    let mut lost: HashMap<Id, Foregone> = HashMap::with_capacity(requests.len());
    let mut ended = Vec::with_capacity(requests.len());
    for request in requests {
        let foregone = Foregone::of(&request);
        let task = running.spawn(one(exporter.clone(), services.clone(), request, begun));
        lost.insert(task.id(), foregone);
    }
    while let Some(joined) = running.join_next_with_id().await {
        let (id, outcome) = match joined {
            Ok((id, outcome)) => (id, outcome),
            Err(error) => (error.id(), Err((Reason::Internal, "the probe ended in a panic"))),
        };
        match (outcome, lost.remove(&id)) {
            (Ok(entry), _) => ended.push(Ended::Probed(entry)),
            (Err((reason, detail)), Some(foregone)) => {
                ended.push(Ended::Lost(Box::new(foregone.report(reason, detail, services).await)));
            }
            (Err(_), None) => {}
        }
    }
    ended
}

/// One target, once there is a place for its probe. The wait counts.
async fn one(
    exporter: Arc<Exporter>,
    services: Services,
    mut request: probe::Request,
    begun: Instant,
) -> Result<Arc<Entry>, (Reason, &'static str)> {
    let deadline = begun + request.options.timeout;
    let module = request.module.clone();
    let Ok(_place) = timeout_at(deadline, exporter.in_flight.wait(&module.config)).await else {
        return Err((Reason::Limit, "too many probes were in flight all the time"));
    };
    request.options.timeout = deadline.duration_since(Instant::now());
    request.label_with_target();
    let probed = probe::probe(&exporter, &services, request).await;
    probed.ok_or((Reason::Internal, "the probe ended in a panic"))
}
