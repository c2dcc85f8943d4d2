//! Errors of the operating system in the words that Go prints: those of the C library in lower case, and no number.

use std::error::Error;
use std::fmt;
use std::io;

/// Displays `no such file or directory` where Rust says `No such file or directory (os error 2)`.
pub(crate) struct OsWords<'a>(pub(crate) &'a io::Error);

impl fmt::Display for OsWords<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string();
        let words = match (self.0.raw_os_error(), text.rfind(" (os error")) {
            (Some(_), Some(end)) => &text[..end],
            _ => return f.write_str(&text),
        };
        f.write_str(&words.to_lowercase())
    }
}

/// An error with its causes.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        match inner.downcast_ref::<io::Error>() {
            Some(error) => text.push_str(&OsWords(error).to_string()),
            None => text.push_str(&inner.to_string()),
        }
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_is_left_out() {
        assert_eq!(OsWords(&io::Error::from_raw_os_error(2)).to_string(), "no such file or directory");
        assert_eq!(OsWords(&io::Error::other("Of our own")).to_string(), "Of our own");
    }
}
