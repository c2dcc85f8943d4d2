//! `--sandbox`: once everything is open, the process gives up what it will not need. It may no longer write or run files, nor
//! read those it has no business with (Landlock), make no system calls but those of a prober (seccomp), and has no
//! capabilities left where the modules can do without.
//!
//! All of it holds for the thread that asks for it and for those it starts, so it comes before every other thread.

mod calls;
mod capabilities;
mod files;
mod needs;

use std::fs;
use std::io;
use std::path::PathBuf;

use landlock::{RulesetError, RulesetStatus};
use probe_core::config::Config;
use probe_core::net::icmp::Engine;
use probe_core::wire::IpVersion;
use thiserror::Error;
use tracing::{debug, info, warn};

use self::needs::Needs;

/// Why the process cannot be confined.
#[derive(Debug, Error)]
pub(crate) enum SandboxError {
    #[error("cannot give up system calls: {0}")]
    Calls(#[from] seccompiler::BackendError),
    #[error("cannot give up capabilities")]
    Capabilities(#[source] io::Error),
    #[error("cannot give up files: {0}")]
    Files(#[from] RulesetError),
    #[error("cannot give up system calls: {0}")]
    Filter(#[from] seccompiler::Error),
    #[error("cannot confine a process that has {0} threads already")]
    Threads(usize),
}

/// Confines the process. `engines` get the sockets that the modules' pings need; `readable` are files that stay readable,
/// each with its folder, besides those that the modules name.
pub(crate) fn enter(
    config: &Config,
    engines: &[Engine],
    readable: impl IntoIterator<Item = PathBuf>,
) -> Result<(), SandboxError> {
    match fs::read_dir("/proc/self/task").map_or(1, Iterator::count) {
        1 => {}
        threads => return Err(SandboxError::Threads(threads)),
    }
    let needs = Needs::of(config);
    open_sockets(engines, &needs);
    let capabilities = give_up_capabilities(&needs)?;
    let files = match files::give_up(readable.into_iter().chain(files::named(&config.dump())))? {
        RulesetStatus::FullyEnforced => "confined",
        RulesetStatus::PartiallyEnforced => "confined as far as this kernel can",
        RulesetStatus::NotEnforced => {
            warn!("This kernel has no Landlock, so the process may use all files that its user may");
            "not confined"
        }
    };
    calls::give_up()?;
    info!(files, calls = "confined", capabilities, "Sandbox entered");
    Ok(())
}

/// Opens what pings will need, while that may be allowed. What is refused now would be refused later too, and is told there.
fn open_sockets(engines: &[Engine], needs: &Needs) {
    for (version, options) in [IpVersion::V4, IpVersion::V6]
        .into_iter()
        .flat_map(|version| needs.pings.iter().map(move |options| (version, options)))
    {
        for engine in engines {
            if let Err(err) = engine.keep_open(version, options) {
                debug!(?version, %err, "Cannot open a socket for pings beforehand");
            }
        }
    }
}

fn give_up_capabilities(needs: &Needs) -> Result<&'static str, SandboxError> {
    if let Some((module, key)) = &needs.lasting {
        warn!(module = %module, key, "Capabilities are kept, since every probe of a module needs them anew");
        return Ok("kept");
    }
    capabilities::give_up().map_err(SandboxError::Capabilities)?;
    Ok("none")
}
