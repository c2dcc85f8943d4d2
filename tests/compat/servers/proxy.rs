//! Proxies: HTTP and SOCKS5. Whatever name they are asked for is this machine.

use std::io;
use std::net::Ipv4Addr;

use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader, copy_bidirectional};
use tokio::net::TcpStream;

use super::http1::read_request;
use super::seen::Visit;
use super::{Server, Service, Stream, Work};

struct Http {
    demands: Option<&'static str>,
}

struct Socks5;

/// A proxy for HTTP.
pub fn proxy() -> Server {
    Server::stream(Http { demands: None })
}

/// A proxy that wants this in `Proxy-Authorization`.
pub fn strict_proxy(demands: &'static str) -> Server {
    Server::stream(Http { demands: Some(demands) })
}

/// A proxy of SOCKS version 5, without authentication.
pub fn socks5() -> Server {
    Server::stream(Socks5)
}

impl Service for Http {
    fn serve(&self, stream: Box<dyn Stream>, visit: Visit) -> Work<'_> {
        // The client may leave at any time.
        Box::pin(async move { drop(self.pass_on(stream, visit).await) })
    }
}

impl Http {
    async fn pass_on(&self, stream: Box<dyn Stream>, visit: Visit) -> io::Result<()> {
        let mut stream = BufReader::new(stream);
        let Some(request) = read_request(&mut stream).await? else { return Ok(()) };
        request.keep(&visit);
        if self.demands.is_some() && request.header("proxy-authorization") != self.demands {
            let refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"p\"\r\nContent-Length: 0\r\n\r\n";
            stream.write_all(refusal).await?;
            return stream.shutdown().await;
        }
        if request.method == "CONNECT" {
            let mut server = connect(&request.target).await?;
            stream.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").await?;
            copy_bidirectional(&mut stream, &mut server).await?;
            return Ok(());
        }
        let rest = request.target.strip_prefix("http://").unwrap_or(&request.target);
        let (authority, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
        let mut server = connect(authority).await?;
        let mut head = format!("{} {path} HTTP/1.1\r\n", request.method);
        for (name, value) in request.headers.iter().filter(|(name, _)| !name.starts_with("proxy-")) {
            head += &format!("{name}: {value}\r\n");
        }
        server.write_all((head + "\r\n").as_bytes()).await?;
        server.write_all(&request.body).await?;
        tokio::io::copy(&mut server, &mut stream).await?;
        stream.shutdown().await
    }
}

impl Service for Socks5 {
    fn serve(&self, stream: Box<dyn Stream>, visit: Visit) -> Work<'_> {
        Box::pin(async move { drop(negotiate(stream, visit).await) })
    }
}

/// RFC 1928.
async fn negotiate(mut stream: Box<dyn Stream>, visit: Visit) -> io::Result<()> {
    let _version = stream.read_u8().await?;
    let mut methods = vec![0; stream.read_u8().await?.into()];
    stream.read_exact(&mut methods).await?;
    stream.write_all(&[5, 0]).await?;
    let mut request = [0; 4];
    stream.read_exact(&mut request).await?;
    let host = match request[3] {
        1 => {
            let mut address = [0; 4];
            stream.read_exact(&mut address).await?;
            Ipv4Addr::from(address).to_string()
        }
        3 => {
            let mut name = vec![0; stream.read_u8().await?.into()];
            stream.read_exact(&mut name).await?;
            format!("name {}", String::from_utf8_lossy(&name))
        }
        _ => return Err(io::ErrorKind::Unsupported.into()),
    };
    let port = stream.read_u16().await?;
    visit.saw(format!("socks5 {host}:{port}"));
    let mut server = connect(&format!(":{port}")).await?;
    stream.write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 0]).await?;
    copy_bidirectional(&mut stream, &mut server).await?;
    Ok(())
}

async fn connect(authority: &str) -> io::Result<TcpStream> {
    let port = authority.rsplit_once(':').and_then(|(_, port)| port.parse().ok()).unwrap_or(80);
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await
}
