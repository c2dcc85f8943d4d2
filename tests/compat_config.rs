//! Which configurations load, what is said against the others, and how modules are shown. Beside the reference exporter
//! where it is installed.

#[path = "compat_config/clients.rs"]
mod clients;
#[path = "compat_config/dns.rs"]
mod dns;
#[path = "compat_config/http.rs"]
mod http;
#[path = "compat_config/modules.rs"]
mod modules;
#[path = "compat_config/patterns.rs"]
mod patterns;
#[path = "compat_config/shown.rs"]
mod shown;
#[path = "compat_config/sizes.rs"]
mod sizes;
#[path = "compat_config/streams.rs"]
mod streams;
#[path = "compat_config/yaml.rs"]
mod yaml;

use std::process::ExitCode;

use probe_tests::compat::exporter::{File, Side, run as ended};
use probe_tests::compat::run;
use probe_tests::compat::scenario::{Scenario, scenario};

fn main() -> ExitCode {
    let checks = [
        ("yaml", yaml::checks()),
        ("modules", modules::checks()),
        ("http", http::checks()),
        ("clients", clients::checks()),
        ("sizes", sizes::checks()),
        ("patterns", patterns::checks()),
        ("streams", streams::checks()),
        ("dns", dns::checks()),
    ];
    let mut scenarios = shown::scenarios();
    for (group, checks) in checks {
        scenarios.extend(checks.into_iter().map(|check| check.scenario(group)));
    }
    run(vec![("shown", shown::cases())], scenarios)
}

/// A configuration, and whether it loads.
struct Check {
    name: &'static str,
    text: String,
    /// What the reference says against it, and what ours does.
    refusal: Option<(String, String)>,
    ours_alone: bool,
}

/// It loads.
fn loads(name: &'static str, text: impl Into<String>) -> Check {
    Check { name, text: text.into(), refusal: None, ours_alone: false }
}

/// It is refused: words of the reference's, and words of ours.
fn refused(name: &'static str, text: impl Into<String>, reference: &str, ours: &str) -> Check {
    Check { name, text: text.into(), refusal: Some((reference.into(), ours.into())), ours_alone: false }
}

/// A module of a prober with this section, in YAML without its braces.
fn module(prober: &str, section: &str) -> String {
    format!("modules: {{m: {{prober: {prober}, {prober}: {{{section}}}}}}}\n")
}

impl Check {
    /// The reference decides otherwise.
    fn ours_alone(self, _why: &'static str) -> Self {
        Self { ours_alone: true, ..self }
    }

    fn scenario(self, group: &str) -> Scenario {
        let name = format!("{group}/{}", self.name);
        let ours_alone = self.ours_alone;
        let scenario = scenario(name, move |side| self.hold(side));
        if ours_alone { scenario.ours_alone("see the check") } else { scenario }
    }

    fn hold(&self, side: Side) {
        let file = File::new(&self.text);
        let option = format!("--config.file={}", file.path().display());
        let output = ended(side, &["--config.check", &option]).expect("the program runs");
        let said = String::from_utf8_lossy(&output.stderr);
        // Whole lines, without the quotes that a log puts before quotes.
        let plain = said.replace("\\\"", "\"").replace("\\\\", "\\").replace("\\n", "\n");
        match &self.refusal {
            None => assert_eq!(output.status.code(), Some(0), "{}\n{said}", self.text),
            Some((reference, ours)) => {
                assert_eq!(output.status.code(), Some(1), "{}\n{said}", self.text);
                let words = if side == Side::Ours { ours } else { reference };
                assert!(plain.contains(words.as_str()), "{words:?} is missing:\n{}\n{said}", self.text);
            }
        }
    }
}
