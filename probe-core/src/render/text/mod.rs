//! Reports for people, whole or in pieces that can be shown while a probe runs.
//! Pieces that are one line have no line end; [`report`], [`conclusion`],
//! [`failure`], [`parts`] and [`details`] are whole lines.

mod amount;
mod bars;
mod details;
mod packets;
mod paint;
mod parts;

use std::fmt::Write;
use std::net::IpAddr;

pub use amount::Latency;
pub use details::details;
pub use packets::{exchange_line, sparkline, summary, tally};
pub use parts::parts;

use crate::model::{Phase, Reason, Refusal, Report, Target, Verdict};
use paint::{Color, Plain, paint};

/// Runs of at most this many packets are shown without a sparkline: their lines are a picture already.
const SPARKLINE_ABOVE: usize = 10;

/// How a report is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// Whether to colour it with terminal escapes.
    pub color: bool,
    /// Whether to add notes and measurements.
    pub verbose: bool,
    /// Whether to keep to one line a report.
    pub quiet: bool,
}

/// What a report is about: what is known of it before it is there.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The module's name.
    pub module: &'a str,
    /// The prober's name.
    pub prober: &'a str,
    /// What is probed.
    pub target: &'a Target,
    /// The address it resolved to, if that is known.
    pub address: Option<IpAddr>,
}

impl<'a> Subject<'a> {
    /// The subject of a finished report.
    pub fn of(report: &'a Report) -> Self {
        Self {
            module: &report.module,
            prober: &report.prober,
            target: &report.target,
            address: report.address,
        }
    }

    /// The address, if the target does not say it already.
    fn unsaid_address(&self) -> Option<IpAddr> {
        let address = self.address?;
        let host = self.target.host_port().map_or(self.target.as_str(), |parts| parts.host);
        (host.parse() != Ok(address)).then_some(address)
    }
}

/// A whole report. Packets, where there are any, come before the verdict.
pub fn report(report: &Report, style: Style) -> String {
    let mut out = String::new();
    if style.quiet || report.exchanges.is_empty() {
        push_line(&mut out, &verdict_line(report, style));
        if !style.quiet {
            push_refusals(&mut out, report, style);
        }
    } else {
        push_line(&mut out, &head(&Subject::of(report), style));
        for exchange in &report.exchanges {
            push_line(&mut out, &exchange_line(exchange, style));
        }
        return out + &conclusion(report, style);
    }
    if !style.quiet {
        push_more(&mut out, report, style);
    }
    out
}

/// What stands below the packets of a report: their summary, why it failed, and the details where they are wanted.
/// For reports whose packets were shown as they came.
pub fn conclusion(report: &Report, style: Style) -> String {
    let mut out = String::new();
    if !report.exchanges.is_empty() {
        push_line(&mut out, &summary(&tally(&report.exchanges), style));
        if report.exchanges.len() > SPARKLINE_ABOVE {
            push_line(&mut out, &sparkline(&report.exchanges));
        }
    }
    out.push_str(&failure(report, style));
    push_more(&mut out, report, style);
    out
}

/// Notes in parts are there because somebody asked for them; the rest is for who asks for all of it.
fn push_more(out: &mut String, report: &Report, style: Style) {
    out.push_str(&parts(report, style));
    if style.verbose {
        out.push_str(&details(report, style));
    }
}

/// The line above packets: `icmp localhost (127.0.0.1)`; the module too where it is not called like the prober.
pub fn head(subject: &Subject<'_>, style: Style) -> String {
    let mut line = subject.prober.to_owned();
    if subject.module != subject.prober {
        let _ = write!(line, "/{}", Plain(subject.module));
    }
    let _ = write!(line, " {}", Plain(subject.target.as_str()));
    if let Some(address) = subject.unsaid_address() {
        line.push(' ');
        line.push_str(&paint(Color::Dim, &format!("({address})"), style));
    }
    line
}

/// The report in one line: `ok` or `FAIL`, what was probed, how long it took, and why it failed.
pub fn verdict_line(report: &Report, style: Style) -> String {
    let state = if report.is_success() {
        paint(Color::Green, "ok", style) + "  "
    } else {
        paint(Color::Red, "FAIL", style)
    };
    let elapsed = paint(Color::Dim, &Latency(report.elapsed).to_string(), style);
    let mut line = format!("{state} {}  {elapsed}", head(&Subject::of(report), style));
    if let Some(why) = why(report, style) {
        line.push_str("  ");
        line.push_str(&why);
    }
    line
}

/// Why a probe failed, and the lines that would lift what was refused to it; nothing for a success.
pub fn failure(report: &Report, style: Style) -> String {
    let mut out = String::new();
    if let Some(why) = why(report, style) {
        push_line(&mut out, &format!("{} {why}", paint(Color::Red, "FAIL", style)));
        push_refusals(&mut out, report, style);
    }
    out
}

/// Where the refusals are shown one by one, the error need not repeat them.
fn why(report: &Report, style: Style) -> Option<String> {
    let Verdict::Failure { reason, phase, error } = &report.verdict else { return None };
    let explained = refusals_explain(report) && report.notes.iter().any(|note| note.refusal().is_some());
    let words = if explained && !style.quiet { error.detail.clone() } else { error.chain() };
    Some(format!("{reason}/{phase}: {}", Plain(&words)))
}

/// What was refused, where that is why the probe failed: a socket that could not be opened.
/// A refusal that another rung made up for is left to the details.
fn push_refusals(out: &mut String, report: &Report, style: Style) {
    if refusals_explain(report) {
        for refusal in report.notes.iter().filter_map(|note| note.refusal()) {
            push_refusal(out, refusal, style);
        }
    }
}

fn refusals_explain(report: &Report) -> bool {
    matches!(
        report.verdict,
        Verdict::Failure { reason: Reason::Privilege, .. } | Verdict::Failure { phase: Phase::Setup, .. }
    )
}

/// The remedies stand on lines of their own, so that one click more selects what is to be pasted.
fn push_refusal(out: &mut String, refusal: &Refusal, style: Style) {
    push_line(out, &format!("  {} socket refused: {}", refusal.rung, Plain(&refusal.error)));
    for cause in &refusal.causes {
        push_line(out, &format!("    because {}", Plain(cause)));
    }
    let mut above = None;
    for remedy in &refusal.remedies {
        if above != Some(remedy.situation) {
            let title = format!("    allow it, {}:", remedy.situation.as_str());
            push_line(out, &paint(Color::Dim, &title, style));
        }
        above = Some(remedy.situation);
        push_line(out, &format!("      {}", Plain(&remedy.line)));
    }
}

fn push_line(out: &mut String, line: &str) {
    out.push_str(line);
    out.push('\n');
}

#[cfg(test)]
mod tests;
