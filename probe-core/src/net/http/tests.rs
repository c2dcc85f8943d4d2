use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::*;
use crate::model::{Deadline, Phase, Reason};
use crate::net::tls::testing::{Issued, accept, params};
use crate::net::tls::{SystemRoots, TlsClient};
use crate::net::{Egress, Policy};
use crate::wire::url::Url;

/// Reads the head of a request, and no more.
async fn request(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.expect("a request"));
    }
    String::from_utf8(head).expect("text")
}

/// Answers every connection with these bytes, each given to one; tells what the clients said.
async fn scripted(answers: &'static [&'static [u8]]) -> (u16, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("it is bound").port();
    let server = tokio::spawn(async move {
        let mut said = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().await.expect("a client");
            said.push(request(&mut stream).await);
            stream.write_all(answer).await.expect("the client listens");
        }
        said
    });
    (port, server)
}

fn endpoint(port: u16) -> Endpoint {
    let address = Policy::allow_all().approve(([127, 0, 0, 1], port).into()).expect("everything is allowed");
    Endpoint { address, egress: Egress::default() }
}

fn route(endpoints: &[Endpoint]) -> Route<'_> {
    Route {
        endpoints,
        proxy: None,
        proxy_tls: None,
        host: "web.example",
        port: 8080,
        tls: None,
        deadline: Deadline::after(Instant::now(), Duration::from_secs(20)),
        dials: None,
    }
}

/// Asks for `/x` of `http://web.example:8080` over this route.
async fn ask(route: &Route<'_>, method: &str, content: RequestContent) -> Result<Response, HttpError> {
    let scheme = if route.tls.is_some() { "https" } else { "http" };
    let url = Url::parse(format!("{scheme}://web.example:8080/x").as_bytes()).expect("a URL");
    let mut fields = Fields::default();
    fields.set("X-A", "b");
    let request = Request { method, url: &url, host: &url.host, fields: &fields, content };
    let mut times = Times { resolved: Some(tokio::time::Instant::now()), ..Times::default() };
    let answer = Connection::open(route, &mut times).await?.send(request, &mut times).await;
    assert!(answer.is_err() || (times.processing().is_some() && times.phase() == Phase::Transfer));
    answer.map(|(response, _)| response)
}

async fn body(response: &mut Response) -> Result<Vec<u8>, HttpError> {
    let mut body = Vec::new();
    while let Some(bytes) = response.next().await? {
        body.extend_from_slice(&bytes);
    }
    Ok(body)
}

#[tokio::test]
async fn an_answer_has_a_head_and_a_body() {
    for (answer, status, version, length, expected) in [
        (&b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokay"[..], 200, "HTTP/1.1", Some(2), "ok"),
        (b"HTTP/1.0 404 No\r\n\r\nuntil the end", 404, "HTTP/1.0", None, "until the end"),
        (b"HTTP/1.7 200 OK\nTransfer-Encoding: chunked\n\n2\r\nok\r\n0\r\n\r\n", 200, "HTTP/1.7", None, "ok"),
        (b"HTTP/1.1 103 Hints\r\n\r\nHTTP/1.1 204 No\r\n\r\nignored", 204, "HTTP/1.1", Some(0), ""),
        (
            b"HTTP/1.1 101 X\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\nother words",
            101,
            "HTTP/1.1",
            Some(0),
            "other words",
        ),
    ] {
        let (port, server) = scripted(Vec::leak(vec![answer])).await;
        let mut response =
            ask(&route(&[endpoint(port)]), "GET", RequestContent::Empty).await.expect("an answer");
        assert_eq!((response.status, response.version.to_string().as_str()), (status, version));
        assert_eq!(response.content_length, length, "{}", answer.escape_ascii());
        assert_eq!(body(&mut response).await.expect("a body"), expected.as_bytes());
        response.close();
        let said = server.await.expect("the server is fine");
        assert_eq!(
            said,
            ["GET /x HTTP/1.1\r\nHost: web.example:8080\r\nX-A: b\r\nConnection: close\r\n\r\n"]
        );
    }
}

#[tokio::test]
async fn what_is_no_answer_is_named() {
    for (answer, reason) in [
        (&b""[..], Reason::Connect),
        (b"HTTP/1.1 200 OK\r\nContent-Le", Reason::Connect),
        (b"SSH-2.0-x\r\n", Reason::Protocol),
        (b"HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\n", Reason::Protocol),
    ] {
        let (port, _server) = scripted(Vec::leak(vec![answer])).await;
        let error =
            ask(&route(&[endpoint(port)]), "GET", RequestContent::Empty).await.err().expect("no answer");
        assert_eq!(error.at(Phase::Processing).reason, reason, "{}", answer.escape_ascii());
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_keeps_what_came() {
    let (port, _server) = scripted(&[b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"]).await;
    let mut response = ask(&route(&[endpoint(port)]), "GET", RequestContent::Empty).await.expect("an answer");
    assert_eq!(response.next().await.expect("a part").as_deref(), Some(&b"abc"[..]));
    let error = response.next().await.expect_err("the rest is missing").at(Phase::Transfer);
    assert_eq!(error.chain(), "cannot read the body: unexpected EOF");
}

#[tokio::test]
async fn a_server_may_answer_without_reading_everything() {
    let (port, _server) = scripted(&[b"HTTP/1.1 413 Too large\r\nContent-Length: 2\r\n\r\nno"]).await;
    let content = RequestContent::Bytes(Bytes::from(vec![b'x'; 16 << 20]));
    let response = ask(&route(&[endpoint(port)]), "POST", content).await.expect("an answer");
    assert_eq!(response.status, 413);
}

#[tokio::test]
async fn a_body_of_unknown_length_is_sent_in_chunks() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("it is bound").port();
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a client");
        let head = request(&mut stream).await;
        let mut body = [0; 16];
        stream.read_exact(&mut body).await.expect("a body");
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.expect("the client listens");
        (head, body)
    });
    let path = std::env::temp_dir().join(format!("http-body-{}", std::process::id()));
    std::fs::write(&path, "a body").expect("a file");
    let content = RequestContent::open(&path).expect("the file is there");
    std::fs::remove_file(&path).expect("the file is there");
    ask(&route(&[endpoint(port)]), "POST", content).await.expect("an answer");
    let (head, body) = server.await.expect("the server is fine");
    assert!(head.contains("\r\nTransfer-Encoding: chunked\r\n"), "{head}");
    assert_eq!(&body, b"6\r\na body\r\n0\r\n\r\n");
}

#[tokio::test]
async fn a_body_waits_until_it_is_asked_for() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("it is bound").port();
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a client");
        request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await.expect("the client listens");
        let mut body = [0; 4];
        stream.read_exact(&mut body).await.expect("a body");
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.expect("the client listens");
        body
    });
    let url = Url::parse(b"http://web.example/").expect("a URL");
    let mut fields = Fields::default();
    fields.set("Expect", "100-continue");
    let content = RequestContent::Bytes(Bytes::from_static(b"body"));
    let request = Request { method: "PUT", url: &url, host: &url.host, fields: &fields, content };
    let mut times = Times::default();
    let endpoints = [endpoint(port)];
    let connection = Connection::open(&route(&endpoints), &mut times).await.expect("a connection");
    connection.send(request, &mut times).await.expect("an answer");
    assert_eq!(&server.await.expect("the server is fine"), b"body");
}

#[tokio::test]
async fn the_next_address_is_tried_if_one_refuses() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let closed = listener.local_addr().expect("it is bound").port();
    drop(listener);
    let (port, _server) = scripted(&[b"HTTP/1.1 200 OK\r\n\r\n"]).await;
    let endpoints = [endpoint(closed), endpoint(port)];
    assert!(ask(&route(&endpoints), "GET", RequestContent::Empty).await.is_ok());
    let error = ask(&route(&endpoints[..1]), "GET", RequestContent::Empty).await.err().expect("refused");
    assert_eq!(error.at(Phase::Connect).reason, Reason::Connect);
}

fn proxy(url: &str) -> Proxy {
    let mut fields = Fields::default();
    fields.set("X-P", "q");
    Proxy::from_url(&Url::parse(url.as_bytes()).expect("a URL"), fields).expect("a proxy")
}

#[tokio::test]
async fn a_proxy_is_told_the_whole_url() {
    let (port, server) = scripted(&[b"HTTP/1.1 200 OK\r\n\r\n"]).await;
    let proxy = proxy("http://u:p@127.0.0.1");
    let endpoints = [endpoint(port)];
    let route = Route { proxy: Some(&proxy), ..route(&endpoints) };
    ask(&route, "GET", RequestContent::Empty).await.expect("an answer");
    let said = server.await.expect("the server is fine");
    assert_eq!(
        said[0],
        "GET http://web.example:8080/x HTTP/1.1\r\nHost: web.example:8080\r\nX-A: b\r\nProxy-Authorization: Basic dTpw\r\nConnection: close\r\n\r\n"
    );
}

#[tokio::test]
async fn a_proxy_that_gives_no_tunnel_says_why() {
    let (port, server) = scripted(&[b"HTTP/1.1 403 Not for you\r\n\r\n"]).await;
    let (proxy, roots) = (proxy("http://u:p@127.0.0.1"), SystemRoots::default());
    let authority = Issued::authority("authority", 9);
    let client = TlsClient::new(&authority.trusted(), &roots).expect("good options");
    let tls = Some(Tls { client: &client, server_name: "web.example", offers_http2: true });
    let endpoints = [endpoint(port)];
    let route = Route { proxy: Some(&proxy), tls, ..route(&endpoints) };
    let error = ask(&route, "GET", RequestContent::Empty).await.err().expect("no tunnel");
    assert_eq!(error.to_string(), "the proxy refused: Not for you");
    assert_eq!(
        server.await.expect("the server is fine")[0],
        "CONNECT web.example:8080 HTTP/1.1\r\nHost: web.example:8080\r\nUser-Agent: Go-http-client/1.1\r\nX-P: q\r\nProxy-Authorization: Basic dTpw\r\n\r\n"
    );
}

#[tokio::test]
async fn a_socks_proxy_connects() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("it is bound").port();
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a client");
        let expect = async |stream: &mut TcpStream, expected: &[u8], answer: &[u8]| {
            let mut said = vec![0; expected.len()];
            stream.read_exact(&mut said).await.expect("the client speaks");
            assert_eq!(said, expected);
            stream.write_all(answer).await.expect("the client listens");
        };
        expect(&mut stream, b"\x05\x02\x00\x02", b"\x05\x02").await;
        expect(&mut stream, b"\x01\x01u\x01p", b"\x01\x00").await;
        expect(&mut stream, b"\x05\x01\x00\x03\x0bweb.example\x1f\x90", b"\x05\x00\x00\x03\x03abc\x00\x50")
            .await;
        let said = request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.expect("the client listens");
        said
    });
    let proxy = proxy("socks5h://u:p@127.0.0.1");
    let endpoints = [endpoint(port)];
    let route = Route { proxy: Some(&proxy), ..route(&endpoints) };
    ask(&route, "GET", RequestContent::Empty).await.expect("an answer");
    assert!(server.await.expect("the server is fine").starts_with("GET /x HTTP/1.1\r\n"));
}

/// A server over TLS that speaks HTTP/2, and a client that trusts it.
async fn secured<F>(serve: impl FnOnce(Box<dyn Io>) -> F + Send + 'static) -> (u16, TlsClient)
where
    F: Future<Output = ()> + Send + 'static,
{
    let authority = Issued::authority("authority", 9);
    let mut config = Arc::unwrap_or_clone(authority.issue(params("web", &["web.example"], 9)).server(&[]));
    config.alpn_protocols = vec![b"h2".to_vec()];
    let client = TlsClient::new(&authority.trusted(), &SystemRoots::default()).expect("good options");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("it is bound").port();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("a client");
        if let Ok(stream) = accept(Arc::new(config), stream).await {
            serve(Box::new(stream)).await;
        }
    });
    (port, client)
}

trait Io: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Io for S {}

async fn ask_http2(port: u16, client: &TlsClient, content: RequestContent) -> Result<Response, HttpError> {
    let endpoints = [endpoint(port)];
    let tls = Some(Tls { client, server_name: "web.example", offers_http2: true });
    ask(&Route { tls, ..route(&endpoints) }, "POST", content).await
}

#[tokio::test]
async fn http2_is_spoken_where_it_is_agreed_on() {
    let (port, client) = secured(|stream| async move {
        let mut connection = h2::server::handshake(stream).await.expect("a client");
        let (request, mut answer) = connection.accept().await.expect("a request").expect("a good one");
        let (head, mut content) = request.into_parts();
        assert_eq!(
            (head.method.as_str(), head.uri.to_string().as_str()),
            ("POST", "https://web.example:8080/x")
        );
        assert_eq!(head.headers.len(), 2, "{:?}", head.headers);
        let mut received = 0;
        let driven = async {
            while let Some(data) = content.data().await {
                let data = data.expect("a body");
                received += data.len();
                content.flow_control().release_capacity(data.len()).expect("room");
            }
            let head = http::Response::builder().status(201).header("X-C", "d").body(()).expect("a head");
            let mut stream = answer.send_response(head, false).expect("the client listens");
            stream.send_data(Bytes::from_static(b"made"), true).expect("the client listens");
        };
        tokio::select! { () = driven => {}, _ = connection.accept() => panic!("one request only") }
        assert_eq!(received, 200_000);
        let _ = connection.accept().await;
    })
    .await;
    let content = RequestContent::Bytes(Bytes::from(vec![b'x'; 200_000]));
    let mut response = ask_http2(port, &client, content).await.expect("an answer");
    assert_eq!((response.status, response.version), (201, crate::wire::http1::Version::HTTP_2));
    assert_eq!((response.content_length, response.headers["x-c"].as_bytes()), (None, &b"d"[..]));
    assert_eq!(body(&mut response).await.expect("a body"), b"made");
    response.close();
}

#[tokio::test]
async fn a_server_that_gives_up_is_not_waited_for() {
    let (port, client) = secured(|mut stream| async move {
        // SETTINGS, and GOAWAY with an error for stream 1; the connection stays open.
        let frames = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x08\x07\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x02";
        stream.write_all(frames).await.expect("the client listens");
        let _ = stream.read_to_end(&mut Vec::new()).await;
    })
    .await;
    let error = ask_http2(port, &client, RequestContent::Empty).await.err().expect("no answer");
    assert!(matches!(error, HttpError::Http2(_)), "{error}");
}

#[tokio::test]
async fn a_flood_ends_the_connection() {
    let (port, client) = secured(|mut stream| async move {
        let mut frames = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00".to_vec();
        // Frames of a kind nobody knows, which are to be ignored (RFC 9113 section 4.1).
        for _ in 0..100 {
            frames.extend_from_slice(b"\x00\x27\x10\xee\x00\x00\x00\x00\x00");
            frames.resize(frames.len() + 10_000, 0);
        }
        while stream.write_all(&frames).await.is_ok() {
            frames.drain(..frames.len() % 10_009);
        }
    })
    .await;
    let error = ask_http2(port, &client, RequestContent::Empty).await.err().expect("no answer");
    assert!(matches!(error, HttpError::Flood), "{error}");
}
