//! What a dialogue says in the probe's log: the lines of the reference exporter.

use std::fmt::Display;

use crate::model::{Recorder, Severity};
use crate::settings::Pattern;
use crate::wire::dialogue::{Action, Dialogue, Failure, Seen, Step};

/// Goes on to the next action, and says what was seen on the way.
pub(super) fn advance(
    dialogue: &mut Dialogue<'_, Pattern>,
    steps: &[Step<Pattern>],
    out: &mut Recorder,
) -> Result<Action, Failure> {
    if !out.keeps_log(Severity::Debug) {
        return dialogue.advance();
    }
    let mut entry = dialogue.step();
    dialogue.advance_telling(&mut |seen| {
        if let Seen::Step(at) = seen {
            entry = at;
        }
        tell(seen, entry, steps, out);
    })
}

fn tell(seen: Seen<'_>, entry: usize, steps: &[Step<Pattern>], out: &mut Recorder) {
    let step = steps.get(entry);
    let regexp = || step.and_then(|step| step.expect.as_ref()).map_or("", Pattern::as_str);
    match seen {
        Seen::Step(_) => debug("Processing query response entry", &[("entry_number", &entry)], out),
        Seen::Line(line) => debug("Read line", &[("line", &text(line))], out),
        Seen::LineMatched(line) => {
            debug("Regexp matched", &[("regexp", &regexp()), ("line", &text(line))], out);
        }
        Seen::Bytes(bytes) => debug("Read bytes", &[("bytes", &text(bytes))], out),
        Seen::BytesMatched(bytes) => {
            let expected = step.map_or_else(String::new, |step| text(&step.expect_bytes));
            debug("Bytes matched", &[("expected", &expected), ("bytes", &text(bytes))], out);
        }
    }
}

/// Says what is about to be sent, without the line feed behind it.
pub(super) fn sending(bytes: &[u8], out: &mut Recorder) {
    if out.keeps_log(Severity::Debug) {
        let line = text(bytes.strip_suffix(b"\n").unwrap_or(bytes));
        debug("Sending line", &[("line", &line)], out);
    }
}

/// Says why the dialogue did not go as scripted.
pub(super) fn failed(
    failure: &Failure,
    dialogue: &Dialogue<'_, Pattern>,
    steps: &[Step<Pattern>],
    out: &mut Recorder,
) {
    out.end_step();
    let step = steps.get(dialogue.step());
    let regexp = step.and_then(|step| step.expect.as_ref()).map_or("", Pattern::as_str);
    let expected = step.map_or_else(String::new, |step| text(&step.expect_bytes));
    match failure {
        Failure::NoMatch => {
            let line = text(dialogue.last_line());
            error("Regexp did not match", &[("regexp", &regexp), ("line", &line)], out);
        }
        Failure::BytesDiffer { received } => {
            let fields: [Field<'_>; 2] = [("expected", &expected), ("bytes", &text(received))];
            error("Bytes did not match", &fields, out);
        }
        Failure::EndedEarly { received: 1.., .. } | Failure::Paused { .. } => {
            // As the reference exporter shows its buffer, which is as long as what is expected.
            let mut unread = dialogue.unread();
            unread.resize(unread.len().max(step.map_or(0, |step| step.expect_bytes.len())), 0);
            let bytes = text(&unread);
            debug("Read bytes", &[("bytes", &bytes)], out);
            let fields: [Field<'_>; 2] = [("expected", &expected), ("bytes", &bytes)];
            error("Read less data than expected", &fields, out);
        }
        Failure::EndedEarly { .. } | Failure::LineTooLong | Failure::NotContained { .. } => {
            error("Error reading from connection", &[("err", failure)], out);
        }
        _ => error("Error publishing labels", &[("err", failure)], out),
    }
}

type Field<'a> = (&'static str, &'a dyn Display);

fn debug(message: &'static str, fields: &[Field<'_>], out: &mut Recorder) {
    out.log(Severity::Debug, message, fields);
}

fn error(message: &'static str, fields: &[Field<'_>], out: &mut Recorder) {
    out.log(Severity::Error, message, fields);
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
