//! Where the outside reaches the exporter, and what its own paths begin with.

mod go_url;

use std::fmt;
use std::path::Path;

use probe_core::model::{HostPort, TargetError};
use thiserror::Error;

use self::go_url::{GoUrl, UrlError};

pub(crate) use self::go_url::PATH;

/// Why the external URL cannot be determined. Displays in the reference exporter's words.
#[derive(Debug, Error)]
pub(crate) enum ExternalUrlError {
    #[error(transparent)]
    Address(#[from] TargetError),
    #[error("missing port in address")]
    NoAddress,
    #[error("URL must not begin or end with quotes")]
    Quotes,
    #[error(transparent)]
    Url(#[from] UrlError),
}

/// Where the outside reaches the exporter. Displays as a URL without a closing slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ExternalUrl(GoUrl);

impl ExternalUrl {
    /// The URL as the operator wrote it. Made of the host's name and the port of `listen_address` if that is empty.
    pub(crate) fn determine(
        written: &str,
        listen_address: &str,
        host_name: &str,
    ) -> Result<Self, ExternalUrlError> {
        if is_quoted(written) {
            return Err(ExternalUrlError::Quotes);
        }
        let mut url = if !written.is_empty() {
            GoUrl::parse(written)?
        } else if listen_address.is_empty() {
            return Err(ExternalUrlError::NoAddress);
        } else {
            let port = HostPort::parse(listen_address)?.port;
            GoUrl::parse(&format!("http://{host_name}:{port}/"))?
        };
        url.path = with_leading_slash(url.path.trim_end_matches('/'));
        Ok(Self(url))
    }

    /// What every path served begins with: `/`, or `/x/`. The operator's word for it wins over the URL's path.
    pub(crate) fn route_prefix(&self, written: &str) -> String {
        let path = if written.is_empty() { self.0.path.as_str() } else { written };
        match path.trim_matches('/') {
            "" => "/".to_owned(),
            inner => format!("/{inner}/"),
        }
    }
}

impl fmt::Display for ExternalUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A slip of the shell that would otherwise be part of every link.
fn is_quoted(text: &str) -> bool {
    text.starts_with(['"', '\'']) || text.ends_with(['"', '\''])
}

fn with_leading_slash(path: &str) -> String {
    if path.is_empty() || path.starts_with('/') { path.to_owned() } else { format!("/{path}") }
}

/// The name of this host, as the kernel has it.
pub(crate) fn host_name() -> std::io::Result<String> {
    let name = std::fs::read_to_string(Path::new("/proc/sys/kernel/hostname"))?;
    Ok(name.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn determined(written: &str, prefix: &str) -> (String, String) {
        let url = ExternalUrl::determine(written, "127.0.0.1:9115", "host").expect(written);
        (url.to_string(), url.route_prefix(prefix))
    }

    #[test]
    fn url_and_prefix_follow_from_what_was_written() {
        for (written, prefix, url, routes) in [
            ("", "", "http://host:9115", "/"),
            ("", "bb//", "http://host:9115", "/bb/"),
            ("http://e", "", "http://e", "/"),
            ("http://e/bb/", "", "http://e/bb", "/bb/"),
            ("https://e/public", "/bb", "https://e/public", "/bb/"),
            ("http://e/bb", "/", "http://e/bb", "/"),
            ("http://e/a//b///?q=1#frag", "", "http://e/a//b?q=1#frag", "/a//b/"),
            ("foo/bar", "", "/foo/bar", "/foo/bar/"),
            ("//h/x/", "", "//h/x", "/x/"),
            ("http://e/a b", "", "http://e/a%20b", "/a b/"),
            ("http://e/a%20b", "", "http://e/a%20b", "/a b/"),
            ("http://a--b/", "//", "http://a--b", "/"),
            ("http://u:p@h@/x", "", "http://u:p@h@/x", "/x/"),
        ] {
            assert_eq!(
                determined(written, prefix),
                (url.to_owned(), routes.to_owned()),
                "{written} {prefix}"
            );
        }
    }

    #[test]
    fn what_is_wrong_is_said_in_the_words_of_the_reference() {
        for (written, address, message) in [
            ("'http://x'", ":1", "URL must not begin or end with quotes"),
            ("http://x\"", ":1", "URL must not begin or end with quotes"),
            ("", "foo", "address foo: missing port in address"),
            ("", "", "missing port in address"),
            ("", "1.2.3.4:word", "parse \"http://host:word/\": invalid port \":word\" after host"),
            ("http://[::1", ":1", "parse \"http://[::1\": missing ']' in host"),
        ] {
            let error = ExternalUrl::determine(written, address, "host").expect_err(message);
            assert_eq!(error.to_string(), message);
        }
    }
}
