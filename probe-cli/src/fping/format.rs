//! What is printed when, and to which stream: results to the standard output, summaries for people to the other.

use std::time::Duration;

use super::host::{Account, Record, Tally};
use super::settings::{Look, Settings};
use super::{json, netdata, stamp, text};
use crate::output::Output;

/// What an answer told besides its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) trip: Duration,
    pub(super) bytes: usize,
    pub(super) ttl: Option<u8>,
    pub(super) tos: Option<u8>,
}

/// Prints the lines of one run.
pub(super) struct Printer<'s> {
    pub(super) settings: &'s Settings,
    /// Of the longest name.
    width: usize,
    has_charts: bool,
}

impl<'s> Printer<'s> {
    pub(super) fn new(settings: &'s Settings, hosts: &[Record]) -> Self {
        let width = hosts.iter().map(|host| host.name.chars().count()).max().unwrap_or_default();
        Self { settings, width, has_charts: false }
    }

    fn is_json(&self) -> bool {
        self.settings.look == Look::Json
    }

    /// A target has answered, without `-c`, `-C` and `-l`.
    pub(super) fn alive(&self, host: &Record, answer: &Answer, output: &mut Output<'_>) {
        if self.settings.verbose || self.settings.only_alive {
            output.print(&text::alive(&host.name, answer, self.settings));
        }
    }

    /// One ping of several was answered.
    pub(super) fn reply(&self, host: &Record, sequence: u64, answer: &Answer, output: &mut Output<'_>) {
        if self.settings.verbose {
            output.print(&if self.is_json() {
                json::reply(host, sequence, answer, self.settings)
            } else {
                text::reply(host, self.width, sequence, answer, self.settings)
            });
        }
    }

    /// One ping of several was not.
    pub(super) fn timeout(&self, host: &Record, sequence: u64, output: &mut Output<'_>) {
        if self.settings.verbose {
            output.print(&if self.is_json() {
                json::timeout(host, sequence, self.settings)
            } else {
                text::timeout(host, self.width, sequence, self.settings)
            });
        }
    }

    pub(super) fn duplicate(&self, host: &Record, sequence: u64, answer: &Answer, output: &mut Output<'_>) {
        if !self.settings.quiet {
            output.talk(&text::duplicate(host, self.width, sequence, answer));
        }
    }

    /// What it has come to so far, while it goes on.
    pub(super) fn interim(&mut self, hosts: &mut [Record], output: &mut Output<'_>) {
        let cumulative = self.settings.interim.is_none_or(|interim| interim.cumulative);
        match self.settings.look {
            Look::Json => {
                let time = stamp::unix_seconds();
                for host in &*hosts {
                    output.print(&json::interim(host, shown(host, cumulative), time, self.settings));
                }
            }
            Look::Netdata => {
                for host in &*hosts {
                    output.print(&netdata::interim(host, &host.interim, !self.has_charts));
                }
                self.has_charts = true;
            }
            Look::Text => {
                output.talk(&format!("[{}]\n", stamp::time_of_day()));
                for host in &*hosts {
                    let tally = shown(host, cumulative);
                    output.talk(&text::tally(host, self.width, tally, self.settings));
                }
            }
        }
        if self.settings.interim.is_some() {
            for host in hosts {
                host.interim = Tally::default();
            }
        }
    }

    /// What each target came to, with `-c`, `-C` and `-l`.
    pub(super) fn summary(&self, hosts: &[Record], values: bool, output: &mut Output<'_>) {
        if self.is_json() {
            for host in hosts {
                output.print(&if values { json::values(host) } else { json::summary(host, self.settings) });
            }
            return;
        }
        if !self.settings.quiet {
            output.talk("\n");
        }
        for host in hosts {
            output.talk(&if values {
                text::values(host, self.width)
            } else {
                text::tally(host, self.width, &host.tally, self.settings)
            });
        }
    }

    /// Figures over all targets.
    pub(super) fn statistics(&self, account: &Account, unknown: u32, output: &mut Output<'_>) {
        if self.is_json() {
            output.print(&json::statistics(account, unknown));
        } else {
            output.talk(&text::statistics(account, unknown));
        }
    }
}

fn shown(host: &Record, cumulative: bool) -> &Tally {
    if cumulative { &host.tally } else { &host.interim }
}
