//! What this version of a dialogue cannot do.

use super::settings::DialogueSettings;
use crate::model::{Phase, ProbeError, Reason};
use crate::settings::{Errors, Section};

/// The key of the reference exporter that this version cannot honour, if the section has one: a module with it loads
/// with a warning, and must not succeed by merely connecting.
pub(crate) fn unsupported(
    section: &mut Section<'_>,
    dialogue: &DialogueSettings,
    errors: &mut Errors,
) -> Option<&'static str> {
    let tls = section.boolean("tls", errors).unwrap_or(false);
    section.contains("tls_config");
    let start_tls = dialogue.steps.iter().any(|step| step.start_tls);
    let (key, place) = match (tls, start_tls) {
        (true, _) => ("tls", "tls"),
        (false, true) => ("starttls", "query_response"),
        (false, false) => return None,
    };
    let problem = if key == place { "this version" } else { "starttls: this version" };
    let message = format!("{problem} cannot do this yet; probes of this module will fail and say so");
    section.warn(place, message, errors);
    Some(key)
}

/// Fails if the settings have a key that this version cannot honour.
pub(crate) fn can_be_probed(unsupported: Option<&'static str>) -> Result<(), ProbeError> {
    let Some(key) = unsupported else { return Ok(()) };
    let detail = format!("{key} is set, and this version cannot do it yet");
    Err(ProbeError::new(Reason::Configuration, Phase::Setup, detail))
}
