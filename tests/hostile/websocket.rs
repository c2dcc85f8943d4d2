//! Websockets: answers without end before the upgrade, frames without end after it.

use std::io::{self, Write};
use std::net::TcpStream;

use libtest_mimic::Trial;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::attack::{Victim, trial};
use super::server::{Hostile, drip_forever, read_forever, read_head, write_forever};

const CHAT: Victim = Victim {
    module: "{prober: websocket, websocket: {query_response: [{expect: '^never$'}]}}",
    target: "ws://127.0.0.1:{port}/",
};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("websocket: silence", CHAT, &["timeout"], || {
            Hostile::new(|mut stream, _| read_forever(&mut stream))
        }),
        trial("websocket: an answer without end", CHAT, &["limit", "protocol"], || {
            Hostile::new(|mut stream, _| {
                read_head(&mut stream)?;
                stream.write_all(b"HTTP/1.1 101 Switching Protocols\r\n")?;
                write_forever(&mut stream, b"X-Flood: water\r\n")
            })
        }),
        trial("websocket: silence after the upgrade", CHAT, &["timeout"], || upgraded(read_forever)),
        // Frames as in RFC 6455 section 5.2: what it is and whether it is the last, its length, its bytes.
        trial("websocket: a frame longer than all memory", CHAT, &["limit", "protocol"], || {
            upgraded(|stream| {
                stream.write_all(b"\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff")?;
                write_forever(stream, b"water")
            })
        }),
        trial("websocket: a message of a gigabyte", CHAT, &["limit", "protocol"], || {
            upgraded(|stream| {
                stream.write_all(b"\x82\x7f\0\0\0\0\x40\0\0\0")?;
                write_forever(stream, b"water")
            })
        }),
        trial("websocket: a message a byte at a time", CHAT, &["timeout"], || {
            upgraded(|stream| {
                stream.write_all(b"\x82\x7f\0\0\0\0\0\0\xff\xff")?;
                drip_forever(stream, b"water")
            })
        }),
        trial("websocket: fragments without end", CHAT, &["limit", "protocol", "timeout"], || {
            upgraded(|stream| {
                stream.write_all(b"\x01\x05water")?;
                write_forever(stream, b"\0\x05water")
            })
        }),
        trial("websocket: empty fragments without end", CHAT, &["limit", "protocol", "timeout"], || {
            upgraded(|stream| {
                stream.write_all(b"\x01\0")?;
                write_forever(stream, b"\0\0")
            })
        }),
        trial("websocket: pings without end", CHAT, &["limit", "timeout"], || {
            upgraded(|stream| write_forever(stream, b"\x89\x05water"))
        }),
        trial("websocket: farewells without end", CHAT, &["connect", "expectation", "protocol"], || {
            upgraded(|stream| write_forever(stream, b"\x88\0"))
        }),
        trial("websocket: messages without end", CHAT, &["expectation"], || {
            upgraded(|stream| write_forever(stream, b"\x81\x05water"))
        }),
        trial("websocket: rubbish without end", CHAT, &["protocol"], || {
            upgraded(|stream| write_forever(stream, b"rubbish"))
        }),
    ]
}

/// Does this once the connection is upgraded.
fn upgraded(behaviour: fn(&mut TcpStream) -> io::Result<()>) -> Hostile {
    Hostile::new(move |mut stream, _| {
        let head = read_head(&mut stream)?;
        let key = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("sec-websocket-key").then(|| value.trim())
        });
        let accept = derive_accept_key(key.unwrap_or_default().as_bytes());
        write!(
            stream,
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {accept}\r\n\r\n"
        )?;
        behaviour(&mut stream)
    })
}
