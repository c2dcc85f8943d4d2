//! A websocket server, frame by frame.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::http1::read_request;
use super::seen::Visit;
use super::{Server, Service, Stream, Work};

/// What the server does once the connection is upgraded. At the end it closes the connection.
#[derive(Clone, Copy, Debug)]
pub enum Say {
    /// A message of bytes.
    Binary(&'static [u8]),
    /// Bytes as they stand: frames of any kind.
    Frame(&'static [u8]),
    /// Waits until the client has left.
    Hold,
    /// Reads a message and keeps it.
    Read,
    /// A message of text.
    Text(&'static str),
}

struct Upgrades(Vec<Say>);

/// A server that upgrades every connection and does this.
pub fn websocket(script: &[Say]) -> Server {
    Server::stream(Upgrades(script.to_vec()))
}

impl Service for Upgrades {
    fn serve(&self, stream: Box<dyn Stream>, visit: Visit) -> Work<'_> {
        // The client may leave at any time.
        Box::pin(async move { drop(upgrade(stream, &self.0, &visit).await) })
    }
}

async fn upgrade(stream: Box<dyn Stream>, script: &[Say], visit: &Visit) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    let Some(mut request) = read_request(&mut stream).await? else { return Ok(()) };
    let key = request.header("sec-websocket-key").unwrap_or_default().to_owned();
    // It is random.
    request.headers.retain(|(name, _)| name != "sec-websocket-key");
    request.keep(visit);
    let accept = derive_accept_key(key.as_bytes());
    let head = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    stream.flush().await?;
    for step in script {
        match step {
            Say::Binary(bytes) => send(&mut stream, 2, bytes).await?,
            Say::Frame(bytes) => stream.write_all(bytes).await?,
            Say::Hold => drop(tokio::io::copy_buf(&mut stream, &mut tokio::io::sink()).await),
            Say::Read => {
                let (kind, message) = read(&mut stream).await?;
                visit.saw(format!("message {kind} {}", message.escape_ascii()));
            }
            Say::Text(text) => send(&mut stream, 1, text.as_bytes()).await?,
        }
        stream.flush().await?;
    }
    stream.shutdown().await
}

/// A message in one frame, RFC 6455 section 5.2.
async fn send(stream: &mut (impl AsyncWriteExt + Unpin), kind: u8, bytes: &[u8]) -> io::Result<()> {
    let mut frame = vec![0x80 | kind];
    match bytes.len() {
        length @ ..126 => frame.push(length as u8),
        length => {
            frame.push(126);
            frame.extend((length as u16).to_be_bytes());
        }
    }
    frame.extend_from_slice(bytes);
    stream.write_all(&frame).await
}

/// A frame of the client's, which is masked.
async fn read(stream: &mut (impl AsyncReadExt + Unpin)) -> io::Result<(u8, Vec<u8>)> {
    let kind = stream.read_u8().await? & 0x0f;
    let length = match stream.read_u8().await? & 0x7f {
        126 => stream.read_u16().await?.into(),
        length => usize::from(length),
    };
    let mut mask = [0; 4];
    stream.read_exact(&mut mask).await?;
    let mut bytes = vec![0; length];
    stream.read_exact(&mut bytes).await?;
    for (byte, key) in bytes.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= key;
    }
    Ok((kind, bytes))
}
