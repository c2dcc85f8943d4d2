//! HTTP/3.

use std::sync::Arc;

use bytes::{Buf, Bytes};
use h3::quic::BidiStream;
use h3::server::{RequestResolver, RequestStream};
use http::Response;
use quinn::crypto::rustls::QuicServerConfig;
use quinn::{Endpoint, EndpointConfig, ServerConfig, TokioRuntime};

use super::seen::Visit;
use super::tls::Tls;
use super::web::{Handler, Part, Request, Respond};
use super::{Context, Server, Speaks, http2, pace};

/// A server for HTTP/3 under this certificate.
pub fn http3(certificate: impl Into<Tls>, handler: impl Respond + 'static) -> Server {
    Server::speaking(Speaks::Http3(Arc::new(handler), certificate.into().protocols(&[b"h3"])))
}

pub(crate) async fn run(socket: std::net::UdpSocket, handler: Handler, tls: Tls, context: Context) {
    let config = QuicServerConfig::try_from(tls.config(&context.certificates)).expect("a suite of TLS 1.3");
    let config = ServerConfig::with_crypto(Arc::new(config));
    let endpoint = Endpoint::new(EndpointConfig::default(), Some(config), socket, Arc::new(TokioRuntime))
        .expect("an endpoint");
    while let Some(incoming) = endpoint.accept().await {
        let (handler, context) = (handler.clone(), context.clone());
        tokio::spawn(async move {
            if let Ok(connection) = incoming.await {
                let visit = Visit::new(context, connection.remote_address().ip().to_string());
                serve(connection, &*handler, &visit).await;
            }
        });
    }
}

async fn serve(connection: quinn::Connection, handler: &dyn Respond, visit: &Visit) {
    if let Some(data) = connection.handshake_data()
        && let Ok(data) = data.downcast::<quinn::crypto::rustls::HandshakeData>()
    {
        visit.saw(format!("quic sni={}", data.server_name.as_deref().unwrap_or("-")));
    }
    let connection = h3_quinn::Connection::new(connection);
    let Ok(mut connection) = h3::server::Connection::<_, Bytes>::new(connection).await else { return };
    while let Ok(Some(resolver)) = connection.accept().await {
        // The client may have left.
        let _ = exchange(resolver, handler, visit).await;
    }
}

async fn exchange(
    resolver: RequestResolver<h3_quinn::Connection, Bytes>,
    handler: &dyn Respond,
    visit: &Visit,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let (head, mut stream) = resolver.resolve_request().await?;
    let (head, ()) = head.into_parts();
    let mut request = Request {
        method: head.method.to_string(),
        target: head.uri.path_and_query().map(ToString::to_string).unwrap_or_default(),
        version: "HTTP/3.0".into(),
        ..Request::default()
    };
    let authority = head.uri.authority().map(ToString::to_string).unwrap_or_default();
    request.headers = vec![(":authority".into(), authority)];
    for (name, value) in &head.headers {
        request.headers.push((name.as_str().into(), value.as_bytes().escape_ascii().to_string()));
    }
    while let Some(mut chunk) = stream.recv_data().await? {
        request.body.extend_from_slice(&chunk.copy_to_bytes(chunk.remaining()));
    }
    request.keep(visit);
    respond(stream, &request, handler, visit).await
}

async fn respond(
    mut stream: RequestStream<impl BidiStream<Bytes>, Bytes>,
    request: &Request,
    handler: &dyn Respond,
    visit: &Visit,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let answer = handler.respond(request);
    pace::pass(answer.before).await;
    let mut response = Response::builder().status(answer.status);
    if let Some(headers) = response.headers_mut() {
        *headers = http2::map(&answer.headers, visit);
        if let super::web::Framing::Length = answer.framing {
            headers.insert("content-length", answer.length().into());
        }
    }
    stream.send_response(response.body(())?).await?;
    for part in answer.parts.iter().filter(|_| request.method != "HEAD") {
        match part {
            Part::Pause(length) => pace::pass(*length).await,
            Part::Bytes(bytes) => stream.send_data(bytes.clone().into()).await?,
        }
    }
    stream.finish().await?;
    Ok(())
}
