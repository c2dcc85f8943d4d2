//! Groups: how they open, and what a repetition behind one would multiply.

use super::error::{PatternError, Problem};
use super::repetition::{MOST, Repetition};

/// How a group opens.
pub(super) enum Opening {
    /// A capturing group, perhaps with a name.
    Capture(Option<String>),
    /// No group: flags for the rest of the current one.
    Flags(String),
    /// A group that captures nothing, with flags.
    Plain(String),
}

/// Reads what begins with `(`.
pub(super) fn read(text: &str) -> Result<(Opening, &str), PatternError> {
    let Some(special) = text.strip_prefix("(?") else {
        return Ok((Opening::Capture(None), &text[1..]));
    };
    let named = special.strip_prefix("P<").or_else(|| special.strip_prefix('<'));
    match named.filter(|named| !named.is_empty()) {
        Some(named) => read_named(text, named),
        None => read_flags(text, special),
    }
}

fn read_named<'s>(text: &'s str, named: &'s str) -> Result<(Opening, &'s str), PatternError> {
    let (name, rest) = named.split_once('>').ok_or_else(|| Problem::GroupName.in_fragment(text))?;
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !is_name {
        return Err(Problem::GroupName.in_fragment(&text[..text.len() - rest.len()]));
    }
    Ok((Opening::Capture(Some(name.to_owned())), rest))
}

/// `ims`, `i-s`, `-U`, or nothing at all. Go lets a flag be repeated, and be set and cleared at once: then it is cleared.
fn read_flags<'s>(text: &'s str, special: &'s str) -> Result<(Opening, &'s str), PatternError> {
    let refused = || Problem::PerlSyntax.in_fragment(text);
    let end = special.find([':', ')']).ok_or_else(refused)?;
    let (written, rest) = special.split_at(end);
    let (set, cleared) = match written.split_once('-') {
        Some((_, "")) => return Err(refused()),
        Some((set, cleared)) => (set, cleared),
        None => (written, ""),
    };
    if !set.chars().chain(cleared.chars()).all(|flag| "imsU".contains(flag)) {
        return Err(refused());
    }
    let mut flags: String =
        "imsU".chars().filter(|flag| set.contains(*flag) && !cleared.contains(*flag)).collect();
    if !cleared.is_empty() {
        flags.push('-');
        flags.extend("imsU".chars().filter(|flag| cleared.contains(*flag)));
    }
    let opening = if rest.starts_with(':') { Opening::Plain(flags) } else { Opening::Flags(flags) };
    Ok((opening, &rest[1..]))
}

/// What has been read of a group: enough to judge repetitions as Go does.
#[derive(Default)]
pub(super) struct Group {
    /// The product of nested counts in the heaviest thing of the group, the last one excepted.
    heaviest: u32,
    /// The same of the last thing, which is what a repetition would repeat.
    last: Option<u32>,
}

impl Group {
    /// One thing was read that a repetition may follow.
    pub(super) fn atom(&mut self) {
        self.settle();
        self.last = Some(1);
    }

    /// A group was read to its end.
    pub(super) fn group(&mut self, mut inside: Self) {
        inside.settle();
        self.settle();
        self.last = Some(inside.heaviest.max(1));
    }

    /// What was read cannot be repeated any more: an alternative or flags came after it.
    /// (Go would repeat what is before the flags; see `docs/REGEX.md`.)
    pub(super) fn settle(&mut self) {
        self.heaviest = self.heaviest.max(self.last.take().unwrap_or_default());
    }

    /// A repetition of the last thing. Counts within counts may not multiply to more than a thousand.
    pub(super) fn repeat(&mut self, repetition: &Repetition) -> Result<(), Problem> {
        let weight = self.last.ok_or(Problem::RepetitionArgument)?;
        let Some(count) = repetition.heaviest_count() else { return Ok(()) };
        let heavier = if count == 0 { 1 } else { weight * count };
        if heavier > MOST {
            return Err(Problem::RepetitionCount);
        }
        self.last = Some(heavier);
        Ok(())
    }
}
