//! The first page: how the exporter is, what fails, and what it found lately.

use std::fmt::Write;
use std::sync::Arc;

use super::duration::Age;
use super::escaped::{Cut, Escaped};
use super::{frame, rows};
use crate::history::{Entry, LastFailure};
use crate::route::{Answer, Exporter, parameter};
use crate::{args, process};

/// Rows that one page shows.
const MOST_ROWS: usize = 1000;
/// Targets that failed which one page shows.
const MOST_FAILING: usize = 100;
/// Characters of a target that the list of failing ones shows.
const TARGET: usize = 120;

/// The page. Without the script, `filter` and `failures` of the query narrow the list.
pub(crate) fn overview(exporter: &Exporter, query: &str) -> Answer {
    let filter = parameter(query, "filter");
    let failures_only = !parameter(query, "failures").is_empty();
    let mut content = String::with_capacity(32 << 10);
    push_header(&mut content);
    push_facts(&mut content, exporter);
    push_form(&mut content, exporter);
    push_failing(&mut content, &exporter.history.failing());
    push_recent(&mut content, &exporter.history.list(), &filter, failures_only);
    frame::page("Blackbox Exporter", &content)
}

fn push_header(content: &mut String) {
    content.push_str(
        "<header><h1>Blackbox Exporter</h1><nav><a href=\"metrics\">Metrics</a><a href=\"config\">Configuration</a>\
         <a href=\"-/healthy\">Health</a></nav></header>\n",
    );
}

fn push_facts(content: &mut String, exporter: &Exporter) {
    let (successful, loaded_at) = exporter.live.status();
    let since =
        std::time::Duration::try_from_secs_f64(process::now_seconds() - loaded_at).unwrap_or_default();
    let loaded = format!("loaded {} ago", Age(since));
    let config = if successful {
        format!("<span class=\"good\">valid</span>, {loaded}")
    } else {
        format!("<span class=\"bad\">the last reload failed</span>, {loaded}")
    };
    let current = exporter.live.current();
    let recent = exporter.history.list();
    let failures = recent.iter().filter(|entry| !entry.capture.report.is_success()).count();
    let class = if failures > 0 { "bad" } else { "good" };
    let source = exporter.live.source().to_string();
    let facts = [
        ("Configuration", config),
        ("Source", Cut(&source, 80).to_string()),
        ("Modules", current.config.modules.len().to_string()),
        ("Recent probes", recent.len().to_string()),
        ("of them failed", format!("<span class=\"{class}\">{failures}</span>")),
        ("Running for", Age(exporter.started.elapsed()).to_string()),
        ("Version", args::VERSION.to_owned()),
    ];
    content.push_str("<dl class=\"facts\">");
    for (name, value) in facts {
        // Writing to a string cannot fail, here and below.
        let _ = write!(content, "<div><dt>{name}</dt><dd>{value}</dd></div>");
    }
    content.push_str("</dl>\n");
}

fn push_form(content: &mut String, exporter: &Exporter) {
    content.push_str(
        "<h2>Probe something</h2>\n<form action=\"probe\" method=\"get\">\
         <label for=\"module\">Module</label> <select name=\"module\" id=\"module\">",
    );
    let current = exporter.live.current();
    for (name, module) in &current.config.modules {
        let selected = if name == "http_2xx" { " selected" } else { "" };
        let _ = write!(
            content,
            "<option value=\"{0}\"{selected}>{0} ({1})</option>",
            Escaped(name),
            Escaped(&module.prober)
        );
    }
    content.push_str(
        "</select> <label for=\"target\">Target</label> \
         <input type=\"text\" name=\"target\" id=\"target\" required autocomplete=\"off\" spellcheck=\"false\" \
         placeholder=\"127.0.0.1:80\"><input type=\"hidden\" name=\"format\" value=\"html\"> \
         <button>Probe</button></form>\n",
    );
}

fn push_failing(content: &mut String, failing: &[LastFailure]) {
    if failing.is_empty() {
        return;
    }
    let now = failing.iter().filter(|failure| failure.in_a_row > 0).count();
    let _ = write!(
        content,
        "<h2>Targets that failed <span class=\"faint\">({now} failing now)</span></h2>\n<div class=\"scroll\">\
         <table><thead><tr><th>Module</th><th>Target</th><th>State</th><th>Last failure</th><th>Logs</th>\
         <th class=\"number\">Age</th></tr></thead><tbody>\n"
    );
    // Those that fail now come first, each group the newest first.
    let (now, recovered): (Vec<_>, Vec<_>) = failing.iter().partition(|failure| failure.in_a_row > 0);
    for failure in now.into_iter().chain(recovered).take(MOST_FAILING) {
        let report = &failure.entry.capture.report;
        let state = match failure.in_a_row {
            0 => "<span class=\"pill good\">recovered</span>".to_owned(),
            1 => "<span class=\"pill bad\">failing</span>".to_owned(),
            count => format!("<span class=\"pill bad\">failing, {count} times in a row</span>"),
        };
        let _ = writeln!(
            content,
            "<tr><td>{}</td><td class=\"long target\">{}</td><td>{state}</td><td class=\"long\">{}</td>\
             <td><a href=\"logs?id={}&amp;format=html\">Logs</a></td><td class=\"number\">{}</td></tr>",
            Cut(&report.module, TARGET),
            Cut(report.target.as_str(), TARGET),
            rows::reason(report),
            failure.entry.id,
            rows::age(report),
        );
    }
    content.push_str("</tbody></table></div>\n");
}

fn push_recent(content: &mut String, list: &[Arc<Entry>], filter: &str, failures_only: bool) {
    let wanted = filter.to_lowercase();
    let fits = |entry: &&Arc<Entry>| {
        (!failures_only || !entry.capture.report.is_success()) && rows::fits(entry, &wanted)
    };
    let shown: Vec<_> = list.iter().rev().filter(fits).take(MOST_ROWS).collect();
    let checked = if failures_only { " checked" } else { "" };
    let _ = write!(
        content,
        "<h2>Recent Probes</h2>\n<form id=\"narrow\" method=\"get\">\
         <label for=\"filter\">Filter</label> <input type=\"search\" name=\"filter\" id=\"filter\" value=\"{}\" \
         autocomplete=\"off\" spellcheck=\"false\"> \
         <label><input type=\"checkbox\" name=\"failures\" value=\"1\"{checked}> failures only</label> \
         <button class=\"plain\">Apply</button> <span class=\"faint\" id=\"shown\">{} of {} shown</span></form>\n",
        Escaped(filter),
        shown.len(),
        list.len(),
    );
    if list.is_empty() {
        content.push_str("<p class=\"empty\">Nothing has been probed yet.</p>\n");
        return;
    }
    content.push_str(
        "<div class=\"scroll\"><table id=\"probes\" border='1'><thead><tr><th>Module</th><th>Target</th>\
         <th>Result</th><th>Debug</th><th>Reason</th><th>Duration</th><th class=\"number\">Age</th></tr></thead>\
         <tbody>\n",
    );
    for entry in shown {
        rows::push(content, entry);
    }
    content.push_str("</tbody></table></div>\n");
}
