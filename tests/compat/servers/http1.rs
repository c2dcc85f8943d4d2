//! HTTP/1, and HTTP/2 where that was agreed on.

use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};

use super::seen::Visit;
use super::web::{Answer, Framing, Handler, Part, Request, Respond};
use super::{Server, Service, Stream, Work, http2, pace};

struct Web(Handler);

/// A server for HTTP/1.1, and for HTTP/2 if its TLS offers `h2`.
pub fn web(handler: impl Respond + 'static) -> Server {
    Server::stream(Web(std::sync::Arc::new(handler)))
}

impl Service for Web {
    fn serve(&self, stream: Box<dyn Stream>, visit: Visit) -> Work<'_> {
        Box::pin(async move {
            if visit.protocol.as_deref() == Some(b"h2") {
                http2::serve(stream, &*self.0, &visit).await;
            } else {
                // The client may leave at any time.
                let _ = serve(stream, &*self.0, &visit).await;
            }
        })
    }
}

/// Requests of one connection, until the client or an answer ends it.
async fn serve(stream: Box<dyn Stream>, handler: &dyn Respond, visit: &Visit) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    while let Some(request) = read_request(&mut stream).await? {
        request.keep(visit);
        let answer = handler.respond(&request);
        pace::pass_while_there(&mut stream, answer.before).await;
        let ends = write_answer(&mut stream, &request, &answer, visit).await?;
        stream.flush().await?;
        if ends || request.header("connection") == Some("close") {
            break;
        }
    }
    stream.shutdown().await
}

pub(crate) async fn read_request(stream: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Option<Request>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read_until(b'\n', &mut head).await? == 0 {
            return Ok(None);
        }
    }
    let head: String = head.iter().map(|byte| char::from(*byte)).collect();
    let mut lines = head.trim_end().split("\r\n");
    let mut words = lines.next().unwrap_or_default().split(' ').map(Into::into);
    let mut next = || words.next().unwrap_or_default();
    let mut request = Request { method: next(), target: next(), version: next(), ..Request::default() };
    for line in lines {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        request.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    if request.header("transfer-encoding") == Some("chunked") {
        request.body = read_chunks(stream).await?;
    } else if let Some(length) = request.header("content-length").and_then(|text| text.parse().ok()) {
        request.body = vec![0; length];
        stream.read_exact(&mut request.body).await?;
    }
    Ok(Some(request))
}

async fn read_chunks(stream: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        let length = usize::from_str_radix(line.trim(), 16).map_err(io::Error::other)?;
        let mut chunk = vec![0; length + 2];
        stream.read_exact(&mut chunk).await?;
        if length == 0 {
            return Ok(body);
        }
        body.extend_from_slice(&chunk[..length]);
    }
}

/// Whether the connection ends with this answer.
async fn write_answer(
    stream: &mut (impl AsyncBufRead + AsyncWrite + Unpin),
    request: &Request,
    answer: &Answer,
    visit: &Visit,
) -> io::Result<bool> {
    let without_body = request.method == "HEAD";
    if !answer.raw {
        let mut head = format!("HTTP/1.1 {} Answer\r\n", answer.status);
        for (name, value) in &answer.headers {
            head += &format!("{name}: {}\r\n", visit.places().fill(value));
        }
        match answer.framing {
            Framing::Chunks => head += "Transfer-Encoding: chunked\r\n",
            Framing::Close => {}
            Framing::Declared(length) => head += &format!("Content-Length: {length}\r\n"),
            Framing::Length => head += &format!("Content-Length: {}\r\n", answer.length()),
        }
        stream.write_all((head + "\r\n").as_bytes()).await?;
    }
    let chunks = matches!(answer.framing, Framing::Chunks) && !answer.raw;
    for part in answer.parts.iter().filter(|_| !without_body) {
        match part {
            Part::Pause(length) => pace::pass_while_there(stream, *length).await,
            Part::Bytes(bytes) => {
                if chunks {
                    stream.write_all(format!("{:x}\r\n", bytes.len()).as_bytes()).await?;
                }
                stream.write_all(bytes).await?;
                if chunks {
                    stream.write_all(b"\r\n").await?;
                }
            }
        }
        stream.flush().await?;
    }
    if chunks && !without_body && !answer.fails {
        stream.write_all(b"0\r\n\r\n").await?;
    }
    Ok(answer.raw || answer.fails || matches!(answer.framing, Framing::Close | Framing::Declared(_)))
}
