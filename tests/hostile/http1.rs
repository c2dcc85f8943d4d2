//! Answers of HTTP/1 that do not end, lie about their length, or come a byte at a time.

use std::io::{self, Write};
use std::net::{Shutdown, TcpStream};

use libtest_mimic::Trial;

use super::attack::{Victim, trial};
use super::server::{Hostile, drip_forever, read_forever, read_head, write_forever};

/// Reads the body to its end and keeps nothing of it.
const PLAIN: Victim = Victim { module: "{prober: http}", target: "http://127.0.0.1:{port}/" };
/// Keeps the body to search it.
const RULE: Victim = Victim {
    module: "{prober: http, http: {fail_if_body_matches_regexp: ['never(a|b)+c']}}",
    target: "http://127.0.0.1:{port}/",
};
/// Keeps the body to evaluate an expression over it.
const JSON: Victim = Victim {
    module: "{prober: http, http: {fail_if_body_json_matches_cel: 'body.never == true'}}",
    target: "http://127.0.0.1:{port}/",
};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("http: silence", PLAIN, &["timeout"], || {
            Hostile::new(|mut stream, _| read_forever(&mut stream))
        }),
        trial("http: an endless status line", PLAIN, &["limit"], || after_head("HTTP/1.1 200 ", "O")),
        trial("http: endless rubbish", PLAIN, &["limit"], || after_head("", "rubbish")),
        trial("http: endless interim answers", PLAIN, &["limit"], || {
            after_head("", "HTTP/1.1 100 Continue\r\n\r\n")
        }),
        trial("http: endless headers", PLAIN, &["limit"], || {
            after_head("HTTP/1.1 200 OK\r\n", "X-Flood: water\r\n")
        }),
        trial("http: an endless header", PLAIN, &["limit"], || {
            after_head("HTTP/1.1 200 OK\r\nX-Flood: ", "water")
        }),
        trial("http: headers a byte at a time", PLAIN, &["timeout"], || {
            dripping("HTTP/1.1 200 OK\r\n", "X-Drop: water\r\n")
        }),
        trial("http: a body a byte at a time", RULE, &["timeout"], || {
            dripping("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", "water")
        }),
        trial("http: an endless body that is not kept", PLAIN, &["timeout"], || {
            after_head(UNTIL_CLOSED, "water")
        }),
        trial("http: an endless body under a rule", RULE, &["limit"], || after_head(UNTIL_CLOSED, "water")),
        trial("http: an endless body under an expression", JSON, &["limit"], || {
            after_head(UNTIL_CLOSED, "[")
        }),
        trial("http: a gigabyte under a rule", RULE, &["limit"], || {
            after_head("HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n", "water")
        }),
        trial("http: a gigabyte that is not kept", PLAIN, &["success", "timeout"], || {
            after_head("HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n", "water")
        }),
        trial("http: an impossible length", RULE, &["protocol"], || {
            after_head("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n", "water")
        }),
        trial("http: endless chunks that are not kept", PLAIN, &["timeout"], || {
            after_head(CHUNKED, "1\r\nx\r\n")
        }),
        trial("http: endless chunks under a rule", RULE, &["limit", "timeout"], || {
            after_head(CHUNKED, "1\r\nx\r\n")
        }),
        trial("http: an endless chunk size", PLAIN, &["protocol"], || after_head(CHUNKED, "0")),
        trial("http: an endless chunk extension", PLAIN, &["protocol"], || after_head(&chunked("1;"), "x")),
        trial("http: a chunk larger than all memory", RULE, &["limit"], || {
            after_head(&chunked("fffffffffffffff\r\n"), "water")
        }),
        trial("http: endless trailers", PLAIN, &["protocol"], || {
            after_head(&chunked("0\r\n"), "X-Flood: water\r\n")
        }),
        trial("http: another protocol without an end", PLAIN, &["expectation", "timeout"], || {
            after_head(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
                "water",
            )
        }),
        trial("http: a side that is closed at once", PLAIN, &["connect"], || {
            Hostile::new(|mut stream, _| {
                stream.shutdown(Shutdown::Write)?;
                read_forever(&mut stream)
            })
        }),
        trial("http: a side that is closed within the head", PLAIN, &["connect"], || {
            closing("HTTP/1.1 200 OK\r\nContent-")
        }),
        trial("http: a side that is closed within the body", PLAIN, &["protocol"], || {
            closing("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nwater")
        }),
        trial("http: a side that is closed within a chunk", PLAIN, &["protocol"], || {
            closing("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nwater")
        }),
    ]
}

/// A body that ends with the connection.
const UNTIL_CLOSED: &str = "HTTP/1.1 200 OK\r\n\r\n";
const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

fn chunked(beginning: &str) -> String {
    format!("{CHUNKED}{beginning}")
}

/// Answers a request with a beginning, and then the same without end.
fn after_head(beginning: &str, repeated: &'static str) -> Hostile {
    let beginning = beginning.to_owned();
    Hostile::new(move |mut stream, _| {
        read_head(&mut stream)?;
        stream.write_all(beginning.as_bytes())?;
        write_forever(&mut stream, repeated.as_bytes())
    })
}

/// The same a byte at a time.
fn dripping(beginning: &'static str, repeated: &'static str) -> Hostile {
    Hostile::new(move |mut stream, _| {
        read_head(&mut stream)?;
        stream.write_all(beginning.as_bytes())?;
        drip_forever(&mut stream, repeated.as_bytes())
    })
}

/// Answers a request with this, ends, and goes on listening.
fn closing(answer: &'static str) -> Hostile {
    let behaviour = move |mut stream: TcpStream| -> io::Result<()> {
        read_head(&mut stream)?;
        stream.write_all(answer.as_bytes())?;
        stream.shutdown(Shutdown::Write)?;
        read_forever(&mut stream)
    };
    Hostile::new(move |stream, _| behaviour(stream))
}
