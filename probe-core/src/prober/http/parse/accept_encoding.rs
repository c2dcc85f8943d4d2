//! Whether a request that asks for certain encodings can be answered in the one that the module expects.

use crate::prober::http::HttpSettings;
use crate::settings::{Errors, Section};

/// Reports each `Accept-Encoding` header that rules out `compression`, in the reference exporter's words.
pub(super) fn check(settings: &HttpSettings, section: &Section<'_>, errors: &mut Errors) {
    let encoding = &settings.compression;
    for (name, value) in &settings.headers {
        if name.eq_ignore_ascii_case("Accept-Encoding") && !accepts(value, encoding) {
            let shown = format!("{name}: {value}").replace(char::is_control, "\u{fffd}");
            let message = format!("invalid configuration \"{shown}\", \"compression: {encoding}\"");
            section.problem("compression", message, errors);
        }
    }
}

/// Whether the value of an `Accept-Encoding` header allows an encoding, as the reference exporter judges it: of the
/// entries sorted by quality, the first that names the encoding or any decides. Case matters.
fn accepts(value: &str, encoding: &str) -> bool {
    if value.is_empty() || encoding.is_empty() {
        return true;
    }
    let mut entries: Vec<(&str, f64)> = value.split(',').map(entry).collect();
    entries.sort_by(|(_, left), (_, right)| right.partial_cmp(left).unwrap_or(std::cmp::Ordering::Equal));
    let decides = entries.into_iter().find(|(name, _)| *name == encoding || *name == "*");
    decides.is_some_and(|(_, quality)| quality > 0.0)
}

/// An encoding and its quality.
fn entry(text: &str) -> (&str, f64) {
    let Some((name, quality)) = text.rsplit_once(';') else { return (text.trim(), 1.0) };
    let quality = quality.trim();
    let number = quality.strip_prefix("q=").unwrap_or(quality).replace('_', "");
    (name.trim(), (number.parse::<f64>().unwrap_or(0.0) * 1000.0).round() / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn judges_as_the_reference_does() {
        let good = [
            ("", "gzip"),
            ("gzip", ""),
            ("gzip", "gzip"),
            ("gzip;q=1.0", "gzip"),
            ("gzip, compress", "gzip"),
            ("compress, gzip", "gzip"),
            ("gzip, compress, *", "br"),
            ("gzip, compress, *;q=0.1", "br"),
            ("gzip;q=1.0, compress;q=0.5, br;q=0.1, *;q=0.0", "br"),
            ("*;q=0.0, br;q=0.1, gzip;q=1.0, compress;q=0.5", "br"),
            ("  gzip;q=1.0,  compress;q=0.5 , br;q=0.1 ,  *;q=0.0 ", "br"),
            ("gzip; q=1", "gzip"),
            ("gzip;1", "gzip"),
            ("gzip;q=0.0005", "gzip"),
            ("gzip;q=inf", "gzip"),
            ("gzip;\tq=1", "gzip"),
            ("*,gzip;q=0", "gzip"),
            ("*;q=0, gzip;q=0.5", "gzip"),
            ("gzip\u{a0}", "gzip"),
        ];
        for (value, encoding) in good {
            assert!(accepts(value, encoding), "{value:?} {encoding:?}");
        }
        let bad = [
            ("gzip, compress", "br"),
            ("gzip, compress, br;q=0.0", "br"),
            ("gzip, compress, *;q=0.0", "br"),
            ("deflate", "gzip"),
            ("*;q=0.0", "gzip"),
            ("gzip", "GZIP"),
            ("gzip;q=abc", "gzip"),
            ("gzip;Q=1", "gzip"),
            ("gzip;q= 1", "gzip"),
            ("gzip;q =1", "gzip"),
            ("gzip;", "gzip"),
            ("gzip;q=nan,*", "gzip"),
            ("gzip;q=-1", "gzip"),
            ("gzip;q=0.0004", "gzip"),
            ("gzip;q=0.5;level=1", "gzip"),
            ("gzip;level=1;q=0.5", "gzip"),
            ("*;q=0,gzip;q=0", "gzip"),
            (" ", "gzip"),
        ];
        for (value, encoding) in bad {
            assert!(!accepts(value, encoding), "{value:?} {encoding:?}");
        }
    }
}
