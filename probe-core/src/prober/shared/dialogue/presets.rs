//! Ready-made dialogues for protocols in which one side greets.

/// A step of a ready-made dialogue.
#[derive(Clone, Copy)]
pub(super) enum Exchange {
    /// The bytes that must come, with the bits of them that count, and the answer; any of them may be empty.
    Bytes { expect: &'static [u8], mask: &'static [u8], send: &'static [u8] },
    /// The expression that a line must match, and the answer to it; either may be empty.
    Line(&'static str, &'static str),
    /// On over TLS.
    Tls,
}

use Exchange::{Bytes, Line, Tls};

/// The dialogues by name. Where its protocol has a word for it, a dialogue ends the session.
pub(super) const PRESETS: [(&str, &[Exchange]); 14] = [
    // RFC 959 section 4.2: in a greeting of several lines only the last has a blank behind its code.
    ("ftp", &[Line("^220 ", "QUIT\r"), Line("^221[ -]", "")]),
    // RFC 4217 section 4
    (
        "ftp_starttls",
        &[Line("^220 ", "AUTH TLS\r"), Line("^234[ -]", ""), Tls, Line("", "QUIT\r"), Line("^221[ -]", "")],
    ),
    // RFC 9051 sections 6.1.3 and 7.1
    ("imap", &[Line(r"^\* (OK|PREAUTH)", "a1 LOGOUT\r"), Line("^a1 OK", "")]),
    // RFC 9051 section 6.2.1
    (
        "imap_starttls",
        &[
            Line(r"^\* OK", "a1 STARTTLS\r"),
            Line("^a1 OK", ""),
            Tls,
            Line("", "a2 LOGOUT\r"),
            Line("^a2 OK", ""),
        ],
    ),
    // MQTT 3.1.1 sections 3.1, 3.2 and 3.14: a session without a name and without credentials, accepted, and ended.
    (
        "mqtt",
        &[
            Bytes { expect: b"", mask: b"", send: b"\x10\x0c\0\x04MQTT\x04\x02\0\x3c\0\0" },
            Bytes { expect: b"\x20\x02\0\0", mask: b"", send: b"\xe0\0" },
        ],
    ),
    // The server's greeting: a packet of any length with number 0, and version 10 of the protocol. Servers count clients that
    // leave then, and refuse a host after `max_connect_errors` of them in a row.
    ("mysql", &[Bytes { expect: b"\0\0\0\0\x0a", mask: b"\0\0\0\xff\xff", send: b"" }]),
    // RFC 1939 section 4
    ("pop3", &[Line(r"^\+OK", "QUIT\r"), Line(r"^\+OK", "")]),
    // RFC 2595 section 4
    (
        "pop3_starttls",
        &[Line(r"^\+OK", "STLS\r"), Line(r"^\+OK", ""), Tls, Line("", "QUIT\r"), Line(r"^\+OK", "")],
    ),
    // SSLRequest, to which a server says `S` or `N`; the mask is of the bits in which they are alike.
    (
        "postgresql",
        &[
            Bytes { expect: b"", mask: b"", send: SSL_REQUEST },
            Bytes { expect: b"S", mask: b"\xe2", send: b"" },
        ],
    ),
    (
        "postgresql_starttls",
        &[
            Bytes { expect: b"", mask: b"", send: SSL_REQUEST },
            Bytes { expect: b"S", mask: b"", send: b"" },
            Tls,
        ],
    ),
    // An inline command of the Redis protocol, answered with a simple string.
    ("redis_ping", &[Line("", "PING\r"), Line(r"^\+PONG$", "")]),
    // RFC 5321 section 4.3.1. EHLO names a domain; this one is nobody's (RFC 2606).
    ("smtp", &[Line("^220 ", "EHLO probe.invalid\r"), Line("^250 ", "QUIT\r"), Line("^221[ -]", "")]),
    // RFC 3207 section 4
    (
        "smtp_starttls",
        &[
            Line("^220 ", "EHLO probe.invalid\r"),
            Line("(?i)^250[ -]STARTTLS", "STARTTLS\r"),
            Line("^220 ", ""),
            Tls,
            Line("", "EHLO probe.invalid\r"),
            Line("^250 ", "QUIT\r"),
            Line("^221[ -]", ""),
        ],
    ),
    // RFC 4253 section 4.2: the server may send other lines before its version, and both sides send theirs.
    ("ssh_banner", &[Line(r"^SSH-(1\.99|2\.0)-", "SSH-2.0-probe\r")]),
];

/// A message of eight bytes whose number stands for "may we speak TLS?" (PostgreSQL, Message Formats).
const SSL_REQUEST: &[u8] = b"\0\0\0\x08\x04\xd2\x16\x2f";
