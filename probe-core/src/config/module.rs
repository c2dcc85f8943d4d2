//! One module: which prober, what every module has, and every section, used or not.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use super::policy;
use crate::net::{Policy, PolicyRules};
#[cfg(feature = "name-server")]
use crate::prober::shared::{dump_name_server, read_name_server};
use crate::prober::{Common, Prober, RunOptions, Settings, Spec};
use crate::settings::{Dump, Errors, Section, duration};

/// The probers of the reference exporter, in the order in which it prints their sections.
const REFERENCE_PROBERS: [&str; 7] = ["http", "tcp", "icmp", "dns", "grpc", "unix", "websocket"];

/// The sections that the reference exporter shows even where the file has none, since their defaults are not zero.
const ALWAYS_SHOWN: [&str; 4] = ["http", "tcp", "icmp", "dns"];

/// Longest name of a network interface (`IFNAMSIZ` without the closing zero).
const LONGEST_INTERFACE: usize = 15;

/// A module of the configuration, read and valid.
pub struct Module {
    /// Its name.
    pub name: Arc<str>,
    /// The name of its prober; empty if the file names none.
    pub prober: Arc<str>,
    /// Its prober; `None` if there is no such prober, or not in this build.
    pub spec: Option<&'static Spec>,
    /// What every module has.
    pub common: Common,
    /// Every section this build knows, also those its prober does not use, as the reference exporter keeps them.
    pub settings: Vec<(&'static str, Arc<dyn Settings>)>,
    /// The rules of its own, and whether they stand in place of those for all modules.
    policy: Option<(Arc<PolicyRules>, bool)>,
    /// The length below zero of a timeout that the file gives as such, for showing.
    below_zero: Duration,
    /// The sections to show: those of the file, and those of the reference exporter that are always there.
    shown: Vec<&'static str>,
}

impl Module {
    /// The settings of its own prober; `None` if this build does not have it.
    pub fn own_settings(&self) -> Option<&Arc<dyn Settings>> {
        let name = self.spec?.name;
        self.settings.iter().find(|(section, _)| *section == name).map(|(_, settings)| settings)
    }

    /// Its prober, ready to run; `None` if this build does not have it.
    pub fn build(&self) -> Option<Arc<dyn Prober>> {
        Some(self.own_settings()?.build(&self.common))
    }

    /// How to run its prober within `timeout`.
    pub fn run_options(&self, timeout: Duration) -> RunOptions {
        let mut options = RunOptions::new(self.name.clone(), self.prober.clone(), timeout);
        options.attempts = self.common.attempts;
        options.policy = self.common.policy.clone();
        options.failure_info = self.common.failure_info;
        options.egress = self.common.egress.clone();
        #[cfg(feature = "name-server")]
        {
            options.resolver.clone_from(&self.common.resolver);
        }
        options.timeout_series = self.common.timeout_series;
        options
    }

    /// Writes the module as the reference exporter's `/config` shows it.
    pub fn dump(&self, out: &mut Dump) {
        self.dump_changed(out, None);
    }

    /// The same with `own` in the place of its own prober's settings: what a request made of them.
    pub fn dump_changed(&self, out: &mut Dump, own: Option<&dyn Settings>) {
        let common = &self.common;
        out.string("prober", &self.prober);
        out.duration("timeout", common.timeout.unwrap_or_default());
        if !self.below_zero.is_zero() {
            out.string("timeout", &format!("-{}", duration::render(self.below_zero)));
        }
        if common.attempts > 1 {
            out.integer("attempts", i64::from(common.attempts));
        }
        let source = common.egress.source.map(|source| source.to_string());
        out.string("source_ip_address", source.as_deref().unwrap_or_default());
        out.string("interface", common.egress.interface.as_deref().unwrap_or_default());
        out.integer("tos", i64::from(common.egress.tos.unwrap_or_default()));
        out.integer("fwmark", i64::from(common.egress.mark.unwrap_or_default()));
        out.boolean("failure_info", common.failure_info);
        out.boolean("timeout_series", common.timeout_series);
        out.integer("max_in_flight", common.max_in_flight.map_or(0, i64::from));
        if let Some((rules, overrides)) = &self.policy {
            out.section("policy", |section| {
                section.boolean("override", *overrides);
                policy::dump(rules, section);
            });
        }
        #[cfg(feature = "name-server")]
        if let Some(resolver) = &common.resolver {
            out.section("resolver", |section| dump_name_server(resolver, section));
        }
        for (name, settings) in self.settings.iter().filter(|(name, _)| self.shown.contains(name)) {
            let settings = own.filter(|_| **name == *self.prober).unwrap_or(settings.as_ref());
            out.section(name, |section| settings.dump(section));
        }
    }
}

impl fmt::Debug for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Module")
            .field("name", &self.name)
            .field("prober", &self.prober)
            .field("common", &self.common)
            .finish_non_exhaustive()
    }
}

/// Reads a module. One without value has no prober, and shows no sections, as in the reference exporter.
pub(super) fn read(
    name: &str,
    mut section: Section<'_>,
    global: &Policy,
    specs: &[&'static Spec],
    errors: &mut Errors,
) -> Module {
    let is_given = section.is_given();
    let prober = read_prober(&mut section, specs, errors);
    let (mut common, below_zero) = read_common(&mut section, errors);
    let policy = policy::read(&mut section, errors).map(|(rules, overrides)| (Arc::new(rules), overrides));
    common.policy = match &policy {
        None => global.clone(),
        Some((rules, false)) => global.and(rules.clone()),
        Some((rules, true)) => Policy::new(rules.clone()),
    };
    let (settings, mut shown) = read_sections(&mut section, specs, errors);
    skip_foreign_sections(&mut section, specs, &prober, errors);
    if !is_given {
        shown.clear();
    }
    let spec = specs.iter().copied().find(|spec| spec.name == prober);
    let module = Module {
        name: name.into(),
        prober: prober.into(),
        spec,
        common,
        settings,
        policy,
        below_zero,
        shown,
    };
    check_timeout(&module, &section, errors);
    section.finish(errors);
    module
}

/// Any name is accepted, and none: the reference exporter finds out when the module is used.
fn read_prober(section: &mut Section<'_>, specs: &[&'static Spec], errors: &mut Errors) -> String {
    const KEY: &str = "prober";
    const CONSEQUENCE: &str = "probes of this module will answer \"Unknown prober\"";
    let is_given = section.contains(KEY);
    let read = section.string(KEY, errors);
    if is_given && read.is_none() {
        return String::new();
    }
    let name = read.unwrap_or_default();
    if is_known(specs, &name) {
        return name;
    }
    let foreign = REFERENCE_PROBERS.into_iter().filter(|name| !is_known(specs, name));
    let allowed: Vec<&'static str> = specs.iter().map(|spec| spec.name).chain(foreign).collect();
    let message = if REFERENCE_PROBERS.contains(&name.as_str()) {
        format!("this build has no \"{name}\" prober; {CONSEQUENCE}")
    } else if name.is_empty() {
        format!("missing, allowed {}; {CONSEQUENCE}", allowed.join(", "))
    } else {
        let shown = name.escape_debug();
        format!("prober '{shown}' is not valid, allowed {}; {CONSEQUENCE}", allowed.join(", "))
    };
    section.warn(KEY, message, errors);
    name
}

/// The length below zero of the timeout comes with it.
fn read_common(section: &mut Section<'_>, errors: &mut Errors) -> (Common, Duration) {
    let (timeout, below_zero) = read_timeout(section, errors);
    let mut common = Common { timeout, ..Common::default() };
    if let Some(attempts) = section.integer("attempts", 1..=100, errors) {
        common.attempts = attempts as u32;
    }
    common.egress.source = read_source(section, errors);
    common.egress.interface = read_interface(section, errors);
    common.egress.tos = section.integer("tos", 0..=255, errors).map(|octet| octet as u8);
    common.egress.mark = section.integer("fwmark", 0..=u32::MAX.into(), errors).map(|mark| mark as u32);
    common.failure_info = section.boolean("failure_info", errors).unwrap_or_default();
    common.timeout_series = section.boolean("timeout_series", errors).unwrap_or_default();
    common.max_in_flight =
        section.integer("max_in_flight", 1..=1_000_000, errors).map(|probes| probes as u32);
    #[cfg(feature = "name-server")]
    {
        common.resolver = read_name_server(section, errors).map(Arc::new);
    }
    (common, below_zero)
}

/// Zero means none. So does a duration below zero, which the reference exporter accepts.
fn read_timeout(section: &mut Section<'_>, errors: &mut Errors) -> (Option<Duration>, Duration) {
    let Some(timeout) = section.signed_duration("timeout", errors) else { return (None, Duration::ZERO) };
    if timeout.negative {
        section.warn("timeout", "is below zero and counts as not set", errors);
        return (None, timeout.length);
    }
    (timeout.not_negative().filter(|timeout| !timeout.is_zero()), Duration::ZERO)
}

fn read_source(section: &mut Section<'_>, errors: &mut Errors) -> Option<IpAddr> {
    let text = section.string("source_ip_address", errors)?;
    let source = text.parse().ok();
    if source.is_none() {
        section.problem("source_ip_address", "not an IP address", errors);
    }
    source
}

fn read_interface(section: &mut Section<'_>, errors: &mut Errors) -> Option<String> {
    let name = section.string("interface", errors)?;
    let fits = |name: &str| {
        (1..=LONGEST_INTERFACE).contains(&name.len())
            && !name.contains(|character: char| character == '/' || character.is_whitespace())
    };
    if fits(&name) {
        return Some(name);
    }
    let message =
        format!("not an interface name, allowed 1 to {LONGEST_INTERFACE} bytes without blanks and slashes");
    section.problem("interface", message, errors);
    None
}

/// Every section that this build can judge, in the order in which the reference prints them, our own last; and the names of
/// those to show.
fn read_sections(
    section: &mut Section<'_>,
    specs: &[&'static Spec],
    errors: &mut Errors,
) -> (Vec<(&'static str, Arc<dyn Settings>)>, Vec<&'static str>) {
    let mut ordered = specs.to_vec();
    ordered.sort_by_key(|spec| {
        REFERENCE_PROBERS.iter().position(|name| *name == spec.name).unwrap_or(REFERENCE_PROBERS.len())
    });
    let mut settings = Vec::with_capacity(ordered.len());
    let mut shown = Vec::new();
    for spec in ordered {
        let mut inner = section.section_or_empty(spec.name, errors);
        if inner.is_given() || ALWAYS_SHOWN.contains(&spec.name) {
            shown.push(spec.name);
        }
        settings.extend((spec.parse)(&mut inner, errors).map(|read| (spec.name, read)));
        inner.finish(errors);
    }
    (settings, shown)
}

/// Sections that only the reference has are accepted unread: a file that works there loads here.
fn skip_foreign_sections(
    section: &mut Section<'_>,
    specs: &[&'static Spec],
    prober: &str,
    errors: &mut Errors,
) {
    for name in REFERENCE_PROBERS.into_iter().filter(|name| !is_known(specs, name)) {
        if section.contains(name) && prober != name {
            let message = format!("this build has no \"{name}\" prober; the section is not read");
            section.warn(name, message, errors);
        }
    }
}

/// A probe that takes longer than its timeout can never succeed.
fn check_timeout(module: &Module, section: &Section<'_>, errors: &mut Errors) {
    let shortest = module.own_settings().and_then(|settings| settings.shortest());
    let (Some(timeout), Some(shortest)) = (module.common.timeout, shortest) else { return };
    if shortest > timeout {
        let message = format!(
            "found {}, but a probe with these settings takes at least {}",
            duration::render(timeout),
            duration::render(shortest)
        );
        section.problem("timeout", message, errors);
    }
}

fn is_known(specs: &[&'static Spec], name: &str) -> bool {
    specs.iter().any(|spec| spec.name == name)
}
