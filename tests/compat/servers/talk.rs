//! A server that follows a script, step by step.

use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};

use super::seen::Visit;
use super::tls::Tls;
use super::{Server, Service, Stream, Work, pace};

/// A step. At the end of the script the connection is closed.
#[derive(Clone, Debug)]
pub enum Do {
    /// Reads so many bytes and keeps them.
    Bytes(usize),
    /// Says no more, but listens on.
    CloseHalf,
    /// Sends this again and again, until nobody listens.
    Flood(&'static [u8]),
    /// Reads the head of an HTTP request and keeps its first line.
    Head,
    /// Waits until the client has closed.
    Hold,
    /// Reads a line and keeps it.
    Line,
    /// Lets time pass.
    Pause(Duration),
    /// Keeps the client's address.
    Peer,
    /// Reads so many bytes that are of no interest.
    Skip(usize),
    /// Sends this.
    Send(&'static [u8]),
    /// Goes on with TLS.
    StartTls(Tls),
}

/// Lets milliseconds pass.
pub const fn pause(milliseconds: u64) -> Do {
    Do::Pause(Duration::from_millis(milliseconds))
}

struct Script(Vec<Do>);

/// A server that does this with every connection.
pub fn talk(script: &[Do]) -> Server {
    Server::stream(Script(script.to_vec()))
}

/// A server that takes connections and says nothing.
pub fn silent() -> Server {
    talk(&[Do::Hold])
}

impl Service for Script {
    fn serve(&self, stream: Box<dyn Stream>, visit: Visit) -> Work<'_> {
        Box::pin(follow(&self.0, stream, visit))
    }
}

/// The client may leave at any time, so nothing here must succeed.
async fn follow(script: &[Do], stream: Box<dyn Stream>, visit: Visit) {
    let mut stream = BufReader::new(stream);
    for step in script {
        match step {
            Do::Bytes(length) => {
                let mut bytes = vec![0; *length];
                let _ = stream.read_exact(&mut bytes).await;
                visit.saw(format!("bytes {}", bytes.escape_ascii()));
            }
            Do::Skip(length) => drop(stream.read_exact(&mut vec![0; *length]).await),
            Do::CloseHalf => drop(stream.shutdown().await),
            Do::Flood(bytes) => while stream.write_all(bytes).await.is_ok() {},
            Do::Head => {
                let mut head = String::new();
                while !head.ends_with("\r\n\r\n") && matches!(stream.read_line(&mut head).await, Ok(1..)) {}
                visit.saw(head.lines().next().unwrap_or_default());
            }
            Do::Hold => {
                let _ = tokio::io::copy_buf(&mut stream, &mut tokio::io::sink()).await;
            }
            Do::Line => {
                let mut line = Vec::new();
                let _ = stream.read_until(b'\n', &mut line).await;
                visit.saw(format!("line {}", line.escape_ascii()));
            }
            Do::Pause(length) => pace::pass_while_there(&mut stream, *length).await,
            Do::Peer => visit.saw(format!("peer {}", visit.peer)),
            Do::Send(bytes) => {
                let _ = stream.write_all(bytes).await;
                let _ = stream.flush().await;
            }
            Do::StartTls(tls) => match tls.upgrade(Box::new(stream), &visit).await {
                Some((upgraded, _)) => stream = BufReader::new(upgraded),
                None => return,
            },
        }
    }
    if !visit.resets() {
        let _ = stream.shutdown().await;
    }
}
