//! One module: which prober, what every module has, and every section, used or not.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::policy;
use crate::net::{Policy, PolicyRules};
use crate::prober::{Common, Prober, RunOptions, Settings, Spec};
use crate::settings::{Dump, Errors, Section, duration};

/// The probers of the reference exporter, in the order in which it prints their sections.
const REFERENCE_PROBERS: [&str; 7] = ["http", "tcp", "icmp", "dns", "grpc", "unix", "websocket"];

/// Longest name of a network interface (`IFNAMSIZ` without the closing zero).
const LONGEST_INTERFACE: usize = 15;

/// A module of the configuration, read and valid.
pub struct Module {
    /// Its name.
    pub name: Arc<str>,
    /// The name of its prober.
    pub prober: Arc<str>,
    /// Its prober; `None` if this build does not have it.
    pub spec: Option<&'static Spec>,
    /// What every module has.
    pub common: Common,
    /// Every section this build knows, also those its prober does not use, as the reference exporter keeps them.
    pub settings: Vec<(&'static str, Arc<dyn Settings>)>,
    /// The rules of its own, and whether they stand in place of those for all modules.
    policy: Option<(Arc<PolicyRules>, bool)>,
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
        options
    }

    /// Writes the module as the reference exporter's `/config` shows it; `own` takes the place of its own prober's settings.
    pub fn dump(&self, out: &mut Dump, own: Option<&dyn Settings>) {
        let common = &self.common;
        out.string("prober", &self.prober);
        out.duration("timeout", common.timeout.unwrap_or_default());
        if common.attempts > 1 {
            out.integer("attempts", i64::from(common.attempts));
        }
        out.string("interface", common.egress.interface.as_deref().unwrap_or_default());
        out.integer("tos", i64::from(common.egress.tos.unwrap_or_default()));
        out.integer("fwmark", i64::from(common.egress.mark.unwrap_or_default()));
        out.boolean("failure_info", common.failure_info);
        out.integer("max_in_flight", common.max_in_flight.map_or(0, i64::from));
        if let Some((rules, overrides)) = &self.policy {
            out.section("policy", |section| {
                section.boolean("override", *overrides);
                policy::dump(rules, section);
            });
        }
        for (name, settings) in &self.settings {
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

/// Reads a module. `None` if there is no result; then `errors` says why.
pub(super) fn read(
    name: &str,
    mut section: Section<'_>,
    global: &Policy,
    specs: &[&'static Spec],
    errors: &mut Errors,
) -> Option<Module> {
    let prober = read_prober(&mut section, specs, errors);
    let mut common = read_common(&mut section, errors);
    let policy = policy::read(&mut section, errors).map(|(rules, overrides)| (Arc::new(rules), overrides));
    common.policy = match &policy {
        None => global.clone(),
        Some((rules, false)) => global.and(rules.clone()),
        Some((rules, true)) => Policy::new(rules.clone()),
    };
    let settings = read_sections(&mut section, specs, errors);
    skip_foreign_sections(&mut section, specs, prober.as_deref(), errors);
    let module = prober.map(|prober| {
        let spec = specs.iter().copied().find(|spec| spec.name == prober);
        let module = Module { name: name.into(), prober: prober.into(), spec, common, settings, policy };
        check_timeout(&module, &section, errors);
        module
    });
    section.finish(errors);
    module
}

/// The names this build runs, and those of the reference that it only accepts.
fn read_prober(section: &mut Section<'_>, specs: &[&'static Spec], errors: &mut Errors) -> Option<String> {
    let foreign = REFERENCE_PROBERS.into_iter().filter(|name| !is_known(specs, name));
    let allowed: Vec<&'static str> = specs.iter().map(|spec| spec.name).chain(foreign).collect();
    if !section.contains("prober") {
        section.problem("prober", format!("missing, allowed {}", allowed.join(", ")), errors);
        return None;
    }
    let words: Vec<(&str, &'static str)> = allowed.iter().map(|name| (*name, *name)).collect();
    let name = section.one_of("prober", &words, errors)?;
    if !is_known(specs, name) {
        let message = format!(
            "this build has no \"{name}\" prober; probes of this module will answer \"Unknown prober\""
        );
        section.warn("prober", message, errors);
    }
    Some(name.to_owned())
}

fn read_common(section: &mut Section<'_>, errors: &mut Errors) -> Common {
    let mut common = Common { timeout: read_timeout(section, errors), ..Common::default() };
    if let Some(attempts) = section.integer("attempts", 1..=100, errors) {
        common.attempts = attempts as u32;
    }
    common.egress.interface = read_interface(section, errors);
    common.egress.tos = section.integer("tos", 0..=255, errors).map(|octet| octet as u8);
    common.egress.mark = section.integer("fwmark", 0..=u32::MAX.into(), errors).map(|mark| mark as u32);
    common.failure_info = section.boolean("failure_info", errors).unwrap_or_default();
    common.max_in_flight =
        section.integer("max_in_flight", 1..=1_000_000, errors).map(|probes| probes as u32);
    common
}

/// Zero means none. So does a duration below zero, which the reference exporter accepts.
fn read_timeout(section: &mut Section<'_>, errors: &mut Errors) -> Option<Duration> {
    let timeout = section.signed_duration("timeout", errors)?;
    if timeout.negative {
        section.warn("timeout", "is below zero and counts as not set", errors);
    }
    timeout.not_negative().filter(|timeout| !timeout.is_zero())
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

/// Every section that this build can judge, in the order in which the reference prints them; our own come last.
fn read_sections(
    section: &mut Section<'_>,
    specs: &[&'static Spec],
    errors: &mut Errors,
) -> Vec<(&'static str, Arc<dyn Settings>)> {
    let mut ordered = specs.to_vec();
    ordered.sort_by_key(|spec| {
        REFERENCE_PROBERS.iter().position(|name| *name == spec.name).unwrap_or(REFERENCE_PROBERS.len())
    });
    let mut settings = Vec::with_capacity(ordered.len());
    for spec in ordered {
        let mut inner = section.section_or_empty(spec.name, errors);
        settings.extend((spec.parse)(&mut inner, errors).map(|read| (spec.name, read)));
        inner.finish(errors);
    }
    settings
}

/// Sections that only the reference has are accepted unread: a file that works there loads here.
fn skip_foreign_sections(
    section: &mut Section<'_>,
    specs: &[&'static Spec],
    prober: Option<&str>,
    errors: &mut Errors,
) {
    for name in REFERENCE_PROBERS.into_iter().filter(|name| !is_known(specs, name)) {
        if section.contains(name) && prober != Some(name) {
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
