//! What a client wants series to look like, read from its headers as the reference exporter reads them.

use hyper::HeaderMap;
use hyper::header::{ACCEPT, ACCEPT_ENCODING};

use probe_core::render::Escaping;

use crate::route::Exporter;

/// The media type of the protobuf form.
const PROTOBUF: (&str, &str) = ("application", "vnd.google.protobuf");
/// The media type of `OpenMetrics`.
const OPENMETRICS: (&str, &str) = ("application", "openmetrics-text");
/// The message that is sent in it.
const MESSAGE: &str = "io.prometheus.client.MetricFamily";

/// How series are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// `OpenMetrics` 1.0.0; only where the operator allows it.
    OpenMetrics,
    /// Messages, each after its length.
    Protobuf,
    /// Messages as text, a field a line.
    ProtobufText,
    /// Messages as text, one a line.
    ProtobufCompactText,
    /// Lines of version 0.0.4.
    Text,
}

/// What a client wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(super) encoding: Encoding,
    pub(super) gzip: bool,
    pub(super) escaping: Escaping,
}

impl Wanted {
    /// By these headers; anything odd is passed over.
    pub(crate) fn by(headers: &HeaderMap) -> Self {
        Self::read(headers, false)
    }

    /// The same for the series of probes, which may be `OpenMetrics` where the operator allows it.
    pub(crate) fn of_probes(exporter: &Exporter, headers: &HeaderMap) -> Self {
        Self::read(headers, exporter.openmetrics)
    }

    fn read(headers: &HeaderMap, openmetrics: bool) -> Self {
        let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let (encoding, escaping) = form(accept, openmetrics);
        let codings = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
        Self { encoding, gzip: wants_gzip(codings), escaping }
    }

    /// The media type of the answer.
    pub(super) fn content_type(self) -> &'static str {
        macro_rules! with_escaping {
            ($base:literal) => {
                match self.escaping {
                    Escaping::AllowUtf8 => concat!($base, "; escaping=allow-utf-8"),
                    Escaping::Dots => concat!($base, "; escaping=dots"),
                    Escaping::Underscores => concat!($base, "; escaping=underscores"),
                    Escaping::Values => concat!($base, "; escaping=values"),
                }
            };
        }
        match self.encoding {
            Encoding::Protobuf => with_escaping!(
                "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
            ),
            Encoding::ProtobufText => with_escaping!(
                "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=text"
            ),
            Encoding::ProtobufCompactText => with_escaping!(
                "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=compact-text"
            ),
            Encoding::OpenMetrics => {
                with_escaping!("application/openmetrics-text; version=1.0.0; charset=utf-8")
            }
            Encoding::Text => with_escaping!("text/plain; version=0.0.4; charset=utf-8"),
        }
    }
}

/// One entry of an `Accept` header.
#[derive(Debug)]
struct Media<'a> {
    kind: (&'a str, &'a str),
    quality: f64,
    parameters: Vec<(&'a str, &'a str)>,
}

impl<'a> Media<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.split(';');
        let kind = parts.next().unwrap_or_default().trim();
        let kind = match kind.split_once('/') {
            Some((_, inner)) if inner.contains('/') => return None,
            Some((outer, inner)) => (outer.trim(), inner.trim()),
            None if kind == "*" => ("*", "*"),
            None => return None,
        };
        let mut media = Self { kind, quality: 1.0, parameters: Vec::new() };
        for (name, value) in parts.filter_map(|part| part.split_once('=')) {
            match name.trim() {
                "q" => media.quality = value.parse().unwrap_or_default(),
                name => media.parameters.push((name, value.trim())),
            }
        }
        Some(media)
    }

    fn parameter(&self, wanted: &str) -> &'a str {
        let mut matching = self.parameters.iter().rev().filter(|(name, _)| *name == wanted);
        matching.next().map_or("", |(_, value)| value)
    }

    /// Whether it is asked before `other`. Not quite an order, but the reference's.
    fn precedes(&self, other: &Self) -> bool {
        self.quality > other.quality
            || (self.kind.0 != "*" && other.kind.0 == "*")
            || (self.kind.1 != "*" && other.kind.1 == "*")
    }
}

/// The first acceptable form. An escaping that was named on the way to it holds even if its own entry does not.
fn form(accept: &str, openmetrics: bool) -> (Encoding, Escaping) {
    let mut media: Vec<Media<'_>> = Vec::new();
    for one in accept.split(',').filter_map(Media::parse) {
        let behind = media.iter().rev().take_while(|before| one.precedes(before)).count();
        media.insert(media.len() - behind, one);
    }
    let mut escaping = Escaping::Underscores;
    for one in media {
        escaping = match one.parameter("escaping") {
            "allow-utf-8" => Escaping::AllowUtf8,
            "dots" => Escaping::Dots,
            "underscores" => Escaping::Underscores,
            "values" => Escaping::Values,
            _ => escaping,
        };
        if one.kind == PROTOBUF && one.parameter("proto") == MESSAGE {
            match one.parameter("encoding") {
                "delimited" => return (Encoding::Protobuf, escaping),
                "text" => return (Encoding::ProtobufText, escaping),
                "compact-text" => return (Encoding::ProtobufCompactText, escaping),
                _ => {}
            }
        }
        let known = matches!(one.parameter("version"), "" | "0.0.1" | "1.0.0");
        if openmetrics && one.kind == OPENMETRICS && known {
            return (Encoding::OpenMetrics, escaping);
        }
        if one.kind == ("text", "plain") && matches!(one.parameter("version"), "" | "0.0.4") {
            break;
        }
    }
    (Encoding::Text, escaping)
}

/// Whether compression is wanted more than none.
fn wants_gzip<'a>(headers: impl Iterator<Item = &'a str>) -> bool {
    let (mut plain, mut gzip) = (-1.0_f64, -1.0_f64);
    for (coding, quality) in headers.flat_map(codings) {
        if matches!(coding, "*" | "identity") {
            plain = plain.max(quality);
        }
        if matches!(coding, "*" | "gzip") {
            gzip = gzip.max(quality);
        }
    }
    gzip > plain && gzip > 0.0
}

/// The codings of one header with their qualities, up to the first thing that is odd.
fn codings(header: &str) -> Vec<(&str, f64)> {
    let mut found = Vec::new();
    for entry in header.split(',') {
        let (coding, parameters) =
            entry.split_once(';').map_or((entry, None), |(one, rest)| (one, Some(rest)));
        let coding = coding.trim();
        if coding.is_empty() || coding.contains(char::is_whitespace) {
            break;
        }
        let Some(parameters) = parameters else {
            found.push((coding, 1.0));
            continue;
        };
        let Some((quality, rest)) = parameters.trim_start().strip_prefix("q=").and_then(quality) else {
            break;
        };
        found.push((coding, quality));
        if !rest.trim().is_empty() {
            break;
        }
    }
    found
}

/// A quality, and what follows it.
fn quality(text: &str) -> Option<(f64, &str)> {
    let whole = text.chars().next().filter(|digit| matches!(digit, '0' | '1'))?;
    let fraction = text[1..].strip_prefix('.').unwrap_or_default();
    let digits = fraction.len() - fraction.trim_start_matches(|digit: char| digit.is_ascii_digit()).len();
    let rest = if text[1..].starts_with('.') { &fraction[digits..] } else { &text[1..] };
    let value = format!("{whole}.{}", &fraction[..digits]);
    Some((value.parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DELIMITED: &str =
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";
    /// What Prometheus 3 sends.
    const PROMETHEUS: &str = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
        application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,\
        text/plain;version=0.0.4;q=0.3,*/*;q=0.2";

    #[test]
    fn the_form_is_the_one_that_the_reference_chooses() {
        use Encoding::{Protobuf, ProtobufText, Text};
        use Escaping::{AllowUtf8, Dots, Underscores, Values};
        let first = format!("{DELIMITED};q=0.7,{PROMETHEUS}");
        let second = format!("{DELIMITED};q=0.1,text/plain;q=0.5");
        let equal = format!("text/plain;q=0.1,{DELIMITED};escaping=allow-utf-8;q=0.1");
        let blanks = DELIMITED.replace(';', "; ");
        let other = DELIMITED.replace("delimited", "text");
        let unread = format!("text/plain;version=0.0.4;q=abc,{DELIMITED};q=0.5");
        for (accept, expected) in [
            ("", (Text, Underscores)),
            ("*/*", (Text, Underscores)),
            ("garbage", (Text, Underscores)),
            (";;;,,", (Text, Underscores)),
            ("text/plain;version=1.0.0", (Text, Underscores)),
            ("text/plain;version=1.0.0;escaping=allow-utf-8", (Text, AllowUtf8)),
            ("text/plain;escaping=dots", (Text, Dots)),
            ("text/plain;escaping=values", (Text, Values)),
            ("text/plain;escaping=foo", (Text, Underscores)),
            ("text/plain; ESCAPING=dots", (Text, Underscores)),
            ("TEXT/PLAIN;escaping=dots", (Text, Dots)),
            ("text/plain;escaping=dots;q=0.1,text/plain;q=0.9", (Text, Underscores)),
            ("application/openmetrics-text;escaping=dots,foo/bar", (Text, Dots)),
            (PROMETHEUS, (Text, AllowUtf8)),
            (DELIMITED, (Protobuf, Underscores)),
            (&first, (Protobuf, Underscores)),
            (&second, (Text, Underscores)),
            (&equal, (Text, Underscores)),
            (&blanks, (Protobuf, Underscores)),
            (&other, (ProtobufText, Underscores)),
            (&unread, (Protobuf, Underscores)),
        ] {
            assert_eq!(form(accept, false), expected, "{accept}");
        }
    }

    #[test]
    fn openmetrics_is_chosen_where_it_is_allowed() {
        let first = format!("{DELIMITED};q=0.7,{PROMETHEUS}");
        for (accept, expected) in [
            (PROMETHEUS, Encoding::OpenMetrics),
            (&first, Encoding::Protobuf),
            ("application/openmetrics-text;version=2.0.0,text/plain", Encoding::Text),
            ("application/openmetrics-text", Encoding::OpenMetrics),
            ("text/plain,application/openmetrics-text", Encoding::Text),
            ("*/*", Encoding::Text),
        ] {
            assert_eq!(form(accept, true).0, expected, "{accept}");
        }
    }

    #[test]
    fn compression_is_used_where_it_is_wanted_more_than_none() {
        for (header, gzip) in [
            ("gzip", true),
            ("gzip, deflate, br, zstd", true),
            ("gzip;q=0.5,identity;q=0.3", true),
            ("*;q=0,gzip", true),
            ("gzip;q=1.000;x=1", true),
            ("gzip ; q=0.2", true),
            ("", false),
            ("*", false),
            ("gzip;q=0", false),
            ("gzip;q=0.0", false),
            ("gzip;q=abc", false),
            ("gzip;", false),
            ("identity,gzip", false),
            ("gzip,identity", false),
            ("GZIP", false),
            ("x-gzip", false),
            ("*;q=0", false),
            ("zstd", false),
        ] {
            assert_eq!(wants_gzip([header].into_iter()), gzip, "{header}");
        }
    }
}
