//! Options as `getopt_long` reads them, which is what plugins and `fping` do.

use thiserror::Error;

/// An option.
pub(crate) struct Opt {
    /// Its letter, which is also what it is asked for by; one beyond ASCII if it has a long name only.
    pub(crate) short: char,
    pub(crate) long: &'static str,
    /// What its value is called; empty if it takes none, in brackets if it may be left out.
    pub(crate) value: &'static str,
    pub(crate) help: &'static str,
}

impl Opt {
    /// Whether a value can only be in the same word, as in `--ssl=1.2`.
    fn may_lack_value(&self) -> bool {
        self.value.starts_with('[')
    }
}

/// Why options cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum OptionError {
    #[error("option --{0} may be several")]
    Ambiguous(String),
    #[error("--{0} wants a value")]
    LacksValue(&'static str, char),
    #[error("--{0} takes no value")]
    TakesNoValue(&'static str, char),
    #[error("unknown option {}{name}", dashes(.name))]
    Unknown { name: String },
}

/// What is before a name: one letter has one dash.
fn dashes(name: &str) -> &'static str {
    if name.chars().count() == 1 { "-" } else { "--" }
}

/// The options of a command line, in their order, and the other words.
pub(crate) struct Options {
    given: Vec<(char, String)>,
    pub(crate) words: Vec<String>,
}

impl Options {
    /// Reads them.
    pub(crate) fn read(words: Vec<String>, known: &[Opt]) -> Result<Self, OptionError> {
        let mut options = Self { given: Vec::new(), words: Vec::new() };
        let mut rest = words.into_iter();
        while let Some(word) = rest.next() {
            if word == "--" {
                options.words.extend(rest.by_ref());
            } else if let Some(long) = word.strip_prefix("--") {
                let (name, value) =
                    long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value.to_owned())));
                let option = find_long(name, known)?;
                options.add(option, value, &mut rest)?;
            } else if word.len() > 1
                && word.starts_with('-')
                && !word[1..].starts_with(|first: char| first.is_ascii_digit() && !"46".contains(first))
            {
                options.read_short(&word[1..], known, &mut rest)?;
            } else {
                options.words.push(word);
            }
        }
        Ok(options)
    }

    /// `-4vH host` is three options.
    fn read_short(
        &mut self,
        letters: &str,
        known: &[Opt],
        rest: &mut impl Iterator<Item = String>,
    ) -> Result<(), OptionError> {
        for (at, letter) in letters.char_indices() {
            let option = known.iter().find(|option| option.short == letter);
            let option = option.ok_or_else(|| OptionError::Unknown { name: letter.to_string() })?;
            if !option.value.is_empty() {
                let value = &letters[at + letter.len_utf8()..];
                return self.add(option, (!value.is_empty()).then(|| value.to_owned()), rest);
            }
            self.given.push((letter, String::new()));
        }
        Ok(())
    }

    fn add(
        &mut self,
        option: &Opt,
        value: Option<String>,
        rest: &mut impl Iterator<Item = String>,
    ) -> Result<(), OptionError> {
        let value = match (option.value.is_empty(), value) {
            (false, value) if option.may_lack_value() => value.unwrap_or_default(),
            (true, None) => String::new(),
            (true, Some(_)) => return Err(OptionError::TakesNoValue(option.long, option.short)),
            (false, Some(value)) => value,
            (false, None) => rest.next().ok_or(OptionError::LacksValue(option.long, option.short))?,
        };
        self.given.push((option.short, value));
        Ok(())
    }

    /// Whether an option is there.
    pub(crate) fn has(&self, short: char) -> bool {
        self.given.iter().any(|(given, _)| *given == short)
    }

    /// The value of an option; the last one counts.
    pub(crate) fn value(&self, short: char) -> Option<&str> {
        self.given.iter().rev().find(|(given, _)| *given == short).map(|(_, value)| value.as_str())
    }

    /// All values of an option.
    pub(crate) fn values(&self, short: char) -> impl Iterator<Item = &str> {
        self.given.iter().filter(move |(given, _)| *given == short).map(|(_, value)| value.as_str())
    }
}

/// A long name may be cut as long as it is clear.
fn find_long<'o>(name: &str, known: &'o [Opt]) -> Result<&'o Opt, OptionError> {
    if let Some(option) = known.iter().find(|option| option.long == name) {
        return Ok(option);
    }
    let mut fitting = known.iter().filter(|option| !name.is_empty() && option.long.starts_with(name));
    match (fitting.next(), fitting.next()) {
        (Some(option), None) => Ok(option),
        (Some(_), Some(_)) => Err(OptionError::Ambiguous(name.to_owned())),
        _ => Err(OptionError::Unknown { name: name.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &[Opt] = &[
        Opt { short: 'H', long: "hostname", value: "HOST", help: "" },
        Opt { short: '4', long: "use-ipv4", value: "", help: "" },
        Opt { short: 'v', long: "verbose", value: "", help: "" },
        Opt { short: 'w', long: "warning", value: "RANGE", help: "" },
        Opt { short: 'S', long: "ssl", value: "[VERSION]", help: "" },
    ];

    fn read(line: &str) -> Result<(Vec<(char, String)>, Vec<String>), String> {
        let words = line.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect();
        Options::read(words, KNOWN)
            .map(|options| (options.given, options.words))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn options_are_read_as_getopt_reads_them() {
        let given = |pairs: &[(char, &str)], words: &[&str]| {
            let pairs = pairs.iter().map(|(short, value)| (*short, (*value).to_owned())).collect();
            Ok((pairs, words.iter().map(|word| (*word).to_owned()).collect()))
        };
        assert_eq!(read("-H a -w 1:2"), given(&[('H', "a"), ('w', "1:2")], &[]));
        assert_eq!(read("-4vHa b"), given(&[('4', ""), ('v', ""), ('H', "a")], &["b"]));
        assert_eq!(read("--host=a --warn 5 -- -x"), given(&[('H', "a"), ('w', "5")], &["-x"]));
        assert_eq!(
            read("-S1.2 --ssl b -vS"),
            given(&[('S', "1.2"), ('S', ""), ('v', ""), ('S', "")], &["b"])
        );
        for (line, problem) in [
            ("-x", "unknown option -x"),
            ("--bogus", "unknown option --bogus"),
            ("-H", "--hostname wants a value"),
            ("--verbose=1", "--verbose takes no value"),
        ] {
            assert_eq!(read(line), Err(problem.to_owned()));
        }
    }
}
