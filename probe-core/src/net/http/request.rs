//! What is asked for.

use std::fs::File;
use std::io::{self, Read};

use bytes::Bytes;
use http::Uri;
use http::header::CONTENT_LENGTH;

use super::{Fields, HttpError};
use crate::wire::http1::{RequestBody, is_token};
use crate::wire::url::Url;

/// What is asked for.
#[derive(Debug)]
pub struct Request<'a> {
    /// The method, sent verbatim.
    pub method: &'a str,
    /// What is asked for, of its origin.
    pub url: &'a Url,
    /// The host to name: `Host`, or `:authority`. Usually that of the URL.
    pub host: &'a str,
    /// The header fields, but for those that follow from the rest: host, length and transfer encoding.
    pub fields: &'a Fields,
    /// The body.
    pub content: RequestContent,
}

impl Request<'_> {
    /// Fails where the request could not be read by anybody. Sending does so too, but connects first.
    pub fn check(&self) -> Result<(), HttpError> {
        if !is_token(self.method.as_bytes()) {
            return Err(HttpError::Method(self.method.to_owned()));
        }
        self.fields.check()
    }

    /// The head for HTTP/2 and HTTP/3, with the length of its content.
    pub(super) fn to_http(&self, content: &RequestContent) -> Result<http::Request<()>, HttpError> {
        let target: Vec<u8> = self.url.request_target().into_iter().flat_map(escaped).collect();
        let uri = Uri::builder()
            .scheme(self.url.scheme.as_str())
            .authority(self.ascii_host())
            .path_and_query(target);
        let mut request = http::Request::builder()
            .method(self.method)
            .uri(uri.build().map_err(HttpError::Url)?)
            .body(())
            .map_err(HttpError::Url)?;
        *request.headers_mut() = self.fields.to_map()?;
        let length = match content.framing() {
            RequestBody::Length(length) => Some(length),
            RequestBody::Empty if matches!(self.method, "PATCH" | "POST" | "PUT") => Some(0),
            RequestBody::Chunked | RequestBody::Empty => None,
        };
        if let Some(length) = length {
            request.headers_mut().insert(CONTENT_LENGTH, length.into());
        }
        Ok(request)
    }

    /// The host to name, in ASCII and without a zone, which means something on this host only (RFC 6874 section 4). Nothing
    /// where it has characters that no host has, as the reference exporter does.
    pub(super) fn ascii_host(&self) -> String {
        let host = match (self.host.find('%'), self.host.find(']')) {
            (Some(zone), Some(end)) if zone < end => format!("{}{}", &self.host[..zone], &self.host[end..]),
            _ => self.host.to_owned(),
        };
        if host.is_ascii() {
            let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=:[]".contains(&byte);
            return if host.bytes().all(is_host) { host } else { String::new() };
        }
        let (name, port) = match host.rfind(':') {
            Some(colon) => host.split_at(colon),
            None => (host.as_str(), ""),
        };
        idna::domain_to_ascii(name).map(|name| name + port).unwrap_or(host)
    }
}

/// A byte of a path or a query, escaped where HTTP/2 and HTTP/3 need it although people write it plainly.
fn escaped(byte: u8) -> impl Iterator<Item = u8> {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";

    let escape = [b'%', DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]];
    let is_plain = byte.is_ascii_graphic() && !b"\"#<>".contains(&byte);
    let (plain, escape) = if is_plain { (Some(byte), None) } else { (None, Some(escape)) };
    plain.into_iter().chain(escape.into_iter().flatten())
}

/// The body of a request.
#[derive(Debug, Default)]
pub enum RequestContent {
    /// These bytes.
    Bytes(Bytes),
    /// None.
    #[default]
    Empty,
    /// What the file yields, its length unknown.
    File(File),
}

impl RequestContent {
    /// Opens a file to be sent. One that nobody writes into holds nobody up.
    pub fn open(path: &std::path::Path) -> io::Result<Self> {
        use std::os::unix::fs::OpenOptionsExt;

        let file = File::options().read(true).custom_flags(libc::O_NONBLOCK).open(path)?;
        Ok(Self::File(file))
    }

    /// How HTTP/1 frames it.
    pub(super) fn framing(&self) -> RequestBody {
        match self {
            Self::Bytes(bytes) if bytes.is_empty() => RequestBody::Empty,
            Self::Bytes(bytes) => RequestBody::Length(bytes.len() as u64),
            Self::Empty => RequestBody::Empty,
            Self::File(_) => RequestBody::Chunked,
        }
    }

    /// The next bytes; `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Bytes>> {
        const PIECE: usize = 16 << 10;

        match self {
            Self::Bytes(bytes) => Ok(Some(std::mem::take(bytes)).filter(|bytes| !bytes.is_empty())),
            Self::Empty => Ok(None),
            Self::File(file) => {
                let mut piece = vec![0; PIECE];
                let length = file.read(&mut piece)?;
                piece.truncate(length);
                Ok(Some(piece.into()).filter(|piece: &Bytes| !piece.is_empty()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(host: &str) -> String {
        let (url, fields) = (Url::default(), Fields::default());
        Request { method: "GET", url: &url, host, fields: &fields, content: RequestContent::Empty }
            .ascii_host()
    }

    #[test]
    fn hosts_are_ascii_and_without_a_zone() {
        for (written, sent) in [
            ("web.example:80", "web.example:80"),
            ("[fe80::1%lo]:80", "[fe80::1]:80"),
            ("bücher.example:80", "xn--bcher-kva.example:80"),
            ("[::1]", "[::1]"),
            ("a b", ""),
            ("a\r\nb", ""),
        ] {
            assert_eq!(host(written), sent, "{written}");
        }
    }

    #[test]
    fn methods_that_break_the_message_are_refused() {
        let (url, fields) = (Url::default(), Fields::default());
        for (method, good) in [("get", true), ("GE T", false), ("", false), ("G\r\nET", false)] {
            let content = RequestContent::Empty;
            let request = Request { method, url: &url, host: "h", fields: &fields, content };
            assert_eq!(request.check().is_ok(), good, "{method:?}");
        }
    }
}
