//! Which number of a report is meant.

use std::str::FromStr;
use std::time::UNIX_EPOCH;

use thiserror::Error;

use crate::model::{Report, Sample, Unit};

/// Which number of a report is meant: one of the short words, or a series as `name` or `name{label="value"}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    name: String,
    labels: Vec<(String, String)>,
}

/// A number with what it measures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// The number, in the base unit.
    pub number: f64,
    /// What it measures.
    pub unit: Unit,
}

/// A series: the family, and the one label that tells its series apart, if there is one.
type Series = (&'static str, Option<(&'static str, &'static str)>);

/// Short words, and the series they stand for; the first that a report has counts.
const WORDS: [(&str, &[Series]); 8] = [
    (
        "rtt",
        &[
            ("probe_icmp_rtt_seconds", Some(("statistic", "mean"))),
            ("probe_icmp_duration_seconds", Some(("phase", "rtt"))),
            ("probe_tcp_handshake_seconds", None),
            ("probe_tcp_duration_seconds", Some(("phase", "connect"))),
            ("probe_udp_duration_seconds", Some(("phase", "request"))),
        ],
    ),
    ("rtt_max", &[("probe_icmp_rtt_seconds", Some(("statistic", "max")))]),
    ("loss", &[("probe_icmp_packet_loss_ratio", None)]),
    ("jitter", &[("probe_icmp_jitter_seconds", None)]),
    ("time", &[("probe_duration_seconds", None)]),
    ("status", &[("probe_http_status_code", None), ("probe_grpc_status_code", None)]),
    ("size", &[("probe_http_uncompressed_body_length", None)]),
    ("serial", &[("probe_dns_serial", None)]),
];

/// Days until the first of the certificates ends; not a series, but what people set limits on.
const CERT_DAYS: &str = "cert_days";
/// The end of the certificate that ends first, in Unix time.
const EARLIEST_EXPIRY: &str = "probe_ssl_earliest_cert_expiry";
const SECONDS_OF_A_DAY: f64 = 86_400.0;

impl Selector {
    /// The name as it was written.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The number in a report; `None` if the report does not have it.
    pub fn read(&self, report: &Report) -> Option<Reading> {
        if self.name == CERT_DAYS {
            let end = find(report, EARLIEST_EXPIRY, |_| true)?.value.as_f64();
            let now = report.started.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
            return Some(Reading { number: ((end - now) / SECONDS_OF_A_DAY).floor(), unit: Unit::Count });
        }
        let sample = self.sample(report)?;
        Some(Reading { number: sample.value.as_f64(), unit: sample.family.unit })
    }

    /// Whether this sample of the report is the one that is meant.
    pub(in crate::render) fn means(&self, sample: &Sample, report: &Report) -> bool {
        self.sample(report).is_some_and(|meant| std::ptr::eq(meant, sample))
    }

    fn sample<'r>(&self, report: &'r Report) -> Option<&'r Sample> {
        match WORDS.iter().find(|(word, _)| *word == self.name) {
            Some((_, series)) => series.iter().find_map(|(name, label)| {
                find(report, name, |sample| {
                    label.is_none_or(|label| sample.label_pairs().any(|pair| pair == label))
                })
            }),
            None => find(report, &self.name, |sample| {
                self.labels.iter().all(|(name, value)| {
                    sample.label_pairs().any(|pair| pair == (name.as_str(), value.as_str()))
                })
            }),
        }
    }
}

fn find<'r>(report: &'r Report, name: &str, fits: impl Fn(&Sample) -> bool) -> Option<&'r Sample> {
    report.measurements.samples().iter().find(|sample| sample.family.name == name && fits(sample))
}

impl FromStr for Selector {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Self, SelectorError> {
        let unknown = || SelectorError { text: text.into() };
        let (name, labels) = match text.split_once('{') {
            Some((name, rest)) => (name, rest.strip_suffix('}').ok_or_else(unknown)?),
            None => (text, ""),
        };
        let is_known = name == CERT_DAYS || WORDS.iter().any(|(word, _)| *word == name);
        if !is_known && !name.contains('_') {
            return Err(unknown());
        }
        let mut read = Vec::new();
        for label in labels.split(',').filter(|label| !label.is_empty()) {
            let (name, value) = label.split_once('=').ok_or_else(unknown)?;
            read.push((name.trim().to_owned(), value.trim().trim_matches('"').to_owned()));
        }
        Ok(Self { name: name.to_owned(), labels: read })
    }
}

/// A text that names no measurement.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error(
    "{text:?} names no measurement, allowed cert_days, jitter, loss, rtt, rtt_max, serial, size, status, time, or a series"
)]
pub struct SelectorError {
    text: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Gauge, Number};
    use crate::render::samples;

    static EXPIRY: Gauge<Number> = Gauge::new("probe_ssl_earliest_cert_expiry", "End.", &[]);

    fn read(text: &str, report: &Report) -> Option<f64> {
        text.parse::<Selector>().expect(text).read(report).map(|reading| reading.number)
    }

    #[test]
    fn words_and_series_are_found() {
        let report = samples::success();
        let rtt = read("rtt", &report).expect("an icmp report");
        assert_eq!(read(r#"probe_icmp_duration_seconds{phase="rtt"}"#, &report), Some(rtt));
        assert_eq!(read("probe_success", &report), Some(1.0));
        assert_eq!(read("loss", &report), None);
    }

    #[test]
    fn days_of_a_certificate_count_down() {
        let mut report = samples::success();
        let now = report.started.duration_since(UNIX_EPOCH).expect("after 1970").as_secs_f64();
        report.measurements.put(&EXPIRY, now + 13.9 * SECONDS_OF_A_DAY);
        assert_eq!(read("cert_days", &report), Some(13.0));
        report.measurements.put(&EXPIRY, now - 10.0);
        assert_eq!(read("cert_days", &report), Some(-1.0));
    }

    #[test]
    fn texts_that_name_nothing_are_refused() {
        for text in ["", "rrt", "probe_x{", "probe_x{a}"] {
            assert!(text.parse::<Selector>().is_err(), "{text}");
        }
    }
}
