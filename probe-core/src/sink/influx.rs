//! The line protocol of `InfluxDB`, over HTTP: `InfluxDB` 1 and 2, `VictoriaMetrics`, Telegraf and others.

use std::fmt::Write as _;

use super::client::{Client, gzipped, receiver};
use super::points::Point;
use super::receiver::{Receiver, SendError};
use crate::net::BoxFuture;
use crate::net::http::{Fields, Url};

/// A receiver of lines.
///
/// Each series is a measurement of its name with its labels as tags and one field, `value`. Values that lines cannot hold (not a
/// number, infinite) and the ends of series are left out.
pub struct Influx {
    url: Url,
    client: Client,
}

impl Influx {
    /// The receiver at a URL, with what it wants to know behind the question mark: `http://db:8086/write?db=probe`, or
    /// `http://db:8086/api/v2/write?org=o&bucket=b`.
    ///
    /// # Errors
    /// What is wrong with the URL, in words.
    pub fn new(url: &str, client: Client) -> Result<Self, String> {
        Ok(Self { url: receiver(url)?, client })
    }

    async fn send(&self, points: &[Point]) -> Result<(), SendError> {
        let text = lines(points);
        if text.is_empty() {
            return Ok(());
        }
        let mut fields = Fields::default();
        fields.set("Content-Type", "text/plain; charset=utf-8");
        fields.set("Content-Encoding", "gzip");
        let answer = self.client.ask("POST", &self.url, fields, gzipped(text.as_bytes())).await;
        SendError::of_answer(answer, |status| status >= 500 || status == 429).map(drop)
    }
}

impl Receiver for Influx {
    fn send<'a>(&'a self, points: &'a [Point]) -> BoxFuture<'a, Result<(), SendError>> {
        Box::pin(self.send(points))
    }
}

/// Points as lines, with times in nanoseconds.
pub fn lines(points: &[Point]) -> String {
    let mut text = String::new();
    for point in points.iter().filter(|point| point.value.is_finite()) {
        text.push_str(&point.series.name);
        for (name, value) in &point.series.labels {
            text.push(',');
            push_escaped(&mut text, name);
            text.push('=');
            push_escaped(&mut text, value);
        }
        // Writing to a string cannot fail.
        let _ = writeln!(text, " value={} {}000000", point.value, point.time);
    }
    text
}

/// A name or value of a tag. It cannot hold the end of a line, and must not end in a backslash.
fn push_escaped(text: &mut String, word: &str) {
    for letter in word.chars() {
        match letter {
            ',' | '=' | ' ' => text.extend(['\\', letter]),
            '\n' | '\r' => text.push_str("\\ "),
            letter => text.push(letter),
        }
    }
    if word.ends_with('\\') {
        text.push('_');
    }
}

#[cfg(test)]
mod tests {
    use super::super::points::Series;
    use super::*;

    #[test]
    fn a_series_is_a_line() {
        let labels = [("module", "http"), ("path", "a b=c,d\\"), ("x", "1\n2")];
        let labels = labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let series = Series { name: "probe_success".to_owned(), labels };
        let point = Point { series, time: 1_500, value: 0.25, help: String::new(), unit: String::new() };
        let end = Point::stale(point.series.clone(), 2);
        assert_eq!(
            lines(&[point, end]),
            "probe_success,module=http,path=a\\ b\\=c\\,d\\_,x=1\\ 2 value=0.25 1500000000\n"
        );
    }
}
