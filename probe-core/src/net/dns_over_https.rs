//! One query to a name server over HTTPS (RFC 8484).

use std::net::SocketAddr;

use bytes::Bytes;
use http::header::CONTENT_TYPE;

use super::http::{Connection, Endpoint, Fields, Request, RequestContent, Route, Times, Tls};
use super::tls::TlsClient;
use super::{Approved, DnsExchangeError, Egress};
use crate::model::{Deadline, Phase, ProbeError, Reason};
use crate::wire::url::Url;

/// The media type of queries and answers (RFC 8484 section 6).
const MESSAGE: &str = "application/dns-message";
/// The longest message there can be (RFC 1035 section 4.2.2).
const LONGEST: usize = 65_535;

/// Where a name server answers over HTTPS.
#[derive(Clone, Copy, Debug)]
pub struct DnsOverHttps<'a> {
    /// Its host, as the certificate and the server know it.
    pub host: &'a str,
    /// Its port.
    pub port: u16,
    /// The path to ask at.
    pub path: &'a str,
}

/// A connection that takes one query.
pub(super) struct HttpsExchange {
    connection: Connection,
    url: Url,
}

impl HttpsExchange {
    /// Connects, and does the TLS handshake; the caller limits the time.
    pub(super) async fn open(
        server: &DnsOverHttps<'_>,
        address: Approved<SocketAddr>,
        egress: &Egress,
        client: &TlsClient,
        deadline: Deadline,
    ) -> Result<Self, ProbeError> {
        let bracketed =
            if server.host.contains(':') { format!("[{}]", server.host) } else { server.host.into() };
        let authority = if server.port == 443 { bracketed } else { format!("{bracketed}:{}", server.port) };
        let url = Url::parse(format!("https://{authority}{}", server.path).as_bytes());
        let url = url.map_err(|error| {
            let detail = format!("cannot ask at {:?}", server.path);
            ProbeError::new(Reason::Configuration, Phase::Setup, detail).caused_by(error)
        })?;
        let endpoints = [Endpoint { address, egress: egress.clone() }];
        let route = Route {
            endpoints: &endpoints,
            proxy: None,
            proxy_tls: None,
            host: server.host,
            port: server.port,
            tls: Some(Tls { client, server_name: server.host, offers_http2: true }),
            deadline,
            dials: None,
        };
        let mut times = Times::default();
        let connection =
            Connection::open(&route, &mut times).await.map_err(|error| error.at(Phase::Connect))?;
        Ok(Self { connection, url })
    }

    /// Sends a query, and reads the answer.
    pub(super) async fn exchange(self, query: &[u8]) -> Result<Vec<u8>, DnsExchangeError> {
        let mut fields = Fields::default();
        fields.set("Accept", MESSAGE);
        fields.set("Content-Type", MESSAGE);
        fields.set("User-Agent", concat!("probe/", env!("CARGO_PKG_VERSION")));
        let request = Request {
            method: "POST",
            url: &self.url,
            host: &self.url.host,
            fields: &fields,
            content: RequestContent::Bytes(Bytes::copy_from_slice(query)),
        };
        let (mut response, _) = self.connection.send(request, &mut Times::default()).await?;
        if response.status != 200 {
            return Err(DnsExchangeError::Status { status: response.status });
        }
        let media_type = response.headers.get(CONTENT_TYPE).map_or(&b""[..], |value| value.as_bytes());
        let essence = media_type.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
        if !essence.eq_ignore_ascii_case(MESSAGE.as_bytes()) {
            return Err(DnsExchangeError::MediaType { found: essence.escape_ascii().to_string() });
        }
        let mut answer = Vec::new();
        while let Some(piece) = response.next().await? {
            if answer.len() + piece.len() > LONGEST {
                return Err(DnsExchangeError::TooLong { longest: LONGEST });
            }
            answer.extend_from_slice(&piece);
        }
        Ok(answer)
    }
}
