//! Messages over an open websocket, one after the other.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;

use bytes::Bytes;
use futures_core::Stream as _;
use futures_sink::Sink;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::Error as WebSocketError;
use tokio_tungstenite::tungstenite::protocol::{Message, Role, WebSocketConfig};

use super::series::FAILED_DUE_TO_REGEX;
use crate::model::{Exchange, Outcome, Phase, ProbeError, Reason, Recorder, Severity};
use crate::net::BoxStream;
use crate::settings::Pattern;
use crate::wire::dialogue::Step;

use tokio::time::Instant;

/// The longest message that is taken, in bytes.
pub const LONGEST_MESSAGE: usize = 16 << 20;
/// How much is read at a time. A buffer full of frames that are no message is gone through at one go, and the runtime
/// looks at the clock only after many of these.
const PIECE: usize = 4096;
/// How much of a message a failure shows.
const SHOWN: usize = 80;

/// An open websocket.
pub(super) struct Conversation {
    socket: WebSocketStream<BoxStream>,
}

impl Conversation {
    /// Goes on where the handshake ended; `received` is what came behind it.
    pub(super) async fn begin(stream: BoxStream, received: Bytes) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(PIECE)
            .max_message_size(Some(LONGEST_MESSAGE))
            .max_frame_size(Some(LONGEST_MESSAGE))
            .accept_unmasked_frames(false);
        let socket =
            WebSocketStream::from_partially_read(stream, received.into(), Role::Client, Some(config)).await;
        Self { socket }
    }

    /// Goes through all steps: for each the next message must match, then an answer is sent. Recorded before as a failure:
    /// so it is if the deadline cuts it.
    pub(super) async fn hold(
        &mut self,
        steps: &[Step<Pattern>],
        out: &mut Recorder,
    ) -> Result<(), ProbeError> {
        out.put(&FAILED_DUE_TO_REGEX, true);
        for (index, step) in steps.iter().enumerate() {
            self.take(step, index, out).await.map_err(|mut error| {
                error.detail = format!("step {}: {}", index + 1, error.detail);
                error
            })?;
        }
        out.put(&FAILED_DUE_TO_REGEX, false);
        Ok(())
    }

    async fn take(
        &mut self,
        step: &Step<Pattern>,
        index: usize,
        out: &mut Recorder,
    ) -> Result<(), ProbeError> {
        let mut send = step.send.clone();
        if let Some(pattern) = &step.expect {
            out.begin(Severity::Error, "Error reading message");
            out.phase = Phase::Transfer;
            let begun = Instant::now();
            let message = self.receive().await.map_err(|error| failure(error, Phase::Transfer))?;
            let outcome = Outcome::Reply { rtt: begun.elapsed(), hop_limit: None, bytes: message.len() };
            out.exchange(Exchange { sequence: index as u64, outcome });
            out.end_step();
            let Some(found) = pattern.captures(&message) else {
                return Err(differs(pattern, &message, out));
            };
            out.log(Severity::Debug, "regexp matched", &[("regexp", &pattern.as_str())]);
            send = found.expand(&send);
        }
        if send.is_empty() {
            return Ok(());
        }
        out.begin(Severity::Error, "Error sending message");
        out.phase = Phase::Request;
        self.send(send).await.map_err(|error| failure(error, Phase::Request))?;
        out.end_step();
        Ok(())
    }

    /// The next message of text or bytes; what only keeps the connection alive is answered meanwhile.
    async fn receive(&mut self) -> Result<Bytes, WebSocketError> {
        loop {
            let next = poll_fn(|task| Pin::new(&mut self.socket).poll_next(task)).await;
            match next.ok_or(WebSocketError::ConnectionClosed)?? {
                Message::Text(text) => return Ok(text.into()),
                Message::Binary(bytes) => return Ok(bytes),
                Message::Close(_) => return Err(WebSocketError::ConnectionClosed),
                Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
            }
        }
    }

    /// Sends text; what is not UTF-8 cannot be text (RFC 6455 section 5.6) and goes as bytes.
    async fn send(&mut self, bytes: Vec<u8>) -> Result<(), WebSocketError> {
        let message = match String::from_utf8(bytes) {
            Ok(text) => Message::text(text),
            Err(error) => Message::binary(error.into_bytes()),
        };
        poll_fn(|task| Pin::new(&mut self.socket).poll_ready(task)).await?;
        Pin::new(&mut self.socket).start_send(message)?;
        poll_fn(|task| Pin::new(&mut self.socket).poll_flush(task)).await
    }
}

fn differs(pattern: &Pattern, message: &[u8], out: &mut Recorder) -> ProbeError {
    let shown = message[..message.len().min(SHOWN)].escape_ascii();
    let more = if message.len() > SHOWN { "…" } else { "" };
    out.log(Severity::Error, "Regexp did not match", &[("regexp", &pattern.as_str()), ("line", &shown)]);
    let detail = format!("the message does not match {:?}: \"{shown}{more}\"", pattern.as_str());
    ProbeError::new(Reason::Expectation, Phase::Validate, detail)
}

fn failure(error: WebSocketError, phase: Phase) -> ProbeError {
    let (reason, detail) = match &error {
        WebSocketError::ConnectionClosed | WebSocketError::AlreadyClosed => {
            (Reason::Expectation, "the server closed the websocket")
        }
        WebSocketError::Capacity(_) => (Reason::Limit, "the message is longer than we take"),
        WebSocketError::Io(error) => match error.kind() {
            io::ErrorKind::BrokenPipe
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::UnexpectedEof => (Reason::Connect, "the connection broke"),
            _ => (Reason::Network, "the connection broke"),
        },
        _ => (Reason::Protocol, "the server broke the protocol"),
    };
    let failure = ProbeError::new(reason, phase, detail);
    match error {
        WebSocketError::ConnectionClosed | WebSocketError::AlreadyClosed => failure,
        cause => failure.caused_by(cause),
    }
}
