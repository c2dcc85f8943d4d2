//! Whether an answer is as the module demands.

use super::settings::DnsSettings;
use super::validators::{Field, SectionWords};
use crate::model::{Phase, ProbeError, Reason, Recorder, Severity};
use crate::wire::dns::{Message, Rcode};

/// Judges the response code and then section by section; the first failure counts. Says in the probe's log what the reference
/// exporter says.
pub(super) fn judge(settings: &DnsSettings, message: &Message, out: &mut Recorder) -> Result<(), ProbeError> {
    judge_rcode(settings.valid_rcodes.as_deref(), message.rcode, out)?;
    settings.validate_answer_rrs.judge(&ANSWER, &message.answer, out)?;
    settings.validate_authority_rrs.judge(&AUTHORITY, &message.authority, out)?;
    settings.validate_additional_rrs.judge(&ADDITIONAL, &message.additional, out)
}

const ANSWER: SectionWords =
    SectionWords { name: "answer", begin: "Validating Answer RRs", failed: "Answer RRs validation failed" };
const AUTHORITY: SectionWords = SectionWords {
    name: "authority",
    begin: "Validating Authority RRs",
    failed: "Authority RRs validation failed",
};
const ADDITIONAL: SectionWords = SectionWords {
    name: "additional",
    begin: "Validating Additional RRs",
    failed: "Additional RRs validation failed",
};

/// A name that is no response code fails the probe even if another one fits, and an empty list fits nothing, as in the
/// reference exporter.
fn judge_rcode(valid: Option<&[String]>, rcode: Rcode, out: &mut Recorder) -> Result<(), ProbeError> {
    let mut is_valid = valid.is_none() && rcode == Rcode::NOERROR;
    for name in valid.unwrap_or_default() {
        let Some(known) = Rcode::from_name(name) else {
            out.log(Severity::Error, "Invalid rcode", &[("rcode", name)]);
            let detail = format!("{name:?} in valid_rcodes is not a response code");
            return Err(ProbeError::new(Reason::Configuration, Phase::Validate, detail));
        };
        is_valid |= known == rcode;
    }
    let allowed = valid.map_or_else(|| Rcode::NOERROR.to_string(), |names| names.join(", "));
    if is_valid {
        let fields: [Field<'_>; 2] = [("rcode", &rcode.0), ("string_rcode", &rcode)];
        out.log(Severity::Debug, "Rcode is valid", &fields);
        return Ok(());
    }
    let fields: [Field<'_>; 3] = [("rcode", &rcode.0), ("string_rcode", &rcode), ("valid_rcodes", &allowed)];
    out.log(Severity::Error, "Rcode is not one of the valid rcodes", &fields);
    let detail = format!("response code {rcode}, allowed: {allowed}");
    Err(ProbeError::new(Reason::Expectation, Phase::Validate, detail))
}
