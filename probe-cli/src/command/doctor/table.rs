//! The findings for people: a table, the causes, and the lines to paste.

use std::fmt::Write;

use super::examine::{Findings, Way};

pub(super) fn text(findings: &Findings) -> String {
    let mut out = String::new();
    push_table(&mut out, findings);
    push_causes(&mut out, findings);
    push_advice(&mut out, findings);
    out
}

fn push_table(out: &mut String, findings: &Findings) {
    let head = ["prober", "family", "uses", "refused"].map(str::to_owned);
    let rows: Vec<[String; 4]> = std::iter::once(head).chain(findings.ways.iter().map(row)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths = [0, 1, 2].map(width);
    for [prober, family, uses, refused] in &rows {
        let [first, second, third] = widths;
        let line = format!("{prober:<first$}  {family:<second$}  {uses:<third$}  {refused}");
        let _ = writeln!(out, "{}", line.trim_end());
    }
}

fn row(way: &Way) -> [String; 4] {
    let uses = way.uses().unwrap_or(if way.absent.is_some() { "-" } else { "NOTHING" });
    let refused: Vec<String> = way
        .rungs
        .iter()
        .filter_map(|rung| Some(format!("{}: {}", rung.name, rung.refusal.as_ref()?.error)))
        .collect();
    let why = way.absent.map_or_else(|| refused.join("; "), str::to_owned);
    [way.prober.to_owned(), way.family.to_owned(), uses.to_owned(), why]
}

fn push_causes(out: &mut String, findings: &Findings) {
    let explained = findings.refusals().into_iter().filter(|(refusal, _)| !refusal.causes.is_empty());
    for (at, (refusal, rungs)) in explained.enumerate() {
        if at == 0 {
            out.push_str("\nwhy\n");
        }
        let _ = writeln!(out, "  {}", rungs.join(", "));
        for cause in &refusal.causes {
            let _ = writeln!(out, "    {cause}");
        }
    }
}

fn push_advice(out: &mut String, findings: &Findings) {
    let advice = findings.advice();
    if !advice.is_empty() {
        out.push_str("\nto allow more, one of\n");
    }
    let mut above = None;
    for advice in &advice {
        let title = format!("  {}, for {}", advice.remedy.situation.as_str(), advice.rungs.join(" and "));
        if above.as_ref() != Some(&title) {
            let _ = writeln!(out, "{title}");
        }
        let _ = writeln!(out, "    {}", advice.remedy.line);
        above = Some(title);
    }
}
