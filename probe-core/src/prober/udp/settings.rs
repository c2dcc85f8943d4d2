//! The `udp` section of a module.

use std::sync::Arc;
use std::time::Duration;

use super::probe::UdpProber;
use super::series::FAMILIES;
use crate::prober::shared::{EgressSettings, Preference};
use crate::prober::{Common, Prober, Settings, Spec};
use crate::settings::{Dump, Errors, Pattern, Section};

/// The UDP prober in configurations.
pub static SPEC: Spec = Spec { name: "udp", families: FAMILIES, parse };

/// How long to wait for an ICMP error where no answer is expected, unless configured.
pub const DEFAULT_WAIT: Duration = Duration::from_secs(1);

/// The most bytes that one datagram can carry over IPv4 (RFC 768, RFC 791).
pub const LARGEST_DATAGRAM: usize = 65_507;

/// How to probe over UDP.
#[derive(Clone, Debug)]
pub struct UdpSettings {
    /// Which address family, as configured.
    pub preferred_ip_protocol: String,
    /// Whether the other family will do.
    pub ip_protocol_fallback: bool,
    /// How packets leave.
    pub egress: EgressSettings,
    /// What to send and what must come back, in order. None: one empty datagram is sent.
    pub steps: Vec<UdpStep>,
    /// Where no answer is expected: how long none of the datagrams may bring an ICMP error back.
    pub wait: Duration,
}

/// One entry of a `query_response` list: its parts happen in the order of the fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UdpStep {
    /// The next datagram must match.
    pub expect: Option<Pattern>,
    /// The next datagram must be exactly this. Not together with `expect`.
    pub expect_bytes: Option<Vec<u8>>,
    /// Send this, as it is; a template if there is an `expect`.
    pub send: Option<Vec<u8>>,
}

impl UdpStep {
    /// Whether it waits for a datagram.
    pub fn expects(&self) -> bool {
        self.expect.is_some() || self.expect_bytes.is_some()
    }
}

impl Default for UdpSettings {
    fn default() -> Self {
        Self {
            preferred_ip_protocol: String::new(),
            ip_protocol_fallback: true,
            egress: EgressSettings::default(),
            steps: Vec::new(),
            wait: DEFAULT_WAIT,
        }
    }
}

impl UdpSettings {
    pub(super) fn preference(&self) -> Preference {
        Preference::from_text(&self.preferred_ip_protocol, self.ip_protocol_fallback)
    }

    /// Whether anything must come back.
    pub fn expects(&self) -> bool {
        self.steps.iter().any(UdpStep::expects)
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the shape of `Spec::parse`")]
fn parse(section: &mut Section<'_>, errors: &mut Errors) -> Option<Arc<dyn Settings>> {
    let items = section.sections("query_response", errors).unwrap_or_default();
    let settings = UdpSettings {
        preferred_ip_protocol: section.string("preferred_ip_protocol", errors).unwrap_or_default(),
        ip_protocol_fallback: section.boolean("ip_protocol_fallback", errors).unwrap_or(true),
        egress: EgressSettings::parse(section, errors),
        steps: items.into_iter().map(|item| read_step(item, errors)).collect(),
        wait: section.duration("wait", errors).unwrap_or(DEFAULT_WAIT),
    };
    let first = settings.steps.iter().find(|step| **step != UdpStep::default());
    if first.is_some_and(UdpStep::expects) {
        let message = "begins with an answer, but no server speaks first over UDP; \
                       what is sent before an answer belongs in an entry before it";
        section.problem("query_response", message, errors);
    }
    Some(Arc::new(settings))
}

fn read_step(mut item: Section<'_>, errors: &mut Errors) -> UdpStep {
    let step = UdpStep {
        expect: item.string("expect", errors).and_then(|text| compile(&text, &item, errors)),
        expect_bytes: item.bytes("expect_bytes", errors),
        send: item.bytes("send", errors),
    };
    if item.contains("expect") && step.expect_bytes.is_some() {
        item.problem("expect_bytes", "expect and expect_bytes are mutually exclusive", errors);
    }
    if step.send.as_ref().is_some_and(|send| send.len() > LARGEST_DATAGRAM) {
        item.problem("send", format!("longer than a datagram, at most {LARGEST_DATAGRAM} bytes"), errors);
    }
    item.finish(errors);
    step
}

fn compile(text: &str, item: &Section<'_>, errors: &mut Errors) -> Option<Pattern> {
    let refuse = |error| {
        let text = text.replace(char::is_control, "\u{fffd}");
        let message = format!("\"Could not compile regular expression\" regexp=\"{text}\": {error}");
        item.problem("expect", message, errors);
    };
    Pattern::new(text).map_err(refuse).ok()
}

impl Settings for UdpSettings {
    fn dump(&self, out: &mut Dump) {
        out.string("preferred_ip_protocol", &self.preferred_ip_protocol);
        out.boolean("ip_protocol_fallback", self.ip_protocol_fallback);
        out.string("source_ip_address", &self.egress.source_ip_address);
        out.sections("query_response", &self.steps, |step, item| {
            item.string("expect", step.expect.as_ref().map_or("", Pattern::as_str));
            item.string("expect_bytes", &shown(step.expect_bytes.as_ref()));
            item.string("send", &shown(step.send.as_ref()));
        });
        out.duration("wait", self.wait);
        self.egress.dump(out);
    }

    fn build(&self, common: &Common) -> Arc<dyn Prober> {
        let settings = Self { egress: self.egress.or(&common.egress), ..self.clone() };
        Arc::new(UdpProber::new(settings))
    }

    fn shortest(&self) -> Option<Duration> {
        (!self.expects()).then_some(self.wait)
    }
}

fn shown(bytes: Option<&Vec<u8>>) -> String {
    bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default()
}
