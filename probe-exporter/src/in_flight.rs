//! How many probes run at once: all together, and of each module.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use probe_core::config::Module;
use thiserror::Error;
use tokio::sync::Notify;

/// The probes that run, and how many may.
#[derive(Default)]
pub(crate) struct InFlight {
    most: Option<NonZeroUsize>,
    running: Mutex<Running>,
    left: Notify,
}

#[derive(Default)]
struct Running {
    all: usize,
    /// Of modules that have a limit and a probe that runs.
    modules: HashMap<Arc<str>, u32>,
}

/// As many probes run as may. Displays as the answer.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum Full {
    #[error("Too many probes in flight")]
    All,
    #[error("Too many probes of this module in flight")]
    Module,
}

impl InFlight {
    /// At most so many; any number if absent.
    pub(crate) fn new(most: Option<NonZeroUsize>) -> Self {
        Self { most, running: Mutex::default(), left: Notify::new() }
    }

    /// A place for a probe of this module, until the value is dropped.
    pub(crate) fn enter(&self, module: &Module) -> Result<Place<'_>, Full> {
        let mut running = self.lock();
        if self.most.is_some_and(|most| running.all >= most.get()) {
            return Err(Full::All);
        }
        let name = match module.common.max_in_flight {
            None => None,
            Some(most) => {
                let of_module = running.modules.entry(module.name.clone()).or_default();
                if *of_module >= most {
                    return Err(Full::Module);
                }
                *of_module += 1;
                Some(module.name.clone())
            }
        };
        running.all += 1;
        Ok(Place { of: self, module: name })
    }

    /// A place for a probe of this module, as soon as there is one.
    pub(crate) async fn wait(&self, module: &Module) -> Place<'_> {
        loop {
            let mut left = pin!(self.left.notified());
            // From here on, so that no place is given up unnoticed.
            left.as_mut().enable();
            if let Ok(place) = self.enter(module) {
                return place;
            }
            left.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place of a probe that runs.
pub(crate) struct Place<'a> {
    of: &'a InFlight,
    module: Option<Arc<str>>,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut running = self.of.lock();
        running.all -= 1;
        if let Some(name) = &self.module
            && let Some(of_module) = running.modules.get_mut(name)
        {
            *of_module -= 1;
            if *of_module == 0 {
                running.modules.remove(name);
            }
        }
        drop(running);
        // All of them, for whoever is woken may want another module.
        self.of.left.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use probe_core::config;
    use probe_core::prober::BUILTIN;

    use super::*;

    fn modules(text: &str) -> Vec<Arc<Module>> {
        let config = config::read(text, "b.yml", BUILTIN).expect("a valid configuration");
        config.modules.into_values().collect()
    }

    #[test]
    fn places_are_counted_for_all_and_for_each_module() {
        let modules = modules("modules: {a: {prober: tcp, max_in_flight: 2}, b: {prober: tcp}}");
        let (limited, free) = (&modules[0], &modules[1]);
        let in_flight = InFlight::new(NonZeroUsize::new(4));
        let first = in_flight.enter(limited).expect("there is room");
        let second = in_flight.enter(limited).expect("there is room");
        assert_eq!(in_flight.enter(limited).err(), Some(Full::Module));
        let third = in_flight.enter(free).expect("there is room");
        let fourth = in_flight.enter(free).expect("there is room");
        assert_eq!(in_flight.enter(free).err(), Some(Full::All));
        drop(third);
        assert!(in_flight.enter(free).is_ok());
        drop(first);
        assert!(in_flight.enter(limited).is_ok());
        drop((second, fourth));
        let running = in_flight.lock();
        assert_eq!((running.all, running.modules.len()), (0, 0));
    }

    #[test]
    fn without_limits_there_is_always_room() {
        let modules = modules("modules: {a: {prober: tcp}}");
        let in_flight = InFlight::default();
        let places: Vec<_> = (0..1000).map(|_| in_flight.enter(&modules[0])).collect();
        assert!(places.iter().all(Result::is_ok));
    }
}
