//! The configuration in effect: read at the start and whenever somebody asks for it, replaced as a whole or not at all.

mod builtin;
mod fingerprint;
mod source;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use probe_core::config::Config;
use probe_core::prober::BUILTIN;
use probe_core::settings::SettingsError;
use thiserror::Error;
use tracing::{info, warn};

use crate::modules::Modules;
use crate::process;
use crate::self_metrics::ModuleRegistry;

use self::fingerprint::Fingerprint;

pub(crate) use self::source::{ReadError, Source};

/// Why a configuration cannot be loaded. Displays in the reference exporter's words, one problem a line.
#[derive(Debug, Error)]
pub(crate) enum LoadError {
    #[error("failed to generate initial checksum for configuration file: error reading YAML file: {0}")]
    Read(#[from] ReadError),
    #[error("error parsing config file: {}", .0.join("\n"))]
    Problems(Vec<String>),
}

impl LoadError {
    /// Every problem as a message of its own.
    pub(crate) fn messages(&self) -> Vec<String> {
        match self {
            Self::Read(_) => vec![self.to_string()],
            Self::Problems(problems) => {
                problems.iter().map(|problem| format!("error parsing config file: {problem}")).collect()
            }
        }
    }
}

/// A configuration with what was made of it.
pub(crate) struct Loaded {
    /// The configuration as read.
    pub(crate) config: Config,
    /// Its modules, ready to run.
    pub(crate) modules: Modules,
    /// The text it was read from.
    text: Vec<u8>,
}

/// The configuration in effect. A probe takes hold of it once and keeps what it has; a later reload does not touch it.
pub(crate) struct LiveConfig {
    source: Source,
    figures: Arc<ModuleRegistry>,
    current: RwLock<Arc<Loaded>>,
    /// The file that was read last, whatever came of it. Held while reading, so that reloads follow each other.
    seen: Mutex<Option<Fingerprint>>,
    successful: AtomicBool,
    /// Seconds since the epoch, as the bits of a floating-point number.
    loaded_at: AtomicU64,
}

impl LiveConfig {
    /// Reads the configuration for the first time.
    pub(crate) fn load(source: Source, figures: Arc<ModuleRegistry>) -> Result<Self, LoadError> {
        let seen = look(&source);
        let text = source.read()?;
        info!("Configuration file change detected, reloading the configuration.");
        let loaded = load(&source, text, &figures)?;
        Ok(Self {
            source,
            figures,
            current: RwLock::new(Arc::new(loaded)),
            seen: Mutex::new(seen),
            successful: AtomicBool::new(true),
            loaded_at: AtomicU64::new(process::now_seconds().to_bits()),
        })
    }

    /// The configuration in effect now.
    pub(crate) fn current(&self) -> Arc<Loaded> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the configuration anew and puts it into effect. If it cannot be used, the one before stays.
    pub(crate) fn reload(&self) -> Result<(), LoadError> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        *seen = self.look();
        let outcome = self.replace();
        self.successful.store(outcome.is_ok(), Ordering::Relaxed);
        if outcome.is_ok() {
            self.loaded_at.store(process::now_seconds().to_bits(), Ordering::Relaxed);
        }
        outcome
    }

    fn replace(&self) -> Result<(), LoadError> {
        let text = self.source.read()?;
        if text == self.current().text {
            info!("Configuration checksum check passed. No changes detected.");
            return Ok(());
        }
        info!("Configuration file change detected, reloading the configuration.");
        let loaded = Arc::new(load(&self.source, text, &self.figures)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = loaded;
        self.figures.forget_unused();
        Ok(())
    }

    /// Whether the last attempt to load succeeded, and when one did last, in seconds since the epoch.
    pub(crate) fn status(&self) -> (bool, f64) {
        (self.successful.load(Ordering::Relaxed), f64::from_bits(self.loaded_at.load(Ordering::Relaxed)))
    }

    /// The file as it is now.
    pub(crate) fn look(&self) -> Option<Fingerprint> {
        look(&self.source)
    }

    /// The file as it was when it was read last.
    pub(crate) fn seen(&self) -> Option<Fingerprint> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Where the configuration comes from.
    pub(crate) fn source(&self) -> &Source {
        &self.source
    }
}

fn look(source: &Source) -> Option<Fingerprint> {
    source.file().and_then(Fingerprint::take)
}

fn load(source: &Source, text: Vec<u8>, figures: &ModuleRegistry) -> Result<Loaded, LoadError> {
    let config = Config::parse(&text, &source.to_string(), BUILTIN).map_err(|errors| {
        let told = |problem: &SettingsError| {
            let problem = SettingsError { file: None, ..problem.clone() };
            format!("{source}: {problem}")
        };
        LoadError::Problems(errors.problems().iter().map(told).collect())
    })?;
    for warning in &config.warnings {
        warn!(%warning, "Config file has a setting that will not work as written");
    }
    Ok(Loaded { modules: Modules::build(&config, figures), config, text })
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::*;

    /// A file that belongs to one test.
    fn file(name: &str, text: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("probe-exporter-{}-{name}", std::process::id()));
        std::fs::write(&path, text).expect("the folder for temporary files can be written");
        path
    }

    fn loaded(path: &Path) -> LiveConfig {
        LiveConfig::load(Source::at(Some(path.to_owned())), Arc::default()).expect("a valid file")
    }

    fn names(live: &LiveConfig) -> Vec<String> {
        live.current().config.modules.keys().cloned().collect()
    }

    #[test]
    fn a_changed_file_takes_effect_when_asked_for() {
        let path = file("changed.yml", "modules: {a: {prober: tcp}}");
        let live = loaded(&path);
        let before = live.current();
        std::fs::write(&path, "modules: {b: {prober: tcp}}").expect("it was written before");
        assert_eq!(names(&live), ["a"]);
        live.reload().expect("a valid file");
        assert_eq!(names(&live), ["b"]);
        assert!(before.modules.find(b"a").is_some(), "a probe keeps what it began with");
    }

    #[test]
    fn a_bad_file_changes_nothing_but_the_status() {
        let path = file("bad.yml", "modules: {a: {prober: tcp}}");
        let live = loaded(&path);
        let (_, loaded_at) = live.status();
        std::fs::write(&path, "modules:\n  b:\n    prober: tcp\n    odd: 1\n")
            .expect("it was written before");
        let error = live.reload().expect_err("a bad file").to_string();
        let place =
            format!("error parsing config file: {}: line 4, column 5: modules.b.odd: ", path.display());
        assert!(error.starts_with(&place), "{error}");
        assert_eq!((names(&live), live.status()), (vec!["a".to_owned()], (false, loaded_at)));
        std::fs::remove_file(&path).expect("it is there");
        let error = live.reload().expect_err("no file").to_string();
        assert!(error.ends_with(&format!("open {}: no such file or directory", path.display())), "{error}");
        std::fs::write(&path, "modules: {a: {prober: tcp}}").expect("the folder is there");
        live.reload().expect("the file that is in effect");
        assert!(live.status().0 && live.status().1 >= loaded_at);
    }

    #[test]
    fn every_problem_is_a_message() {
        let path = file("problems.yml", "modules: {a: {prober: tcp, odd: 1}, b: {prober: tcp, even: 2}}");
        let error =
            LiveConfig::load(Source::at(Some(path.clone())), Arc::default()).err().expect("a bad file");
        let messages = error.messages();
        assert_eq!(messages.len(), 2, "{messages:?}");
        let place = format!("error parsing config file: {}: line 1, ", path.display());
        assert!(messages.iter().all(|message| message.starts_with(&place)), "{messages:?}");
    }
}
