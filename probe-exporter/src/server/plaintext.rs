//! What comes before TLS: clients that do not know that they should speak it are told.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// The first byte of every TLS handshake (RFC 8446 section 5.1).
const HANDSHAKE: u8 = 22;
/// How requests begin, as far as the reference looks.
const REQUESTS: [&[u8; 5]; 5] = [b"GET /", b"HEAD ", b"POST ", b"PUT /", b"OPTIO"];
/// The reference's answer, in a version of HTTP that everybody understands.
const ANSWER: &[u8] = b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";
/// How long the client may go on sending what nobody wants, so that it finds the time to read.
const LINGER: Duration = Duration::from_secs(1);

/// Whether the client begins to speak TLS. One that speaks HTTP is told not to; then, as after anything else, there is
/// nothing left to do.
pub(super) async fn begins_tls(stream: &mut TcpStream) -> io::Result<bool> {
    let mut first = [0];
    if stream.peek(&mut first).await? == 0 || first[0] == HANDSHAKE {
        return Ok(true);
    }
    let mut start = [0; 5];
    stream.read_exact(&mut start).await?;
    if REQUESTS.contains(&&start) {
        stream.write_all(ANSWER).await?;
    }
    stream.shutdown().await?;
    // Closing with bytes unread would reset the connection, and the answer would be lost.
    let _ = timeout(LINGER, read_on(stream)).await;
    Ok(false)
}

async fn read_on(stream: &mut TcpStream) -> io::Result<()> {
    let mut unwanted = [0; 1024];
    while stream.read(&mut unwanted).await? > 0 {}
    Ok(())
}
