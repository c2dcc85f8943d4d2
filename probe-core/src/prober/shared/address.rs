//! Which address of a target is probed, chosen and recorded as the reference exporter does it.

use std::fmt::Display;
use std::net::IpAddr;

use tokio::time::Instant;
use tracing::debug;

use crate::model::{Family, Gauge, Number, Phase, ProbeError, Recorder, Seconds, Severity};
use crate::net::{Families, ResolveError, ScopedIp, literal_in};
use crate::prober::Context;

/// How long the lookup took; next to nothing for literals.
pub static LOOKUP_TIME: Gauge<Seconds> = Gauge::new(
    "probe_dns_lookup_time_seconds",
    "Returns the time taken for probe dns lookup in seconds",
    &[],
);
/// 4 or 6; 0 if there is no address.
pub static PROTOCOL: Gauge<Number> =
    Gauge::new("probe_ip_protocol", "Specifies whether probe ip protocol is IP4 or IP6", &[]);
/// The 32-bit FNV-1a hash of the address; 0 if there is none.
pub static ADDRESS_HASH: Gauge<Number> = Gauge::new(
    "probe_ip_addr_hash",
    "Specifies the hash of IP address. It's useful to detect if the IP address changes.",
    &[],
);

/// What [`choose`] records, for a prober's [`Spec`](crate::prober::Spec).
pub const ADDRESS_FAMILIES: [&Family; 3] = [LOOKUP_TIME.family(), PROTOCOL.family(), ADDRESS_HASH.family()];

/// The preferred version of the Internet Protocol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum IpVersionPreference {
    /// IPv4.
    Ip4,
    /// IPv6, the default.
    #[default]
    Ip6,
}

/// Which address of a target to probe: `preferred_ip_protocol` and `ip_protocol_fallback`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Preference {
    /// The version to use if the target has it.
    pub family: IpVersionPreference,
    /// Whether the other version will do.
    pub fallback: bool,
}

impl Preference {
    /// Reads the settings as the reference exporter does: whatever is neither empty nor `ip6` means IPv4.
    pub fn from_text(preferred: &str, fallback: bool) -> Self {
        let family = match preferred {
            "" | "ip6" => IpVersionPreference::Ip6,
            _ => IpVersionPreference::Ip4,
        };
        Self { family, fallback }
    }

    fn preferred(self) -> Families {
        match self.family {
            IpVersionPreference::Ip4 => Families::V4,
            IpVersionPreference::Ip6 => Families::V6,
        }
    }

    /// The word for the preferred version.
    fn word(self) -> &'static str {
        match self.family {
            IpVersionPreference::Ip4 => "ip4",
            IpVersionPreference::Ip6 => "ip6",
        }
    }

    /// The versions that will do.
    pub(crate) fn asked_for(self) -> Families {
        if self.fallback { Families::Both } else { self.preferred() }
    }

    /// Puts addresses of the preferred version first, otherwise in the order they have.
    #[cfg(feature = "http-client")]
    pub(crate) fn order(self, addresses: &mut [ScopedIp]) {
        let preferred = self.preferred();
        addresses.sort_by_key(|address| !preferred.contain(address.ip));
    }

    /// The first address of the preferred version, or else the *last* of the other: the reference exporter walks
    /// the whole list and remembers what it saw last, although its documentation says first.
    fn pick(self, addresses: &[ScopedIp]) -> Option<ScopedIp> {
        let preferred = self.preferred();
        let first = addresses.iter().find(|address| preferred.contain(address.ip));
        first.or(if self.fallback { addresses.last() } else { None }).map(|address| canonical(*address))
    }
}

impl Default for Preference {
    fn default() -> Self {
        Self { family: IpVersionPreference::Ip6, fallback: true }
    }
}

/// Resolves `host`, a name or a literal, and chooses the one address to probe.
///
/// Records [`ADDRESS_FAMILIES`] and the address; the lookup time also when the lookup fails or the deadline cuts it. Says in the
/// probe's log what it does and, in both lines of the reference exporter, why it failed.
pub async fn choose(
    host: &str,
    preference: Preference,
    cx: &Context<'_>,
    out: &mut Recorder,
) -> Result<ScopedIp, ProbeError> {
    out.declare(&LOOKUP_TIME);
    out.declare(&PROTOCOL);
    out.declare(&ADDRESS_HASH);
    out.phase = Phase::Resolve;
    let families = preference.asked_for();
    debug!(host, ?families, "resolving target address");
    out.log(
        Severity::Debug,
        "Resolving target address",
        &[("target", &host), ("ip_protocol", &preference.word())],
    );

    cx.policy.approve_name(host)?;
    let mut lookup = Lookup { start: Instant::now(), host, preference, ended: false, out };
    let found = lookup.addresses(families, cx).await.and_then(|addresses| {
        preference.pick(&addresses).ok_or_else(|| ResolveError::NoSuitableAddress { host: host.into() })
    });
    lookup.end(&found);
    drop(lookup);
    let address = found?;
    // Nothing is said of an address that the policy forbids, not even its hash.
    cx.policy.approve_ip(address).map_err(|denied| denied.into_failure(Phase::Resolve))?;
    out.put(&PROTOCOL, if address.ip.is_ipv4() { 4.0 } else { 6.0 });
    out.put(&ADDRESS_HASH, f64::from(fnv1a(address.ip)));
    out.chosen(address.ip);
    debug!(host, ip = %address.ip, "resolved target address");
    out.log(Severity::Debug, "Resolved target address", &[("target", &host), ("ip", &address.ip)]);
    Ok(address)
}

/// A lookup under way. Records its time when dropped, hence also when it is cut, and then says that it failed.
struct Lookup<'a> {
    start: Instant,
    host: &'a str,
    preference: Preference,
    ended: bool,
    out: &'a mut Recorder,
}

impl Lookup<'_> {
    async fn addresses(&self, families: Families, cx: &Context<'_>) -> Result<Vec<ScopedIp>, ResolveError> {
        match literal_in(self.host, families) {
            Some(answer) => answer,
            None => cx.services.resolver.lookup(self.host, families).await,
        }
    }

    fn end(&mut self, found: &Result<ScopedIp, ResolveError>) {
        self.ended = true;
        if let Err(error) = found {
            debug!(host = self.host, %error, "resolution with IP protocol failed");
            self.say_failed(error);
        }
    }

    fn say_failed(&mut self, error: &dyn Display) {
        let word = self.preference.word();
        let all: [(_, &dyn Display); 3] = [("target", &self.host), ("ip_protocol", &word), ("err", error)];
        let [target, protocol, err] = all;
        // Only where nothing but this version was asked for, as the reference exporter does.
        let fields: &[_] = if self.preference.fallback { &[target, err] } else { &[target, protocol, err] };
        self.out.log(Severity::Error, "Resolution with IP protocol failed", fields);
        self.out.log(Severity::Error, "Error resolving address", &[("err", error)]);
    }
}

impl Drop for Lookup<'_> {
    fn drop(&mut self) {
        self.out.put(&LOOKUP_TIME, self.start.elapsed());
        if !self.ended {
            let error = format!("lookup {}: the name servers did not answer in time", self.host);
            self.say_failed(&error);
        }
    }
}

/// An IPv4-mapped address as the IPv4 address it stands for.
fn canonical(address: ScopedIp) -> ScopedIp {
    match address.ip.to_canonical() {
        IpAddr::V4(ip) => IpAddr::V4(ip).into(),
        IpAddr::V6(_) => address,
    }
}

/// FNV-1a, 32 bits, over the 4 or 16 bytes of the address.
fn fnv1a(ip: IpAddr) -> u32 {
    const OFFSET_BASIS: u32 = 0x811c_9dc5;
    const PRIME: u32 = 0x0100_0193;

    let hash = |bytes: &[u8]| {
        bytes.iter().fold(OFFSET_BASIS, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(PRIME))
    };
    match ip {
        IpAddr::V4(ip) => hash(&ip.octets()),
        IpAddr::V6(ip) => hash(&ip.octets()),
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tricks;
