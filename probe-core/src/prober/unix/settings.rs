//! The `unix` section of a module.

use std::sync::Arc;

use super::connect::UnixProber;
use crate::model::Family;
use crate::net::tls::TlsOptions;
use crate::prober::shared::{
    DIALOGUE_FAMILIES, DialogueSettings, TLS_FAMILIES, dump_tls_options, read_tls_options,
};
use crate::prober::{Common, Prober, Settings, Spec};
use crate::settings::{Dump, Errors, Section};

/// The unix prober in configurations.
pub static SPEC: Spec = Spec { name: "unix", families: FAMILIES, parse };

static FAMILIES: &[&Family] = &[
    DIALOGUE_FAMILIES[0],
    DIALOGUE_FAMILIES[1],
    DIALOGUE_FAMILIES[2],
    TLS_FAMILIES[0],
    TLS_FAMILIES[1],
    TLS_FAMILIES[2],
    TLS_FAMILIES[3],
];

/// How to probe unix sockets.
#[derive(Clone, Debug, Default)]
pub struct UnixSettings {
    /// What to say once connected, and what to expect.
    pub dialogue: DialogueSettings,
    /// Whether to speak TLS from the start.
    pub tls: bool,
    /// How to speak TLS, from the start or when the dialogue says so. Without a server's name in it nothing can be verified.
    pub tls_options: TlsOptions,
}

#[expect(clippy::unnecessary_wraps, reason = "the shape of `Spec::parse`")]
fn parse(section: &mut Section<'_>, errors: &mut Errors) -> Option<Arc<dyn Settings>> {
    let dialogue = DialogueSettings::parse(section, errors);
    let tls = section.boolean("tls", errors).unwrap_or(false);
    let tls_options = read_tls_options(section, errors);
    let has_tls = tls || dialogue.steps.iter().any(|step| step.start_tls);
    if has_tls && tls_options.server_name.is_empty() && !tls_options.insecure_skip_verify {
        let message = "without server_name or insecure_skip_verify in it, every handshake will fail";
        section.warn("tls_config", message, errors);
    }
    Some(Arc::new(UnixSettings { dialogue, tls, tls_options }))
}

impl Settings for UnixSettings {
    fn dump(&self, out: &mut Dump) {
        self.dialogue.dump(out);
        out.boolean("tls", self.tls);
        dump_tls_options(&self.tls_options, out);
    }

    fn build(&self, _: &Common) -> Arc<dyn Prober> {
        Arc::new(UnixProber::new(self.clone()))
    }
}
