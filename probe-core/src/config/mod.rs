//! The configuration file: `blackbox.yml` into modules, and back into text.
//! The only place that knows a file and the probers; what a section means is the prober's business.

mod builtin;
pub mod checks;
mod module;
mod policy;
mod yaml;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;

pub use builtin::BUILT_IN_MODULES;
pub use module::Module;

use crate::net::{Policy, PolicyRules};
use crate::prober::Spec;
use crate::settings::{Dump, Errors, Node, Place, Section, SettingsError};

/// A configuration, read and valid.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The modules by name.
    pub modules: BTreeMap<String, Arc<Module>>,
    /// What all modules may contact, as the file has it; each module holds it together with its own.
    pub policy: Option<Arc<PolicyRules>>,
    /// What is accepted but will not work, or not as written.
    pub warnings: Vec<SettingsError>,
}

/// Why a configuration file cannot be used.
#[derive(Debug, Error)]
pub enum LoadError {
    /// The file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The file can be read, but not understood.
    #[error(transparent)]
    Settings(#[from] Errors),
}

impl Config {
    /// Reads a configuration file. `specs` are the probers that modules may name.
    pub fn load(path: impl AsRef<Path>, specs: &[&'static Spec]) -> Result<Self, LoadError> {
        let path = path.as_ref();
        let name = path.display().to_string();
        let bytes = fs::read(path).map_err(|source| LoadError::Read { path: path.to_owned(), source })?;
        Ok(Self::parse(&bytes, &name, specs)?)
    }

    /// Reads what a configuration file holds; `file_name` is for its problems alone.
    pub fn parse(bytes: &[u8], file_name: &str, specs: &[&'static Spec]) -> Result<Self, Errors> {
        match str::from_utf8(bytes) {
            Ok(text) => read(text, file_name, specs),
            Err(error) => Err(not_utf8(&bytes[..error.valid_up_to()], file_name)),
        }
    }

    /// The effective configuration as YAML, as the reference exporter's `/config` shows it.
    /// Zero values are left out and secrets masked, so it is no substitute for the file.
    pub fn dump(&self) -> String {
        let mut dump = Dump::default();
        dump.section("modules", |modules| {
            for (name, module) in &self.modules {
                modules.given_section(name, |out| module.dump(out));
            }
        });
        if let Some(rules) = &self.policy {
            dump.section("policy", |out| policy::dump(rules, out));
        }
        let text = dump.finish();
        if self.modules.is_empty() { format!("modules: {{}}\n{text}") } else { text }
    }
}

/// Reads the text of a configuration. All problems are reported, in the order of the text; `file_name` is for them alone.
pub fn read(text: &str, file_name: &str, specs: &[&'static Spec]) -> Result<Config, Errors> {
    let mut errors = Errors::in_file(file_name);
    let root = parse(text, &mut errors);
    if root.is_none() && errors.is_empty() {
        let start = Place { line: 1, column: 1 };
        errors.push(start, "", "the file is empty, allowed a mapping with the key modules");
    }
    let top = root.as_ref().and_then(|root| Section::from_node("", root, &mut errors));
    let config = top.map(|top| read_top(top, specs, &mut errors)).unwrap_or_default();
    if errors.is_empty() { Ok(Config { warnings: errors.into_warnings(), ..config }) } else { Err(errors) }
}

/// Reads the first YAML document of any text, for [`Section::from_node`]. `None` if there is none, or if it cannot be
/// read; then `errors` says why.
pub fn parse(text: &str, errors: &mut Errors) -> Option<Node> {
    yaml::parse(text, errors)
}

fn read_top(mut top: Section<'_>, specs: &[&'static Spec], errors: &mut Errors) -> Config {
    let mut config = Config {
        policy: policy::read(&mut top, errors).map(|(rules, _)| Arc::new(rules)),
        ..Config::default()
    };
    let global = config.policy.clone().map_or_else(Policy::allow_all, Policy::new);
    let sections = top.section("modules", errors).map(|section| section.named_sections(errors));
    for (name, section) in sections.unwrap_or_default() {
        let module = module::read(name, section, &global, specs, errors);
        config.modules.insert(name.to_owned(), Arc::new(module));
    }
    top.finish(errors);
    config
}

/// The problem behind the last byte that can be read.
fn not_utf8(before: &[u8], file_name: &str) -> Errors {
    let readable = String::from_utf8_lossy(before);
    let last_line = readable.rsplit('\n').next().unwrap_or_default();
    let line = readable.split('\n').count() as u32;
    let place = Place { line, column: last_line.chars().count() as u32 + 1 };
    let mut errors = Errors::in_file(file_name);
    errors.push(place, "", "not valid UTF-8");
    errors
}

#[cfg(test)]
mod tests;
