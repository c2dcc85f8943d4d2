//! The state of a dialogue: which step it is at, what was received, and what is to be done next.

use std::collections::VecDeque;

use thiserror::Error;

use super::inbox::{Inbox, LONGEST_LINE};
use super::script::{Contents, Ending, LinePattern, Step};

/// Longest part of what came that is kept to be shown.
const LONGEST_SHOWN: usize = 64;

/// A dialogue under way.
///
/// Ask it what to do with [`advance`](Self::advance), do it, and ask again.
///
/// ```
/// use probe_core::wire::dialogue::{Action, Dialogue, LinePattern, Step};
///
/// struct Exactly(&'static [u8]);
/// impl LinePattern for Exactly {
///     fn fill(&self, line: &[u8], templates: &[&[u8]]) -> Option<Vec<Vec<u8>>> {
///         (line == self.0).then(|| templates.iter().map(|template| template.to_vec()).collect())
///     }
/// }
///
/// let script = [Step { expect: Some(Exactly(b"ready")), send: b"QUIT\r".to_vec(), ..Step::default() }];
/// let mut dialogue = Dialogue::new(&script);
/// assert_eq!(dialogue.advance(), Ok(Action::Receive));
/// dialogue.receive(b"ready\r\n");
/// assert_eq!(dialogue.advance(), Ok(Action::Send(b"QUIT\r\n".to_vec())));
/// assert_eq!(dialogue.advance(), Ok(Action::Finish));
/// ```
#[derive(Debug)]
pub struct Dialogue<'s, P> {
    steps: &'s [Step<P>],
    at: usize,
    inbox: Inbox,
    /// Whether the step has begun.
    begun: bool,
    /// Whether the expectation of the step is met.
    met: bool,
    /// What the step is still to do after that.
    due: VecDeque<Action>,
    lines: u64,
    last_line: Vec<u8>,
    published: bool,
}

/// What a dialogue saw on its way to the next action, for whoever tells people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen<'a> {
    /// These bytes, which are as many as are expected.
    Bytes(&'a [u8]),
    /// They are those expected.
    BytesMatched(&'a [u8]),
    /// A line.
    Line(&'a [u8]),
    /// It matches.
    LineMatched(&'a [u8]),
    /// A step begins, the one at this place from 0.
    Step(usize),
}

/// What is to be done next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing: every step was taken.
    Finish,
    /// Publish a series with these labels, names as configured.
    Publish(Vec<(String, String)>),
    /// Receive something and hand it over, or say that there will be no more.
    Receive,
    /// Send these bytes.
    Send(Vec<u8>),
    /// Go on over TLS. What was received in the clear and not read yet is forgotten.
    StartTls,
}

/// Why a dialogue failed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// Other bytes came.
    #[error("the bytes received are not those expected: \"{}\"", received.escape_ascii())]
    BytesDiffer {
        /// The beginning of what came.
        received: Vec<u8>,
    },
    /// The other side ended before all bytes had come.
    #[error("the connection was closed after {received} of {expected} bytes")]
    EndedEarly {
        /// How many had come.
        received: usize,
        /// How many were to come.
        expected: usize,
    },
    /// What a group matched cannot be a label's value.
    #[error("the value of label {name:?} is not valid UTF-8")]
    LabelNotText {
        /// The label's name.
        name: String,
    },
    /// Two steps with labels were taken; there is one series for them.
    #[error("a second step with labels matched, and there can be one")]
    LabelsTwice,
    /// A line has no end.
    #[error("a line is longer than {} bytes", super::LONGEST_LINE)]
    LineTooLong,
    /// The other side ended without the line that was expected.
    #[error("the connection was closed and no line matched")]
    NoMatch,
    /// The texts that were to come are not in what did.
    #[error("what was expected is not in what was received: \"{}\"", received.escape_ascii())]
    NotContained {
        /// The beginning of what came.
        received: Vec<u8>,
    },
    /// The other side sent nothing for a while, before all bytes had come. Never of the dialogue's own finding: it knows no time.
    #[error("nothing came after {received} of {expected} bytes")]
    Paused {
        /// How many had come.
        received: usize,
        /// How many were to come.
        expected: usize,
    },
}

impl<'s, P: LinePattern> Dialogue<'s, P> {
    /// A dialogue at its start.
    pub fn new(steps: &'s [Step<P>]) -> Self {
        Self {
            steps,
            at: 0,
            inbox: Inbox::default(),
            begun: false,
            met: false,
            due: VecDeque::new(),
            lines: 0,
            last_line: Vec::new(),
            published: false,
        }
    }

    /// Hands over what was received. To keep memory bounded, receive only when asked to.
    pub fn receive(&mut self, bytes: &[u8]) {
        self.inbox.add(bytes);
    }

    /// The other side will send no more.
    pub fn end(&mut self) {
        self.inbox.end();
    }

    /// The step it is at, from 0; the number of steps once all were taken.
    pub fn step(&self) -> usize {
        self.at
    }

    /// How many lines were read.
    pub fn lines(&self) -> u64 {
        self.lines
    }

    /// The beginning of the last line that was read.
    pub fn last_line(&self) -> &[u8] {
        &self.last_line
    }

    /// Should nothing more come: the failure, if some of the bytes that the step expects have come but not all, or others than
    /// the texts that are to be in them.
    pub fn if_paused(&self) -> Option<Failure> {
        let step = self.steps.get(self.at).filter(|step| step.expect.is_none() && !self.met)?;
        let (received, expected) = (self.inbox.waiting(), step.expect_bytes.len());
        if step.contains.is_some() {
            return (received > 0).then(|| Failure::NotContained { received: self.unread() });
        }
        (received > 0 && received < expected).then_some(Failure::Paused { received, expected })
    }

    /// The beginning of what came and was not read yet.
    pub fn unread(&self) -> Vec<u8> {
        shown(self.inbox.unread())
    }

    /// What is to be done next. After a failure there is nothing more to be had.
    pub fn advance(&mut self) -> Result<Action, Failure> {
        self.advance_telling(&mut |_| {})
    }

    /// The same, telling what it sees.
    pub fn advance_telling(&mut self, tell: &mut dyn FnMut(Seen<'_>)) -> Result<Action, Failure> {
        loop {
            if let Some(action) = self.due.pop_front() {
                return Ok(action);
            }
            if std::mem::take(&mut self.met) {
                self.at += 1;
                self.begun = false;
            }
            let Some(step) = self.steps.get(self.at) else { return Ok(Action::Finish) };
            if !std::mem::replace(&mut self.begun, true) {
                tell(Seen::Step(self.at));
            }
            self.met = self.meets(step, tell)?;
            if !self.met {
                return Ok(Action::Receive);
            }
        }
    }

    /// Whether what a step expects is there; if so, its actions are due.
    fn meets(&mut self, step: &Step<P>, tell: &mut dyn FnMut(Seen<'_>)) -> Result<bool, Failure> {
        let Some(pattern) = &step.expect else {
            let is_met = match &step.contains {
                Some(contents) => self.meets_contents(contents)?,
                None => self.meets_bytes(step, tell)?,
            };
            if !is_met {
                return Ok(false);
            }
            self.answer(step, step.send.clone());
            return Ok(true);
        };
        let labels = step.labels.as_deref().unwrap_or_default();
        let values = labels.iter().map(|label| label.value.as_bytes());
        let templates: Vec<&[u8]> = std::iter::once(step.send.as_slice()).chain(values).collect();
        let Some(filled) = self.matching_line(pattern, &templates, tell)? else { return Ok(false) };
        let mut filled = filled.into_iter();
        let send = filled.next().unwrap_or_default();
        if step.labels.is_some() {
            self.publish(labels.iter().map(|label| label.name.as_str()).zip(filled))?;
        }
        self.answer(step, send);
        Ok(true)
    }

    /// Reads lines until one matches.
    fn matching_line(
        &mut self,
        pattern: &P,
        templates: &[&[u8]],
        tell: &mut dyn FnMut(Seen<'_>),
    ) -> Result<Option<Vec<Vec<u8>>>, Failure> {
        while let Some(range) = self.inbox.line().map_err(|_| Failure::LineTooLong)? {
            let line = self.inbox.get(range);
            self.lines += 1;
            self.last_line = shown(line);
            tell(Seen::Line(line));
            if let Some(filled) = pattern.fill(line, templates) {
                tell(Seen::LineMatched(line));
                return Ok(Some(filled));
            }
        }
        if self.inbox.has_ended() { Err(Failure::NoMatch) } else { Ok(None) }
    }

    fn meets_bytes(&mut self, step: &Step<P>, tell: &mut dyn FnMut(Seen<'_>)) -> Result<bool, Failure> {
        let Some(range) = self.inbox.take(step.expect_bytes.len()) else {
            if self.inbox.has_ended() {
                let (received, expected) = (self.inbox.waiting(), step.expect_bytes.len());
                return Err(Failure::EndedEarly { received, expected });
            }
            return Ok(false);
        };
        let received = self.inbox.get(range);
        if received.is_empty() {
            return Ok(true);
        }
        tell(Seen::Bytes(received));
        if !step.accepts(received) {
            return Err(Failure::BytesDiffer { received: shown(received) });
        }
        tell(Seen::BytesMatched(received));
        Ok(true)
    }

    fn meets_contents(&mut self, contents: &Contents) -> Result<bool, Failure> {
        let received = self.inbox.unread();
        if contents.are_in(received) {
            self.inbox.take(self.inbox.waiting());
            return Ok(true);
        }
        if self.inbox.has_ended() || received.len() >= LONGEST_LINE {
            return Err(Failure::NotContained { received: self.unread() });
        }
        Ok(false)
    }

    fn publish<'l>(&mut self, labels: impl Iterator<Item = (&'l str, Vec<u8>)>) -> Result<(), Failure> {
        if std::mem::replace(&mut self.published, true) {
            return Err(Failure::LabelsTwice);
        }
        let mut published = Vec::new();
        for (name, value) in labels {
            let value = String::from_utf8(value).map_err(|_| Failure::LabelNotText { name: name.into() })?;
            published.push((name.to_owned(), value));
        }
        self.due.push_back(Action::Publish(published));
        Ok(())
    }

    fn answer(&mut self, step: &Step<P>, mut send: Vec<u8>) {
        if !send.is_empty() {
            if step.ending == Ending::LineFeed {
                send.push(b'\n');
            }
            self.due.push_back(Action::Send(send));
        }
        if step.start_tls {
            self.inbox.clear();
            self.due.push_back(Action::StartTls);
        }
    }
}

fn shown(bytes: &[u8]) -> Vec<u8> {
    bytes[..bytes.len().min(LONGEST_SHOWN)].to_vec()
}
