//! Connecting to a unix socket: an approved path, or a name that no file has.

use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use thiserror::Error;
use tokio::net::UnixStream;

use super::Approved;
use crate::model::{Phase, ProbeError, Reason};

/// Connects to a stream socket. On Linux a path that begins with `@` is the name of an abstract socket (unix(7)).
pub async fn connect_unix(path: Approved<PathBuf>) -> Result<UnixStream, UnixDialError> {
    let connected = UnixStream::connect(for_the_system(&path)).await;
    connected.map_err(|source| UnixDialError { path: path.to_path_buf(), source })
}

/// The zero byte is how the kernel, and tokio, mark an abstract name.
fn for_the_system(path: &Path) -> PathBuf {
    let mut bytes = path.as_os_str().as_bytes().to_vec();
    if cfg!(target_os = "linux") && bytes.first() == Some(&b'@') {
        bytes[0] = 0;
    }
    PathBuf::from(OsString::from_vec(bytes))
}

/// Why there is no connection to a unix socket.
#[derive(Debug, Error)]
#[error("{} unix socket {}", self.what_happened(), path.display())]
pub struct UnixDialError {
    /// The path, as it was given.
    pub path: PathBuf,
    /// What the kernel said.
    pub source: io::Error,
}

impl UnixDialError {
    /// The word for reports.
    pub fn reason(&self) -> Reason {
        match self.source.raw_os_error() {
            _ if self.is_permission() => Reason::Privilege,
            // Too long a path, or one with a zero byte: refused before the kernel saw it.
            None => Reason::Target,
            Some(libc::EMFILE | libc::ENFILE | libc::ENOBUFS | libc::ENOMEM) => Reason::Resource,
            Some(_) => Reason::Connect,
        }
    }

    fn what_happened(&self) -> &'static str {
        if self.is_permission() { "permission denied connecting to" } else { "cannot connect to" }
    }

    fn is_permission(&self) -> bool {
        matches!(self.source.raw_os_error(), Some(libc::EACCES | libc::EPERM))
    }
}

impl From<UnixDialError> for ProbeError {
    fn from(error: UnixDialError) -> Self {
        ProbeError::new(error.reason(), Phase::Connect, error.to_string()).caused_by(error.source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_permission_is_told_from_a_refused_connection() {
        let error =
            |number| UnixDialError { path: "/run/x".into(), source: io::Error::from_raw_os_error(number) };
        let cases = [
            (libc::EACCES, Reason::Privilege, "permission denied connecting to unix socket /run/x"),
            (libc::ECONNREFUSED, Reason::Connect, "cannot connect to unix socket /run/x"),
            (libc::EMFILE, Reason::Resource, "cannot connect to unix socket /run/x"),
        ];
        for (number, reason, text) in cases {
            assert_eq!((error(number).reason(), error(number).to_string()), (reason, text.into()));
        }
    }

    #[test]
    fn only_the_first_character_marks_an_abstract_name() {
        for (given, wanted) in [("@a@b", "\0a@b"), ("/a@b", "/a@b"), ("", "")] {
            assert_eq!(for_the_system(Path::new(given)), Path::new(wanted));
        }
    }
}
