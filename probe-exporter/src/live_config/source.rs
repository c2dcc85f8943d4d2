//! Where the configuration comes from.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::builtin;
use crate::os_words::OsWords;

/// The reference exporter's default for `--config.file`; here it may be absent.
const USUAL_FILE: &str = "blackbox.yml";
/// A longer file is none of ours.
const LONGEST_FILE: u64 = 64 << 20;

/// Why the file cannot be read. Displays in the words of Go.
#[derive(Debug, Error)]
pub(crate) enum ReadError {
    #[error("read {}: longer than {LONGEST_FILE} bytes", .0.display())]
    Length(PathBuf),
    #[error("open {}: {}", path.display(), OsWords(source))]
    Open { path: PathBuf, source: io::Error },
    #[error("read {}: {}", path.display(), OsWords(source))]
    Read { path: PathBuf, source: io::Error },
}

/// Where the configuration comes from. Displays as the name of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The file that the operator named.
    File(PathBuf),
    /// The usual file if it is there, and else what is built in.
    Usual,
}

impl Source {
    /// The file of this name, or the usual place.
    pub(crate) fn at(file: Option<PathBuf>) -> Self {
        file.map_or(Self::Usual, Self::File)
    }

    /// The file it is read from; `None` for what is built in.
    pub(crate) fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Usual => Some(Path::new(USUAL_FILE)).filter(|path| path.exists()),
        }
    }

    /// Its text.
    pub(super) fn read(&self) -> Result<Vec<u8>, ReadError> {
        let Some(path) = self.file() else { return Ok(builtin::MODULES.into()) };
        let owned = || path.to_owned();
        let file = File::open(path).map_err(|source| ReadError::Open { path: owned(), source })?;
        let mut text = Vec::new();
        let read = file.take(LONGEST_FILE + 1).read_to_end(&mut text);
        read.map_err(|source| ReadError::Read { path: owned(), source })?;
        if text.len() as u64 > LONGEST_FILE { Err(ReadError::Length(owned())) } else { Ok(text) }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.file() {
            Some(path) => path.display().fmt(f),
            None => f.write_str("built-in modules"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_named_in_the_words_of_go() {
        for (path, message) in [
            ("", "open : no such file or directory"),
            ("/no/such/file", "open /no/such/file: no such file or directory"),
            ("/proc", "read /proc: is a directory"),
            ("/dev/zero", "read /dev/zero: longer than 67108864 bytes"),
        ] {
            let error = Source::at(Some(path.into())).read().expect_err(path);
            assert_eq!(error.to_string(), message);
        }
    }
}
