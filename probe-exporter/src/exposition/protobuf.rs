//! The protobuf form: `io.prometheus.client.MetricFamily` messages, each after its length.

use super::page::{Family, Kind, Page, Series, Value};

/// Fields of the messages (`client_model`, `metrics.proto`).
mod field {
    pub(super) const FAMILY_NAME: u32 = 1;
    pub(super) const FAMILY_HELP: u32 = 2;
    pub(super) const FAMILY_TYPE: u32 = 3;
    pub(super) const FAMILY_METRIC: u32 = 4;
    pub(super) const METRIC_LABEL: u32 = 1;
    pub(super) const METRIC_GAUGE: u32 = 2;
    pub(super) const METRIC_COUNTER: u32 = 3;
    pub(super) const METRIC_HISTOGRAM: u32 = 7;
    pub(super) const LABEL_NAME: u32 = 1;
    pub(super) const LABEL_VALUE: u32 = 2;
    pub(super) const NUMBER_VALUE: u32 = 1;
    pub(super) const HISTOGRAM_COUNT: u32 = 1;
    pub(super) const HISTOGRAM_SUM: u32 = 2;
    pub(super) const HISTOGRAM_BUCKET: u32 = 3;
    pub(super) const BUCKET_COUNT: u32 = 1;
    pub(super) const BUCKET_BOUND: u32 = 2;
}

/// How a field's value is written (the protobuf encoding's wire types).
#[derive(Clone, Copy)]
enum Wire {
    Varint = 0,
    Double = 1,
    Bytes = 2,
}

/// The page as messages.
pub(super) fn encode(page: &Page<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(4096);
    for (family, series) in page.sorted() {
        let message = family_message(family, &series);
        push_varint(&mut out, message.len() as u64);
        out.extend_from_slice(&message);
    }
    out
}

fn family_message(family: &Family<'_>, series: &[&Series<'_>]) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    push_bytes(&mut out, field::FAMILY_NAME, family.name.as_bytes());
    push_bytes(&mut out, field::FAMILY_HELP, family.help.as_bytes());
    let kind = match family.kind {
        Kind::Counter => 0,
        Kind::Gauge => 1,
        Kind::Histogram => 4,
    };
    push_number(&mut out, field::FAMILY_TYPE, kind);
    for one in series {
        push_bytes(&mut out, field::FAMILY_METRIC, &metric_message(family.kind, one));
    }
    out
}

fn metric_message(kind: Kind, series: &Series<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(64);
    for (name, value) in &series.labels {
        let mut label = Vec::with_capacity(name.len() + value.len() + 8);
        push_bytes(&mut label, field::LABEL_NAME, name.as_bytes());
        push_bytes(&mut label, field::LABEL_VALUE, value.as_bytes());
        push_bytes(&mut out, field::METRIC_LABEL, &label);
    }
    let mut inner = Vec::with_capacity(16);
    match &series.value {
        Value::Number(number) => {
            push_double(&mut inner, field::NUMBER_VALUE, *number);
            let field = if kind == Kind::Counter { field::METRIC_COUNTER } else { field::METRIC_GAUGE };
            push_bytes(&mut out, field, &inner);
        }
        Value::Histogram { buckets, sum } => {
            push_number(&mut inner, field::HISTOGRAM_COUNT, buckets.last().map_or(0, |(_, count)| *count));
            push_double(&mut inner, field::HISTOGRAM_SUM, *sum);
            // The last bucket goes without saying.
            for (bound, count) in buckets.iter().filter(|(bound, _)| bound.is_finite()) {
                let mut bucket = Vec::with_capacity(20);
                push_number(&mut bucket, field::BUCKET_COUNT, *count);
                push_double(&mut bucket, field::BUCKET_BOUND, *bound);
                push_bytes(&mut inner, field::HISTOGRAM_BUCKET, &bucket);
            }
            push_bytes(&mut out, field::METRIC_HISTOGRAM, &inner);
        }
    }
    out
}

fn push_tag(out: &mut Vec<u8>, field: u32, wire: Wire) {
    push_varint(out, u64::from(field << 3 | wire as u32));
}

fn push_number(out: &mut Vec<u8>, field: u32, number: u64) {
    push_tag(out, field, Wire::Varint);
    push_varint(out, number);
}

fn push_double(out: &mut Vec<u8>, field: u32, number: f64) {
    push_tag(out, field, Wire::Double);
    out.extend_from_slice(&number.to_le_bytes());
}

fn push_bytes(out: &mut Vec<u8>, field: u32, bytes: &[u8]) {
    push_tag(out, field, Wire::Bytes);
    push_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Seven bits a byte, the lowest first.
fn push_varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

#[cfg(test)]
mod tests {
    use super::super::page::{Counter, Histogram, IntGauge};
    use super::*;

    #[test]
    fn a_gauge_has_the_bytes_that_the_reference_sends() {
        let mut page = Page::default();
        page.add(&IntGauge::new("probe_success", "Displays whether or not the probe was a success"), 1.0);
        // A capture of blackbox_exporter 0.28.0.
        let expected =
            b"\x4f\x0a\x0dprobe_success\x12\x2fDisplays whether or not the probe was a success\x18\x01\
            \x22\x0b\x12\x09\x09\x00\x00\x00\x00\x00\x00\xf0\x3f";
        assert_eq!(encode(&page), expected);
    }

    #[test]
    fn labels_counters_and_histograms_are_fields_of_their_own() {
        let mut page = Page::default();
        page.family(&Counter::new("a_total", "A")).number([("l", "v".into())], 0.0);
        let expected = b"\x23\x0a\x07a_total\x12\x01A\x18\x00\x22\x13\x0a\x06\x0a\x01l\x12\x01v\x1a\x09\x09\0\0\0\0\0\0\0\0";
        assert_eq!(encode(&page), expected);

        let mut page = Page::default();
        let buckets = vec![(1.0, 200), (f64::INFINITY, 300)];
        page.family(&Histogram::new("h", "H")).histogram::<&str>([], buckets, 0.0);
        let expected = b"\x26\x0a\x01h\x12\x01H\x18\x04\x22\x1c\x3a\x1a\x08\xac\x02\x11\0\0\0\0\0\0\0\0\
            \x1a\x0c\x08\xc8\x01\x11\0\0\0\0\0\0\xf0\x3f";
        assert_eq!(encode(&page), expected);
    }
}
