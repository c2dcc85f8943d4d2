//! Prometheus' Pushgateway: where jobs leave their series that nobody could scrape in time.

mod group;

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use thiserror::Error;
use tokio::time::sleep;

pub use self::group::{Group, GroupError};
use super::client::{Answer, Client, RequestError, gzipped, receiver};
use crate::model::Report;
use crate::net::http::{Fields, Url};
use crate::render::prometheus::{self, Identity, Options};

/// Tries of a request that is answered badly for the moment, and the pause before the second; it doubles.
const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_millis(500);
/// What the series that says how long a group is good for is called.
const TTL: &str = "probe_push_ttl_seconds";

/// What a push does with series of the group that are there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PushMethod {
    /// The group holds what is pushed and nothing else (PUT).
    #[default]
    Put,
    /// Families of other names stay (POST).
    Post,
}

/// A Pushgateway.
///
/// What is sent has no time stamps, since the gateway takes none; it adds `push_time_seconds` itself. Requests that fail for the
/// moment are made again: the same push twice is the same as once.
pub struct Pushgateway {
    url: Url,
    client: Client,
}

/// Why something did not arrive.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PushError {
    /// The URL of the gateway.
    #[error("cannot push to {url:?}: {problem}")]
    Url {
        /// What was given.
        url: String,
        /// What is wrong with it.
        problem: String,
    },
    /// There was no answer.
    #[error("the Pushgateway does not answer")]
    Request(#[source] RequestError),
    /// The gateway does not want it, and says why.
    #[error("the Pushgateway refuses it with status {status}: {said}")]
    Refused {
        /// The status code.
        status: u16,
        /// Its words, on one line.
        said: String,
    },
    /// Its list of groups cannot be read.
    #[error("the list of groups cannot be read: {0}")]
    List(String),
}

impl Pushgateway {
    /// The gateway at a URL, asked through `client`.
    pub fn new(url: &str, client: Client) -> Result<Self, PushError> {
        let parsed = receiver(url).map_err(|problem| PushError::Url { url: url.to_owned(), problem })?;
        Ok(Self { url: parsed, client })
    }

    /// Pushes the series of reports to a group, and for how long they are good if they are not for ever.
    pub async fn push(
        &self,
        group: &Group,
        method: PushMethod,
        reports: &[Report],
        ttl: Option<Duration>,
    ) -> Result<(), PushError> {
        let mut text = String::new();
        prometheus::write(&mut text, reports, Options { identity: Identity::Always, ..Options::default() });
        if let Some(ttl) = ttl {
            text.push_str(&format!(
                "# HELP {TTL} How long after its push this group is good\n# TYPE {TTL} gauge\n{TTL} {}\n",
                ttl.as_secs_f64()
            ));
        }
        self.push_text(group, method, &text).await
    }

    /// Pushes series that somebody else has written, in the Prometheus text format without times.
    ///
    /// # Errors
    /// If the gateway does not answer, or refuses them: as text that it cannot read, or as inconsistent with what it holds.
    pub async fn push_text(&self, group: &Group, method: PushMethod, text: &str) -> Result<(), PushError> {
        let mut fields = Fields::default();
        fields.set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
        fields.set("Content-Encoding", "gzip");
        let word = match method {
            PushMethod::Put => "PUT",
            PushMethod::Post => "POST",
        };
        self.request(word, &group.path(), &fields, &gzipped(text.as_bytes())).await.map(drop)
    }

    /// Removes a group.
    pub async fn delete(&self, group: &Group) -> Result<(), PushError> {
        self.request("DELETE", &group.path(), &Fields::default(), &Bytes::new()).await.map(drop)
    }

    /// Every group that the gateway holds.
    pub async fn groups(&self) -> Result<Vec<Held>, PushError> {
        let answer = self.request("GET", "/api/v1/metrics", &Fields::default(), &Bytes::new()).await?;
        group::read_list(&answer.text()).map_err(PushError::List)
    }

    async fn request(
        &self,
        method: &str,
        path: &str,
        fields: &Fields,
        body: &Bytes,
    ) -> Result<Answer, PushError> {
        let base = self.url.path.trim_end_matches('/');
        let url = Url { path: format!("{base}{path}"), query: None, ..self.url.clone() };
        let mut pause = PAUSE;
        for last in (0..TRIES).map(|number| number + 1 == TRIES) {
            match self.client.ask(method, &url, fields.clone(), body.clone()).await {
                Ok(answer) if (200..300).contains(&answer.status) => return Ok(answer),
                Ok(answer) if last || answer.status < 500 => {
                    let said = answer.text().split_whitespace().collect::<Vec<_>>().join(" ");
                    return Err(PushError::Refused { status: answer.status, said });
                }
                Err(error) if last || !error.is_passing() => return Err(PushError::Request(error)),
                _ => {}
            }
            sleep(pause).await;
            pause *= 2;
        }
        Err(PushError::Request(RequestError::Timeout(self.client.timeout)))
    }
}

/// A group as the gateway holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    /// The group.
    pub group: Group,
    /// When it was pushed last.
    pub pushed: SystemTime,
    /// How long it is good after that, if whoever pushed it said so.
    pub ttl: Option<Duration>,
    /// How many families it has.
    pub families: usize,
}

impl Held {
    /// Whether it was not pushed for longer than `older`, or, without that, for longer than it is good.
    pub fn is_outdated(&self, older: Option<Duration>, now: SystemTime) -> bool {
        let age = now.duration_since(self.pushed).unwrap_or_default();
        older.or(self.ttl).is_some_and(|longest| age > longest)
    }
}
