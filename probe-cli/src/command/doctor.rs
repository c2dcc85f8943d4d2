//! What this process may do on this machine, why not more, and what to do about it: `probe doctor`.

mod examine;
mod json;
mod table;

use super::{block_on, engine};
use crate::Exit;
use crate::args::{DoctorArgs, DoctorFormat};
use crate::output::Output;
use examine::Findings;

/// `probe doctor`.
pub(crate) fn doctor(args: &DoctorArgs, output: &mut Output<'_>) -> Exit {
    block_on(output, async |output| {
        let findings = Findings::gather(&engine()).await;
        match args.format {
            DoctorFormat::Text => output.print(&table::text(&findings)),
            DoctorFormat::Json => output.print(&json::document(&findings)),
        }
        Exit::of(findings.all_work())
    })
}
