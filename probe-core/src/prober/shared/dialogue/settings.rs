//! `query_response` and `dialogue` in the section of a prober.

use super::presets::{Exchange, PRESETS};
use crate::model::LabelNames;
use crate::settings::{Dump, Errors, Pattern, Section};
use crate::wire::base64;
use crate::wire::dialogue::{Ending, Label, Step};

/// What to say over a connection, and what to expect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DialogueSettings {
    /// The ready-made dialogue that the steps are, if they are one.
    pub preset: Option<&'static str>,
    /// The steps, in order. None: connecting is enough.
    pub steps: Vec<Step<Pattern>>,
}

impl DialogueSettings {
    /// Reads its keys from a section.
    pub fn parse(section: &mut Section<'_>, errors: &mut Errors) -> Self {
        let items = section.sections("query_response", errors);
        let preset = section.one_of("dialogue", &PRESETS.map(|preset| (preset.0, preset)), errors);
        let Some((name, exchanges)) = preset else {
            let steps = read_steps(items, errors);
            warn_of_second_labels(&steps, section, errors);
            return Self { preset: None, steps };
        };
        if items.is_some() {
            section.problem("dialogue", "dialogue and query_response are mutually exclusive", errors);
        }
        let mut steps = Vec::with_capacity(exchanges.len());
        for exchange in exchanges {
            steps.push(ready_made(*exchange, section, errors));
        }
        Self { preset: Some(name), steps }
    }

    /// Reads `query_response` alone, for a prober without ready-made dialogues.
    #[cfg(feature = "websocket")]
    pub(crate) fn parse_steps(section: &mut Section<'_>, errors: &mut Errors) -> Self {
        let items = section.sections("query_response", errors);
        Self { preset: None, steps: read_steps(items, errors) }
    }

    /// A ready-made dialogue by its name.
    pub fn ready_made(name: &str) -> Option<Self> {
        let (name, exchanges) = *PRESETS.iter().find(|(known, _)| *known == name)?;
        let (section, mut errors) = (Section::empty(""), Errors::default());
        let steps = exchanges.iter().map(|exchange| ready_made(*exchange, &section, &mut errors)).collect();
        Some(Self { preset: Some(name), steps })
    }

    /// The names of the ready-made dialogues.
    pub fn ready_made_names() -> impl Iterator<Item = &'static str> {
        PRESETS.iter().map(|(name, _)| *name)
    }

    /// Writes its keys.
    pub fn dump(&self, out: &mut Dump) {
        if let Some(preset) = self.preset {
            return out.string("dialogue", preset);
        }
        out.sections("query_response", &self.steps, |step, item| {
            dump_expression(step.expect.as_ref(), item);
            dump_bytes("expect_bytes", &step.expect_bytes, item);
            item.sections("labels", step.labels.as_deref().unwrap_or_default(), |label, item| {
                item.string("name", &label.name);
                item.string("value", &label.value);
            });
            dump_bytes("send", &step.send, item);
            item.boolean("starttls", step.start_tls);
        });
    }
}

/// An empty expression, which matches everything, is shown as nothing.
fn dump_expression(expect: Option<&Pattern>, out: &mut Dump) {
    match expect.map(Pattern::as_str) {
        Some("") => out.verbatim("expect", "null"),
        Some(text) => out.string("expect", text),
        None => {}
    }
}

/// Bytes are shown as a text where they are one.
fn dump_bytes(key: &str, bytes: &[u8], out: &mut Dump) {
    match std::str::from_utf8(bytes) {
        Ok(text) => out.string(key, text),
        Err(_) => out.verbatim(key, &format!("!!binary {}", base64::encode(bytes))),
    }
}

fn read_steps(items: Option<Vec<Section<'_>>>, errors: &mut Errors) -> Vec<Step<Pattern>> {
    items.unwrap_or_default().into_iter().map(|item| read_step(item, errors)).collect()
}

fn read_step(mut item: Section<'_>, errors: &mut Errors) -> Step<Pattern> {
    let expect = item.string("expect", errors);
    let expect_bytes = item.bytes("expect_bytes", errors).unwrap_or_default();
    if expect.is_some() && !expect_bytes.is_empty() {
        item.problem("expect_bytes", "expect and expect_bytes are mutually exclusive", errors);
    }
    let step = Step {
        expect: expect.and_then(|text| compile(&text, "expect", &item, errors)),
        expect_bytes,
        labels: read_labels(&mut item, errors),
        send: item.bytes("send", errors).unwrap_or_default(),
        start_tls: item.boolean("starttls", errors).unwrap_or(false),
        ..Step::default()
    };
    item.finish(errors);
    step
}

fn compile(text: &str, key: &str, section: &Section<'_>, errors: &mut Errors) -> Option<Pattern> {
    let refuse = |error| {
        let text = text.replace(char::is_control, "\u{fffd}");
        let message = format!("\"Could not compile regular expression\" regexp=\"{text}\": {error}");
        section.problem(key, message, errors);
    };
    Pattern::new(text).map_err(refuse).ok()
}

/// An empty list is a list: it publishes a series without labels.
fn read_labels(item: &mut Section<'_>, errors: &mut Errors) -> Option<Vec<Label>> {
    let mut labels = Vec::new();
    for mut label in item.sections("labels", errors)? {
        let name = label.string("name", errors).unwrap_or_default();
        let value = label.string("value", errors).unwrap_or_default();
        label.finish(errors);
        labels.push(Label { name, value });
    }
    if let Err(error) = LabelNames::new(labels.iter().map(|label| label.name.as_str())) {
        item.warn("labels", format!("{error}; probes that match here will fail"), errors);
    }
    Some(labels)
}

fn warn_of_second_labels(steps: &[Step<Pattern>], section: &Section<'_>, errors: &mut Errors) {
    let labelled = steps.iter().filter(|step| step.expect.is_some() && step.labels.is_some());
    if labelled.count() > 1 {
        let message = "more than one entry has labels; probes that match a second one will fail";
        section.warn("query_response", message, errors);
    }
}

fn ready_made(exchange: Exchange, section: &Section<'_>, errors: &mut Errors) -> Step<Pattern> {
    match exchange {
        Exchange::Bytes { expect, mask, send } => Step {
            expect_bytes: expect.into(),
            mask: mask.into(),
            send: send.into(),
            ending: Ending::Nothing,
            ..Step::default()
        },
        Exchange::Line(expect, send) => {
            let expect = Some(expect).filter(|text| !text.is_empty());
            Step {
                expect: expect.and_then(|text| compile(text, "dialogue", section, errors)),
                send: send.into(),
                ..Step::default()
            }
        }
        Exchange::Tls => Step { start_tls: true, ..Step::default() },
    }
}
