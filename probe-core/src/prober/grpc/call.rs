//! One call and its answer (gRPC over HTTP/2).

use std::future::poll_fn;

use bytes::Bytes;
use h2::RecvStream;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, TE, USER_AGENT};
use http::uri::{Scheme, Uri};
use http::{Method, Request, Version};
use thiserror::Error;

use super::driver::Driver;
use crate::model::{Phase, ProbeError, Reason, Recorder};
use crate::net::BoxStream;
use crate::wire::health::{
    Answer, AnswerError, CHECK_PATH, Code, Metadata, MetadataError, ServingStatus, message_text, request,
};

/// As whom the reference exporter introduces itself; servers may treat clients by their name.
const USER: HeaderValue = HeaderValue::from_static("grpc-go/1.81.1");
/// What calls and answers are made of.
const GRPC: &str = "application/grpc";
/// Headers that HTTP/2 has no place for (RFC 9113 section 8.2.2).
const FORBIDDEN: [&str; 5] = ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"];
/// How much of a server's words a failure repeats, in characters.
const SHOWN: usize = 200;

/// What to ask.
pub(super) struct Check<'a> {
    /// Whom, as the server knows itself.
    pub(super) authority: String,
    /// Whether the connection is over TLS.
    pub(super) tls: bool,
    /// About which service.
    pub(super) service: &'a str,
    /// With which metadata.
    pub(super) metadata: &'a [(String, Vec<String>)],
}

impl Check<'_> {
    /// The request, without its message. Metadata that cannot be sent is found before there is a connection.
    pub(super) fn request(&self) -> Result<Request<()>, CallError> {
        let metadata =
            Metadata::new(self.metadata.iter().map(|(name, values)| (name.as_str(), values.as_slice())))?;
        let scheme = if self.tls { Scheme::HTTPS } else { Scheme::HTTP };
        let uri = Uri::builder().scheme(scheme).authority(self.authority.as_str()).path_and_query(CHECK_PATH);
        let uri = uri.build().map_err(|_| CallError::Authority { authority: self.authority.clone() })?;
        let mut request = Request::new(());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = uri;
        *request.version_mut() = Version::HTTP_2;
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(GRPC));
        headers.insert(USER_AGENT, USER);
        headers.insert(TE, HeaderValue::from_static("trailers"));
        for (name, value) in metadata.0 {
            let refused = |_| CallError::Header { name: name.clone() };
            if FORBIDDEN.contains(&name.as_str()) {
                return Err(CallError::Header { name });
            }
            let value =
                HeaderValue::from_str(&value).map_err(|_| CallError::Header { name: name.clone() })?;
            headers.append(HeaderName::from_bytes(name.as_bytes()).map_err(refused)?, value);
        }
        Ok(request)
    }
}

/// Makes the call. The future moves the connection; dropping it drops the connection.
pub(super) async fn call(
    stream: BoxStream,
    request_head: Request<()>,
    service: &str,
    out: &mut Recorder,
) -> Result<ServingStatus, CallError> {
    out.phase = Phase::Request;
    let (mut requests, mut driver) = Driver::open(stream).await?;
    driver.run(poll_fn(|task| requests.poll_ready(task))).await?;
    let (answer, mut sending) = requests.send_request(request_head, false)?;
    sending.send_data(request(service).into(), true)?;

    out.phase = Phase::Processing;
    let (head, body) = driver.run(answer).await?.into_parts();
    out.phase = Phase::Transfer;
    let headers = head.headers;
    if !headers.get_all(CONTENT_TYPE).iter().any(is_grpc) {
        return Err(CallError::NotGrpc { status: head.status.as_u16() });
    }
    check_binary(&headers)?;
    if body.is_end_stream() {
        return conclude(&Answer::default(), &headers);
    }
    let (answer, trailers) = read(body, &mut driver).await?;
    check_binary(&trailers)?;
    conclude(&answer, &trailers)
}

async fn read(mut body: RecvStream, driver: &mut Driver) -> Result<(Answer, HeaderMap), CallError> {
    let mut answer = Answer::default();
    while let Some(piece) = driver.run(next_piece(&mut body)).await? {
        driver.received(piece.len());
        answer.receive(&piece)?;
        body.flow_control().release_capacity(piece.len())?;
    }
    let trailers = driver.run(body.trailers()).await?.ok_or(CallError::NoTrailers)?;
    Ok((answer, trailers))
}

async fn next_piece(body: &mut RecvStream) -> Result<Option<Bytes>, h2::Error> {
    body.data().await.transpose()
}

/// A message that cannot be read counts before the status, a missing one after it, as in the reference exporter.
fn conclude(answer: &Answer, trailers: &HeaderMap) -> Result<ServingStatus, CallError> {
    let message = answer.finish()?;
    let last = |name| trailers.get_all(name).iter().next_back().map(HeaderValue::as_bytes);
    let code = Code::from_header(last("grpc-status"));
    if code != Code::OK {
        let said = last("grpc-message").map(message_text).unwrap_or_default();
        return Err(CallError::Status { code, said: said.chars().take(SHOWN).collect() });
    }
    message.ok_or(CallError::NoMessage)
}

/// `application/grpc`, also with a suffix or a parameter.
fn is_grpc(value: &HeaderValue) -> bool {
    let rest = value.as_bytes().strip_prefix(GRPC.as_bytes());
    rest.is_some_and(|rest| matches!(rest.first(), None | Some(b'+' | b';')))
}

fn check_binary(headers: &HeaderMap) -> Result<(), CallError> {
    match headers.iter().find(|(name, value)| !Metadata::is_readable(name.as_str(), value.as_bytes())) {
        Some((name, _)) => Err(CallError::Binary { name: name.as_str().into() }),
        None => Ok(()),
    }
}

/// Why a call did not go well.
#[derive(Debug, Error)]
#[non_exhaustive]
pub(super) enum CallError {
    #[error(transparent)]
    Answer(#[from] AnswerError),
    #[error("{authority:?} cannot name a server")]
    Authority { authority: String },
    #[error("header {name} of the answer is not base64")]
    Binary { name: String },
    #[error("the server closed the connection")]
    Closed,
    #[error("the server floods the connection")]
    Flood,
    #[error("metadata {name:?} cannot be sent over HTTP/2")]
    Header { name: String },
    #[error("the call failed")]
    Http2(#[from] h2::Error),
    #[error(transparent)]
    Metadata(#[from] MetadataError),
    #[error("the answer has no message")]
    NoMessage,
    #[error("the answer ended without a status")]
    NoTrailers,
    #[error("the answer is not gRPC; its HTTP status is {status}")]
    NotGrpc { status: u16 },
    #[error("the server answered {code}{}", words(.said))]
    Status { code: Code, said: String },
}

fn words(said: &str) -> String {
    if said.is_empty() { String::new() } else { format!(": {said}") }
}

impl CallError {
    /// The status code that the reference exporter shows.
    pub(super) fn code(&self) -> Code {
        match self {
            Self::Answer(AnswerError::TooLong { .. }) | Self::Flood => Code::RESOURCE_EXHAUSTED,
            // Servers close the connection on what the reference exporter sends here.
            Self::Closed | Self::Header { .. } => Code::UNAVAILABLE,
            Self::Http2(error) if error.is_io() || error.is_go_away() => Code::UNAVAILABLE,
            Self::Http2(error) if error.is_remote() => {
                error.reason().map_or(Code::UNAVAILABLE, |reason| Code::from_reset(reason.into()))
            }
            Self::NotGrpc { status } => Code::from_http(*status),
            Self::Status { code, .. } => *code,
            _ => Code::INTERNAL,
        }
    }

    fn reason(&self) -> Reason {
        match self {
            Self::Answer(AnswerError::TooLong { .. }) | Self::Flood => Reason::Limit,
            Self::Authority { .. } => Reason::Target,
            Self::Closed => Reason::Connect,
            Self::Header { .. } | Self::Metadata(_) => Reason::Configuration,
            Self::Http2(error) if error.is_io() => Reason::Connect,
            Self::Status { .. } => Reason::Expectation,
            _ => Reason::Protocol,
        }
    }

    /// The failure of a probe in `phase`.
    pub(super) fn in_phase(self, phase: Phase) -> ProbeError {
        let failure = ProbeError::new(self.reason(), phase, self.to_string());
        match self {
            Self::Http2(cause) => failure.caused_by(cause),
            _ => failure,
        }
    }
}
