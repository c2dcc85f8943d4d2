//! What is kept of a probe that ended. Nothing is written out until somebody looks.

use std::sync::Arc;

use probe_core::model::{Report, Verdict};
use probe_core::prober::Settings;
use probe_core::render::Escaping;
use probe_core::render::prometheus::{self, Options};
use probe_core::settings::Dump;

use crate::log::ProbeLog;
use crate::modules::Module;

/// A probe that ended, with the module as it was then.
pub(crate) struct Capture {
    /// What came of it.
    pub(crate) report: Report,
    module: Arc<Module>,
    /// The prober's settings, if the request changed them.
    changed: Option<Arc<dyn Settings>>,
}

impl Capture {
    /// Of a probe of `module`, whose settings the request `changed`.
    pub(crate) fn new(report: Report, module: Arc<Module>, changed: Option<Arc<dyn Settings>>) -> Self {
        Self { report, module, changed }
    }

    /// The page of `debug=true`: log lines, series, and the module in effect.
    pub(crate) fn debug_text(&self, log: ProbeLog) -> String {
        let mut text = String::from("Logs for the probe:\n");
        text.push_str(&log.text(&self.report));
        text.push_str("\n\n\nMetrics that would have been returned:\n");
        text.push_str(&self.series());
        text.push_str("\n\n\nModule configuration:\n");
        text.push_str(&self.module_text());
        text
    }

    /// The series that Prometheus sees.
    pub(crate) fn series(&self) -> String {
        let mut text = String::new();
        let options = Options { escaping: Escaping::AllowUtf8, ..Options::default() };
        prometheus::write(&mut text, std::slice::from_ref(&self.report), options);
        text
    }

    /// The module in effect, secrets masked.
    pub(crate) fn module_text(&self) -> String {
        let mut dump = Dump::compact();
        self.module.config.dump_changed(&mut dump, self.changed.as_deref());
        dump.finish()
    }

    /// About how many bytes it keeps in memory.
    pub(crate) fn size(&self) -> usize {
        /// A report with the usual series.
        const FIXED: usize = 2048;
        /// A line of the log without its values.
        const LINE: usize = 128;
        let report = &self.report;
        let line =
            |fields: &[(&str, String)]| LINE + fields.iter().map(|(_, value)| value.len()).sum::<usize>();
        let log: usize = report.log.iter().map(|said| line(&said.fields)).sum();
        let samples = report.measurements.samples().iter();
        let labels: usize = samples.flat_map(|sample| sample.labels.values()).map(|value| value.len()).sum();
        let notes: usize = report.notes.iter().map(|note| note.text().len()).sum();
        let error = match &report.verdict {
            Verdict::Failure { error, .. } => error.chain().len(),
            _ => 0,
        };
        FIXED + report.target.as_str().len() + log + labels + notes + error
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::log::{Format, Level};
    use crate::testing;

    #[test]
    fn the_debug_page_has_its_three_parts() {
        let capture = testing::failure("tcp", "a b");
        let log = ProbeLog::new(Format::Logfmt, Level::Info);
        let text = capture.debug_text(log);
        let (logs, rest) =
            text.split_once("\n\n\n\nMetrics that would have been returned:\n").expect("series");
        let (series, module) = rest.split_once("\n\n\n\nModule configuration:\n").expect("a module");
        assert!(logs.starts_with("Logs for the probe:\ntime="), "{logs}");
        assert!(logs.contains(" msg=\"Probe failed\" module=tcp target=\"a b\" duration_seconds="), "{logs}");
        assert!(series.ends_with("probe_success 0"), "{series}");
        assert!(module.starts_with("prober: tcp\n") && module.ends_with('\n'), "{module}");
    }

    #[test]
    fn long_targets_weigh_what_they_are() {
        let (short, long) = (testing::failure("tcp", "a"), testing::failure("tcp", &"a".repeat(60_000)));
        assert!(long.size() > short.size() + 59_900, "{} {}", long.size(), short.size());
        assert!(short.report.elapsed < Duration::from_secs(60));
    }
}
