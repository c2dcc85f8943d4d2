//! The `icmp` section of a module.

use std::sync::Arc;
use std::time::Duration;

use super::probe::IcmpProber;
use super::series::FAMILIES;
use crate::net::SocketChoice;
use crate::prober::shared::{EgressSettings, Preference};
use crate::prober::{Common, Prober, Settings, Spec};
use crate::settings::{Dump, Errors, Section};

/// What the reference exporter sends when `payload_size` is 0 or absent, in bytes.
pub const DEFAULT_PAYLOAD_SIZE: usize = 28;
/// What an IPv4 packet can carry after its own header and that of ICMP.
const LARGEST_PAYLOAD: i64 = 65_507;
/// Hop limit of the reference exporter.
const DEFAULT_HOP_LIMIT: i64 = 64;
const DEFAULT_INTERVAL: Duration = Duration::from_millis(200);

/// The ICMP prober in configurations.
pub static SPEC: Spec = Spec { name: "icmp", families: FAMILIES, parse };

/// How to ping.
#[derive(Clone, Debug)]
pub struct IcmpSettings {
    /// Which address family, as configured.
    pub preferred_ip_protocol: String,
    /// Whether the other family will do.
    pub ip_protocol_fallback: bool,
    /// Bytes after the ICMP header; 0 means [`DEFAULT_PAYLOAD_SIZE`].
    pub payload_size: i64,
    /// Whether routers may not fragment the packets.
    pub dont_fragment: bool,
    /// Hop limit; 0 leaves it to the kernel.
    pub hop_limit: u8,
    /// How packets leave.
    pub egress: EgressSettings,
    /// Packets per probe; 0 where whoever sends decides.
    pub count: u32,
    /// Time from one packet to the next.
    pub interval: Duration,
    /// How long to wait for each answer; until the probe's deadline if absent.
    pub packet_timeout: Option<Duration>,
    /// More loss than this is a failure; if absent, one answer is enough.
    pub max_loss_ratio: Option<f64>,
    /// A longer mean round trip than this is a failure.
    pub max_rtt: Option<Duration>,
    /// Which sockets may be used.
    pub socket: SocketChoice,
}

impl Default for IcmpSettings {
    fn default() -> Self {
        Self {
            preferred_ip_protocol: String::new(),
            ip_protocol_fallback: true,
            payload_size: 0,
            dont_fragment: false,
            hop_limit: DEFAULT_HOP_LIMIT as u8,
            egress: EgressSettings::default(),
            count: 1,
            interval: DEFAULT_INTERVAL,
            packet_timeout: None,
            max_loss_ratio: None,
            max_rtt: None,
            socket: SocketChoice::Auto,
        }
    }
}

impl IcmpSettings {
    pub(super) fn preference(&self) -> Preference {
        Preference::from_text(&self.preferred_ip_protocol, self.ip_protocol_fallback)
    }

    /// The payload in bytes, or `None` if no packet can carry it.
    pub(super) fn payload(&self) -> Option<usize> {
        match self.payload_size {
            0 => Some(DEFAULT_PAYLOAD_SIZE),
            size => usize::try_from(size).ok().filter(|_| size <= LARGEST_PAYLOAD),
        }
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the shape of `Spec::parse`")]
fn parse(section: &mut Section<'_>, errors: &mut Errors) -> Option<Arc<dyn Settings>> {
    let defaults = IcmpSettings::default();
    let settings = IcmpSettings {
        preferred_ip_protocol: section.string("preferred_ip_protocol", errors).unwrap_or_default(),
        ip_protocol_fallback: section.boolean("ip_protocol_fallback", errors).unwrap_or(true),
        egress: EgressSettings::parse(section, errors),
        payload_size: section.integer("payload_size", i64::MIN..=i64::MAX, errors).unwrap_or(0),
        dont_fragment: section.boolean("dont_fragment", errors).unwrap_or(false),
        hop_limit: section.integer("ttl", 0..=255, errors).unwrap_or(DEFAULT_HOP_LIMIT) as u8,
        count: section.integer("count", 1..=10_000, errors).unwrap_or(1) as u32,
        interval: section.duration("interval", errors).unwrap_or(defaults.interval),
        packet_timeout: section.duration("packet_timeout", errors),
        max_loss_ratio: section.float("max_loss_ratio", 0.0..=1.0, errors),
        max_rtt: section.duration("max_rtt", errors),
        socket: section.one_of("socket", &SocketChoice::WORDS, errors).unwrap_or_default(),
    };
    if settings.payload().is_none() {
        section.warn(
            "payload_size",
            format!("no packet can carry this; 0 to {LARGEST_PAYLOAD} bytes fit, so every probe will fail"),
            errors,
        );
    }
    Some(Arc::new(settings))
}

impl Settings for IcmpSettings {
    fn dump(&self, out: &mut Dump) {
        let defaults = Self::default();
        out.string("preferred_ip_protocol", &self.preferred_ip_protocol);
        out.boolean("ip_protocol_fallback", self.ip_protocol_fallback);
        out.string("source_ip_address", &self.egress.source_ip_address);
        out.integer("payload_size", self.payload_size);
        out.boolean("dont_fragment", self.dont_fragment);
        out.integer("ttl", self.hop_limit.into());
        if self.count != defaults.count {
            out.integer("count", self.count.into());
            out.duration("interval", self.interval);
        }
        out.duration("packet_timeout", self.packet_timeout.unwrap_or_default());
        if let Some(ratio) = self.max_loss_ratio {
            out.float("max_loss_ratio", ratio);
        }
        out.duration("max_rtt", self.max_rtt.unwrap_or_default());
        self.egress.dump(out);
        if let Some((word, _)) = SocketChoice::WORDS.iter().find(|(_, choice)| *choice == self.socket)
            && self.socket != SocketChoice::Auto
        {
            out.string("socket", word);
        }
    }

    fn build(&self, common: &Common) -> Arc<dyn Prober> {
        let settings = Self { egress: self.egress.or(&common.egress), ..self.clone() };
        Arc::new(IcmpProber::new(settings))
    }

    fn shortest(&self) -> Option<Duration> {
        (self.count > 1).then(|| self.interval * self.count)
    }
}
