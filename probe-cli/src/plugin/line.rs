//! What plugins say: a line, and numbers with their limits.

use probe_core::model::{Report, Verdict};
use probe_core::render::threshold::{Range, Selector, State};

/// A number that a report has under one of the short words of limits.
pub(super) fn number(report: &Report, word: &str) -> Option<f64> {
    let selector: Selector = word.parse().ok()?;
    selector.read(report).map(|reading| reading.number)
}

/// How bad a number is by ranges as they were given.
pub(super) fn judge(number: f64, warning: Option<&str>, critical: Option<&str>) -> Result<State, String> {
    let alerts = |range: Option<&str>| -> Result<bool, String> {
        let Some(text) = range else { return Ok(false) };
        let range: Range = text.parse().map_err(|error| format!("range {text:?}: {error}"))?;
        Ok(range.alerts(number))
    };
    Ok(if alerts(critical)? {
        State::Critical
    } else if alerts(warning)? {
        State::Warning
    } else {
        State::Ok
    })
}

/// Why a probe failed, on one line and without the bar that begins performance data.
pub(super) fn why(report: &Report) -> String {
    let text = match &report.verdict {
        Verdict::Failure { error, .. } => error.chain(),
        _ => String::new(),
    };
    text.replace(['\n', '|'], " ")
}

/// Performance data of a time in seconds, with the timeout as its greatest value.
pub(super) fn time_data(seconds: f64, warning: Option<&str>, critical: Option<&str>, timeout: f64) -> String {
    let limit = |text: Option<&str>| match text {
        Some(text) => text.parse::<f64>().map_or_else(|_| text.to_owned(), |number| format!("{number:.6}")),
        None => String::new(),
    };
    format!("time={seconds:.6}s;{};{};0.000000;{timeout:.6}", limit(warning), limit(critical))
}
