//! What the headers of an answer must and must not match.

use http::HeaderMap;

use super::series::FAILED_DUE_TO_REGEX;
use super::settings::{HeaderRule, HttpSettings};
use crate::model::{Phase, ProbeError, Reason, Recorder, Severity};

/// Headers that concern the connection alone. The reference exporter's client takes them out, so rules miss them.
const TAKEN_OUT: [&str; 2] = ["trailer", "transfer-encoding"];

/// Judges the headers by `fail_if_header_matches` and `fail_if_header_not_matches`, with the lines of the reference
/// exporter's log and [`FAILED_DUE_TO_REGEX`]. The first failure counts.
pub(super) fn judge_headers(
    settings: &HttpSettings,
    headers: &HeaderMap,
    out: &mut Recorder,
) -> Result<(), ProbeError> {
    if settings.fail_if_header_matches.is_empty() && settings.fail_if_header_not_matches.is_empty() {
        return Ok(());
    }
    out.end_step();
    let judged = judge(settings, headers, out);
    out.put(&FAILED_DUE_TO_REGEX, judged.is_err());
    judged
}

fn judge(settings: &HttpSettings, headers: &HeaderMap, out: &mut Recorder) -> Result<(), ProbeError> {
    for rule in &settings.fail_if_header_matches {
        let values = values(rule, headers);
        if values.is_empty() {
            accept_missing(rule, out)?;
        } else if values.iter().any(|value| rule.regexp.is_match(value)) {
            let problem = "matches a rule that it must not match";
            return Err(refuse(rule, values.len(), "Header matched regular expression", problem, out));
        }
    }
    for rule in &settings.fail_if_header_not_matches {
        let values = values(rule, headers);
        if values.is_empty() {
            accept_missing(rule, out)?;
        } else if !values.iter().any(|value| rule.regexp.is_match(value)) {
            let problem = "does not match a rule";
            return Err(refuse(rule, values.len(), "Header did not match regular expression", problem, out));
        }
    }
    Ok(())
}

/// Every value of the header; none also for a name that no header can have.
fn values<'h>(rule: &HeaderRule, headers: &'h HeaderMap) -> Vec<&'h [u8]> {
    if TAKEN_OUT.iter().any(|name| rule.header.eq_ignore_ascii_case(name)) {
        return Vec::new();
    }
    headers.get_all(rule.header.as_str()).iter().map(http::HeaderValue::as_bytes).collect()
}

fn accept_missing(rule: &HeaderRule, out: &mut Recorder) -> Result<(), ProbeError> {
    if rule.allow_missing {
        return Ok(());
    }
    out.log(Severity::Error, "Missing required header", &[("header", &rule.header)]);
    let detail = format!("the answer has no header {:?}, which a rule is about", rule.header);
    Err(ProbeError::new(Reason::Expectation, Phase::Validate, detail))
}

fn refuse(
    rule: &HeaderRule,
    count: usize,
    message: &'static str,
    problem: &str,
    out: &mut Recorder,
) -> ProbeError {
    let regexp = rule.regexp.as_str();
    let fields: [(&'static str, &dyn std::fmt::Display); 3] =
        [("header", &rule.header), ("regexp", &regexp), ("value_count", &count)];
    out.log(Severity::Error, message, &fields);
    let detail = format!("header {:?} {problem}: {regexp:?}", rule.header);
    ProbeError::new(Reason::Expectation, Phase::Validate, detail)
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;
    use crate::settings::Pattern;

    fn rule((header, regexp, allow_missing): (&str, &str, bool)) -> HeaderRule {
        let regexp = Pattern::new(regexp).expect("a valid expression");
        HeaderRule { header: header.into(), regexp, allow_missing }
    }

    fn headers() -> HeaderMap {
        let all = [
            ("content-type", "text/html; charset=utf-8"),
            ("set-cookie", "one=1"),
            ("set-cookie", "two=2"),
            ("x-empty", ""),
            ("transfer-encoding", "chunked"),
        ];
        let parsed =
            all.map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        parsed.into_iter().collect()
    }

    /// Whether the headers pass, the series, and the lines of the log.
    fn judged(settings: &HttpSettings) -> (bool, Option<bool>, Vec<String>) {
        let mut out = Recorder::default().keeping_log(Some(Severity::Debug));
        let passes = judge_headers(settings, &headers(), &mut out).is_ok();
        let lines = out.take_log();
        let line = |line: &crate::model::LogLine| {
            let fields: Vec<_> = line.fields.iter().map(|(name, value)| format!(" {name}={value}")).collect();
            format!("{}{}", line.message, fields.concat())
        };
        (passes, out.get(&FAILED_DUE_TO_REGEX), lines.iter().map(line).collect())
    }

    #[test]
    fn judges_as_the_reference_does() {
        let matched = "Header matched regular expression";
        let not_matched = "Header did not match regular expression";
        let missing = "Missing required header";
        let both = [("a rule that must not match", true), ("a rule that must match", false)];
        let cases = [
            // The rule, then the line of a list that must not match and of one that must; none where it passes.
            (("Content-Type", "text/html", false), Some(matched), None),
            (("CONTENT-TYPE", "TEXT", false), None, Some(not_matched)),
            (("content-type", "(?i)TEXT", false), Some(matched), None),
            (("Set-Cookie", "two", false), Some(matched), None),
            (("Set-Cookie", "three", false), None, Some(not_matched)),
            (("X-Empty", ".*", false), Some(matched), None),
            (("X-Empty", "^$", false), Some(matched), None),
            (("X-Empty", ".", false), None, Some(not_matched)),
            (("X-None", ".*", false), Some(missing), Some(missing)),
            (("X-None", ".*", true), None, None),
            (("not a name", ".*", false), Some(missing), Some(missing)),
            (("", ".*", false), Some(missing), Some(missing)),
            (("Transfer-Encoding", "chunked", false), Some(missing), Some(missing)),
        ];
        for (written, must_not, must) in cases {
            for ((what, is_first), expected) in both.into_iter().zip([must_not, must]) {
                let mut settings = HttpSettings::default();
                let list = if is_first {
                    &mut settings.fail_if_header_matches
                } else {
                    &mut settings.fail_if_header_not_matches
                };
                list.push(rule(written));
                let (passes, series, lines) = judged(&settings);
                let context = format!("{written:?} as {what}: {lines:?}");
                assert_eq!(passes, expected.is_none(), "{context}");
                assert_eq!(series, Some(!passes), "{context}");
                assert_eq!(lines.len(), usize::from(!passes), "{context}");
                assert!(lines.iter().all(|line| line.starts_with(expected.unwrap_or_default())), "{context}");
            }
        }
    }

    #[test]
    fn says_what_decided() {
        let settings = HttpSettings {
            fail_if_header_matches: vec![rule(("X-None", "x", true)), rule(("set-cookie", "o", false))],
            ..HttpSettings::default()
        };
        let (_, _, lines) = judged(&settings);
        assert_eq!(lines, ["Header matched regular expression header=set-cookie regexp=o value_count=2"]);
    }

    #[test]
    fn without_rules_there_is_no_verdict() {
        assert_eq!(judged(&HttpSettings::default()), (true, None, Vec::new()));
    }
}
