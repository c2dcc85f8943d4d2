//! Sends what is to be sent, and compares what comes back.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::series::{DURATION, RECEIVED};
use super::settings::{UdpSettings, UdpStep};
use crate::model::{Exchange, Outcome, Phase, ProbeError, Reason, Recorder, Severity};
use crate::net::DatagramSocket;
use crate::prober::shared::{FAILED_DUE_TO_BYTES, FAILED_DUE_TO_REGEX};
use crate::settings::duration;

/// Longer than any datagram.
const ROOM: usize = 65_536;
/// How much of a datagram a failure shows.
const SHOWN: usize = 80;
/// Left of the time when a wait is cut short, so that it ends before the probe is.
const MARGIN: Duration = Duration::from_millis(10);

/// The datagrams of one probe.
pub(super) struct Conversation<'a> {
    settings: &'a UdpSettings,
    socket: &'a DatagramSocket,
    out: &'a mut Recorder,
    end: Instant,
    begun: Instant,
    sent: Instant,
    received: u64,
    buf: Vec<u8>,
}

impl<'a> Conversation<'a> {
    /// Nothing sent yet. Ends by itself at `end`.
    pub(super) fn new(
        settings: &'a UdpSettings,
        socket: &'a DatagramSocket,
        end: Instant,
        out: &'a mut Recorder,
    ) -> Self {
        out.declare(&FAILED_DUE_TO_REGEX);
        out.declare(&FAILED_DUE_TO_BYTES);
        out.declare(&RECEIVED);
        let now = Instant::now();
        Self { settings, socket, out, end, begun: now, sent: now, received: 0, buf: vec![0; ROOM] }
    }

    /// Goes through all steps. Where none expects an answer, waits for an ICMP error; any answer ends that.
    pub(super) async fn hold(mut self) -> Result<(), ProbeError> {
        let settings = self.settings;
        if settings.steps.iter().all(|step| step.send.is_none()) {
            self.send(&[], 1)?;
        }
        for (index, step) in settings.steps.iter().enumerate() {
            self.out.log(Severity::Debug, "Processing query response entry", &[("entry_number", &index)]);
            self.take(step, index + 1).await?;
        }
        if settings.expects() { Ok(()) } else { self.wait_for_an_error().await }
    }

    async fn wait_for_an_error(&mut self) -> Result<(), ProbeError> {
        self.out.phase = Phase::Processing;
        let wait = self.settings.wait.min(self.end.saturating_duration_since(self.sent + MARGIN));
        if wait < self.settings.wait {
            self.out.note("wait", format!("cut to {} by the deadline", duration::render(wait)));
        }
        match timeout_at(self.sent + wait, self.socket.receive(&mut self.buf)).await {
            Ok(Ok(length)) => self.count(length, 1),
            Ok(Err(error)) => return Err(error.in_phase(Phase::Processing)),
            Err(_) => self.out.note("answer", "neither an answer nor an ICMP error came; none was expected"),
        }
        Ok(())
    }

    async fn take(&mut self, step: &UdpStep, number: usize) -> Result<(), ProbeError> {
        let mut send = step.send.clone();
        if step.expects() {
            let length = self.receive(number).await?;
            self.out.phase = Phase::Validate;
            let datagram = &self.buf[..length];
            if let Some(pattern) = &step.expect {
                let Some(found) = pattern.captures(datagram) else {
                    return Err(self.differs(
                        number,
                        length,
                        &format!("does not match {:?}", pattern.as_str()),
                    ));
                };
                send = send.map(|template| found.expand(&template));
                self.out.log(Severity::Debug, "Regexp matched", &[("regexp", &pattern.as_str())]);
            } else if step.expect_bytes.as_deref() != Some(datagram) {
                return Err(self.differs(number, length, "is not what was expected"));
            }
        }
        send.map_or(Ok(()), |datagram| self.send(&datagram, number))
    }

    fn send(&mut self, datagram: &[u8], number: usize) -> Result<(), ProbeError> {
        self.out.phase = Phase::Request;
        self.sent = Instant::now();
        self.out.log(Severity::Debug, "Sending datagram", &[("bytes", &datagram.len())]);
        self.socket.send(datagram).map_err(|error| {
            self.out.log(Severity::Error, "Failed to send", &[("err", &error)]);
            at_step(number, error.in_phase(Phase::Request))
        })
    }

    async fn receive(&mut self, number: usize) -> Result<usize, ProbeError> {
        self.out.phase = Phase::Processing;
        match timeout_at(self.end, self.socket.receive(&mut self.buf)).await {
            Ok(Ok(length)) => {
                self.count(length, number);
                Ok(length)
            }
            Ok(Err(error)) => {
                self.out.log(Severity::Error, "Error reading from connection", &[("err", &error)]);
                Err(at_step(number, error.in_phase(Phase::Processing)))
            }
            Err(_) => {
                let detail = format!("step {number}: no answer in time");
                Err(ProbeError::new(Reason::Timeout, Phase::Processing, detail))
            }
        }
    }

    fn count(&mut self, length: usize, number: usize) {
        self.received += length as u64;
        self.out.put(&RECEIVED, self.received);
        self.out.log(Severity::Debug, "Read datagram", &[("bytes", &length)]);
        let outcome = Outcome::Reply { rtt: self.sent.elapsed(), hop_limit: None, bytes: length };
        self.out.exchange(Exchange { sequence: number as u64 - 1, outcome });
    }

    /// An answer that is not the one expected. What was expected in bytes may be secret; what came is the target's.
    fn differs(&mut self, number: usize, length: usize, how: &str) -> ProbeError {
        let by_regex = self.settings.steps[number - 1].expect.is_some();
        let (gauge, message) = if by_regex {
            (&FAILED_DUE_TO_REGEX, "Regexp did not match")
        } else {
            (&FAILED_DUE_TO_BYTES, "Bytes did not match")
        };
        self.out.put(gauge, true);
        let shown = self.buf[..length.min(SHOWN)].escape_ascii();
        let more = if length > SHOWN { "…" } else { "" };
        self.out.log(Severity::Error, message, &[("bytes", &shown)]);
        let detail = format!("step {number}: the answer {how}: \"{shown}{more}\"");
        ProbeError::new(Reason::Expectation, Phase::Validate, detail)
    }
}

impl Drop for Conversation<'_> {
    /// However it ends, and be it by the deadline.
    fn drop(&mut self) {
        self.out.set(&DURATION, ["request"], self.begun.elapsed());
    }
}

fn at_step(number: usize, mut error: ProbeError) -> ProbeError {
    error.detail = format!("step {number}: {}", error.detail);
    error
}
