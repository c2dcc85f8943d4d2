//! Frames of HTTP/2 (RFC 9113) as bytes, and as much of a server as it takes to reach the answer to a request.

use std::io::{self, Read, Write};

/// A connection, with TLS or without.
pub(crate) trait Channel: Read + Write {}
impl<C: Read + Write> Channel for C {}

/// Types of frames (section 6).
pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
pub(crate) const RST_STREAM: u8 = 3;
pub(crate) const SETTINGS: u8 = 4;
pub(crate) const PUSH_PROMISE: u8 = 5;
pub(crate) const PING: u8 = 6;
pub(crate) const GOAWAY: u8 = 7;
pub(crate) const WINDOW_UPDATE: u8 = 8;
pub(crate) const CONTINUATION: u8 = 9;

/// Flags.
pub(crate) const ACK: u8 = 1;
pub(crate) const END_HEADERS: u8 = 4;

/// The first stream of a client.
pub(crate) const STREAM: u32 = 1;
/// The longest payload unless agreed otherwise (section 4.2).
pub(crate) const LONGEST: u32 = 16_384;

/// `:status` 200 by its number in the static table, and a content type in the clear (RFC 7541).
pub(crate) const ANSWER: &[u8] = b"\x88\x0f\x10\x10application/grpc";

/// A frame.
pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let mut frame = (payload.len() as u32).to_be_bytes()[1..].to_vec();
    frame.extend_from_slice(&[kind, flags]);
    frame.extend_from_slice(&stream.to_be_bytes());
    frame.extend_from_slice(payload);
    frame
}

/// Settings as they are anyway.
pub(crate) fn settings() -> Vec<u8> {
    frame(SETTINGS, 0, 0, &[])
}

/// Sends settings and reads up to the headers of the request.
pub(crate) fn until_request(channel: &mut dyn Channel) -> io::Result<Windows> {
    /// The length of a client's preface (section 3.4).
    const PREFACE: usize = 24;

    channel.write_all(&settings())?;
    channel.read_exact(&mut [0; PREFACE])?;
    let mut windows = Windows::default();
    loop {
        if windows.hear(channel)? == HEADERS {
            return Ok(windows);
        }
    }
}

/// Goes on to the headers of the answer.
pub(crate) fn until_answer(channel: &mut dyn Channel) -> io::Result<Windows> {
    let windows = until_request(channel)?;
    channel.write_all(&frame(HEADERS, END_HEADERS, STREAM, ANSWER))?;
    Ok(windows)
}

/// How many bytes of data the other side still takes (section 6.9).
pub(crate) struct Windows {
    connection: i64,
    stream: i64,
    /// What streams begin with.
    initial: i64,
}

impl Default for Windows {
    fn default() -> Self {
        /// Unless agreed otherwise (section 6.9.2).
        const WINDOW: i64 = 65_535;

        Self { connection: WINDOW, stream: WINDOW, initial: WINDOW }
    }
}

impl Windows {
    /// Sends this as data, as soon as the other side takes it.
    pub(crate) fn send(&mut self, channel: &mut dyn Channel, data: &[u8]) -> io::Result<()> {
        let length = i64::from(data.len() as u32);
        while self.connection.min(self.stream) < length {
            self.hear(channel)?;
        }
        self.connection -= length;
        self.stream -= length;
        channel.write_all(&frame(DATA, 0, STREAM, data))
    }

    /// Reads a frame, of which it returns the type.
    fn hear(&mut self, channel: &mut dyn Channel) -> io::Result<u8> {
        let heard = read_frame(channel)?;
        match (heard.kind, heard.stream) {
            (SETTINGS, _) if heard.flags & ACK == 0 => {
                heard.payload.chunks_exact(6).for_each(|setting| self.set(setting));
                // The other side counts on them only now.
                channel.write_all(&frame(SETTINGS, ACK, 0, &[]))?;
            }
            (WINDOW_UPDATE, 0) => self.connection += number(&heard.payload),
            (WINDOW_UPDATE, _) => self.stream += number(&heard.payload),
            _ => {}
        }
        Ok(heard.kind)
    }

    fn set(&mut self, setting: &[u8]) {
        const INITIAL_WINDOW_SIZE: &[u8] = &[0, 4];

        if let Some(value) = setting.strip_prefix(INITIAL_WINDOW_SIZE) {
            self.stream += number(value) - self.initial;
            self.initial = number(value);
        }
    }
}

fn number(bytes: &[u8]) -> i64 {
    bytes.first_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes).into())
}

/// A frame from the other side.
struct Heard {
    kind: u8,
    flags: u8,
    stream: u32,
    payload: Vec<u8>,
}

fn read_frame(channel: &mut dyn Channel) -> io::Result<Heard> {
    let mut length = [0; 4];
    channel.read_exact(&mut length[1..])?;
    let mut kind_and_flags = [0; 2];
    channel.read_exact(&mut kind_and_flags)?;
    let [kind, flags] = kind_and_flags;
    let mut stream = [0; 4];
    channel.read_exact(&mut stream)?;
    let mut payload = vec![0; u32::from_be_bytes(length) as usize];
    channel.read_exact(&mut payload)?;
    Ok(Heard { kind, flags, stream: u32::from_be_bytes(stream), payload })
}
