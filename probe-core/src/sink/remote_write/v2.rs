//! `io.prometheus.write.v2.Request`: every text once, in a table, and referred to by number.

use std::collections::HashMap;

use super::super::points::Point;
use super::super::protobuf::Message;

/// `Metadata.MetricType` of a gauge.
const GAUGE: u64 = 2;

/// The texts of a message by their numbers; the first is empty.
struct Symbols<'a> {
    numbers: HashMap<&'a str, u32>,
    texts: Vec<&'a str>,
}

impl<'a> Symbols<'a> {
    fn new() -> Self {
        Self { numbers: HashMap::from([("", 0)]), texts: vec![""] }
    }

    fn number(&mut self, text: &'a str) -> u32 {
        let next = self.texts.len() as u32;
        let number = *self.numbers.entry(text).or_insert(next);
        if number == next {
            self.texts.push(text);
        }
        number
    }
}

/// The message, not yet compressed.
pub(super) fn encode(points: &[Point]) -> Vec<u8> {
    let mut symbols = Symbols::new();
    let mut all = Message::default();
    for point in points {
        let mut labels: Vec<(&str, &str)> = vec![("__name__", &point.series.name)];
        labels.extend(point.series.labels.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        labels.sort_unstable();
        let references: Vec<u32> = labels
            .into_iter()
            .flat_map(|(name, value)| [name, value])
            .map(|text| symbols.number(text))
            .collect();
        let (help, unit) = (symbols.number(&point.help), symbols.number(&point.unit));
        all.message(5, |series| {
            series.packed(1, references);
            series.message(2, |sample| {
                sample.double(1, point.value);
                sample.number(2, point.time as u64);
            });
            series.message(5, |metadata| {
                metadata.number(1, GAUGE);
                metadata.number(3, help.into());
                metadata.number(4, unit.into());
            });
        });
    }
    let mut request = Message::default();
    for text in symbols.texts {
        request.text(4, text);
    }
    let mut bytes = request.into_bytes();
    bytes.extend_from_slice(&all.into_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::super::super::points::Series;
    use super::*;

    #[test]
    fn texts_are_there_once() {
        let point = |name: &str| Point {
            series: Series { name: name.to_owned(), labels: vec![("a".to_owned(), "up".to_owned())] },
            time: 1,
            value: 0.0,
            help: String::new(),
            unit: "seconds".to_owned(),
        };
        let bytes = encode(&[point("up"), point("down")]);
        let mut wanted = Vec::new();
        for text in ["", "__name__", "up", "a", "seconds", "down"] {
            wanted.extend_from_slice(&[0x22, text.len() as u8]);
            wanted.extend_from_slice(text.as_bytes());
        }
        for (name, value) in [([1, 2], 2), ([1, 5], 2)] {
            wanted.extend_from_slice(&[0x2a, 27, 0x0a, 4, name[0], name[1], 3, value, 0x12, 11, 0x09]);
            wanted.extend_from_slice(&[0; 8]);
            wanted.extend_from_slice(&[0x10, 1, 0x2a, 6, 0x08, 2, 0x18, 0, 0x20, 4]);
        }
        assert_eq!(bytes, wanted);
    }
}
