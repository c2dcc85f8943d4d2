//! What is said over a connection: the same arguments for every verb with one.

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use probe_core::prober::shared::DialogueSettings;
use probe_core::settings::Pattern;
use probe_core::wire::dialogue::{Contents, Ending, Step};

use super::values::{self, Text};

/// What is said over a connection.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Dialogue")]
pub(crate) struct SayArgs {
    #[arg(long, value_name = "TEXT", value_parser = values::text,
          help = "Send this and a line feed first; \\r, \\n, \\t, \\xNN and \\\\ are escapes")]
    pub(crate) send: Option<Text>,
    /// Fail unless a line that comes back matches this regular expression
    #[arg(long, value_name = "RE", value_parser = values::pattern)]
    pub(crate) expect: Option<Pattern>,
    #[arg(long, value_name = "TEXT", value_parser = values::text, conflicts_with = "expect",
          help = "Fail unless what comes back begins with this; escapes as in --send")]
    pub(crate) expect_bytes: Option<Text>,
    #[arg(long, value_name = "TEXT", value_parser = values::text, conflicts_with_all = ["expect", "expect_bytes"],
          help = "Fail unless this is somewhere in what comes back, or another one if given several times")]
    pub(crate) expect_text: Vec<Text>,
    /// Fail unless every --expect-text comes back
    #[arg(long, requires = "expect_text")]
    pub(crate) expect_all: bool,
    /// Put no line feed behind what is sent
    #[arg(long, requires = "send")]
    pub(crate) no_newline: bool,
    /// Hold a ready-made dialogue
    #[arg(long, value_name = "NAME", value_parser = dialogue(), 
          conflicts_with_all = ["send", "expect", "expect_bytes", "expect_text"])]
    pub(crate) dialogue: Option<String>,
}

impl SayArgs {
    /// As the probers are told.
    pub(crate) fn settings(&self) -> DialogueSettings {
        if let Some(ready_made) = self.dialogue.as_deref().and_then(DialogueSettings::ready_made) {
            return ready_made;
        }
        let mut steps = steps(self.send.as_ref(), self.expect.as_ref());
        if let Some(first) = steps.first_mut().filter(|_| self.no_newline) {
            first.ending = Ending::Nothing;
        }
        if let Some(text) = &self.expect_bytes {
            steps.push(Step { expect_bytes: text.0.clone(), ..Step::default() });
        }
        if !self.expect_text.is_empty() {
            let texts = self.expect_text.iter().map(|text| text.0.clone()).collect();
            let contents = Contents { texts, all: self.expect_all };
            steps.push(Step { contains: Some(contents), ..Step::default() });
        }
        DialogueSettings { preset: None, steps }
    }

    /// Whether it goes on over TLS by itself.
    pub(crate) fn starts_tls(&self) -> bool {
        self.dialogue.as_deref().is_some_and(|name| name.ends_with("_starttls"))
    }
}

/// First what is sent, then what must come back.
pub(super) fn steps(send: Option<&Text>, expect: Option<&Pattern>) -> Vec<Step<Pattern>> {
    let send = send.map(|text| Step { send: text.0.clone(), ..Step::default() });
    let expect = expect.map(|pattern| Step { expect: Some(pattern.clone()), ..Step::default() });
    send.into_iter().chain(expect).collect()
}

fn dialogue() -> impl TypedValueParser<Value = String> {
    PossibleValuesParser::new(DialogueSettings::ready_made_names())
}
