//! The findings as a JSON document: `{"version":1,"works":…,"probers":[…],"remedies":[…]}`.

use probe_core::render::json::{VERSION, refusal};
use serde_json::{Value, json};

use super::examine::{Advice, Findings, Rung, Way};

pub(super) fn document(findings: &Findings) -> String {
    let document = json!({
        "version": VERSION,
        "works": findings.all_work(),
        "probers": findings.ways.iter().map(way).collect::<Vec<_>>(),
        "remedies": findings.advice().iter().map(advice).collect::<Vec<_>>(),
    });
    format!("{document:#}\n")
}

fn way(way: &Way) -> Value {
    json!({
        "prober": way.prober,
        "family": way.family,
        "works": way.uses().is_some(),
        "uses": way.uses(),
        "absent": way.absent,
        "rungs": way.rungs.iter().map(rung).collect::<Vec<_>>(),
    })
}

fn rung(rung: &Rung) -> Value {
    json!({
        "rung": rung.name,
        "available": rung.refusal.is_none(),
        "refusal": rung.refusal.as_deref().map(refusal),
    })
}

fn advice(advice: &Advice<'_>) -> Value {
    json!({
        "situation": advice.remedy.situation.as_str(),
        "line": advice.remedy.line,
        "allows": advice.rungs,
    })
}
