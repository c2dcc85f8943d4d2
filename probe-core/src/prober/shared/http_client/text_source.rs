//! Reads texts that may be secret, at the time of the request.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::settings::TextSource;
use crate::model::{Phase, ProbeError, Reason};

/// Longest text: no password, token or key comes near.
const LONGEST: u64 = 1 << 20;

impl TextSource {
    /// The text. `what` says for people what it is.
    pub(crate) fn read(&self, what: &str) -> Result<String, ProbeError> {
        match self {
            Self::File(path) => read_text(path, what),
            Self::Inline(text) => Ok(text.expose().to_owned()),
            Self::Reference(_) => {
                let detail = format!("cannot read the {what}: there is no secret store");
                Err(ProbeError::new(Reason::Configuration, Phase::Setup, detail))
            }
        }
    }
}

/// What an optional text says; nothing if it is absent.
pub(super) fn read_optional(source: Option<&TextSource>, what: &str) -> Result<String, ProbeError> {
    source.map_or_else(|| Ok(String::new()), |source| source.read(what))
}

/// The text of a file, blanks around it removed.
pub(crate) fn read_text(path: &Path, what: &str) -> Result<String, ProbeError> {
    match read(path) {
        Ok(text) => Ok(text.trim().to_owned()),
        Err(error) => {
            let detail = format!("cannot read the {what} from {}", path.display());
            Err(ProbeError::new(Reason::Configuration, Phase::Setup, detail).caused_by(error))
        }
    }
}

/// Reads a file that may be anything. A pipe that nobody writes into holds nobody up.
fn read(path: &Path) -> io::Result<String> {
    let file = File::options().read(true).custom_flags(libc::O_NONBLOCK).open(path)?;
    let mut text = String::new();
    if file.take(LONGEST + 1).read_to_string(&mut text)? as u64 > LONGEST {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is longer than 1 MiB"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Secret;

    #[test]
    fn files_are_trimmed_and_inline_text_is_not() {
        let path = std::env::temp_dir().join(format!("text-source-{}", std::process::id()));
        std::fs::write(&path, " s3cret\n").expect("a file");
        assert_eq!(TextSource::File(path.clone()).read("password").ok().as_deref(), Some("s3cret"));
        std::fs::remove_file(&path).expect("the file is there");
        assert_eq!(TextSource::Inline(Secret::new(" a ")).read("password").ok().as_deref(), Some(" a "));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let missing = TextSource::File("/nonexistent/password".into()).read("password").expect_err("no file");
        assert_eq!(missing.reason, Reason::Configuration);
        assert_eq!(missing.detail, "cannot read the password from /nonexistent/password");
        assert!(TextSource::File("/dev/zero".into()).read("password").is_err());
        assert!(TextSource::Reference("name".into()).read("password").is_err());
    }
}
