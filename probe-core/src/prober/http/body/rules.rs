//! What a body must and must not be like: expressions over its text and over its JSON.

use super::super::expression::{self, Expression, Finding};
use super::super::stop::Stop;
use super::{FAILED_DUE_TO_CEL, FAILED_DUE_TO_REGEX};
use crate::model::{Deadline, Phase, ProbeError, Reason, Recorder, Severity};
use crate::prober::http::HttpSettings;
use crate::settings::Pattern;

/// Longest body that regular expressions are tried on right away: a few milliseconds.
const LONGEST_AT_ONCE: usize = 128 << 10;

/// The rules of a module.
pub(super) struct BodyRules {
    matches: Vec<Pattern>,
    not_matches: Vec<Pattern>,
    json_matches: Option<Expression>,
    json_not_matches: Option<Expression>,
    keeps: bool,
}

/// The regular expression that decides against a body.
enum PatternFinding {
    Matched(Pattern),
    NotMatched(Pattern),
}

impl BodyRules {
    /// The rules, or none if they do not apply.
    pub(super) fn new(settings: &HttpSettings, apply: bool) -> Self {
        let when = |patterns: &Vec<Pattern>| if apply { patterns.clone() } else { Vec::new() };
        let rules = Self {
            matches: when(&settings.fail_if_body_matches_regexp),
            not_matches: when(&settings.fail_if_body_not_matches_regexp),
            json_matches: settings.fail_if_body_json_matches_cel.clone().filter(|_| apply),
            json_not_matches: settings.fail_if_body_json_not_matches_cel.clone().filter(|_| apply),
            keeps: false,
        };
        Self { keeps: !rules.are_none(), ..rules }
    }

    pub(super) fn has_patterns(&self) -> bool {
        !self.matches.is_empty() || !self.not_matches.is_empty()
    }

    pub(super) fn has_expressions(&self) -> bool {
        self.json_matches.is_some() || self.json_not_matches.is_some()
    }

    pub(super) fn are_none(&self) -> bool {
        !self.has_patterns() && !self.has_expressions()
    }

    /// Whether the body must be kept for them.
    pub(super) fn need_body(&self) -> bool {
        self.keeps
    }

    /// Nothing is kept from here on.
    pub(super) fn stop_keeping(&mut self) {
        self.keeps = false;
    }

    /// The rules were not looked at after all: they did not fail.
    pub(super) fn withdraw(&self, out: &mut Recorder) {
        if self.has_patterns() {
            out.put(&FAILED_DUE_TO_REGEX, false);
        } else if self.has_expressions() {
            out.put(&FAILED_DUE_TO_CEL, false);
        }
    }

    /// Judges a body: by the regular expressions, and if they all hold by those over JSON. What takes long is done on a
    /// thread for blocking work, and ends when nobody waits for it any more.
    pub(super) async fn judge(
        &self,
        body: Vec<u8>,
        most_values: usize,
        deadline: Deadline,
        out: &mut Recorder,
    ) -> Result<(), ProbeError> {
        let body = self.judge_text(body, deadline, out).await?;
        if self.has_expressions() {
            out.put(&FAILED_DUE_TO_CEL, true);
            out.begin(Severity::Error, "Error evaluating CEL expression");
            let (matches, not_matches) = (self.json_matches.clone(), self.json_not_matches.clone());
            let judged = aside(deadline, move |stop| {
                expression::judge(matches.as_ref(), not_matches.as_ref(), &body, most_values, stop)
            })
            .await?;
            out.end_step();
            judged.map_err(|finding| report_json(finding, out))?;
            out.put(&FAILED_DUE_TO_CEL, false);
        }
        Ok(())
    }

    async fn judge_text(
        &self,
        body: Vec<u8>,
        deadline: Deadline,
        out: &mut Recorder,
    ) -> Result<Vec<u8>, ProbeError> {
        if !self.has_patterns() {
            return Ok(body);
        }
        let (matches, not_matches) = (self.matches.clone(), self.not_matches.clone());
        let (body, finding) = if body.len() <= LONGEST_AT_ONCE {
            let finding = try_patterns(matches, not_matches, &body);
            (body, finding)
        } else {
            aside(deadline, move |_| {
                let finding = try_patterns(matches, not_matches, &body);
                (body, finding)
            })
            .await?
        };
        if let Some(finding) = finding {
            return Err(report_text(&finding, out));
        }
        out.put(&FAILED_DUE_TO_REGEX, false);
        Ok(body)
    }
}

fn try_patterns(matches: Vec<Pattern>, not_matches: Vec<Pattern>, body: &[u8]) -> Option<PatternFinding> {
    let hit = matches.into_iter().find(|pattern| pattern.is_match(body));
    hit.map(PatternFinding::Matched).or_else(|| {
        let miss = not_matches.into_iter().find(|pattern| !pattern.is_match(body));
        miss.map(PatternFinding::NotMatched)
    })
}

/// Runs work that blocks on a thread of its own, so that the other probes go on.
async fn aside<T: Send + 'static>(
    deadline: Deadline,
    work: impl FnOnce(&Stop) -> T + Send + 'static,
) -> Result<T, ProbeError> {
    let (stop, _waiting) = Stop::at(deadline);
    let result = tokio::task::spawn_blocking(move || work(&stop)).await;
    result.map_err(|error| {
        ProbeError::new(Reason::Internal, Phase::Validate, "judging the body gave up").caused_by(error)
    })
}

fn report_text(finding: &PatternFinding, out: &mut Recorder) -> ProbeError {
    let (message, pattern, detail) = match finding {
        PatternFinding::Matched(pattern) => {
            ("Body matched regular expression", pattern, "the body matches a rule that it must not match")
        }
        PatternFinding::NotMatched(pattern) => {
            ("Body did not match regular expression", pattern, "the body does not match a rule")
        }
    };
    out.log(Severity::Error, message, &[("regexp", &pattern.as_str())]);
    ProbeError::new(Reason::Expectation, Phase::Validate, format!("{detail}: {:?}", pattern.as_str()))
}

fn report_json(finding: Finding, out: &mut Recorder) -> ProbeError {
    let (message, name, words, reason, detail) = match finding {
        Finding::Json(words) => (
            "Error unmarshalling HTTP body to JSON",
            "err",
            words,
            Reason::Expectation,
            "the body is no JSON",
        ),
        Finding::Limit(words) => (
            "Error unmarshalling HTTP body to JSON",
            "err",
            words,
            Reason::Limit,
            "the body is too much to judge",
        ),
        Finding::Evaluation(words) => (
            "Error evaluating CEL expression",
            "err",
            words,
            Reason::Expectation,
            "an expression over the body has no result",
        ),
        Finding::Resource(words) => (
            "Error evaluating CEL expression",
            "err",
            words,
            Reason::Resource,
            "an expression over the body cannot be evaluated",
        ),
        Finding::NotBoolean(words) => (
            "CEL evaluation result is not a boolean",
            "details",
            words,
            Reason::Expectation,
            "an expression over the body is neither true nor false",
        ),
        Finding::Matched(source) => (
            "Body matched CEL expression",
            "expression",
            source,
            Reason::Expectation,
            "an expression holds that must not",
        ),
        Finding::NotMatched(source) => (
            "Body did not match CEL expression",
            "expression",
            source,
            Reason::Expectation,
            "an expression does not hold",
        ),
    };
    out.log(Severity::Error, message, &[(name, &words)]);
    ProbeError::new(reason, Phase::Validate, format!("{detail}: {words}"))
}
