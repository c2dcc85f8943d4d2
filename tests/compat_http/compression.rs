//! Bodies that are compressed.

use std::io::Write;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use probe_tests::compat::servers::http1::web;
use probe_tests::compat::servers::web::{Answer, answer, body};

use super::{Case, NOTHING, REGEX, STATUS, http, length, status};

/// Fifty times.
const TEXT: &str = "compress me, please! ";

/// The text by brotli, RFC 7932.
const BROTLI: &[u8] = b"\x1b\x19\x04\xf8\x8d\x94\x6e\xde\xb4\x04\x29\x6b\xab\x10\x96\x64\x05\x98\xca\x92\x04\x56\x3c\xea\x9f\x73\xb5\x7f\x03";

const DECOMPRESSOR: &[&str] = &["ERROR Failed to get decompressor for HTTP response body"];
const READ: &[&str] = &["ERROR Failed to read HTTP response body"];
const CLOSE: &[&str] =
    &["ERROR Failed to read HTTP response body", "ERROR Error while closing response from server"];

fn text() -> Vec<u8> {
    TEXT.repeat(50).into_bytes()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory")
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory")
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory")
}

fn encoded(name: &str, bytes: &[u8]) -> Answer {
    body(bytes).header("Content-Encoding", name)
}

/// What the module expects, what is sent, and how long it is then.
fn of(name: &'static str, compression: &str, sent: Answer, bytes: &[u8], came: usize) -> Case {
    http(name, &format!("compression: {compression}"), web(sent)).with(&length(bytes.len() as i64, came))
}

pub(crate) fn cases() -> Vec<Case> {
    [decoded(), as_sent(), wrong(), rules()].concat()
}

fn decoded() -> Vec<Case> {
    let (text, gz, raw) = (text(), gzip(&text()), deflate(&text()));
    let plain = text.len();
    vec![
        of("gzip", "gzip", encoded("gzip", &gz), &gz, plain),
        of("gzip_in_capitals", "GZIP", encoded("gzip", &gz), &gz, plain),
        of("gzip_without_saying_so", "gzip", body(gz.clone()), &gz, plain),
        of(
            "gzip_in_two_parts",
            "gzip",
            encoded("gzip", &[gz.clone(), gz.clone()].concat()),
            &[gz.clone(), gz.clone()].concat(),
            2 * plain,
        ),
        of("gzip_of_nothing", "gzip", encoded("gzip", &gzip(b"")), &gzip(b""), 0),
        of("brotli", "br", encoded("br", BROTLI), BROTLI, plain),
        of("deflate_without_a_head", "deflate", encoded("deflate", &raw), &raw, plain),
        of("identity", "identity", body(text.clone()), &text, plain),
        of("identity_whatever_is_sent", "identity", encoded("gzip", &gz), &gz, gz.len()),
        http("gzip_in_chunks", "compression: gzip", web(encoded("gzip", &gz).chunked()))
            .with(&length(-1, plain)),
        http(
            "gzip_with_a_header",
            "compression: gzip, headers: {Accept-Encoding: gzip}",
            web(encoded("gzip", &gz)),
        )
        .with(&length(gz.len() as i64, plain))
        .saw(&["s: accept-encoding: gzip"]),
        http(
            "gzip_with_a_header_of_several",
            "compression: gzip, headers: {Accept-Encoding: 'br;q=1.0, gzip;q=0.8'}",
            web(encoded("gzip", &gz)),
        )
        .with(&length(gz.len() as i64, plain))
        .saw(&["s: accept-encoding: br;q=1.0, gzip;q=0.8"]),
        http(
            "gzip_with_a_header_of_any",
            "compression: gzip, headers: {accept-encoding: '*'}",
            web(encoded("gzip", &gz)),
        )
        .with(&length(gz.len() as i64, plain))
        .saw(&["s: accept-encoding: *"]),
        http("gzip_asks_for_nothing_by_itself", "compression: gzip", web(encoded("gzip", &gz)))
            .with(&length(gz.len() as i64, plain))
            .saw(&["!s: accept-encoding"]),
    ]
}

fn as_sent() -> Vec<Case> {
    let sent = |name, encoding: &str, bytes: &[u8]| {
        http(name, "", web(encoded(encoding, bytes))).with(&length(bytes.len() as i64, bytes.len()))
    };
    let (text, gz) = (text(), gzip(&text()));
    vec![
        sent("identity_is_not_decoded", "identity", &text),
        sent("none_is_not_decoded", "none", &text),
        sent("an_unknown_encoding_is_not_decoded", "nonsense", &text),
        sent("gzip_is_not_decoded", "gzip", &gz),
        sent("gzip_in_capitals_is_not_decoded", "GZIP", &gz),
        sent("gzip_that_is_none_is_not_decoded", "gzip", b"no gzip"),
        sent("brotli_is_not_decoded", "br", BROTLI),
        sent("deflate_is_not_decoded", "deflate", &deflate(&text)),
        http(
            "gzip_of_a_wrong_status_is_not_decoded",
            "",
            web(answer(404).header("Content-Encoding", "gzip").body(gz.clone())),
        )
        .with(&status(404))
        .with(&length(gz.len() as i64, gz.len()))
        .fails(NOTHING)
        .says(STATUS),
        http(
            "gzip_that_a_header_asks_for_is_not_decoded",
            "headers: {Accept-Encoding: gzip}",
            web(encoded("gzip", &gz)),
        )
        .with(&length(gz.len() as i64, gz.len())),
    ]
}

fn wrong() -> Vec<Case> {
    let (text, gz, raw) = (text(), gzip(&text()), deflate(&text()));
    let mut checksum = gz.clone();
    let at = checksum.len() - 8;
    checksum[at] ^= 1;
    let cut = |bytes: &[u8], left: usize| bytes[..bytes.len() - left].to_vec();
    let trailing = [gz.clone(), b"more".to_vec()].concat();
    vec![
        of("plain_in_place_of_gzip", "gzip", body(text.clone()), &text, 0).fails(NOTHING).says(DECOMPRESSOR),
        of("much_in_place_of_gzip", "gzip", body(vec![b'x'; 10_000]), &[b'x'; 10_000], 0)
            .fails(&["probe_http_uncompressed_body_length ?"])
            .says(DECOMPRESSOR)
            .apart("it depends on the packets", &["probe_http_uncompressed_body_length"]),
        of("nothing_in_place_of_gzip", "gzip", answer(200), b"", 0).fails(NOTHING).says(DECOMPRESSOR),
        of("half_a_head_of_gzip", "gzip", body(&gz[..5]), &gz[..5], 0).fails(NOTHING).says(DECOMPRESSOR),
        of("plain_in_place_of_brotli", "br", body(text.clone()), &text, 0).fails(NOTHING).says(READ),
        of("nothing_in_place_of_brotli", "br", answer(200), b"", 0).fails(NOTHING).says(READ),
        of("gzip_in_place_of_deflate", "deflate", encoded("gzip", &gz), &gz, 0).fails(NOTHING).says(CLOSE),
        of("zlib_in_place_of_deflate", "deflate", encoded("deflate", &zlib(&text)), &zlib(&text), 0)
            .fails(NOTHING)
            .says(CLOSE),
        of("nothing_in_place_of_deflate", "deflate", answer(200), b"", 0).fails(NOTHING).says(CLOSE),
        of("gzip_that_is_cut_in_its_checksum", "gzip", body(cut(&gz, 4)), &cut(&gz, 4), text.len())
            .fails(NOTHING)
            .says(READ),
        of("gzip_with_a_wrong_checksum", "gzip", body(checksum.clone()), &checksum, text.len())
            .fails(NOTHING)
            .says(READ),
        of("gzip_with_more_behind_it", "gzip", body(trailing.clone()), &trailing, text.len())
            .fails(NOTHING)
            .says(READ),
        of("deflate_that_is_cut", "deflate", body(cut(&raw, 4)), &cut(&raw, 4), 0)
            .fails(&["probe_http_uncompressed_body_length ?"])
            .says(CLOSE),
        of("brotli_that_is_cut", "br", body(cut(BROTLI, 4)), &cut(BROTLI, 4), 0)
            .fails(&["probe_http_uncompressed_body_length ?"])
            .says(READ),
        of("an_unknown_compression", "xz", body(text.clone()), &text, text.len())
            .fails(NOTHING)
            .says(DECOMPRESSOR),
        http("gzip_of_a_wrong_status", "compression: gzip", web(answer(404).body(gz.clone())))
            .with(&status(404))
            .with(&length(gz.len() as i64, text.len()))
            .fails(NOTHING)
            .says(STATUS),
        http("plain_with_a_wrong_status_in_place_of_gzip", "compression: gzip", web(answer(404).body("no")))
            .with(&status(404))
            .with(&length(2, 0))
            .fails(NOTHING)
            .says(&[
                "ERROR Invalid HTTP response status code, wanted 2xx",
                "ERROR Failed to get decompressor for HTTP response body",
            ]),
        http("head_in_place_of_gzip", "method: HEAD, compression: gzip", web(body(gz.clone())))
            .with(&length(gz.len() as i64, 0))
            .fails(NOTHING)
            .says(DECOMPRESSOR),
    ]
}

fn rules() -> Vec<Case> {
    let (text, gz) = (text(), gzip(&text()));
    let long = gzip(&[b'x'; 129]);
    let fits = gzip(&[b'x'; 127]);
    let list = gzip(b"[1]");
    vec![
        http(
            "a_rule_for_what_was_gzip",
            "compression: gzip, fail_if_body_not_matches_regexp: ['^compress me']",
            web(encoded("gzip", &gz)),
        )
        .with(&length(gz.len() as i64, text.len())),
        http(
            "a_rule_for_what_is_gzip",
            "fail_if_body_matches_regexp: ['^compress me']",
            web(encoded("gzip", &gz)),
        )
        .with(&length(gz.len() as i64, gz.len())),
        http(
            "a_rule_for_gzip_that_is_cut",
            "compression: gzip, fail_if_body_not_matches_regexp: [compress]",
            web(body(&gz[..gz.len() - 4])),
        )
        .with(&length(gz.len() as i64 - 4, text.len()))
        .fails(REGEX)
        .says(&["ERROR Error reading HTTP body", "ERROR Failed to read HTTP response body"]),
        http(
            "an_expression_for_what_was_gzip",
            "compression: gzip, fail_if_body_json_not_matches_cel: 'body[0] == 1'",
            web(encoded("gzip", &list)),
        )
        .with(&length(list.len() as i64, 3))
        .with(&["probe_failed_due_to_cel 0"]),
        http("gzip_under_the_limit", "compression: gzip, body_size_limit: 128B", web(encoded("gzip", &fits)))
            .with(&length(fits.len() as i64, 127)),
        http("gzip_over_the_limit", "compression: gzip, body_size_limit: 128B", web(encoded("gzip", &long)))
            .with(&length(long.len() as i64, 128))
            .fails(NOTHING)
            .says(READ),
    ]
}
