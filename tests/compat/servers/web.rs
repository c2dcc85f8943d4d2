//! Requests and answers of HTTP, whatever its version.

use std::sync::Arc;
use std::time::Duration;

use super::seen::Visit;

/// A request as the server read it.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// As it was sent.
    pub method: String,
    /// Path and query; all of the URL if a proxy was asked.
    pub target: String,
    /// Such as `HTTP/1.1`.
    pub version: String,
    /// Names in lower case, in the order of arrival.
    pub headers: Vec<(String, String)>,
    /// Without chunks.
    pub body: Vec<u8>,
}

impl Request {
    /// The first value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Keeps the request: its first line, its headers sorted by name, its body.
    pub(crate) fn keep(&self, visit: &Visit) {
        visit.saw(format!("{} {} {}", self.method, self.target, self.version));
        let mut headers: Vec<String> =
            self.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        headers.sort_by(|a, b| a.split(':').next().cmp(&b.split(':').next()));
        for header in headers {
            visit.saw(without_version(&header));
        }
        if !self.body.is_empty() {
            visit.saw(format!("body {}", self.body.escape_ascii()));
        }
    }
}

/// Programs may say their own version.
fn without_version(header: &str) -> String {
    for name in ["user-agent: Blackbox-Exporter/", "user-agent: grpc-"] {
        if header.starts_with(name) {
            return format!("{name}VERSION");
        }
    }
    header.into()
}

/// What a server answers. Values of headers may name servers.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) parts: Vec<Part>,
    pub(crate) framing: Framing,
    pub(crate) trailers: Vec<(String, String)>,
    pub(crate) raw: bool,
    pub(crate) fails: bool,
    pub(crate) before: Duration,
}

/// A piece of a body.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    Bytes(Vec<u8>),
    Pause(Duration),
}

/// How the end of a body is told.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Framing {
    /// By its chunks.
    Chunks,
    /// By the end of the connection.
    Close,
    /// By a length that is not that of the body.
    Declared(usize),
    /// By its length.
    #[default]
    Length,
}

/// With this status and no body.
pub fn answer(status: u16) -> Answer {
    Answer { status, ..Answer::default() }
}

/// 200 and this body.
pub fn body(bytes: impl Into<Vec<u8>>) -> Answer {
    answer(200).body(bytes)
}

/// To somewhere else.
pub fn redirect(status: u16, to: &str) -> Answer {
    answer(status).header("Location", to)
}

/// These bytes in place of an answer of HTTP/1.
pub fn raw(bytes: impl Into<Vec<u8>>) -> Answer {
    Answer { raw: true, ..answer(0) }.body(bytes)
}

impl Answer {
    /// A piece of the body.
    #[must_use]
    pub fn body(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.parts.push(Part::Bytes(bytes.into()));
        self
    }

    /// Lets milliseconds pass before the next piece of the body.
    #[must_use]
    pub fn pause(mut self, milliseconds: u64) -> Self {
        self.parts.push(Part::Pause(Duration::from_millis(milliseconds)));
        self
    }

    /// Lets milliseconds pass before the answer.
    #[must_use]
    pub fn after(self, milliseconds: u64) -> Self {
        Self { before: Duration::from_millis(milliseconds), ..self }
    }

    /// A header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// What follows the body.
    #[must_use]
    pub fn trailer(mut self, name: &str, value: &str) -> Self {
        self.trailers.push((name.into(), value.into()));
        self
    }

    /// In chunks, one a piece.
    #[must_use]
    pub fn chunked(self) -> Self {
        Self { framing: Framing::Chunks, ..self }
    }

    /// Until the connection is closed.
    #[must_use]
    pub fn until_closed(self) -> Self {
        Self { framing: Framing::Close, ..self }
    }

    /// With a length that is not true.
    #[must_use]
    pub fn declared(self, length: usize) -> Self {
        Self { framing: Framing::Declared(length), ..self }
    }

    /// Breaks off after the body: a reset of the stream.
    #[must_use]
    pub fn broken(self) -> Self {
        Self { fails: true, ..self }
    }

    pub(crate) fn length(&self) -> usize {
        self.parts.iter().map(|part| if let Part::Bytes(bytes) = part { bytes.len() } else { 0 }).sum()
    }
}

/// What makes an answer of a request.
pub trait Respond: Send + Sync {
    /// The answer.
    fn respond(&self, request: &Request) -> Answer;
}

impl Respond for Answer {
    fn respond(&self, _: &Request) -> Answer {
        self.clone()
    }
}

impl<F: Fn(&Request) -> Answer + Send + Sync> Respond for F {
    fn respond(&self, request: &Request) -> Answer {
        self(request)
    }
}

/// A shared handler.
pub type Handler = Arc<dyn Respond>;
