//! Redirects that do not end, come slowly, lead far, or bring luggage.

use std::io::{self, Write};
use std::net::TcpStream;

use libtest_mimic::Trial;

use super::attack::{Victim, trial};
use super::server::{Hostile, Surroundings, pause, read_head};

const PLAIN: Victim = Victim { module: "{prober: http}", target: "http://127.0.0.1:{port}/" };

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("redirects: a loop across hosts", PLAIN, &["expectation", "limit"], || {
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
        trial("redirects: a location of a megabyte", PLAIN, &["expectation", "limit", "protocol"], || {
            Hostile::new(|mut stream, _| answer(&mut stream, &format!("/{}", "a".repeat(1 << 20)), ""))
        }),
        trial("redirects: a loop with a flood of cookies", PLAIN, &["expectation", "limit"], || {
            Hostile::new(|mut stream, here| {
                let cookies = cookies(here, 200);
                answer(&mut stream, "/again", &cookies)
            })
        }),
        trial("redirects: a flood of cookies in each answer", PLAIN, &["expectation", "limit"], || {
            Hostile::new(|mut stream, here| {
                let cookies = cookies(here, 100_000);
                answer(&mut stream, "/again", &cookies)
            })
        }),
    ]
}

/// A redirect, with further headers.
fn answer(stream: &mut TcpStream, location: &str, further: &str) -> io::Result<()> {
    read_head(stream)?;
    write!(stream, "HTTP/1.1 302 Found\r\nLocation: {location}\r\n{further}Content-Length: 0\r\n\r\n")
}

/// So many cookies of their own names, half a kilobyte each; other names for every connection.
fn cookies(here: &Surroundings, count: usize) -> String {
    let value = "v".repeat(500);
    let first = here.visit * count;
    let cookies: Vec<_> =
        (first..first + count).map(|number| format!("Set-Cookie: c{number}={value}; Path=/\r\n")).collect();
    cookies.concat()
}
