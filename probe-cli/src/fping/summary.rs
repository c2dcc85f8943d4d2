//! How a run ends.

use super::format::Printer;
use super::host::Account;
use super::settings::{Mode, Settings};
use super::{ALL, NO_ADDRESS, SOME};
use crate::output::Output;

/// Prints what all came to, and says which code to end with.
pub(super) fn conclude(account: &Account, unknown: u32, settings: &Settings, output: &mut Output<'_>) -> u8 {
    let printer = Printer::new(settings, &account.hosts);
    match settings.mode {
        Mode::Alive { .. } => {
            for host in account.hosts.iter().filter(|host| host.tally.received == 0) {
                if settings.verbose {
                    output.print(&format!("{} is unreachable\n", host.name));
                } else if settings.only_unreachable {
                    output.print(&format!("{}\n", host.name));
                }
            }
        }
        Mode::Count { values, .. } => printer.summary(&account.hosts, values, output),
        Mode::Loop => printer.summary(&account.hosts, false, output),
    }
    if settings.statistics {
        printer.statistics(account, unknown, output);
    }
    if let Some(enough) = settings.enough {
        let (wanted, alive) = (enough.reachable, account.alive);
        let word = if alive >= wanted { "Enough" } else { "Not enough" };
        output.print(&format!("{word} hosts reachable (required: {wanted}, reachable: {alive})\n"));
        return if alive >= wanted { ALL } else { SOME };
    }
    if unknown > 0 {
        NO_ADDRESS
    } else if account.alive as usize == account.hosts.len() {
        ALL
    } else {
        SOME
    }
}
