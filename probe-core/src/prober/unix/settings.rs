//! The `unix` section of a module.

use std::sync::Arc;

use super::connect::UnixProber;
use crate::prober::shared::{DIALOGUE_FAMILIES, DialogueSettings, unsupported};
use crate::prober::{Common, Prober, Settings, Spec};
use crate::settings::{Dump, Errors, Section};

/// The unix prober in configurations.
pub static SPEC: Spec = Spec { name: "unix", families: &DIALOGUE_FAMILIES, parse };

/// How to probe unix sockets.
#[derive(Clone, Debug, Default)]
pub struct UnixSettings {
    /// What to say once connected, and what to expect.
    pub dialogue: DialogueSettings,
    /// A key of the reference exporter that this version cannot honour: its probes fail and say so.
    pub unsupported: Option<&'static str>,
}

#[expect(clippy::unnecessary_wraps, reason = "the shape of `Spec::parse`")]
fn parse(section: &mut Section<'_>, errors: &mut Errors) -> Option<Arc<dyn Settings>> {
    let dialogue = DialogueSettings::parse(section, errors);
    let unsupported = unsupported(section, &dialogue, errors);
    Some(Arc::new(UnixSettings { dialogue, unsupported }))
}

impl Settings for UnixSettings {
    fn dump(&self, out: &mut Dump) {
        self.dialogue.dump(out);
    }

    fn build(&self, _: &Common) -> Arc<dyn Prober> {
        Arc::new(UnixProber::new(self.clone()))
    }
}
