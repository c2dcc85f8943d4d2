//! The one result type that every output renders.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::{Explanation, LogLine, Measurements, Phase, ProbeError, Reason, Refusal, Rfc3339, Target};

/// The result of one probe. Every output format is a function of reports.
#[derive(Debug)]
pub struct Report {
    /// The module's name, as configured or as the command line calls it.
    pub module: Arc<str>,
    /// The prober's name: `icmp`, `tcp`.
    pub prober: Arc<str>,
    /// What was probed.
    pub target: Target,
    /// The address it resolved to, if it came that far.
    pub address: Option<IpAddr>,
    /// Labels of the caller's, rendered on every series.
    pub labels: Vec<(String, String)>,
    /// Wall-clock start, for showing.
    pub started: SystemTime,
    /// How long it took, on the monotonic clock.
    pub elapsed: Duration,
    /// How long it was allowed to take.
    pub timeout: Duration,
    /// Success or why not.
    pub verdict: Verdict,
    /// The numbers.
    pub measurements: Measurements,
    /// What people should know beside the numbers.
    pub notes: Vec<Note>,
    /// Single packets, if they were asked for.
    pub exchanges: Vec<Exchange>,
    /// What the probe said, if that was asked for.
    pub log: Vec<LogLine>,
}

impl Report {
    /// Whether the probe succeeded.
    pub fn is_success(&self) -> bool {
        matches!(self.verdict, Verdict::Success)
    }
}

/// How a probe ended.
#[derive(Debug)]
#[non_exhaustive]
pub enum Verdict {
    /// The endpoint works.
    Success,
    /// It does not, or we could not tell.
    Failure {
        /// The word for dashboards and alerts.
        reason: Reason,
        /// Where it happened.
        phase: Phase,
        /// The case in words, with its causes.
        error: ProbeError,
    },
}

impl Verdict {
    /// A failure.
    pub fn failure(error: ProbeError) -> Self {
        Self::Failure { reason: error.reason, phase: error.phase, error }
    }
}

/// Something people should know: the socket kind used, a rung that was refused and why, the certificate of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// A short word: `socket`, `refused`, `clock`, `certificate`.
    pub name: &'static str,
    /// What there is to know.
    pub content: NoteContent,
}

/// What a [`Note`] says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoteContent {
    /// What is best told in parts; kept only when asked for.
    Fields(Vec<NoteField>),
    /// A socket was refused.
    Refusal(Explanation),
    /// Plain words.
    Text(Cow<'static, str>),
}

/// One part of a [`Note`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteField {
    /// What the part is called. It may be the target's word: the name of a header.
    pub name: Cow<'static, str>,
    /// What there is to know.
    pub value: NoteValue,
}

impl NoteField {
    /// A part in words.
    pub fn text(name: impl Into<Cow<'static, str>>, text: impl Into<String>) -> Self {
        Self { name: name.into(), value: NoteValue::Text(text.into()) }
    }

    /// A part that is an instant.
    pub fn time(name: &'static str, time: SystemTime) -> Self {
        Self { name: name.into(), value: NoteValue::Time(time) }
    }
}

/// What a [`NoteField`] says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoteValue {
    /// Words.
    Text(String),
    /// An instant, in the past or to come.
    Time(SystemTime),
}

impl fmt::Display for NoteValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Time(time) => Rfc3339(*time).fmt(f),
        }
    }
}

impl Note {
    /// The note in words.
    pub fn text(&self) -> Cow<'_, str> {
        match &self.content {
            NoteContent::Fields(fields) => {
                let parts: Vec<String> =
                    fields.iter().map(|field| format!("{} {}", field.name, field.value)).collect();
                parts.join(", ").into()
            }
            NoteContent::Refusal(refusal) => refusal.to_string().into(),
            NoteContent::Text(text) => Cow::Borrowed(text),
        }
    }

    /// The explanation, if this is about a refused socket.
    pub fn refusal(&self) -> Option<&Refusal> {
        match &self.content {
            NoteContent::Refusal(refusal) => Some(refusal),
            NoteContent::Fields(_) | NoteContent::Text(_) => None,
        }
    }

    /// The parts, if it has any.
    pub fn fields(&self) -> &[NoteField] {
        match &self.content {
            NoteContent::Fields(fields) => fields,
            NoteContent::Refusal(_) | NoteContent::Text(_) => &[],
        }
    }
}

/// One packet and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Exchange {
    /// Counts from 0.
    pub sequence: u64,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of one packet.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Outcome {
    /// The answer came in time.
    Reply {
        /// Round-trip time.
        rtt: Duration,
        /// Hop limit (TTL for IPv4) of the answer, if the kernel told.
        hop_limit: Option<u8>,
        /// Bytes of the answer from its ICMP or TCP header on.
        bytes: usize,
    },
    /// An answer to a packet that was answered already.
    Duplicate {
        /// Round-trip time of this copy.
        rtt: Duration,
    },
    /// An answer after its timeout had run out.
    Late {
        /// Round-trip time.
        rtt: Duration,
    },
    /// No answer in time.
    Lost,
    /// An error instead of an answer, in words.
    Error(String),
}
