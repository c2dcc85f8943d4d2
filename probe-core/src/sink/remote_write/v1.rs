//! `prometheus.WriteRequest`.

use std::collections::BTreeMap;

use super::super::points::Point;
use super::super::protobuf::Message;

/// `MetricMetadata.MetricType` of a gauge.
const GAUGE: u64 = 2;

/// The message, not yet compressed.
pub(super) fn encode(points: &[Point]) -> Vec<u8> {
    let mut request = Message::default();
    for point in points {
        request.message(1, |series| {
            // Labels in order of their names; `__name__` comes before all that letters begin.
            let name = [("__name__", point.series.name.as_str())];
            let labels = point.series.labels.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            let mut labels: Vec<(&str, &str)> = name.into_iter().chain(labels).collect();
            labels.sort_unstable();
            for (name, value) in labels {
                series.message(1, |label| {
                    label.text(1, name);
                    label.text(2, value);
                });
            }
            series.message(2, |sample| {
                sample.double(1, point.value);
                sample.number(2, point.time as u64);
            });
        });
    }
    let families: BTreeMap<&str, &Point> = points
        .iter()
        .filter(|point| !point.help.is_empty())
        .map(|point| (point.series.name.as_str(), point))
        .collect();
    for (name, point) in families {
        request.message(3, |metadata| {
            metadata.number(1, GAUGE);
            metadata.text(2, name);
            metadata.text(4, &point.help);
            metadata.text(5, &point.unit);
        });
    }
    request.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::super::super::points::Series;
    use super::*;

    #[test]
    fn a_message_is_what_the_definition_says() {
        let series = Series {
            name: "up".to_owned(),
            labels: vec![("A".to_owned(), "1".to_owned()), ("z".to_owned(), "2".to_owned())],
        };
        let point = Point { series, time: 300, value: 1.0, help: "H".to_owned(), unit: String::new() };
        let mut wanted = vec![
            0x0a, 43, // timeseries
            0x0a, 6, 0x0a, 1, b'A', 0x12, 1, b'1', // a label
        ];
        wanted.extend_from_slice(b"\x0a\x0e\x0a\x08__name__\x12\x02up");
        wanted.extend_from_slice(&[0x0a, 6, 0x0a, 1, b'z', 0x12, 1, b'2', 0x12, 12, 0x09]);
        wanted.extend_from_slice(&1.0_f64.to_le_bytes());
        wanted.extend_from_slice(&[0x10, 0xac, 2]);
        wanted[1] = (wanted.len() - 2) as u8;
        wanted.extend_from_slice(&[0x1a, 11, 0x08, 2, 0x12, 2, b'u', b'p', 0x22, 1, b'H', 0x2a, 0]);
        assert_eq!(encode(&[point]), wanted);
    }
}
