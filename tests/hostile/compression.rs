//! Answers that are small on the wire and large when decompressed.

use std::io::Write;

use flate2::{Compress, Compression, FlushCompress};
use libtest_mimic::Trial;

use super::attack::{Victim, trial};
use super::server::{Hostile, read_head, write_forever};

/// A megabyte of zeros is a kilobyte in DEFLATE.
const ZEROS: usize = 1 << 20;

/// A gzip header (RFC 1952 section 2.3): DEFLATE, no name, no time.
const GZIP: &[u8] = &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
/// The beginning of a brotli stream with a window of 16 MiB (RFC 7932 section 9.1) and 16 MiB of zeros.
const BROTLI: &[u8] = &[0xcf, 0xff, 0xff, 0x7f, 0xf8, 0x27, 0, 0xe2, 0xb1, 0x40, 0x20, 0xf7, 0xfe, 0xdf, 0];
/// 16 MiB of zeros more, as often as wanted.
const BROTLI_MORE: &[u8] = &[0xfc, 0xff, 0xff, 0x87, 0x7f, 0x02, 0x20, 0x0e, 0x0b, 0, 0x74, 0xef, 0xff, 0x0d];

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial(
            "compression: a gzip bomb that is not kept",
            victim("{prober: http, http: {compression: gzip}}"),
            &["timeout"],
            || bomb("gzip", GZIP, zeros()),
        ),
        trial(
            "compression: a gzip bomb under a rule",
            victim("{prober: http, http: {compression: gzip, fail_if_body_matches_regexp: [never]}}"),
            &["limit"],
            || bomb("gzip", GZIP, zeros()),
        ),
        trial(
            "compression: a deflate bomb under a rule",
            victim("{prober: http, http: {compression: deflate, fail_if_body_matches_regexp: [never]}}"),
            &["limit"],
            || bomb("deflate", &[], zeros()),
        ),
        trial(
            "compression: a brotli bomb that is not kept",
            victim("{prober: http, http: {compression: br}}"),
            &["timeout"],
            || bomb("br", BROTLI, BROTLI_MORE.to_vec()),
        ),
        trial(
            "compression: a brotli bomb under a rule",
            victim("{prober: http, http: {compression: br, fail_if_body_matches_regexp: [never]}}"),
            &["limit"],
            || bomb("br", BROTLI, BROTLI_MORE.to_vec()),
        ),
    ]
}

const fn victim(module: &'static str) -> Victim {
    Victim { module, target: "http://127.0.0.1:{port}/" }
}

/// A body that goes on with `more` without end.
fn bomb(encoding: &'static str, beginning: &'static [u8], more: Vec<u8>) -> Hostile {
    Hostile::new(move |mut stream, _| {
        read_head(&mut stream)?;
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\n\r\n")?;
        stream.write_all(beginning)?;
        write_forever(&mut stream, &more)
    })
}

/// Zeros in DEFLATE blocks of which none is the last and none needs another.
fn zeros() -> Vec<u8> {
    let mut compressed = Vec::with_capacity(ZEROS);
    let mut compressor = Compress::new(Compression::best(), false);
    let zeros = vec![0; ZEROS];
    compressor.compress_vec(&zeros, &mut compressed, FlushCompress::Full).expect("there is room");
    assert_eq!(compressor.total_in(), ZEROS as u64);
    compressed
}
