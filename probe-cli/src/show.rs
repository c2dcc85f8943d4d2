//! Shows results as they come, in the format that was asked for.

mod live;

use std::time::SystemTime;

use probe_core::model::{Report, chain};
use probe_core::prober::Services;
use probe_core::render::nagios::{self, Layout};
use probe_core::render::text::{self, Style};
use probe_core::render::threshold::{State, Thresholds};
use probe_core::render::{csv, json, openmetrics, prometheus, prtg, zabbix};

use crate::args::{Format, ShowArgs, When};
use crate::command::{push, send};
use crate::output::Output;
use crate::{Exit, Surroundings};

pub(crate) use live::{Live, Sight, watcher};

/// The name of notes that are a reason to act, although the probe succeeded.
pub(crate) const WARNING: &str = "warning";

/// Shows reports. Formats that are one document keep them until the end.
pub(crate) struct Show<'a, 'o> {
    args: &'a ShowArgs,
    output: &'a mut Output<'o>,
    format: Format,
    style: Style,
    terminal: bool,
    kept: Vec<Report>,
    /// The last explanation of refusals that was shown.
    explained: String,
    thresholds: Thresholds,
    is_begun: bool,
    is_incomplete: bool,
    all_succeeded: bool,
}

impl<'a, 'o> Show<'a, 'o> {
    pub(crate) fn new(args: &'a ShowArgs, surroundings: &Surroundings, output: &'a mut Output<'o>) -> Self {
        let color = match args.color {
            When::Auto => surroundings.terminal && !surroundings.no_color,
            When::Always => true,
            When::Never => false,
        };
        Self {
            args,
            output,
            format: args.format,
            style: Style { color, verbose: args.verbose, quiet: args.quiet },
            terminal: surroundings.terminal,
            kept: Vec::new(),
            explained: String::new(),
            thresholds: args.thresholds(),
            is_begun: false,
            is_incomplete: false,
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
            _ => false,
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

    /// Whether a line that is written over would be seen, and be in nobody's way.
    pub(crate) fn leaves_room_for_progress(&self, surroundings: &Surroundings) -> bool {
        surroundings.talks_to_terminal
            && !self.format.is_plugin()
            && (self.is_document() || !surroundings.terminal)
    }

    /// Something was not checked, so no report tells of it.
    pub(crate) fn is_missing_something(&mut self) {
        self.is_incomplete = true;
    }

    /// Shows a report, or keeps it for the end. What it warns of is said in any case.
    pub(crate) fn report(&mut self, report: Report) {
        for note in report.notes.iter().filter(|note| note.name == WARNING) {
            self.output.say(&format!("warning: {}: {}", report.target, note.text()));
        }
        let text = match self.format {
            Format::Text => self.text(&report),
            Format::Jsonl => json::line(&report) + "\n",
            Format::Csv if self.is_begun => csv::line(&report),
            Format::Csv => csv::HEADER.to_owned() + &csv::line(&report),
            _ => String::new(),
        };
        self.shown(report, &text);
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
    pub(crate) fn shown(&mut self, report: Report, text: &str) {
        self.is_begun = true;
        if !text.is_empty() {
            self.output.print(text);
        }
        let judgement = self.thresholds.judge(&report);
        self.all_succeeded &= judgement.state != State::Critical;
        if !self.is_judging() {
            for limit in &judgement.broken {
                self.output.say(&format!("{}: {limit}", report.target));
            }
        }
        let goes_elsewhere =
            self.args.textfile.is_some() || self.args.push.push.is_some() || self.args.send.is_wanted();
        if self.is_document() || goes_elsewhere {
            self.kept.push(report);
        }
    }

    /// Takes a report that nobody needs to see again; it counts, and goes wherever results are written besides.
    pub(crate) fn unchanged(&mut self, report: Report) {
        self.shown(report, "");
    }

    /// Whether results are shown one by one.
    pub(crate) fn is_line_by_line(&self) -> bool {
        !self.is_document()
    }

    /// Whether the format has a place for what limits make of a report.
    fn is_judging(&self) -> bool {
        self.format.is_plugin() || matches!(self.format, Format::Prtg | Format::PrtgXml)
    }

    /// Whether the reports are one document, which has to wait for the last of them.
    fn is_document(&self) -> bool {
        !matches!(self.format, Format::Text | Format::Jsonl | Format::Csv)
    }

    /// Writes what was kept, wherever it is to go.
    pub(crate) async fn finish(self, services: &Services) -> Exit {
        let (kept, limits) = (&self.kept, &self.thresholds);
        let mut exit = Exit::of(self.all_succeeded && !self.is_incomplete);
        let document = match self.format {
            Format::Text | Format::Jsonl | Format::Csv => String::new(),
            Format::Json => json::document(kept, self.terminal) + "\n",
            Format::Prometheus => prometheus::text(kept),
            Format::Openmetrics => openmetrics::text(kept),
            Format::Nagios | Format::Nagios3 => {
                let layout = if self.format == Format::Nagios { Layout::Classic } else { Layout::Three };
                let (text, state) = nagios::output(kept, limits, layout);
                let least = if self.is_incomplete { State::Unknown } else { State::Ok };
                exit = Exit::Plugin(state.worst(least));
                text
            }
            Format::Zabbix => zabbix::document(kept) + "\n",
            Format::ZabbixLld => zabbix::discovery(kept) + "\n",
            Format::Prtg => prtg::json(kept, limits) + "\n",
            Format::PrtgXml => prtg::xml(kept, limits),
        };
        if !document.is_empty() {
            self.output.print(&document);
        }
        let written = self.args.textfile.as_ref().map_or(Ok(()), |file| file.write(kept, SystemTime::now()));
        if let Err(error) = written {
            self.output.say(&chain(&error));
            exit = if exit == Exit::Success { Exit::Usage } else { exit };
        }
        if let Err(problem) = push(&self.args.push, kept, services).await {
            self.output.say(&problem);
            exit = if self.format.is_plugin() { exit } else { Exit::NotPushed };
        }
        let sent = send(&self.args.send, kept, services).await;
        for problem in &sent.problems {
            self.output.say(problem);
        }
        if sent.is_lost && !self.format.is_plugin() {
            exit = Exit::NotPushed;
        }
        exit
    }
}
