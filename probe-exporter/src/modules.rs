//! The modules, ready to run: what a request needs is made once, when the configuration is read.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use probe_core::config::{self, Config};
use probe_core::model::Severity;
use probe_core::prober::{OverrideError, Overrides, Prober, RunOptions, Settings};

use crate::self_metrics::{ModuleFigures, ModuleRegistry};

/// A module whose prober is built.
pub(crate) struct Module {
    /// The module as configured.
    pub(crate) config: Arc<config::Module>,
    /// How its probes went.
    pub(crate) figures: Arc<ModuleFigures>,
    /// Its prober; `None` if this build does not have it.
    prober: Option<Arc<dyn Prober>>,
    /// How to run it, timeout and log aside. Cloning it copies references.
    options: RunOptions,
}

impl Module {
    fn build(config: &Arc<config::Module>, figures: &ModuleRegistry) -> Self {
        Self {
            config: config.clone(),
            figures: figures.of(&config.name),
            prober: config.build(),
            options: config.run_options(Duration::ZERO),
        }
    }

    /// Its prober, if this build has it.
    pub(crate) fn prober(&self) -> Option<Arc<dyn Prober>> {
        self.prober.clone()
    }

    /// How to run it within `timeout`, keeping log lines of at least `least`.
    pub(crate) fn options(&self, timeout: Duration, least: Severity) -> RunOptions {
        RunOptions { timeout, log: Some(least), ..self.options.clone() }
    }

    /// How long a probe may take by the configuration.
    pub(crate) fn timeout(&self) -> Option<Duration> {
        self.config.common.timeout
    }

    /// Its settings as a request changes them; `None` where nothing of it concerns this module.
    pub(crate) fn changed(&self, overrides: &Overrides) -> Result<Option<Arc<dyn Settings>>, OverrideError> {
        self.config.own_settings().map_or(Ok(None), |settings| settings.with_overrides(overrides))
    }
}

/// Every module by name.
pub(crate) struct Modules(HashMap<Box<[u8]>, Arc<Module>>);

impl Modules {
    /// Builds the prober of every module. Modules that were there before keep their figures.
    pub(crate) fn build(config: &Config, figures: &ModuleRegistry) -> Self {
        let modules = config.modules.iter();
        let built =
            modules.map(|(name, module)| (name.as_bytes().into(), Arc::new(Module::build(module, figures))));
        Self(built.collect())
    }

    /// The module of this name; the name is bytes, as a request may hold any.
    pub(crate) fn find(&self, name: &[u8]) -> Option<&Arc<Module>> {
        self.0.get(name)
    }
}
