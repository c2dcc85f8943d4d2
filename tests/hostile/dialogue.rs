//! Dialogues with servers that talk without end or not at all.

use std::io::Write;

use libtest_mimic::Trial;

use super::attack::{Victim, trial};
use super::server::{Hostile, drip_forever, read_forever, write_forever};

const LINE: Victim = victim("{prober: tcp, tcp: {query_response: [{expect: '^never(a|b)+c$'}]}}");
const BYTES: Victim = victim("{prober: tcp, tcp: {query_response: [{expect_bytes: never}]}}");
const LABEL: Victim =
    victim("{prober: tcp, tcp: {query_response: [{expect: '^(.*)$', labels: [{name: a, value: $1}]}]}}");
const SENT: Victim = victim(
    "{prober: tcp, tcp: {query_response: [{expect: '^(x+)$', send: '$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1'}, \
     {expect: '^(x+)$', send: '$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1$1'}, {expect: '^never$'}]}}",
);

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("dialogue: silence", LINE, &["timeout"], || {
            Hostile::new(|mut stream, _| read_forever(&mut stream))
        }),
        trial("dialogue: lines without end", LINE, &["timeout"], || flood(b"neverabab\n")),
        trial("dialogue: a line without end", LINE, &["limit"], || flood(b"neverabab")),
        trial("dialogue: a line a byte at a time", LINE, &["timeout"], || {
            Hostile::new(|mut stream, _| drip_forever(&mut stream, b"neverabab"))
        }),
        trial("dialogue: bytes without end", BYTES, &["expectation"], || flood(b"always")),
        trial("dialogue: a label that is not text", LABEL, &["expectation"], || flood(b"\xff\xfe\n")),
        trial("dialogue: an echo that grows and is not read", SENT, &["timeout"], || {
            Hostile::new(|mut stream, _| {
                let line = [b"x".repeat(60_000), vec![b'\n']].concat();
                stream.write_all(&line)?;
                write_forever(&mut stream, &line)
            })
        }),
    ]
}

const fn victim(module: &'static str) -> Victim {
    Victim { module, target: "127.0.0.1:{port}" }
}

fn flood(bytes: &'static [u8]) -> Hostile {
    Hostile::new(move |mut stream, _| write_forever(&mut stream, bytes))
}
