//! Just enough lexing: finds words and brackets, and tells comments, literals and test items from the rest.

use std::ops::Range;

/// Where `what` stands, not as the end of a longer word.
pub(crate) fn occurrences<'a>(code: &'a str, what: &'a str) -> impl Iterator<Item = usize> + 'a {
    let starts_word = what.starts_with(is_word);
    code.match_indices(what)
        .map(|(position, _)| position)
        .filter(move |position| !starts_word || !code[..*position].ends_with(is_word))
}

/// Whether a character may be part of an identifier.
pub(crate) fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

/// The identifier at the start of `code`; empty if there is none.
pub(crate) fn leading_word(code: &str) -> &str {
    &code[..code.find(|c| !is_word(c)).unwrap_or(code.len())]
}

/// The position after the bracket that closes the one at `open`.
pub(crate) fn after_closing(code: &str, open: usize) -> usize {
    let mut depth = 0_usize;
    for (offset, byte) in code.bytes().enumerate().skip(open) {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return offset + 1;
        }
    }
    code.len()
}

/// The text without comments and the insides of literals; and the text without comments only.
pub(crate) fn blank(text: &str) -> (String, String) {
    let (mut code, mut literal) = (text.to_owned(), text.to_owned());
    let mut position = 0;
    while position < text.len() {
        let rest = &text[position..];
        let (length, kind) = token(rest);
        let range = position..position + length;
        match kind {
            Token::Code => {}
            Token::Comment => {
                overwrite(&mut code, range.clone());
                overwrite(&mut literal, range);
            }
            Token::Literal { open, close } => overwrite(&mut code, range.start + open..range.end - close),
        }
        position += length;
    }
    (code, literal)
}

enum Token {
    Code,
    Comment,
    Literal { open: usize, close: usize },
}

/// The length and kind of what `rest` starts with.
fn token(rest: &str) -> (usize, Token) {
    if rest.starts_with("//") {
        return (rest.find('\n').unwrap_or(rest.len()), Token::Comment);
    }
    if rest.starts_with("/*") {
        return (block_comment(rest), Token::Comment);
    }
    if rest.starts_with('\'') {
        return character_or_lifetime(rest);
    }
    let word = leading_word(rest);
    let after = &rest[word.len()..];
    if matches!(word, "r" | "br" | "cr") {
        let hashes = after.len() - after.trim_start_matches('#').len();
        if after[hashes..].starts_with('"') {
            let open = word.len() + hashes + 1;
            let end = format!("\"{}", "#".repeat(hashes));
            let length = rest[open..].find(&end).map_or(rest.len(), |found| open + found + end.len());
            return (length, Token::Literal { open, close: end.len() });
        }
    }
    if matches!(word, "" | "b" | "c") && after.starts_with('"') {
        let open = word.len() + 1;
        return (open + quoted(&rest[open..], '"'), Token::Literal { open, close: 1 });
    }
    let first = rest.chars().next().map_or(1, char::len_utf8);
    (word.len().max(first), Token::Code)
}

fn block_comment(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut position = 0;
    while position < rest.len() {
        let here = &rest.as_bytes()[position..];
        if here.starts_with(b"/*") {
            depth += 1;
            position += 2;
        } else if here.starts_with(b"*/") {
            depth -= 1;
            position += 2;
            if depth == 0 {
                break;
            }
        } else {
            position += 1;
        }
    }
    position
}

fn character_or_lifetime(rest: &str) -> (usize, Token) {
    let inside = &rest[1..];
    let Some(first) = inside.chars().next() else { return (1, Token::Code) };
    if first == '\\' || inside[first.len_utf8()..].starts_with('\'') {
        return (1 + quoted(inside, '\''), Token::Literal { open: 1, close: 1 });
    }
    (1, Token::Code)
}

/// The length up to and with the closing quote.
fn quoted(inside: &str, quote: char) -> usize {
    let mut characters = inside.char_indices();
    while let Some((position, character)) = characters.next() {
        if character == '\\' {
            characters.next();
        } else if character == quote {
            return position + 1;
        }
    }
    inside.len()
}

/// Blanks a range; lines stay.
pub(crate) fn overwrite(text: &mut String, range: Range<usize>) {
    let blanks: String = text[range.clone()].bytes().map(|b| if b == b'\n' { '\n' } else { ' ' }).collect();
    text.replace_range(range, &blanks);
}

/// The ranges of items that exist only in test builds.
pub(crate) fn test_items(code: &str) -> Vec<Range<usize>> {
    let mut items: Vec<Range<usize>> = Vec::new();
    for start in occurrences(code, "#[cfg(test)]").chain(occurrences(code, "#[cfg(all(test,")) {
        items.push(start..item_end(code, start));
    }
    items.sort_by_key(|item| item.start);
    let mut end = 0;
    items.retain(|item| {
        let outermost = item.start >= end;
        end = end.max(item.end);
        outermost
    });
    items
}

fn item_end(code: &str, attribute: usize) -> usize {
    let mut position = attribute;
    while code[position..].starts_with("#[") {
        position = after_closing(code, position + 1);
        position += code[position..].len() - code[position..].trim_start().len();
    }
    while position < code.len() {
        match code.as_bytes()[position] {
            b'(' | b'[' => position = after_closing(code, position),
            b'{' => return after_closing(code, position),
            b';' | b',' => return position + 1,
            b'}' => return position,
            _ => position += 1,
        }
    }
    position
}
