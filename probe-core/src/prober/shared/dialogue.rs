//! Query and response over a connection: holds a scripted dialogue within the deadline, and records how it went.

mod presets;
mod series;
mod settings;
#[cfg(any(feature = "tcp", feature = "unix"))]
mod unsupported;

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, timeout_at};
use tracing::debug;

pub use series::{DIALOGUE_FAMILIES, EXPECT_INFO, FAILED_DUE_TO_BYTES, FAILED_DUE_TO_REGEX};
pub use settings::DialogueSettings;
#[cfg(any(feature = "tcp", feature = "unix"))]
pub(crate) use unsupported::{can_be_probed, unsupported};

use crate::model::{Deadline, Phase, ProbeError, Reason, Recorder};
use crate::settings::Pattern;
use crate::wire::dialogue::{Action, Dialogue, Failure, LinePattern, Step};

/// How much is received at a time. What waits to be read stays below this and one line, or the bytes of one step.
const PIECE: usize = 4096;

/// Holds the dialogue to its end or to the deadline. Present afterwards, as in the reference exporter: both gauges of
/// [`DIALOGUE_FAMILIES`], and the info series if a step with labels matched.
pub async fn converse<C: AsyncRead + AsyncWrite + Unpin>(
    steps: &[Step<Pattern>],
    connection: &mut C,
    deadline: Deadline,
    out: &mut Recorder,
) -> Result<(), ProbeError> {
    out.declare(&FAILED_DUE_TO_REGEX);
    out.declare(&FAILED_DUE_TO_BYTES);
    let mut dialogue = Dialogue::new(steps);
    let end = Instant::from_std(deadline.instant());
    let Ok(result) = timeout_at(end, exchange(&mut dialogue, connection, out)).await else {
        return Err(ProbeError::new(
            Reason::Timeout,
            out.phase,
            unmet(&dialogue, steps, out.phase, "in time"),
        ));
    };
    result.map_err(|stop| match stop {
        Stop::Failed(failure) => judge(&failure, &dialogue, steps, out),
        Stop::Told(error) => error,
    })
}

/// Why an exchange stopped before its end.
enum Stop {
    /// The dialogue did not go as scripted.
    Failed(Failure),
    /// Something else, in words already.
    Told(ProbeError),
}

async fn exchange<C: AsyncRead + AsyncWrite + Unpin>(
    dialogue: &mut Dialogue<'_, Pattern>,
    connection: &mut C,
    out: &mut Recorder,
) -> Result<(), Stop> {
    let mut piece = vec![0; PIECE];
    loop {
        let action = dialogue.advance().map_err(Stop::Failed)?;
        let entry = dialogue.step() + 1;
        match action {
            Action::Finish => return Ok(()),
            Action::Publish(labels) => {
                debug!(entry, labels = labels.len(), "regexp matched");
                out.inform(&EXPECT_INFO, &labels).map_err(|error| {
                    let detail = format!("step {entry}: {error}");
                    Stop::Told(ProbeError::new(Reason::Configuration, Phase::Validate, detail))
                })?;
            }
            Action::Receive => {
                out.phase = Phase::Transfer;
                let length = connection
                    .read(&mut piece)
                    .await
                    .map_err(|error| broken("reading", error, Phase::Transfer, entry))?;
                debug!(entry, bytes = length, "received");
                if length == 0 {
                    dialogue.end();
                } else {
                    dialogue.receive(&piece[..length]);
                }
            }
            Action::Send(bytes) => {
                out.phase = Phase::Request;
                debug!(entry, bytes = bytes.len(), "sending");
                let sent = async {
                    connection.write_all(&bytes).await?;
                    connection.flush().await
                };
                sent.await.map_err(|error| broken("sending", error, Phase::Request, entry))?;
                out.phase = Phase::Processing;
            }
            Action::StartTls => {
                let detail = format!("step {entry}: starttls is set, and this version cannot do it yet");
                return Err(Stop::Told(ProbeError::new(Reason::Configuration, Phase::Tls, detail)));
            }
        }
    }
}

/// The connection broke: the endpoint's doing if it reset it, the network's otherwise.
fn broken(doing: &str, error: io::Error, phase: Phase, entry: usize) -> Stop {
    let reason = match error.kind() {
        io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset => {
            Reason::Connect
        }
        _ => Reason::Network,
    };
    Stop::Told(ProbeError::new(reason, phase, format!("step {entry}: {doing} failed")).caused_by(error))
}

/// Records what the reference exporter records of a failure, and names it.
fn judge(
    failure: &Failure,
    dialogue: &Dialogue<'_, Pattern>,
    steps: &[Step<Pattern>],
    out: &mut Recorder,
) -> ProbeError {
    let (reason, phase) = match failure {
        Failure::NoMatch => {
            out.put(&FAILED_DUE_TO_REGEX, true);
            let detail = unmet(dialogue, steps, out.phase, "before the connection was closed");
            return ProbeError::new(Reason::Expectation, Phase::Validate, detail);
        }
        Failure::BytesDiffer { .. } => {
            out.put(&FAILED_DUE_TO_BYTES, true);
            (Reason::Expectation, Phase::Validate)
        }
        Failure::LabelsTwice => (Reason::Configuration, Phase::Validate),
        Failure::LineTooLong => (Reason::Limit, Phase::Transfer),
        Failure::EndedEarly { .. } => (Reason::Expectation, Phase::Transfer),
        _ => (Reason::Expectation, Phase::Validate),
    };
    ProbeError::new(reason, phase, format!("step {}: {failure}", dialogue.step() + 1))
}

/// What the current step has not got. Never shows what is sent, which may be secret.
fn unmet(dialogue: &Dialogue<'_, Pattern>, steps: &[Step<Pattern>], phase: Phase, when: &str) -> String {
    let number = dialogue.step() + 1;
    if phase == Phase::Request {
        return format!("step {number}: the text could not be sent {when}");
    }
    let Some(pattern) = steps.get(dialogue.step()).and_then(|step| step.expect.as_ref()) else {
        return format!("step {number}: the expected bytes did not come {when}");
    };
    let seen = match dialogue.lines() {
        0 => "no line came at all".to_owned(),
        1 => format!("the only one was \"{}\"", dialogue.last_line().escape_ascii()),
        lines => format!("the last of {lines} was \"{}\"", dialogue.last_line().escape_ascii()),
    };
    format!("step {number}: no line matched {:?} {when}; {seen}", pattern.as_str())
}

impl LinePattern for Pattern {
    fn fill(&self, line: &[u8], templates: &[&[u8]]) -> Option<Vec<Vec<u8>>> {
        let found = self.captures(line)?;
        Some(templates.iter().map(|template| found.expand(template)).collect())
    }
}

#[cfg(test)]
mod tests;
