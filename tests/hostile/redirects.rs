//! Redirects that do not end, come slowly, lead far, or bring luggage.

use std::io::{self, Write};
use std::net::TcpStream;

use libtest_mimic::Trial;

use super::attack::{Victim, trial};
use super::server::{Hostile, Surroundings, pause, read_head, write_forever};

const PLAIN: Victim = Victim { module: "{prober: http}", target: "http://127.0.0.1:{port}/" };

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("redirects: a loop across hosts", PLAIN, &["expectation"], || {
            Hostile::new(|mut stream, here| {
                // To the other of two addresses, each with a path of its own.
                let other = if stream.local_addr()?.ip().to_string() == "127.0.0.1" { 2 } else { 1 };
                answer(&mut stream, &format!("http://127.0.0.{other}:{}/{other}", here.port), "")
            })
        }),
        trial("redirects: a slow loop", PLAIN, &["timeout"], || {
            Hostile::new(|mut stream, _| {
                read_head(&mut stream)?;
                for _ in 0..15 {
                    pause(&mut stream)?;
                }
                stream.write_all(b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n")
            })
        }),
        trial("redirects: a location of a megabyte", PLAIN, &["limit"], || {
            Hostile::new(|mut stream, _| answer(&mut stream, &format!("/{}", "a".repeat(1 << 20)), ""))
        }),
        trial("redirects: a loop with a flood of cookies", PLAIN, &["expectation", "timeout"], || {
            Hostile::new(|mut stream, here| {
                let cookies = cookies(here);
                answer(&mut stream, "/again", &cookies)
            })
        }),
        trial("redirects: cookies without end", PLAIN, &["limit"], || {
            Hostile::new(|mut stream, _| {
                read_head(&mut stream)?;
                stream.write_all(b"HTTP/1.1 302 Found\r\nLocation: /again\r\n")?;
                write_forever(&mut stream, b"Set-Cookie: flood=water; Path=/\r\n")
            })
        }),
    ]
}

/// A redirect, with further headers.
fn answer(stream: &mut TcpStream, location: &str, further: &str) -> io::Result<()> {
    read_head(stream)?;
    write!(stream, "HTTP/1.1 302 Found\r\nLocation: {location}\r\n{further}Content-Length: 0\r\n\r\n")
}

/// Many cookies, half a kilobyte each, with other names for every connection.
fn cookies(here: &Surroundings) -> String {
    const COUNT: usize = 200;

    let value = "v".repeat(500);
    let first = here.visit * COUNT;
    let cookies: Vec<_> =
        (first..first + COUNT).map(|number| format!("Set-Cookie: c{number}={value}; Path=/\r\n")).collect();
    cookies.concat()
}
