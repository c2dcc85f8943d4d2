//! Ready-made dialogues for protocols in which one side greets.

/// A step of a ready-made dialogue: the expression a line must match, and the answer to it; either may be empty.
pub(super) type Exchange = (&'static str, &'static str);

/// The dialogues by name. Where its protocol has a word for it, a dialogue ends the session.
pub(super) const PRESETS: [(&str, &[Exchange]); 6] = [
    // RFC 959 section 4.2: in a greeting of several lines only the last has a blank behind its code.
    ("ftp", &[("^220 ", "QUIT\r"), ("^221[ -]", "")]),
    // RFC 9051 sections 6.1.3 and 7.1
    ("imap", &[(r"^\* (OK|PREAUTH)", "a1 LOGOUT\r"), ("^a1 OK", "")]),
    // RFC 1939 section 4
    ("pop3", &[(r"^\+OK", "QUIT\r"), (r"^\+OK", "")]),
    // An inline command of the Redis protocol, answered with a simple string.
    ("redis_ping", &[("", "PING\r"), (r"^\+PONG$", "")]),
    // RFC 5321 section 4.3.1. EHLO names a domain; this one is nobody's (RFC 2606).
    ("smtp", &[("^220 ", "EHLO probe.invalid\r"), ("^250 ", "QUIT\r"), ("^221[ -]", "")]),
    // RFC 4253 section 4.2: the server may send other lines before its version, and both sides send theirs.
    ("ssh_banner", &[(r"^SSH-(1\.99|2\.0)-", "SSH-2.0-probe\r")]),
];
