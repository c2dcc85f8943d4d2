//! OTLP over HTTP: metrics for OpenTelemetry collectors, and for Prometheus where it takes them.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::client::{Answer, Client, gzipped, receiver};
use super::points::Point;
use super::protobuf::{Field, Message, read};
use super::receiver::{Receiver, SendError, one_line};
use crate::net::BoxFuture;
use crate::net::http::{Fields, Url};

/// Where receivers listen unless they say otherwise (OTLP 1.x, "OTLP/HTTP Request").
const PATH: &str = "/v1/metrics";
/// `DataPointFlags`: there is no value any more.
const NO_RECORDED_VALUE: u64 = 1;
/// The version of the library beside the name of the scope.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A receiver of OTLP over HTTP, in protobuf.
///
/// Labels become attributes of the data points, under their names. Status 429, 502, 503 and 504 are worth another try (OTLP,
/// "Retryable Response Codes"); what it rejects of a request that it accepts is lost.
pub struct Otlp {
    url: Url,
    client: Client,
    host: String,
}

impl Otlp {
    /// The receiver at a URL; without a path, `/v1/metrics` is meant. `host` is what this host is called, empty to leave it out.
    ///
    /// # Errors
    /// What is wrong with the URL, in words.
    pub fn new(url: &str, host: impl Into<String>, client: Client) -> Result<Self, String> {
        let mut url = receiver(url)?;
        if url.path.trim_matches('/').is_empty() {
            PATH.clone_into(&mut url.path);
        }
        Ok(Self { url, client, host: host.into() })
    }

    async fn send(&self, points: &[Point]) -> Result<(), SendError> {
        let mut fields = Fields::default();
        fields.set("Content-Type", "application/x-protobuf");
        fields.set("Content-Encoding", "gzip");
        let body: Bytes = gzipped(&encode(points, &self.host));
        let answer = self.client.ask("POST", &self.url, fields, body).await;
        let answer = SendError::of_answer(answer, |status| matches!(status, 429 | 502 | 503 | 504))?;
        partly_refused(&answer).map_or(Ok(()), Err)
    }
}

impl Receiver for Otlp {
    fn send<'a>(&'a self, points: &'a [Point]) -> BoxFuture<'a, Result<(), SendError>> {
        Box::pin(self.send(points))
    }
}

/// `ExportMetricsServiceResponse.partial_success`, if something was rejected.
fn partly_refused(answer: &Answer) -> Option<SendError> {
    let Some(Field::Bytes(partial)) = read(&answer.body, 1) else { return None };
    let Some(Field::Number(points @ 1..)) = read(partial, 1) else { return None };
    let said = match read(partial, 2) {
        Some(Field::Bytes(text)) => one_line(&String::from_utf8_lossy(text)),
        _ => String::new(),
    };
    Some(SendError::Refused { points: Some(points), said })
}

/// `ExportMetricsServiceRequest`.
fn encode(points: &[Point], host: &str) -> Vec<u8> {
    let mut metrics: BTreeMap<&str, Vec<&Point>> = BTreeMap::new();
    for point in points {
        metrics.entry(&point.series.name).or_default().push(point);
    }
    let mut request = Message::default();
    request.message(1, |resource_metrics| {
        resource_metrics.message(1, |resource| {
            attribute(resource, 1, "service.name", "probe");
            if !host.is_empty() {
                attribute(resource, 1, "host.name", host);
            }
        });
        resource_metrics.message(2, |scope_metrics| {
            scope_metrics.message(1, |scope| {
                scope.text(1, "probe");
                scope.text(2, VERSION);
            });
            for (name, points) in metrics {
                scope_metrics.message(2, |metric| write_metric(metric, name, &points));
            }
        });
    });
    request.into_bytes()
}

fn write_metric(metric: &mut Message, name: &str, points: &[&Point]) {
    metric.text(1, name);
    // An end has neither.
    let told = points.iter().find(|point| !point.help.is_empty());
    if let Some(point) = told {
        metric.text(2, &point.help);
        metric.text(3, ucum(&point.unit));
    }
    metric.message(5, |gauge| {
        for point in points {
            gauge.message(1, |data| {
                for (name, value) in &point.series.labels {
                    attribute(data, 7, name, value);
                }
                data.fixed(3, (point.time.max(0) as u64).saturating_mul(1_000_000));
                if point.is_stale() {
                    data.number(8, NO_RECORDED_VALUE);
                } else {
                    data.double(4, point.value);
                }
            });
        }
    });
}

/// Units as OTLP wants them (UCUM).
fn ucum(unit: &str) -> &'static str {
    match unit {
        "seconds" => "s",
        "bytes" => "By",
        "ratio" => "1",
        _ => "",
    }
}

fn attribute(message: &mut Message, field: u32, key: &str, value: &str) {
    message.message(field, |pair| {
        pair.text(1, key);
        pair.message(2, |any| any.text(1, value));
    });
}

#[cfg(test)]
mod tests {
    use super::super::points::Series;
    use super::*;

    #[test]
    fn a_message_is_what_the_definition_says() {
        let series = Series { name: "up".to_owned(), labels: vec![("a".to_owned(), "1".to_owned())] };
        let end = Point::stale(series.clone(), 1);
        let point = Point { series, time: 1, value: 2.0, help: "H".to_owned(), unit: "seconds".to_owned() };
        let bytes = encode(&[point, end], "");
        let Some(Field::Bytes(resource_metrics)) = read(&bytes, 1) else { panic!("{bytes:?}") };
        let Some(Field::Bytes(scope_metrics)) = read(resource_metrics, 2) else { panic!("{bytes:?}") };
        let Some(Field::Bytes(metric)) = read(scope_metrics, 2) else { panic!("{bytes:?}") };
        let mut wanted = b"\x0a\x02up\x12\x01H\x1a\x01s".to_vec();
        let attribute = b"\x3a\x08\x0a\x01a\x12\x03\x0a\x011";
        let time = [&[0x19], &1_000_000_u64.to_le_bytes()[..]].concat();
        let first = [&attribute[..], &time, &[0x21], &2.0_f64.to_le_bytes()].concat();
        let second = [&attribute[..], &time, &[0x40, 1]].concat();
        wanted.extend_from_slice(&[0x2a, (first.len() + second.len() + 4) as u8, 0x0a, first.len() as u8]);
        wanted.extend_from_slice(&first);
        wanted.extend_from_slice(&[0x0a, second.len() as u8]);
        wanted.extend_from_slice(&second);
        assert_eq!(metric, wanted);
    }

    #[test]
    fn what_is_rejected_is_told() {
        let answer =
            |body: &[u8]| Answer { status: 200, body: body.to_vec(), headers: http::HeaderMap::new() };
        assert!(partly_refused(&answer(b"")).is_none());
        assert!(partly_refused(&answer(b"\x0a\x02\x12\x00")).is_none());
        let said = partly_refused(&answer(b"\x0a\x07\x08\x03\x12\x03old")).map(|error| error.to_string());
        assert_eq!(said.as_deref(), Some("it refuses 3 points: old"));
    }
}
