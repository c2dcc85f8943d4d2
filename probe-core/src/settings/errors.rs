//! Problems of a configuration: all of them, each with its place.

use std::fmt;

use thiserror::Error;

use super::tree::Place;

/// One problem, or one warning, and where it is.
///
/// Displays as `blackbox.yml:12:7: modules.icmp.icmp.ttl: found 300, allowed 0 to 255`.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub struct SettingsError {
    /// The name of the file, if there is one.
    pub file: Option<String>,
    /// The line, from 1; 0 if the problem is in no text.
    pub line: u32,
    /// The column, from 1; 0 if the problem is in no text.
    pub column: u32,
    /// The key with all keys around it, joined with dots; empty for the whole file.
    pub path: String,
    /// What is wrong. Repeats nothing of the text that could be a secret.
    pub message: String,
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.file, self.line) {
            (Some(file), 0) => write!(f, "{file}: ")?,
            (Some(file), line) => write!(f, "{file}:{line}:{}: ", self.column)?,
            (None, 0) => {}
            (None, line) => write!(f, "line {line}, column {}: ", self.column)?,
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

/// Collects problems and warnings, each in the order of the text. Displays the problems, one a line.
#[derive(Clone, Debug, Default, Error, PartialEq, Eq)]
pub struct Errors {
    file: Option<String>,
    problems: Vec<SettingsError>,
    warnings: Vec<SettingsError>,
}

impl Errors {
    /// None yet, of a file with this name.
    pub fn in_file(name: impl Into<String>) -> Self {
        Self { file: Some(name.into()), ..Self::default() }
    }

    /// Adds a problem.
    pub fn push(&mut self, place: Place, path: impl Into<String>, message: impl Into<String>) {
        let problem = self.located(place, path.into(), message.into());
        insert_in_order(&mut self.problems, problem);
    }

    /// Adds a warning.
    pub fn warn(&mut self, place: Place, path: impl Into<String>, message: impl Into<String>) {
        let warning = self.located(place, path.into(), message.into());
        insert_in_order(&mut self.warnings, warning);
    }

    /// Whether there is no problem. Warnings do not count.
    pub fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    /// The problems, in the order of the text.
    pub fn problems(&self) -> &[SettingsError] {
        &self.problems
    }

    /// The warnings, in the order of the text.
    pub fn warnings(&self) -> &[SettingsError] {
        &self.warnings
    }

    /// The warnings alone.
    pub fn into_warnings(self) -> Vec<SettingsError> {
        self.warnings
    }

    fn located(&self, place: Place, path: String, message: String) -> SettingsError {
        SettingsError { file: self.file.clone(), line: place.line, column: place.column, path, message }
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{problem}")?;
        }
        Ok(())
    }
}

fn insert_in_order(list: &mut Vec<SettingsError>, item: SettingsError) {
    let place = |of: &SettingsError| (of.line, of.column);
    let index = list.partition_point(|earlier| place(earlier) <= place(&item));
    list.insert(index, item);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_come_in_the_order_of_the_text() {
        let mut errors = Errors::in_file("b.yml");
        errors.push(Place { line: 12, column: 7 }, "a.ttl", "found 300, allowed 0 to 255");
        errors.push(Place { line: 2, column: 1 }, "x", "unknown key");
        errors.push(Place::default(), "", "cannot be read");
        errors.warn(Place { line: 1, column: 1 }, "y", "odd");
        assert_eq!(
            errors.to_string(),
            "b.yml: cannot be read\nb.yml:2:1: x: unknown key\nb.yml:12:7: a.ttl: found 300, allowed 0 to 255"
        );
        assert_eq!(errors.warnings().len(), 1);
    }

    #[test]
    fn warnings_alone_are_no_problem() {
        let mut errors = Errors::default();
        errors.warn(Place { line: 3, column: 4 }, "y", "odd");
        assert!(errors.is_empty());
        assert_eq!(errors.into_warnings()[0].to_string(), "line 3, column 4: y: odd");
    }
}
