//! Shows results as they come, in the format that was asked for.

mod live;

use probe_core::model::Report;
use probe_core::render::text::{self, Style};
use probe_core::render::{json, prometheus};

use crate::args::{Format, ShowArgs, When};
use crate::output::Output;
use crate::{Exit, Surroundings};

pub(crate) use live::{Live, Sight, watcher};

/// The name of notes that are a reason to act, although the probe succeeded.
pub(crate) const WARNING: &str = "warning";

/// Shows reports. Formats that are one document keep them until the end.
pub(crate) struct Show<'a, 'o> {
    output: &'a mut Output<'o>,
    format: Format,
    style: Style,
    terminal: bool,
    kept: Vec<Report>,
    /// The last explanation of refusals that was shown.
    explained: String,
    all_succeeded: bool,
}

impl<'a, 'o> Show<'a, 'o> {
    pub(crate) fn new(args: &ShowArgs, surroundings: &Surroundings, output: &'a mut Output<'o>) -> Self {
        let color = match args.color {
            When::Auto => surroundings.terminal && !surroundings.no_color,
            When::Always => true,
            When::Never => false,
        };
        Self {
            output,
            format: args.format,
            style: Style { color, verbose: args.verbose, quiet: args.quiet },
            terminal: surroundings.terminal,
            kept: Vec::new(),
            explained: String::new(),
            all_succeeded: true,
        }
    }

    pub(crate) fn output(&mut self) -> &mut Output<'o> {
        self.output
    }

    pub(crate) fn style(&self) -> Style {
        self.style
    }

    /// Whether single packets are worth keeping in the reports.
    pub(crate) fn has_packets(&self) -> bool {
        self.is_text_with_packets() || matches!(self.format, Format::Json | Format::Jsonl)
    }

    /// Whether notes in parts are worth keeping in the reports; `always` says that they are what people want to see.
    pub(crate) fn has_details(&self, always: bool) -> bool {
        match self.format {
            Format::Text => !self.style.quiet && (always || self.style.verbose),
            Format::Json | Format::Jsonl => true,
            Format::Prometheus => false,
        }
    }

    /// Whether people read along.
    pub(crate) fn is_text_with_packets(&self) -> bool {
        self.format == Format::Text && !self.style.quiet
    }

    /// Whether each event is a line of its own.
    pub(crate) fn has_event_lines(&self) -> bool {
        self.format == Format::Jsonl
    }

    /// Shows a report, or keeps it for the end. What it warns of is said in any case.
    pub(crate) fn report(&mut self, report: Report) {
        for note in report.notes.iter().filter(|note| note.name == WARNING) {
            self.output.say(&format!("warning: {}: {}", report.target, note.text()));
        }
        match self.format {
            Format::Text => {
                let text = self.text(&report);
                self.shown(&report, &text);
            }
            Format::Jsonl => {
                let line = json::line(&report) + "\n";
                self.shown(&report, &line);
            }
            Format::Json | Format::Prometheus => {
                self.all_succeeded &= report.is_success();
                self.kept.push(report);
            }
        }
    }

    /// A report for people. Why sockets are refused and what would help is said once, not for every target.
    fn text(&mut self, report: &Report) -> String {
        let failure = text::failure(report, self.style);
        let explanation = failure.split_once('\n').map_or("", |(_, explanation)| explanation);
        if !explanation.is_empty() && explanation == self.explained && !self.style.verbose {
            return text::verdict_line(report, self.style) + "\n";
        }
        if !explanation.is_empty() {
            explanation.clone_into(&mut self.explained);
        }
        text::report(report, self.style)
    }

    /// Shows a report in words of the caller's.
    pub(crate) fn shown(&mut self, report: &Report, text: &str) {
        self.all_succeeded &= report.is_success();
        self.output.print(text);
    }

    /// Writes what was kept.
    pub(crate) fn finish(self) -> Exit {
        match self.format {
            Format::Json => self.output.print(&(json::document(&self.kept, self.terminal) + "\n")),
            Format::Prometheus => self.output.print(&prometheus::text(&self.kept)),
            Format::Text | Format::Jsonl => {}
        }
        Exit::of(self.all_succeeded)
    }
}
