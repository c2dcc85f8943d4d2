//! Holds a scripted dialogue within the deadline, and records how it went.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, timeout, timeout_at};

use super::said;
use super::series::{EXPECT_INFO, FAILED_DUE_TO_BYTES};
use super::start_tls::StartTls;
use crate::model::{Deadline, Phase, ProbeError, Reason, Recorder, Severity};
use crate::net::BoxStream;
use crate::prober::shared::FAILED_DUE_TO_REGEX;
use crate::settings::Pattern;
use crate::wire::dialogue::{Action, Dialogue, Failure, LinePattern, Step};

/// How much is received at a time. What waits to be read stays below this and one line, or the bytes of one step.
const PIECE: usize = 4096;

/// How long the rest of expected bytes may take once the first are there. The reference exporter demands all of them from its
/// first read; this is for what the network cut in two.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// Holds the dialogue to its end or to the deadline. Present afterwards, as in the reference exporter: both gauges of
/// [`DIALOGUE_FAMILIES`](super::DIALOGUE_FAMILIES), the info series if a step with labels matched, and what a connection over TLS shows if the
/// dialogue went on over one. Says itself in the probe's log why it failed.
pub async fn converse(
    steps: &[Step<Pattern>],
    mut connection: BoxStream,
    mut tls: StartTls<'_>,
    deadline: Deadline,
    out: &mut Recorder,
) -> Result<(), ProbeError> {
    out.end_step();
    out.declare(&FAILED_DUE_TO_REGEX);
    out.declare(&FAILED_DUE_TO_BYTES);
    let mut dialogue = Dialogue::new(steps);
    let end = Instant::from_std(deadline.instant());
    let talk = exchange(&mut dialogue, steps, &mut connection, &mut tls, out);
    match timeout_at(end, talk).await {
        Ok(Ok(())) => {
            take_leave(&mut connection).await;
            Ok(())
        }
        Ok(Err(Stop::Failed(failure))) => {
            said::failed(&failure, &dialogue, steps, out);
            Err(judge(&failure, &dialogue, steps, out))
        }
        Ok(Err(Stop::Told(error))) => Err(error),
        Err(_) => {
            let detail = unmet(&dialogue, steps, out.phase, "in time");
            Err(ProbeError::new(Reason::Timeout, out.phase, detail))
        }
    }
}

/// Why an exchange stopped before its end.
enum Stop {
    /// The dialogue did not go as scripted.
    Failed(Failure),
    /// Something else, in words already; the step that was begun is what failed.
    Told(ProbeError),
}

async fn exchange(
    dialogue: &mut Dialogue<'_, Pattern>,
    steps: &[Step<Pattern>],
    connection: &mut BoxStream,
    tls: &mut StartTls<'_>,
    out: &mut Recorder,
) -> Result<(), Stop> {
    let mut piece = Vec::new();
    loop {
        let action = said::advance(dialogue, steps, out).map_err(Stop::Failed)?;
        let entry = dialogue.step() + 1;
        match action {
            Action::Finish => return Ok(()),
            Action::Publish(labels) => {
                out.begin(Severity::Error, "Error publishing labels");
                out.inform(&EXPECT_INFO, &labels).map_err(|error| {
                    let detail = format!("step {entry}: {error}");
                    Stop::Told(ProbeError::new(Reason::Configuration, Phase::Validate, detail))
                })?;
            }
            Action::Receive => {
                out.phase = Phase::Transfer;
                out.begin(Severity::Error, "Error reading from connection");
                // Most probes only connect.
                piece.resize(PIECE, 0);
                let read = connection.read(&mut piece);
                let received = match dialogue.if_paused() {
                    Some(failure) => {
                        timeout(longest_pause(&failure), read).await.map_err(|_| Stop::Failed(failure))?
                    }
                    None => read.await,
                };
                match received.map_err(|error| broken("reading", error, Phase::Transfer, entry))? {
                    0 => dialogue.end(),
                    length => dialogue.receive(&piece[..length]),
                }
            }
            Action::Send(bytes) => {
                out.phase = Phase::Request;
                said::sending(&bytes, out);
                out.begin(Severity::Error, "Failed to send");
                let sent = async {
                    connection.write_all(&bytes).await?;
                    connection.flush().await
                };
                sent.await.map_err(|error| broken("sending", error, Phase::Request, entry))?;
                out.phase = Phase::Processing;
            }
            Action::StartTls => tls.start(connection, entry, out).await.map_err(Stop::Told)?,
        }
    }
}

/// How long what comes may pause. Texts may be anywhere in it, so it takes longer to be sure that they will not come.
fn longest_pause(failure: &Failure) -> Duration {
    if matches!(failure, Failure::NotContained { .. }) { 4 * LONGEST_PAUSE } else { LONGEST_PAUSE }
}

/// Ends the connection as the protocol has it, TLS with its alert, as far as that takes no waiting.
async fn take_leave(connection: &mut BoxStream) {
    poll_fn(|task| {
        let _ = Pin::new(&mut *connection).poll_shutdown(task);
        Poll::Ready(())
    })
    .await;
}

/// The connection broke: the endpoint's doing if it reset it, the network's otherwise.
fn broken(doing: &str, error: io::Error, phase: Phase, entry: usize) -> Stop {
    let reason = match error.kind() {
        io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset => {
            Reason::Connect
        }
        // What was said over TLS is not TLS, or an alert.
        io::ErrorKind::InvalidData => Reason::Tls,
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
        Failure::EndedEarly { .. } | Failure::Paused { .. } => (Reason::Expectation, Phase::Transfer),
        _ => (Reason::Expectation, Phase::Validate),
    };
    ProbeError::new(reason, phase, format!("step {}: {failure}", dialogue.step() + 1))
}

/// What the current step has not got. Never shows what is sent, which may be secret.
fn unmet(dialogue: &Dialogue<'_, Pattern>, steps: &[Step<Pattern>], phase: Phase, when: &str) -> String {
    let number = dialogue.step() + 1;
    match phase {
        Phase::Request => return format!("step {number}: the text could not be sent {when}"),
        Phase::Tls => return format!("step {number}: the TLS handshake was not over {when}"),
        _ => {}
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
