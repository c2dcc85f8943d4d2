//! HTTP/2, frame by frame where a test wants it so.

use bytes::Bytes;
use h2::Reason;
use h2::server::SendResponse;
use http::{HeaderMap, HeaderName, HeaderValue, Response};

use super::seen::Visit;
use super::web::{Answer, Framing, Handler, Part, Request, Respond};
use super::{Server, Service, Stream, Work, pace};

struct Plain(Handler);

/// A server for HTTP/2 and nothing else, without asking.
pub fn http2(handler: impl Respond + 'static) -> Server {
    Server::stream(Plain(std::sync::Arc::new(handler)))
}

impl Service for Plain {
    fn serve(&self, stream: Box<dyn Stream>, visit: Visit) -> Work<'_> {
        Box::pin(async move { serve(stream, &*self.0, &visit).await })
    }
}

/// Requests of one connection, one after the other.
pub(crate) async fn serve(stream: Box<dyn Stream>, handler: &dyn Respond, visit: &Visit) {
    let Ok(mut connection) = h2::server::handshake(stream).await else { return };
    while let Some(Ok((request, respond))) = connection.accept().await {
        // The connection must be driven while the body is read and the answer written.
        let exchange = exchange(request, respond, handler, visit);
        tokio::pin!(exchange);
        loop {
            tokio::select! {
                () = &mut exchange => break,
                more = connection.accept() => match more {
                    Some(Ok((_, mut second))) => second.send_reset(Reason::REFUSED_STREAM),
                    _ => return,
                },
            }
        }
    }
}

async fn exchange(
    request: http::Request<h2::RecvStream>,
    respond: SendResponse<Bytes>,
    handler: &dyn Respond,
    visit: &Visit,
) {
    let (head, mut body) = request.into_parts();
    let mut request = Request {
        method: head.method.to_string(),
        target: head.uri.path_and_query().map(ToString::to_string).unwrap_or_default(),
        version: "HTTP/2.0".into(),
        ..Request::default()
    };
    let authority = head.uri.authority().map(ToString::to_string).unwrap_or_default();
    let scheme = head.uri.scheme_str().unwrap_or_default().to_owned();
    request.headers = vec![(":authority".into(), authority), (":scheme".into(), scheme)];
    for (name, value) in &head.headers {
        request.headers.push((name.as_str().into(), value.as_bytes().escape_ascii().to_string()));
    }
    while let Some(Ok(chunk)) = body.data().await {
        let _ = body.flow_control().release_capacity(chunk.len());
        request.body.extend_from_slice(&chunk);
    }
    request.keep(visit);
    let answer = handler.respond(&request);
    pace::pass(answer.before).await;
    // The client may have left.
    let _ = send(respond, &request, &answer, visit).await;
}

async fn send(
    mut respond: SendResponse<Bytes>,
    request: &Request,
    answer: &Answer,
    visit: &Visit,
) -> Result<(), h2::Error> {
    if answer.fails && answer.parts.is_empty() {
        respond.send_reset(Reason::INTERNAL_ERROR);
        return Ok(());
    }
    let mut response = Response::builder().status(answer.status);
    if let Some(headers) = response.headers_mut() {
        *headers = map(&answer.headers, visit);
        let length = match answer.framing {
            Framing::Declared(length) => Some(length),
            Framing::Length if answer.trailers.is_empty() => Some(answer.length()),
            _ => None,
        };
        if let Some(length) = length {
            headers.insert("content-length", length.into());
        }
    }
    let response = response.body(()).expect("a head");
    let has_body = request.method != "HEAD" && !answer.parts.is_empty();
    let mut stream = respond.send_response(response, !has_body && answer.trailers.is_empty())?;
    for part in answer.parts.iter().filter(|_| has_body) {
        match part {
            Part::Pause(length) => pace::pass(*length).await,
            Part::Bytes(bytes) => stream.send_data(bytes.clone().into(), false)?,
        }
    }
    if answer.fails {
        stream.send_reset(Reason::INTERNAL_ERROR);
    } else if !answer.trailers.is_empty() {
        stream.send_trailers(map(&answer.trailers, visit))?;
    } else if has_body {
        stream.send_data(Bytes::new(), true)?;
    }
    Ok(())
}

pub(crate) fn map(headers: &[(String, String)], visit: &Visit) -> HeaderMap {
    let pairs = headers.iter().map(|(name, value)| {
        let name: HeaderName = name.parse().expect("the name of a header");
        (name, HeaderValue::from_str(&visit.places().fill(value)).expect("the value of a header"))
    });
    let mut map = HeaderMap::new();
    for (name, value) in pairs {
        map.append(name, value);
    }
    map
}
