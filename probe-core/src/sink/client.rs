//! One request to what the operator configured to take reports.

use std::io::Read as _;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use http::HeaderMap;
use thiserror::Error;
use tokio::time::{Instant, timeout_at};

use crate::model::{Deadline, ProbeError, Reason};
use crate::net::http::{
    Connection, Endpoint, Fields, HttpError, Request, RequestContent, Route, Times, Tls, Url, default_port,
};
use crate::net::tls::{SystemRoots, TlsClient, TlsError, TlsOptions};
use crate::net::{Egress, Families, Policy, Resolve, ResolveError, literal_in};

/// Longest answer that is read.
const LONGEST_ANSWER: usize = 16 << 20;

/// How a receiver is asked.
#[derive(Clone)]
pub struct Client {
    /// Who resolves its name.
    pub resolver: Arc<dyn Resolve>,
    /// The authorities of the system.
    pub roots: SystemRoots,
    /// How to speak TLS.
    pub tls: TlsOptions,
    /// The value of the `Authorization` header; empty for none.
    pub authorization: String,
    /// How long one request may take.
    pub timeout: Duration,
}

/// Why there is no answer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The URL cannot be asked.
    #[error("{0}")]
    Url(String),
    /// Its host has no address.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// The files for TLS cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The connection, or what came over it.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// It took too long.
    #[error("no answer within {0:?}")]
    Timeout(Duration),
    /// The answer is compressed and cannot be read, or is too long.
    #[error("the answer cannot be read")]
    Answer,
}

impl RequestError {
    /// Whether the same request may succeed a moment later.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Url(_) | Self::Tls(_) => false,
            Self::Http(error) => !matches!(error.reason(), Reason::Configuration | Reason::Tls),
            Self::Resolve(_) | Self::Timeout(_) | Self::Answer => true,
        }
    }
}

/// What a receiver said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
    /// The header fields.
    pub headers: HeaderMap,
}

impl Answer {
    /// A header field, if it is there and text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// How long the receiver wants to be left alone, if it said so in seconds.
    pub fn retry_after(&self) -> Option<Duration> {
        self.header("retry-after")?.trim().parse().ok().map(Duration::from_secs)
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Client {
    /// Asks once. Redirects are not followed: what is sent is for nobody else.
    pub async fn ask(
        &self,
        method: &str,
        url: &Url,
        mut fields: Fields,
        body: Bytes,
    ) -> Result<Answer, RequestError> {
        if !self.authorization.is_empty() {
            fields.set("Authorization", self.authorization.as_str());
        }
        fields.set("User-Agent", concat!("probe/", env!("CARGO_PKG_VERSION")));
        let end = Instant::now() + self.timeout;
        let asked = timeout_at(end, self.exchange(method, url, &fields, body, end)).await;
        asked.unwrap_or(Err(RequestError::Timeout(self.timeout)))
    }

    async fn exchange(
        &self,
        method: &str,
        url: &Url,
        fields: &Fields,
        body: Bytes,
        end: Instant,
    ) -> Result<Answer, RequestError> {
        let port = url.port().unwrap_or(default_port(&url.scheme));
        let port = port.parse().map_err(|_| RequestError::Url(format!("{port} is no port")))?;
        let host = url.host_name();
        let addresses = match literal_in(host, Families::Both) {
            Some(literal) => literal?,
            None => self.resolver.lookup(host, Families::Both).await?,
        };
        // The receiver is the operator's choice, wherever it is.
        let policy = Policy::operator();
        let approved = addresses.iter().filter_map(|address| policy.approve(address.with_port(port)).ok());
        let endpoints: Vec<Endpoint> =
            approved.map(|address| Endpoint { address, egress: Egress::default() }).collect();
        let tls = url.is_https().then(|| TlsClient::new(&self.tls, &self.roots)).transpose()?;
        let server_name = if self.tls.server_name.is_empty() { host } else { &self.tls.server_name };
        let route = Route {
            endpoints: &endpoints,
            proxy: None,
            proxy_tls: None,
            host,
            port,
            tls: tls.as_ref().map(|client| Tls { client, server_name, offers_http2: false }),
            deadline: Deadline::after(Instant::now().into_std(), end.duration_since(Instant::now())),
            dials: None,
        };
        let mut times = Times::default();
        let connection = Connection::open(&route, &mut times).await?;
        let content = RequestContent::Bytes(body);
        let request = Request { method, url, host: &url.host, fields, content };
        let (mut response, _) = connection.send(request, &mut times).await?;
        let mut bytes = Vec::new();
        while let Some(piece) = response.next().await? {
            bytes.extend_from_slice(&piece);
            if bytes.len() > LONGEST_ANSWER {
                return Err(RequestError::Answer);
            }
        }
        let status = response.status;
        let is_gzip = response.headers.get("content-encoding").is_some_and(|coding| coding == "gzip");
        let headers = std::mem::take(&mut response.headers);
        response.close();
        let body = if is_gzip { unzipped(&bytes)? } else { bytes };
        Ok(Answer { status, body, headers })
    }
}

fn unzipped(bytes: &[u8]) -> Result<Vec<u8>, RequestError> {
    let mut body = Vec::new();
    let read = MultiGzDecoder::new(bytes).take(LONGEST_ANSWER as u64).read_to_end(&mut body);
    read.map(|_| body).map_err(|_| RequestError::Answer)
}

/// A body that is sent with `Content-Encoding: gzip`.
#[cfg(any(feature = "push", feature = "otlp", feature = "influx"))]
pub(super) fn gzipped(body: &[u8]) -> Bytes {
    use std::io::Write as _;

    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    // Writing to memory cannot fail.
    let _ = encoder.write_all(body);
    encoder.finish().unwrap_or_default().into()
}

/// Reads the URL of a receiver.
pub(super) fn receiver(text: &str) -> Result<Url, String> {
    let url = Url::parse(text.as_bytes()).map_err(|error| error.to_string())?;
    if !matches!(url.scheme.as_str(), "http" | "https") || url.host_name().is_empty() {
        return Err("an http or https URL with a host is wanted".to_owned());
    }
    if url.user.is_some() {
        return Err("name and password do not belong into the URL, where others see them".to_owned());
    }
    Ok(url)
}

impl From<RequestError> for ProbeError {
    fn from(error: RequestError) -> Self {
        Self::new(Reason::Network, crate::model::Phase::Transfer, error.to_string()).caused_by(error)
    }
}
