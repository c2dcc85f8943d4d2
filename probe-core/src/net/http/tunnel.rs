//! A tunnel through an HTTP proxy (RFC 9110 section 9.3.6).

use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::head::HeadReader;
use super::{Fields, HttpError, Proxy};
use crate::net::stream::BoxStream;
use crate::wire::http1::{Connection, RequestBody, RequestHead};

/// Asks the proxy at the other end of `stream` for a tunnel to `authority`: a name or a bracketed address, and a port.
pub(super) async fn open(stream: &mut BoxStream, proxy: &Proxy, authority: &str) -> Result<(), HttpError> {
    stream.write_all(&request(proxy, authority)?).await.map_err(HttpError::Io)?;
    stream.flush().await.map_err(HttpError::Io)?;
    let (mut reader, mut buf) = (HeadReader::default(), BytesMut::new());
    loop {
        if let Some(head) = reader.read(&mut buf)? {
            return match head.status {
                100..200 => continue,
                200 => Ok(()),
                _ if head.reason.is_empty() => Err(HttpError::Proxy(head.status.to_string())),
                _ => Err(HttpError::Proxy(head.reason)),
            };
        }
        if stream.read_buf(&mut buf).await.map_err(HttpError::Io)? == 0 {
            return Err(HttpError::Closed);
        }
    }
}

fn request(proxy: &Proxy, authority: &str) -> Result<Vec<u8>, HttpError> {
    // The name that the reference exporter gives: proxies have rules about it.
    const AGENT: &str = "Go-http-client/1.1";

    let mut fields = Fields::default();
    fields.set("User-Agent", AGENT);
    for (name, value) in proxy.connect_fields.as_slice() {
        if name.eq_ignore_ascii_case("user-agent") {
            fields.remove(name);
        }
        fields.add(name.as_str(), value.as_slice());
    }
    if let Some(authorization) = proxy.authorization() {
        fields.set("Proxy-Authorization", authorization);
    }
    fields.check()?;
    let head = RequestHead {
        method: "CONNECT",
        target: authority.as_bytes(),
        host: authority,
        fields: fields.as_slice(),
        body: RequestBody::Empty,
        connection: Connection::Keep,
    };
    let mut request = Vec::new();
    head.emit(&mut request);
    Ok(request)
}
