//! The modules, ready to run: what a request needs is made once, when the configuration is read.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use probe_core::config::{self, Config};
use probe_core::prober::{Prober, RunOptions};

/// A module whose prober is built.
pub(crate) struct Module {
    /// The prober; `None` if this build does not have it.
    pub(crate) prober: Option<Arc<dyn Prober>>,
    /// How long a probe may take by the configuration.
    pub(crate) timeout: Option<Duration>,
    /// How to run it, the timeout aside. Cloning it copies references.
    options: RunOptions,
}

impl Module {
    fn build(module: &config::Module) -> Self {
        Self {
            prober: module.build(),
            timeout: module.common.timeout,
            options: module.run_options(Duration::ZERO),
        }
    }

    /// How to run it within `timeout`.
    pub(crate) fn options(&self, timeout: Duration) -> RunOptions {
        RunOptions { timeout, ..self.options.clone() }
    }

    /// The name of its prober.
    pub(crate) fn prober_name(&self) -> &str {
        &self.options.prober
    }
}

/// Every module by name.
pub(crate) struct Modules(HashMap<Box<[u8]>, Module>);

impl Modules {
    /// Builds the prober of every module.
    pub(crate) fn build(config: &Config) -> Self {
        let modules = config.modules.iter();
        Self(modules.map(|(name, module)| (name.as_bytes().into(), Module::build(module))).collect())
    }

    /// The module of this name; the name is bytes, as a request may hold any.
    pub(crate) fn find(&self, name: &[u8]) -> Option<&Module> {
        self.0.get(name)
    }
}
