//! The head of a request.

use super::head::is_value;

/// Fields that are not taken from [`RequestHead::fields`]: they follow from the rest of the request.
const OWN: [&str; 5] = ["Content-Length", "Host", "Trailer", "Transfer-Encoding", "User-Agent"];
/// What a request with one of these methods says of its length even without a body.
const WITH_BODY: [&str; 3] = ["PATCH", "POST", "PUT"];

/// The head of a request.
#[derive(Clone, Copy, Debug)]
pub struct RequestHead<'a> {
    /// The method, verbatim.
    pub method: &'a str,
    /// Path and query, or whatever else is asked for.
    pub target: &'a [u8],
    /// The value of `Host`.
    pub host: &'a str,
    /// Names, as they are sent, and values. An empty `User-Agent` is left out.
    pub fields: &'a [(String, Vec<u8>)],
    /// How the body is framed.
    pub body: RequestBody,
    /// What becomes of the connection.
    pub connection: Connection,
}

/// How the body of a request is framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestBody {
    /// In chunks, its length being unknown.
    Chunked,
    /// There is none.
    Empty,
    /// So many bytes.
    Length(u64),
}

/// What becomes of the connection after the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// It is to be closed; said unless the fields speak of it.
    Close,
    /// It stays open.
    Keep,
}

impl RequestHead<'_> {
    /// Appends the head, the empty line included.
    pub fn emit(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.method.as_bytes());
        out.push(b' ');
        out.extend_from_slice(self.target);
        out.extend_from_slice(b" HTTP/1.1\r\n");
        field(out, "Host", self.host.as_bytes());
        if let Some(agent) = self.values("User-Agent").next().map(<[u8]>::trim_ascii)
            && !agent.is_empty()
        {
            field(out, "User-Agent", agent);
        }
        match self.body {
            RequestBody::Chunked => field(out, "Transfer-Encoding", b"chunked"),
            RequestBody::Length(length) => field(out, "Content-Length", length.to_string().as_bytes()),
            RequestBody::Empty if WITH_BODY.contains(&self.method) => field(out, "Content-Length", b"0"),
            RequestBody::Empty => {}
        }
        for (name, value) in self.fields {
            if !OWN.iter().any(|own| own.eq_ignore_ascii_case(name)) {
                field(out, name, value.trim_ascii());
            }
        }
        if self.connection == Connection::Close && !self.speaks_of_connection() {
            field(out, "Connection", b"close");
        }
        out.extend_from_slice(b"\r\n");
    }

    /// Whether the fields say that the connection is to be closed, or turned into one of another protocol.
    fn speaks_of_connection(&self) -> bool {
        let says = |word: &str| self.values("Connection").any(|value| has_word(value, word));
        says("close") || (says("upgrade") && self.values("Upgrade").any(|value| !value.is_empty()))
    }

    fn values(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        let named = self.fields.iter().filter(move |(other, _)| other.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_slice())
    }
}

/// Whether a comma-separated list has a word, in any case.
pub(super) fn has_word(list: &[u8], word: &str) -> bool {
    list.split(|&byte| byte == b',').any(|part| part.trim_ascii().eq_ignore_ascii_case(word.as_bytes()))
}

fn field(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    debug_assert!(is_value(value), "checked by whoever made the request");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn emit(method: &str, fields: &[(&str, &str)], body: RequestBody) -> String {
        let fields: Vec<_> =
            fields.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect();
        let head = RequestHead {
            method,
            target: b"/a?b",
            host: "web.example:8080",
            fields: &fields,
            body,
            connection: Connection::Close,
        };
        let mut out = Vec::new();
        head.emit(&mut out);
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn says_host_agent_and_length_first_and_close_last() {
        assert_eq!(
            emit(
                "POST",
                &[("x-one", " 1 "), ("user-agent", "a/1"), ("Content-Length", "9")],
                RequestBody::Length(4)
            ),
            "POST /a?b HTTP/1.1\r\nHost: web.example:8080\r\nUser-Agent: a/1\r\nContent-Length: 4\r\nx-one: 1\r\nConnection: close\r\n\r\n"
        );
    }

    #[test]
    fn an_empty_agent_is_none() {
        let text = emit("GET", &[("User-Agent", "")], RequestBody::Empty);
        assert_eq!(text, "GET /a?b HTTP/1.1\r\nHost: web.example:8080\r\nConnection: close\r\n\r\n");
    }

    #[test]
    fn no_body_has_a_length_where_one_is_expected() {
        for (method, said) in
            [("POST", true), ("PUT", true), ("PATCH", true), ("GET", false), ("post", false)]
        {
            assert_eq!(emit(method, &[], RequestBody::Empty).contains("Content-Length: 0"), said, "{method}");
        }
        assert!(emit("POST", &[], RequestBody::Chunked).contains("Transfer-Encoding: chunked\r\n"));
    }

    #[test]
    fn close_is_said_once_and_not_with_an_upgrade() {
        for (fields, said) in [
            (&[("Connection", "x, Close")][..], false),
            (&[("Connection", "keep-alive")], true),
            (&[("Connection", "upgrade")], true),
            (&[("connection", "Upgrade"), ("Upgrade", "websocket")], false),
        ] {
            assert_eq!(
                emit("GET", fields, RequestBody::Empty).contains("Connection: close"),
                said,
                "{fields:?}"
            );
        }
    }
}
