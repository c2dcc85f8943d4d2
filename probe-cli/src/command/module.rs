//! Probes with a module of a configuration file: `probe module`.

use probe_core::config::{Config, LoadError};
use probe_core::prober::BUILTIN;

use super::{block_on, check, services};
use crate::args::ModuleArgs;
use crate::output::Output;
use crate::plan::{self, PlanError};
use crate::show::Show;
use crate::{Exit, Surroundings};

/// `probe module`.
pub(crate) fn module(args: &ModuleArgs, surroundings: &Surroundings, output: &mut Output<'_>) -> Exit {
    let Some(config) = load(&args.config, output) else { return Exit::Usage };
    for warning in &config.warnings {
        output.talk(&format!("{warning}\n"));
    }
    let planned = find(&config, args);
    match planned {
        Ok(mut planned) => block_on(output, async |output| {
            let show = Show::new(&args.show, surroundings, output);
            for probe in &mut planned {
                probe.options.keep_details = show.has_details(false);
            }
            check::check(planned, &services(true, surroundings), show).await
        }),
        Err(error) => {
            output.say(&error.to_string());
            Exit::Usage
        }
    }
}

fn find(config: &Config, args: &ModuleArgs) -> Result<Vec<plan::Planned>, PlanError> {
    let module = config.modules.get(&args.name).ok_or_else(|| PlanError::UnknownModule {
        name: args.name.clone(),
        file: args.config.display().to_string(),
        known: config.modules.keys().cloned().collect(),
    })?;
    plan::module(module, &args.targets, args.show.timeout)
}

/// Reads a configuration, or says everything that is wrong with it.
pub(super) fn load(file: &std::path::Path, output: &mut Output<'_>) -> Option<Config> {
    match Config::load(file, BUILTIN) {
        Ok(config) => Some(config),
        Err(error @ LoadError::Read { .. }) => {
            let cause =
                std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
            output.say(&format!("{error}{cause}"));
            None
        }
        Err(LoadError::Settings(errors)) => {
            output.talk(&format!("{errors}\n"));
            None
        }
    }
}
