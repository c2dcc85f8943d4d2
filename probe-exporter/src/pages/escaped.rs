//! Text inside HTML.

use std::fmt::{self, Write};

/// Displays text so that HTML shows it as it is, in elements and in quoted attributes, with the entities that the reference
/// exporter uses.
pub(crate) struct Escaped<'a>(pub(crate) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&#34;")?,
                '\'' => f.write_str("&#39;")?,
                '\0' => f.write_char('\u{fffd}')?,
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

/// Displays at most so many characters of a text, escaped; an ellipsis stands for the rest.
pub(super) struct Cut<'a>(pub(super) &'a str, pub(super) usize);

impl fmt::Display for Cut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.char_indices().nth(self.1) {
            Some((end, _)) => write!(f, "{}…", Escaped(&self.0[..end])),
            None => Escaped(self.0).fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_text_is_markup() {
        assert_eq!(Escaped("<a href='x\"'>&\0").to_string(), "&lt;a href=&#39;x&#34;&#39;&gt;&amp;\u{fffd}");
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(Cut("äöü<", 3).to_string(), "äöü…");
        assert_eq!(Cut("äöü<", 4).to_string(), "äöü&lt;");
    }
}
