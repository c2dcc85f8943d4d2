//! The configuration file: `blackbox.yml` into modules, and back into text.
//! The only place that knows a file and the probers; what a section means is the prober's business.

mod module;
mod yaml;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;

pub use module::Module;

use crate::prober::Spec;
use crate::settings::{Dump, Errors, Place, Section, SettingsError};

/// A configuration, read and valid.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The modules by name.
    pub modules: BTreeMap<String, Arc<Module>>,
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
        if self.modules.is_empty() {
            return "modules: {}\n".to_owned();
        }
        let mut dump = Dump::default();
        dump.section("modules", |modules| {
            for (name, module) in &self.modules {
                modules.given_section(name, |out| module.dump(out));
            }
        });
        dump.finish()
    }
}

/// Reads the text of a configuration. All problems are reported, in the order of the text; `file_name` is for them alone.
pub fn read(text: &str, file_name: &str, specs: &[&'static Spec]) -> Result<Config, Errors> {
    let mut errors = Errors::in_file(file_name);
    let root = yaml::parse(text, &mut errors);
    let top = root.as_ref().and_then(|root| Section::from_node("", root, &mut errors));
    let modules = top.map(|top| read_modules(top, specs, &mut errors)).unwrap_or_default();
    if errors.is_empty() { Ok(Config { modules, warnings: errors.into_warnings() }) } else { Err(errors) }
}

fn read_modules(
    mut top: Section<'_>,
    specs: &[&'static Spec],
    errors: &mut Errors,
) -> BTreeMap<String, Arc<Module>> {
    let mut modules = BTreeMap::new();
    let sections = top.section("modules", errors).map(|section| section.named_sections(errors));
    for (name, section) in sections.unwrap_or_default() {
        modules.insert(name.to_owned(), Arc::new(module::read(name, section, specs, errors)));
    }
    top.finish(errors);
    modules
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
