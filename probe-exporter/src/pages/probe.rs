//! One probe in full: what came of it, where the time went, what it said, its series and its module.

use std::fmt::Write;

use probe_core::model::{Report, Severity, Verdict};
use probe_core::render::{GoFloat, Rfc3339};

use super::duration::Short;
use super::escaped::{Cut, Escaped};
use super::{frame, phases};
use crate::history::Entry;
use crate::log::ProbeLog;
use crate::route::Answer;

/// Characters of a value that the page shows.
const VALUE: usize = 4000;

/// The page of a probe. `log` is only asked which lines there could be.
pub(crate) fn probe(entry: &Entry, log: ProbeLog) -> Answer {
    let report = &entry.capture.report;
    let mut content = String::with_capacity(16 << 10);
    push_header(&mut content, entry);
    if let Verdict::Failure { reason, phase, error } = &report.verdict {
        // Writing to a string cannot fail, here and below.
        let _ = writeln!(
            content,
            "<p class=\"message\"><b>{reason}</b> in phase {phase}: {}</p>",
            Cut(&error.chain(), VALUE)
        );
    }
    push_facts(&mut content, report);
    if let Some(drawing) = phases::drawing(report) {
        let _ = writeln!(content, "<h2>Phases</h2>\n<div class=\"scroll\">{drawing}</div>");
    }
    push_notes(&mut content, report);
    push_log(&mut content, report, log);
    push_series(&mut content, report);
    let _ = writeln!(
        content,
        "<h2>Module</h2>\n<div class=\"scroll\"><pre>{}</pre></div>",
        Escaped(&entry.capture.module_text())
    );
    frame::page(&format!("{} {}", report.module, report.target), &content)
}

fn push_header(content: &mut String, entry: &Entry) {
    let report = &entry.capture.report;
    let (class, result) = if report.is_success() { ("good", "Success") } else { ("bad", "Failure") };
    let again = format!(
        "probe?module={}&target={}&format=html",
        encoded(&report.module),
        encoded(report.target.as_str())
    );
    let _ = writeln!(
        content,
        "<header><h1>{} <span class=\"faint\">probed with</span> {}</h1> <span class=\"pill {class}\">{result}</span>\
         <nav><a href=\"./\">All probes</a><a href=\"logs?id={}\">As text</a><a href=\"{}\">Probe again</a></nav></header>",
        Cut(report.target.as_str(), 200),
        Escaped(&report.module),
        entry.id,
        Escaped(&again),
    );
}

fn push_facts(content: &mut String, report: &Report) {
    let address = report.address.map_or_else(|| "none".to_owned(), |address| address.to_string());
    let facts = [
        ("Prober", Escaped(&report.prober).to_string()),
        ("Address", Escaped(&address).to_string()),
        ("Duration", Short(report.elapsed).to_string()),
        ("Timeout", Short(report.timeout).to_string()),
        ("Started", Rfc3339(report.started).to_string()),
    ];
    content.push_str("<dl class=\"facts\">");
    for (name, value) in facts {
        let _ = write!(content, "<div><dt>{name}</dt><dd>{value}</dd></div>");
    }
    content.push_str("</dl>\n");
}

fn push_notes(content: &mut String, report: &Report) {
    if report.notes.is_empty() {
        return;
    }
    content.push_str("<h2>Notes</h2>\n<div class=\"scroll\"><table><tbody>\n");
    for note in &report.notes {
        let _ = writeln!(
            content,
            "<tr><td>{}</td><td class=\"long\">{}</td></tr>",
            Escaped(note.name),
            Cut(&note.text(), VALUE)
        );
    }
    content.push_str("</tbody></table></div>\n");
}

fn push_log(content: &mut String, report: &Report, log: ProbeLog) {
    let _ = write!(
        content,
        "<h2>Log <span class=\"faint\">(lines of --log.prober={} and above)</span></h2>\n<div class=\"scroll\">",
        log.least.as_str().to_lowercase()
    );
    if report.log.is_empty() {
        content.push_str("<p class=\"empty\">The probe said nothing.</p></div>\n");
        return;
    }
    content.push_str("<table><thead><tr><th class=\"number thin\">After</th><th class=\"thin\">Level</th><th>Message</th></tr></thead><tbody>\n");
    for line in &report.log {
        let after = line.at.duration_since(report.started).unwrap_or_default();
        let class = match line.severity {
            Severity::Error => "bad",
            Severity::Warn => "warn",
            Severity::Debug | Severity::Info => "faint",
        };
        let _ = write!(
            content,
            "<tr><td class=\"number\">{}</td><td class=\"{class}\">{}</td><td class=\"long\">{}",
            Short(after),
            line.severity,
            Escaped(line.message)
        );
        for (name, value) in &line.fields {
            let _ = write!(
                content,
                " <span class=\"mono\"><span class=\"faint\">{}=</span>{}</span>",
                Escaped(name),
                Cut(value, VALUE)
            );
        }
        content.push_str("</td></tr>\n");
    }
    content.push_str("</tbody></table></div>\n");
}

fn push_series(content: &mut String, report: &Report) {
    let mut samples: Vec<_> = report.measurements.samples().iter().collect();
    samples.sort_by_key(|sample| sample.family.name);
    content.push_str(
        "<h2>Series</h2>\n<div class=\"scroll\"><table><thead><tr><th>Series</th><th>Labels</th>\
         <th class=\"number\">Value</th></tr></thead><tbody>\n",
    );
    for sample in samples {
        let _ = write!(
            content,
            "<tr><td><span class=\"mono\" title=\"{}\">{}</span></td><td class=\"long mono\">",
            Escaped(sample.family.help),
            Escaped(sample.family.name)
        );
        for (name, value) in sample.label_pairs() {
            let _ = write!(content, "<span class=\"faint\">{}=</span>{} ", Escaped(name), Cut(value, VALUE));
        }
        let _ =
            writeln!(content, "</td><td class=\"number mono\">{}</td></tr>", GoFloat(sample.value.as_f64()));
    }
    content.push_str("</tbody></table></div>\n");
}

fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}
