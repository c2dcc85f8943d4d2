//! Rules for the records of a section.

use std::fmt::Display;

use crate::model::{Phase, ProbeError, Reason, Recorder, Severity};
use crate::settings::{Dump, Errors, Pattern, PatternError, Section};
use crate::wire::dns::Record;

/// Longest part of a record that an error repeats, in characters.
const LONGEST_SHOWN: usize = 200;

/// A field of a log line.
pub(super) type Field<'a> = (&'static str, &'a dyn Display);

/// How messages call a section.
pub(super) struct SectionWords {
    pub(super) name: &'static str,
    pub(super) begin: &'static str,
    pub(super) failed: &'static str,
}

/// When the records of a section make a probe fail. Each expression is tried on the text of each record.
#[derive(Clone, Debug, Default)]
pub struct RecordRules {
    /// Fails if an expression matches a record.
    pub fail_if_matches: Vec<Rule>,
    /// Fails unless every expression matches every record. The name of its key says the opposite, but this is what the
    /// reference exporter does.
    pub fail_if_all_match: Vec<Rule>,
    /// Fails if an expression does not match a record, or there are no records.
    pub fail_if_not_matches: Vec<Rule>,
    /// Fails if no expression matches any record, or there are no records.
    pub fail_if_none_matches: Vec<Rule>,
}

/// A regular expression. One that cannot be compiled fails the probe that comes to it, as in the reference exporter.
#[derive(Clone, Debug)]
pub struct Rule {
    source: String,
    pattern: Result<Pattern, PatternError>,
}

impl From<&str> for Rule {
    fn from(source: &str) -> Self {
        Self { source: source.into(), pattern: Pattern::new(source) }
    }
}

const FAIL_IF_MATCHES: &str = "fail_if_matches_regexp";
const FAIL_IF_ALL_MATCH: &str = "fail_if_all_match_regexp";
const FAIL_IF_NOT_MATCHES: &str = "fail_if_not_matches_regexp";
const FAIL_IF_NONE_MATCHES: &str = "fail_if_none_matches_regexp";

impl RecordRules {
    /// Reads a section of rules inside `section`.
    pub(super) fn parse(key: &'static str, section: &mut Section<'_>, errors: &mut Errors) -> Self {
        let mut inner = section.section_or_empty(key, errors);
        let rules = Self {
            fail_if_matches: read(FAIL_IF_MATCHES, &mut inner, errors),
            fail_if_all_match: read(FAIL_IF_ALL_MATCH, &mut inner, errors),
            fail_if_not_matches: read(FAIL_IF_NOT_MATCHES, &mut inner, errors),
            fail_if_none_matches: read(FAIL_IF_NONE_MATCHES, &mut inner, errors),
        };
        inner.finish(errors);
        rules
    }

    /// Writes them as a section.
    pub(super) fn dump(&self, key: &str, out: &mut Dump) {
        out.section(key, |out| {
            for (key, rules) in [
                (FAIL_IF_MATCHES, &self.fail_if_matches),
                (FAIL_IF_ALL_MATCH, &self.fail_if_all_match),
                (FAIL_IF_NOT_MATCHES, &self.fail_if_not_matches),
                (FAIL_IF_NONE_MATCHES, &self.fail_if_none_matches),
            ] {
                let sources: Vec<&str> = rules.iter().map(|rule| rule.source.as_str()).collect();
                out.strings(key, &sources);
            }
        });
    }

    /// Judges the records of a section, in the order in which the reference exporter does, and says so as it does.
    pub(super) fn judge(
        &self,
        section: &SectionWords,
        records: &[Record],
        out: &mut Recorder,
    ) -> Result<(), ProbeError> {
        out.log(Severity::Debug, section.begin, &[]);
        let judged = self.judge_records(section.name, records, out);
        if judged.is_err() {
            out.log(Severity::Error, section.failed, &[]);
        }
        judged
    }

    fn judge_records(&self, section: &str, records: &[Record], out: &mut Recorder) -> Result<(), ProbeError> {
        let needs_records = [
            (
                FAIL_IF_NOT_MATCHES,
                &self.fail_if_not_matches,
                "fail_if_not_matches_regexp specified but no RRs returned",
            ),
            (
                FAIL_IF_NONE_MATCHES,
                &self.fail_if_none_matches,
                "fail_if_none_matches_regexp specified but no RRs returned",
            ),
        ];
        for (key, rules, message) in needs_records {
            if records.is_empty() && !rules.is_empty() {
                out.log(Severity::Error, message, &[]);
                return Err(failed(format!("{key}: there are no records in the {section} section")));
            }
        }
        let (mut all_match, mut any_matches) = (true, self.fail_if_none_matches.is_empty());
        for record in records {
            out.log(Severity::Debug, "Validating RR", &[("rr", &record.text)]);
            for rule in &self.fail_if_matches {
                if rule.is_match(record, out)? {
                    rule.say("At least one RR matched regexp", record, out);
                    return Err(rule.failed(FAIL_IF_MATCHES, "matches", section, record));
                }
            }
            for rule in &self.fail_if_all_match {
                all_match &= rule.is_match(record, out)?;
            }
            for rule in &self.fail_if_not_matches {
                if !rule.is_match(record, out)? {
                    rule.say("At least one RR did not match regexp", record, out);
                    return Err(rule.failed(FAIL_IF_NOT_MATCHES, "does not match", section, record));
                }
            }
            for rule in &self.fail_if_none_matches {
                any_matches |= rule.is_match(record, out)?;
            }
        }
        if !all_match {
            out.log(Severity::Error, "Not all RRs matched regexp", &[]);
            return Err(failed(format!(
                "{FAIL_IF_ALL_MATCH}: not all records of the {section} section match"
            )));
        }
        if !any_matches {
            out.log(Severity::Error, "None of the RRs did matched any regexp", &[]);
            return Err(failed(format!(
                "{FAIL_IF_NONE_MATCHES}: no record of the {section} section matches"
            )));
        }
        Ok(())
    }
}

impl Rule {
    fn is_match(&self, record: &Record, out: &mut Recorder) -> Result<bool, ProbeError> {
        match &self.pattern {
            Ok(pattern) => Ok(pattern.is_match(record.text.as_bytes())),
            Err(problem) => {
                let fields: [Field<'_>; 2] = [("regexp", &self.source), ("err", problem)];
                out.log(Severity::Error, "Error matching regexp", &fields);
                let detail = format!("{:?} is not a regular expression: {problem}", self.source);
                Err(ProbeError::new(Reason::Configuration, Phase::Validate, detail))
            }
        }
    }

    fn say(&self, message: &'static str, record: &Record, out: &mut Recorder) {
        out.log(Severity::Error, message, &[("regexp", &self.source), ("rr", &record.text)]);
    }

    fn failed(&self, key: &str, how: &str, section: &str, record: &Record) -> ProbeError {
        let shown: String = record.text.chars().take(LONGEST_SHOWN).collect();
        failed(format!("{key}: {:?} {how} {shown:?} in the {section} section", self.source))
    }
}

fn read(key: &'static str, section: &mut Section<'_>, errors: &mut Errors) -> Vec<Rule> {
    let sources = section.strings(key, errors).unwrap_or_default();
    let rules: Vec<Rule> = sources.iter().map(|source| Rule::from(source.as_str())).collect();
    for (index, rule) in rules.iter().enumerate() {
        if rule.pattern.is_err() {
            let message =
                format!("item {index} is not a regular expression; probes that come to it will fail");
            section.warn(key, message, errors);
        }
    }
    rules
}

fn failed(detail: String) -> ProbeError {
    ProbeError::new(Reason::Expectation, Phase::Validate, detail)
}
