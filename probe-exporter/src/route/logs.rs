//! `/logs`: what is remembered of one probe.

use hyper::StatusCode;

use super::{Answer, Exporter, ok, parameter, refused};
use crate::{go_integer, pages};

/// The debug page of a probe, found by its number or its target. With `format=html` as a page for people, which also
/// finds failures that are remembered only for their target.
pub(super) fn answer(exporter: &Exporter, query: &str) -> Answer {
    let text = |name| parameter(query, name);
    let (id, target, module) = (go_integer::parse_decimal(&text("id")), text("target"), text("module"));
    let for_people = text("format") == "html";
    if let Some(problem) = contradiction(id, &target, &module) {
        return refused(StatusCode::BAD_REQUEST, problem);
    }
    let (found, missing) = if target.is_empty() {
        let history = &exporter.history;
        let id = id.and_then(|id| u64::try_from(id).ok());
        let find = |id| if for_people { history.by_id_anywhere(id) } else { history.by_id(id) };
        (id.and_then(find), "Probe id not found")
    } else {
        let module = Some(module.as_str()).filter(|module| !module.is_empty());
        (exporter.history.by_target(&target, module), "Probe target not found")
    };
    match found {
        Some(entry) if for_people => pages::probe(&entry, exporter.log),
        Some(entry) => ok("text/plain", entry.capture.debug_text(exporter.log)),
        None => refused(StatusCode::NOT_FOUND, missing),
    }
}

/// What is wrong with the parameters, in the reference's words and order.
fn contradiction(id: Option<i64>, target: &str, module: &str) -> Option<&'static str> {
    match (id, target) {
        (Some(_), target) if !target.is_empty() => {
            Some("Probe id and target can't be defined at the same time")
        }
        (None | Some(-1), "") => Some("Probe id or target must be defined as http query parameters"),
        (_, "") if !module.is_empty() => {
            Some("Probe module filter only works in conjunction with target parameter")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_contradiction_is_named() {
        for (id, target, module, words) in [
            (Some(0), "x", "", Some("Probe id and target")),
            (Some(-1), "x", "m", Some("Probe id and target")),
            (None, "", "m", Some("Probe id or target must")),
            (Some(-1), "", "", Some("Probe id or target must")),
            (Some(0), "", "m", Some("Probe module filter")),
            (Some(-2), "", "", None),
            (None, "x", "m", None),
            (Some(7), "", "", None),
        ] {
            let problem = contradiction(id, target, module);
            assert_eq!(problem.is_some(), words.is_some(), "{problem:?}");
            assert!(problem.unwrap_or_default().starts_with(words.unwrap_or_default()), "{problem:?}");
        }
    }
}
