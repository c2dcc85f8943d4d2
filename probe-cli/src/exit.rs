//! Exit codes. They are part of the interface: scripts depend on them.

use std::process::ExitCode;

use probe_core::render::threshold::State;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Everything asked for works: 0.
    Success,
    /// A probe failed: 1.
    Failure,
    /// The arguments or the configuration are wrong, or the result could not be written: 2.
    Usage,
    /// The results could not be handed on, or nobody could be told of them: 4.
    NotPushed,
    /// Another run is not over yet: 5.
    Locked,
    /// As fping ends: 0 to 4.
    Fping(u8),
    /// As a plugin of Nagios ends: 0, 1, 2 or 3.
    Plugin(State),
}

impl Exit {
    /// The exit of a run of probes.
    pub fn of(all_succeeded: bool) -> Self {
        if all_succeeded { Self::Success } else { Self::Failure }
    }

    /// The number the shell sees.
    pub const fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Failure => 1,
            Self::Usage => 2,
            Self::NotPushed => 4,
            Self::Locked => 5,
            Self::Fping(code) => code,
            Self::Plugin(state) => state.exit_code(),
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}
