//! Colours, and text that cannot bring its own.

use std::fmt::{self, Write};

use super::Style;

#[derive(Clone, Copy)]
pub(super) enum Color {
    Dim,
    Green,
    Red,
}

/// The text in a colour, if the style has colours.
pub(super) fn paint(color: Color, text: &str, style: Style) -> String {
    let code = match color {
        Color::Dim => 2,
        Color::Green => 32,
        Color::Red => 31,
    };
    if style.color { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
}

/// Text from elsewhere, which may be an attacker's: control characters are written as escapes,
/// so that an answer can neither move the cursor nor pretend to be a line of ours.
pub(super) struct Plain<'a>(pub(super) &'a str);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            if character.is_control() {
                write!(f, "{}", character.escape_default())?;
            } else {
                f.write_char(character)?;
            }
        }
        Ok(())
    }
}
