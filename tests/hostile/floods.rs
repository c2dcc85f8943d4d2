//! What a hostile server does with a connection of HTTP/2.

use std::io;

use super::frames::{
    ACK, ANSWER, CONTINUATION, Channel, DATA, END_HEADERS, GOAWAY, HEADERS, LONGEST, PING, PUSH_PROMISE,
    RST_STREAM, STREAM, WINDOW_UPDATE, frame, settings, until_answer, until_request,
};
use super::server::{read_forever, write_forever};

/// What is done with a connection.
pub(crate) type Behaviour = fn(&mut dyn Channel) -> io::Result<()>;

/// A name, the reasons for which a probe may fail, and a behaviour.
type Flood = (&'static str, &'static [&'static str], Behaviour);

/// Where the two kinds of clients fare alike.
pub(crate) const FLOODS: [Flood; 14] = [
    ("silence after connecting", &["timeout"], |channel| read_forever(channel)),
    ("silence after settings", &["timeout"], |channel| {
        channel.write_all(&settings())?;
        read_forever(channel)
    }),
    ("silence after headers", &["timeout"], |channel| {
        until_answer(channel)?;
        read_forever(channel)
    }),
    ("a flood of settings", &["limit", "timeout"], |channel| write_forever(channel, &settings())),
    ("a flood of pings", &["limit", "timeout"], |channel| at_once(channel, &frame(PING, 0, 0, &[0; 8]))),
    ("a flood of answers to pings", &["limit", "timeout"], |channel| {
        at_once(channel, &frame(PING, ACK, 0, &[0; 8]))
    }),
    ("a flood of frames nobody knows", &["limit", "timeout"], |channel| {
        at_once(channel, &frame(0xee, 0, 0, &[0; 100]))
    }),
    ("a flood of resets", &["protocol"], |channel| {
        when_asked(channel, &frame(RST_STREAM, 0, STREAM, &[0, 0, 0, 8]))
    }),
    ("a flood of windows", &["limit", "protocol", "timeout"], |channel| {
        when_asked(channel, &frame(WINDOW_UPDATE, 0, STREAM, &[0, 0, 0, 1]))
    }),
    ("a flood of farewells", &["limit", "protocol", "timeout"], |channel| {
        when_asked(channel, &frame(GOAWAY, 0, 0, &[0, 0, 0, 1, 0, 0, 0, 0]))
    }),
    ("a flood of promises", &["protocol"], |channel| {
        let promise = [&2_u32.to_be_bytes(), ANSWER].concat();
        when_asked(channel, &frame(PUSH_PROMISE, END_HEADERS, STREAM, &promise))
    }),
    ("a flood of interim answers", &["limit", "protocol", "timeout"], |channel| {
        // `:status` by its name in the static table, and 103 in the clear.
        when_asked(channel, &frame(HEADERS, END_HEADERS, STREAM, b"\x08\x03103"))
    }),
    ("a flood of empty data", &["protocol"], |channel| {
        until_answer(channel)?;
        write_forever(channel, &frame(DATA, 0, STREAM, &[]))
    }),
    ("headers without end", &["protocol"], |channel| {
        until_request(channel)?;
        channel.write_all(&frame(HEADERS, 0, STREAM, ANSWER))?;
        // A literal that is not put into the table, again and again.
        write_forever(channel, &frame(CONTINUATION, 0, STREAM, b"\x00\x05x-abc\x05water"))
    }),
];

/// One large header, put into the table once and then named by its number as often as fits (RFC 7541 section 7.3).
pub(crate) fn table_bomb(channel: &mut dyn Channel) -> io::Result<()> {
    until_request(channel)?;
    let value = vec![b'v'; 4000];
    // 4000 is 127, and 3873 in groups of seven bits (section 5.1).
    let stored = [b"\x88\x40\x05x-abc\x7f\xa1\x1e", &value[..]].concat();
    channel.write_all(&frame(HEADERS, 0, STREAM, &stored))?;
    write_forever(channel, &frame(CONTINUATION, 0, STREAM, &[0xbe; LONGEST as usize]))
}

/// A body without end, as fast as the other side takes it.
pub(crate) fn endless_body(channel: &mut dyn Channel) -> io::Result<()> {
    let mut windows = until_answer(channel)?;
    loop {
        windows.send(channel, &[b'w'; LONGEST as usize])?;
    }
}

/// A message that is announced as the longest there can be (`Length-Prefixed-Message` of gRPC over HTTP/2).
pub(crate) fn largest_message(channel: &mut dyn Channel) -> io::Result<()> {
    let mut windows = until_answer(channel)?;
    windows.send(channel, &[0, 0xff, 0xff, 0xff, 0xff])?;
    loop {
        windows.send(channel, &[b'w'; LONGEST as usize])?;
    }
}

fn at_once(channel: &mut dyn Channel, flood: &[u8]) -> io::Result<()> {
    channel.write_all(&settings())?;
    write_forever(channel, flood)
}

fn when_asked(channel: &mut dyn Channel, flood: &[u8]) -> io::Result<()> {
    until_request(channel)?;
    write_forever(channel, flood)
}
