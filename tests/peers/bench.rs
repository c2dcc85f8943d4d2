//! Facts about a server as trials that share it, and what has to be there before they can be tried.

use std::sync::{Arc, OnceLock};

use libtest_mimic::{Completion, Failed, Trial};

use super::programs;

/// Why the facts about a server cannot be tried.
#[derive(Debug)]
pub(crate) enum Problem {
    /// Something that they need is not on this host: they are ignored.
    Absent(String),
    /// The server is here and does not work: they fail.
    Broken(String),
}

/// The name of a fact, and what panics unless it holds.
pub(crate) type Fact<S> = (&'static str, fn(&S));

/// Trials by the names of their facts. The first that runs starts the server; it ends with the last.
pub(crate) fn trials<S: Send + Sync + 'static>(
    peer: &str,
    start: fn() -> Result<S, Problem>,
    facts: &[Fact<S>],
) -> Vec<Trial> {
    let shared = Arc::new(OnceLock::new());
    let trial = |(name, fact): &Fact<S>| {
        let (shared, fact) = (Arc::clone(&shared), *fact);
        Trial::ignorable_test(format!("{peer}: {name}"), move || {
            match programs::are_built()
                .and_then(|()| shared.get_or_init(start).as_ref().map_err(Problem::again))
            {
                Ok(server) => {
                    fact(server);
                    Ok(Completion::Completed)
                }
                Err(Problem::Absent(reason)) => Ok(Completion::ignored_with(reason)),
                Err(Problem::Broken(reason)) => Err(Failed::from(reason)),
            }
        })
    };
    facts.iter().map(trial).collect()
}

impl Problem {
    fn again(&self) -> Self {
        match self {
            Self::Absent(reason) => Self::Absent(reason.clone()),
            Self::Broken(reason) => Self::Broken(reason.clone()),
        }
    }
}
