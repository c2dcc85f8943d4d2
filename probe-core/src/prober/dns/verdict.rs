//! Whether an answer is as the module demands.

use super::settings::DnsSettings;
use crate::model::{Phase, ProbeError, Reason};
use crate::wire::dns::{Message, Rcode};

/// Judges the response code and then section by section; the first failure counts.
pub(super) fn judge(settings: &DnsSettings, message: &Message) -> Result<(), ProbeError> {
    judge_rcode(settings.valid_rcodes.as_deref(), message.rcode)?;
    settings.validate_answer_rrs.judge("answer", &message.answer)?;
    settings.validate_authority_rrs.judge("authority", &message.authority)?;
    settings.validate_additional_rrs.judge("additional", &message.additional)
}

/// A name that is no response code fails the probe even if another one fits, and an empty list fits nothing, as in the
/// reference exporter.
fn judge_rcode(valid: Option<&[String]>, rcode: Rcode) -> Result<(), ProbeError> {
    let mut is_valid = valid.is_none() && rcode == Rcode::NOERROR;
    for name in valid.unwrap_or_default() {
        let known = Rcode::from_name(name).ok_or_else(|| {
            let detail = format!("{name:?} in valid_rcodes is not a response code");
            ProbeError::new(Reason::Configuration, Phase::Validate, detail)
        })?;
        is_valid |= known == rcode;
    }
    if is_valid {
        return Ok(());
    }
    let allowed = valid.map_or_else(|| Rcode::NOERROR.to_string(), |names| names.join(", "));
    let detail = format!("response code {rcode}, allowed: {allowed}");
    Err(ProbeError::new(Reason::Expectation, Phase::Validate, detail))
}
