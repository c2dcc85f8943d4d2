//! Series as pages: text of version 0.0.4 or protobuf, compressed or not, whichever the client asks for.

mod deflate;
mod gzip;
mod negotiate;
mod page;
mod protobuf;
mod protobuf_text;
mod text;

use bytes::Bytes;
use hyper::HeaderMap;
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderValue};
use probe_core::model::Report;
use probe_core::render::openmetrics;
use probe_core::render::prometheus::{self, Identity, Options};

pub(crate) use self::negotiate::Wanted;
pub(crate) use self::page::{Counter, Gauge, Histogram, IntGauge, Page};

use self::negotiate::Encoding;
use crate::route::{Answer, ok};

/// The series of probes. What tells those of several apart is in their reports' labels.
pub(crate) fn reports(reports: &[&Report], wanted: Wanted) -> Answer {
    let options = Options { identity: Identity::Never, escaping: wanted.escaping, ..Options::default() };
    let mut text = String::new();
    let body = match wanted.encoding {
        Encoding::Protobuf => protobuf::encode(&Page::of(reports, wanted.escaping)),
        Encoding::ProtobufText => protobuf_text::lines(&Page::of(reports, wanted.escaping)).into_bytes(),
        Encoding::ProtobufCompactText => {
            protobuf_text::compact(&Page::of(reports, wanted.escaping)).into_bytes()
        }
        Encoding::Text => {
            prometheus::write(&mut text, reports, options);
            text.into_bytes()
        }
        Encoding::OpenMetrics => {
            openmetrics::write(&mut text, reports, options);
            text.into_bytes()
        }
    };
    answer(wanted, body)
}

/// Series of any kind, never as `OpenMetrics`.
pub(crate) fn page(page: &Page<'_>, headers: &HeaderMap) -> Answer {
    let wanted = Wanted::by(headers);
    let body = match wanted.encoding {
        Encoding::Protobuf => protobuf::encode(page),
        Encoding::ProtobufText => protobuf_text::lines(page).into_bytes(),
        Encoding::ProtobufCompactText => protobuf_text::compact(page).into_bytes(),
        Encoding::OpenMetrics | Encoding::Text => text::encode(page).into_bytes(),
    };
    answer(wanted, body)
}

/// A page as text.
#[cfg(test)]
pub(crate) fn text(page: &Page<'_>) -> String {
    text::encode(page)
}

fn answer(wanted: Wanted, body: Vec<u8>) -> Answer {
    let body = if wanted.gzip { gzip::compressed(&body) } else { body };
    let mut answer = ok("", Bytes::from(body));
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(wanted.content_type()));
    if wanted.gzip {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    answer
}
