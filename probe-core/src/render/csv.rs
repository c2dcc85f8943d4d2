//! Comma-separated values (RFC 4180): a line a report, for spreadsheets.

use super::Rfc3339;
use crate::model::{Report, Verdict};

/// The names of the columns, as the first line.
pub const HEADER: &str =
    "started,module,prober,target,address,success,elapsed_seconds,reason,phase,error,labels\n";

/// One report as one line. Labels are written as `name=value`, separated by semicolons.
pub fn line(report: &Report) -> String {
    let (reason, phase, error) = match &report.verdict {
        Verdict::Success => ("", "", String::new()),
        Verdict::Failure { reason, phase, error } => (reason.as_str(), phase.as_str(), error.chain()),
    };
    let labels: Vec<String> = report.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let fields = [
        Rfc3339(report.started).to_string(),
        report.module.to_string(),
        report.prober.to_string(),
        report.target.as_str().to_owned(),
        report.address.map(|address| address.to_string()).unwrap_or_default(),
        u8::from(report.is_success()).to_string(),
        super::decimal(report.elapsed.as_secs_f64()),
        reason.to_owned(),
        phase.to_owned(),
        error,
        labels.join(";"),
    ];
    fields.map(|field| quoted(&field)).join(",") + "\n"
}

/// A field in quotes where it needs them. One that a spreadsheet would take for a formula gets an apostrophe first.
fn quoted(field: &str) -> String {
    let is_formula = field.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let field = if is_formula { format!("'{field}") } else { field.to_owned() };
    if field.contains([',', '"', '\n', '\r']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples;

    #[test]
    fn a_line_has_as_many_fields_as_the_header() {
        let columns = HEADER.trim_end().split(',').count();
        let mut report = samples::success();
        report.labels.clear();
        assert_eq!(line(&report).trim_end().split(',').count(), columns);
    }

    #[test]
    fn what_would_break_a_line_is_quoted() {
        let mut report = samples::refused_connection();
        report.target = "a,\"b\"\n".into();
        report.labels = vec![("zone".into(), "x".into()), ("rack".into(), "7".into())];
        let line = line(&report);
        assert!(line.contains(",\"a,\"\"b\"\"\n\","), "{line}");
        assert!(line.ends_with(",zone=x;rack=7\n"), "{line}");
        assert_eq!(quoted("=1+1"), "'=1+1");
    }
}
