//! Frames of HTTP/2 (RFC 9113) as bytes, and what a hostile server does with them.

use std::io::{self, Read, Write};

use super::server::{read_forever, write_forever};

/// A connection, with TLS or without.
pub(crate) trait Channel: Read + Write {}
impl<C: Read + Write> Channel for C {}

/// What a server does with a connection.
pub(crate) type Behaviour = fn(&mut dyn Channel) -> io::Result<()>;

/// Types of frames (section 6).
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PUSH_PROMISE: u8 = 5;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;
/// Nobody has this one.
const UNKNOWN: u8 = 0xee;

/// Flags.
const ACK: u8 = 1;
const END_HEADERS: u8 = 4;

/// The first stream of a client.
const STREAM: u32 = 1;
/// The longest frame unless agreed otherwise (section 4.2).
const LONGEST: usize = 16_384;
/// The window of a connection, and of a stream unless agreed otherwise (section 6.9.2).
const WINDOW: i64 = 65_535;

/// `:status` 200 by its number in the static table, and a content type in the clear (RFC 7541).
pub(crate) const ANSWER: &[u8] = b"\x88\x0f\x10\x10application/grpc";

/// Floods that begin with the connection: name and behaviour.
pub(crate) const FLOODS: [(&str, Behaviour); 12] = [
    ("silence after settings", |channel| {
        channel.write_all(&settings())?;
        read_forever(channel)
    }),
    ("silence after headers", |channel| {
        channel.write_all(&settings())?;
        read_request(channel)?;
        channel.write_all(&frame(HEADERS, END_HEADERS, STREAM, ANSWER))?;
        read_forever(channel)
    }),
    ("a flood of settings", |channel| write_forever(channel, &settings())),
    ("a flood of pings", |channel| after_settings(channel, &frame(PING, 0, 0, &[0; 8]))),
    ("a flood of acknowledged pings", |channel| after_settings(channel, &frame(PING, ACK, 0, &[0; 8]))),
    ("a flood of resets", |channel| after_request(channel, &frame(RST_STREAM, 0, STREAM, &[0, 0, 0, 8]))),
    ("a flood of windows", |channel| after_request(channel, &frame(WINDOW_UPDATE, 0, STREAM, &[0, 0, 0, 1]))),
    ("a flood of farewells", |channel| after_request(channel, &frame(GOAWAY, 0, 0, &[0, 0, 0, 1, 0, 0, 0, 0]))),
    ("a flood of frames nobody knows", |channel| after_settings(channel, &frame(UNKNOWN, 0, 0, &[0; 100]))),
    ("a flood of promises", |channel| {
        let promise = [&2_u32.to_be_bytes(), ANSWER].concat();
        after_request(channel, &frame(PUSH_PROMISE, END_HEADERS, STREAM, &promise))
    }),
    ("a flood of empty data", |channel| {
        after_headers(channel, |channel| write_forever(channel, &frame(DATA, 0, STREAM, &[])))
    }),
    ("headers without end", |channel| {
        channel.write_all(&settings())?;
        read_request(channel)?;
        channel.write_all(&frame(HEADERS, 0, STREAM, ANSWER))?;
        // A literal without indexing, again and again.
        write_forever(channel, &frame(CONTINUATION, 0, STREAM, b"\x00\x05x-abc\x05water"))
    }),
];

/// One large header, put into the table once and then named by its number as often as fits (RFC 7541 section 7.3).
pub(crate) fn table_bomb(channel: &mut dyn Channel) -> io::Result<()> {
    channel.write_all(&settings())?;
    read_request(channel)?;
    let value = vec![b'v'; 4000];
    // 4000 is 127 and then 3873 in groups of seven bits (section 5.1).
    let stored = [b"\x88\x40\x05x-abc\x7f\xa1\x1e", &value[..]].concat();
    channel.write_all(&frame(HEADERS, 0, STREAM, &stored))?;
    write_forever(channel, &frame(CONTINUATION, 0, STREAM, &[0xbe; LONGEST]))
}

/// A body without end, as fast as the other side allows.
pub(crate) fn endless_body(channel: &mut dyn Channel) -> io::Result<()> {
    after_headers(channel, |channel| {
        let piece = frame(DATA, 0, STREAM, &[b'w'; LONGEST]);
        let mut windows = Windows::default();
        loop {
            while windows.allow(LONGEST as i64) {
                channel.write_all(&piece)?;
            }
            windows.hear(&read_frame(channel)?);
        }
    })
}

/// A message that says it is as long as a message can be, and then goes on (gRPC over HTTP/2, Length-Prefixed-Message).
pub(crate) fn largest_message(channel: &mut dyn Channel) -> io::Result<()> {
    after_headers(channel, |channel| {
        channel.write_all(&frame(DATA, 0, STREAM, &[0, 0xff, 0xff, 0xff, 0xff]))?;
        let piece = frame(DATA, 0, STREAM, &[b'w'; LONGEST]);
        let mut windows = Windows { connection: WINDOW - 5, stream: WINDOW - 5 };
        loop {
            while windows.allow(LONGEST as i64) {
                channel.write_all(&piece)?;
            }
            windows.hear(&read_frame(channel)?);
        }
    })
}

/// How many bytes of data the other side still takes.
struct Windows {
    connection: i64,
    stream: i64,
}

impl Default for Windows {
    fn default() -> Self {
        Self { connection: WINDOW, stream: WINDOW }
    }
}

impl Windows {
    fn allow(&mut self, bytes: i64) -> bool {
        let allowed = self.connection.min(self.stream) >= bytes;
        if allowed {
            self.connection -= bytes;
            self.stream -= bytes;
        }
        allowed
    }

    fn hear(&mut self, heard: &Heard) {
        if heard.kind != WINDOW_UPDATE {
            return;
        }
        let more = heard.payload.first_chunk().map_or(0, |bytes| i64::from(u32::from_be_bytes(*bytes)));
        let window = if heard.stream == 0 { &mut self.connection } else { &mut self.stream };
        *window += more;
    }
}

/// A frame from the other side.
struct Heard {
    kind: u8,
    stream: u32,
    payload: Vec<u8>,
}

fn settings() -> Vec<u8> {
    frame(SETTINGS, 0, 0, &[])
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let mut frame = (payload.len() as u32).to_be_bytes()[1..].to_vec();
    frame.extend_from_slice(&[kind, flags]);
    frame.extend_from_slice(&stream.to_be_bytes());
    frame.extend_from_slice(payload);
    frame
}

fn after_settings(channel: &mut dyn Channel, flood: &[u8]) -> io::Result<()> {
    channel.write_all(&settings())?;
    write_forever(channel, flood)
}

fn after_request(channel: &mut dyn Channel, flood: &[u8]) -> io::Result<()> {
    channel.write_all(&settings())?;
    read_request(channel)?;
    write_forever(channel, flood)
}

fn after_headers(
    channel: &mut dyn Channel,
    then: impl FnOnce(&mut dyn Channel) -> io::Result<()>,
) -> io::Result<()> {
    channel.write_all(&settings())?;
    read_request(channel)?;
    channel.write_all(&frame(HEADERS, END_HEADERS, STREAM, ANSWER))?;
    then(channel)
}

/// Reads the preface (section 3.4) and frames up to the headers of the request.
fn read_request(channel: &mut dyn Channel) -> io::Result<()> {
    channel.read_exact(&mut [0; 24])?;
    while read_frame(channel)?.kind != HEADERS {}
    Ok(())
}

fn read_frame(channel: &mut dyn Channel) -> io::Result<Heard> {
    let mut head = [0; 9];
    channel.read_exact(&mut head)?;
    let [a, b, c, kind, _, s, t, u, v] = head;
    let mut payload = vec![0; u32::from_be_bytes([0, a, b, c]) as usize];
    channel.read_exact(&mut payload)?;
    Ok(Heard { kind, stream: u32::from_be_bytes([s, t, u, v]), payload })
}
