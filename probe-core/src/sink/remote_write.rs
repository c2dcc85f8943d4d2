//! Prometheus remote write, versions 1.0 and 2.0: for jobs that nobody can scrape.

mod v1;
mod v2;

use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;

use super::client::{Answer, Client, RequestError, receiver};
use super::points::Point;
use super::receiver::{Receiver, SendError};
use crate::net::BoxFuture;
use crate::net::http::{Fields, Url};

/// The version of the protocol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Version {
    /// 1.0, which every receiver knows.
    #[default]
    V1,
    /// 2.0: smaller, and with metadata beside each series. A receiver that does not know it gets 1.0.
    V2,
}

/// A receiver of remote write: Prometheus, `VictoriaMetrics`, Mimir, Thanos and others.
///
/// Status 5xx and 429 are worth another try, everything else is not (remote write 1.0, "Retries & Backoff").
pub struct RemoteWrite {
    url: Url,
    client: Client,
    version: Version,
    only_knows_v1: AtomicBool,
}

impl RemoteWrite {
    /// The receiver at a URL, such as `http://prometheus:9090/api/v1/write`.
    ///
    /// # Errors
    /// What is wrong with the URL, in words.
    pub fn new(url: &str, version: Version, client: Client) -> Result<Self, String> {
        Ok(Self { url: receiver(url)?, client, version, only_knows_v1: AtomicBool::new(false) })
    }

    async fn send(&self, points: &[Point]) -> Result<(), SendError> {
        if self.version == Version::V2 && !self.only_knows_v1.load(Ordering::Relaxed) {
            let answer = self.post(points, Version::V2).await;
            if !answer.as_ref().is_ok_and(does_not_know_v2) {
                let answer = SendError::of_answer(answer, is_worth_another_try)?;
                return all_of(points, written(&answer).unwrap_or_default());
            }
            self.only_knows_v1.store(true, Ordering::Relaxed);
        }
        SendError::of_answer(self.post(points, Version::V1).await, is_worth_another_try).map(drop)
    }

    async fn post(&self, points: &[Point], version: Version) -> Result<Answer, RequestError> {
        let (message, kind, number) = match version {
            Version::V1 => (v1::encode(points), "application/x-protobuf", "0.1.0"),
            Version::V2 => {
                (v2::encode(points), "application/x-protobuf;proto=io.prometheus.write.v2.Request", "2.0.0")
            }
        };
        let mut fields = Fields::default();
        fields.set("Content-Type", kind);
        fields.set("Content-Encoding", "snappy");
        fields.set("X-Prometheus-Remote-Write-Version", number);
        // Only a message of 4 GiB cannot be compressed.
        let body = snap::raw::Encoder::new().compress_vec(&message).unwrap_or_default();
        self.client.ask("POST", &self.url, fields, Bytes::from(body)).await
    }
}

fn is_worth_another_try(status: u16) -> bool {
    status >= 500 || status == 429
}

/// Whether a receiver refuses the format, or takes it for another: one of 2.0 must say how much it wrote, and older ones read
/// nothing of it and call that a success.
fn does_not_know_v2(answer: &Answer) -> bool {
    answer.status == 415 || ((200..300).contains(&answer.status) && written(answer).is_none())
}

/// How many samples a receiver of 2.0 has written.
fn written(answer: &Answer) -> Option<u64> {
    answer.header("X-Prometheus-Remote-Write-Samples-Written")?.trim().parse().ok()
}

fn all_of(points: &[Point], written: u64) -> Result<(), SendError> {
    match (points.len() as u64).checked_sub(written) {
        None | Some(0) => Ok(()),
        Some(lost) => Err(SendError::Refused { points: Some(lost), said: "it wrote only some".to_owned() }),
    }
}

impl Receiver for RemoteWrite {
    fn send<'a>(&'a self, points: &'a [Point]) -> BoxFuture<'a, Result<(), SendError>> {
        Box::pin(self.send(points))
    }
}
