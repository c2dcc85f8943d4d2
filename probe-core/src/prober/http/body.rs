//! Takes the body of an answer as it arrives, and judges it at the end.

mod brotli;
mod decoder;
mod gzip;
mod gzip_header;
mod inflate;
mod rules;
#[cfg(test)]
mod tests;

use std::ops::ControlFlow;

use super::series::{FAILED_DUE_TO_CEL, FAILED_DUE_TO_REGEX};
use super::settings::HttpSettings;
use crate::model::{Deadline, Phase, ProbeError, Reason, Recorder, Severity};
use decoder::{DecodeError, Decoder, Progress, State};
use rules::BodyRules;

/// Decompressed bytes of one step. Also the memory that a body needs without rules, beside the decoder's own.
const PIECE: usize = 64 << 10;

/// Pieces between two yields.
const PIECES_AT_ONCE: u32 = 4;

/// Bytes that the reference exporter has read ahead when it finds out that a body is no gzip. It does not count them.
const READ_AHEAD: u64 = 4096;

/// Takes the body of an answer as it comes off the wire: decompresses it, counts it, keeps what the rules need, and judges
/// it at the end.
///
/// Memory is bounded by `body_match_limit` with rules. Without, it is the decoder's: 16 MiB for the widest window of
/// brotli, 100 KiB otherwise. Time is bounded by the deadline: whoever pushes and judges gives way now and then.
pub(super) struct BodyJudge<'s> {
    settings: &'s HttpSettings,
    rules: BodyRules,
    decoder: Decoder,
    /// Why the decoder did not begin, if so.
    opening: Option<ProbeError>,
    /// Bytes yet to come that are not counted.
    uncounted: u64,
    piece: Vec<u8>,
    kept: Vec<u8>,
    compressed: u64,
    uncompressed: u64,
    end: Option<End>,
    /// Whether deflate ended before its end.
    is_inflate_cut: bool,
}

/// How a body ended.
enum End {
    /// There is none to be read.
    Closed,
    Complete,
    Failed(ProbeError),
}

impl<'s> BodyJudge<'s> {
    /// Ready for the first byte. The rules only count if all was well with the answer so far (`rules_apply`).
    /// Until [`judge`](Self::judge) says otherwise they count as failed in the series, so a deadline leaves the right
    /// numbers behind.
    pub(super) fn new(settings: &'s HttpSettings, rules_apply: bool, out: &mut Recorder) -> Self {
        let (decoder, opening) = match Decoder::new(&settings.compression) {
            Ok(decoder) => (decoder, None),
            Err(error) => (Decoder::Identity, Some(not_opened(error))),
        };
        let rules = BodyRules::new(settings, rules_apply && opening.is_none());
        if rules.has_patterns() {
            out.put(&FAILED_DUE_TO_REGEX, true);
        } else if rules.has_expressions() {
            out.put(&FAILED_DUE_TO_CEL, true);
        }
        Self {
            settings,
            rules,
            decoder,
            opening,
            uncounted: 0,
            piece: Vec::new(),
            kept: Vec::new(),
            compressed: 0,
            uncompressed: 0,
            end: None,
            is_inflate_cut: false,
        }
    }

    /// Takes bytes as they came. After `Break` no more are wanted: the body is over its limit, broken, or at its end.
    pub(super) async fn push(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        if self.end.is_some() {
            return ControlFlow::Break(());
        }
        let before = self.compressed;
        self.compressed += bytes.len() as u64;
        if matches!(self.decoder, Decoder::Identity) {
            return self.take_undecoded(bytes);
        }
        let mut input = bytes;
        let mut pieces = 0;
        loop {
            let mut piece = std::mem::take(&mut self.piece);
            piece.resize(PIECE, 0);
            let Progress { taken, given, state } = self.decoder.step(input, &mut piece);
            let flow = self.take(&piece[..given]);
            self.piece = piece;
            input = &input[taken..];
            if flow.is_break() {
                return flow;
            }
            match state {
                State::Broken(error) if self.decoder.is_opening() => {
                    self.give_up_decoding(not_opened(error));
                    self.uncounted = READ_AHEAD.saturating_sub(before);
                    return self.take_undecoded(bytes);
                }
                State::Broken(error) => {
                    self.is_inflate_cut = self.decoder.is_inflating();
                    self.end = Some(End::Failed(broken(error)));
                    return ControlFlow::Break(());
                }
                State::Over => {
                    self.end = Some(End::Complete);
                    return ControlFlow::Break(());
                }
                State::Hungry => return ControlFlow::Continue(()),
                State::Full => {}
            }
            pieces += 1;
            if pieces % PIECES_AT_ONCE == 0 {
                tokio::task::yield_now().await;
            }
        }
    }

    /// The body has come to its end.
    pub(super) fn finish(&mut self) {
        if self.end.is_some() {
            return;
        }
        self.end = Some(match self.decoder.end() {
            Err(error) if self.decoder.is_opening() => {
                self.give_up_decoding(not_opened(error));
                End::Complete
            }
            Err(error) => {
                self.is_inflate_cut = self.decoder.is_inflating();
                End::Failed(broken(error))
            }
            Ok(()) => End::Complete,
        });
    }

    /// The body ends here with an error: the connection broke, or the time is up.
    pub(super) fn fail(&mut self, error: ProbeError) {
        if self.end.is_some() {
            return;
        }
        if self.decoder.is_opening() {
            let same = ProbeError::new(error.reason, error.phase, error.chain());
            self.give_up_decoding(same);
        }
        self.is_inflate_cut = self.decoder.is_inflating();
        self.end = Some(End::Failed(error));
    }

    /// There is no body to be read, since the answer is a redirect that was not followed. Rules that need it fail, as in
    /// the reference exporter.
    pub(super) fn close(&mut self) {
        self.end = Some(End::Closed);
    }

    /// Bytes so far, decompressed; the limit if the body is over it.
    pub(super) fn uncompressed_length(&self) -> u64 {
        self.uncompressed
    }

    /// Judges what came, with the lines of the reference exporter's log and the series of the rules. The first of the
    /// failures counts. Call it after `finish`, `fail` or `close`.
    pub(super) async fn judge(mut self, deadline: Deadline, out: &mut Recorder) -> Result<(), ProbeError> {
        out.end_step();
        out.phase = Phase::Validate;
        let mut failure = self.opening.take();
        if let Some(error) = &failure {
            let message = "Failed to get decompressor for HTTP response body";
            out.log(Severity::Error, message, &[("err", &error.chain())]);
        }
        let end = self.end.take().unwrap_or(End::Complete);
        if failure.is_none() {
            failure = self.judge_by_rules(&end, deadline, out).await.err();
        } else {
            self.rules.withdraw(out);
        }
        if let End::Failed(error) = end {
            let chain = error.chain();
            out.log(Severity::Error, "Failed to read HTTP response body", &[("err", &chain)]);
            if self.is_inflate_cut {
                out.log(Severity::Error, "Error while closing response from server", &[("error", &chain)]);
            }
            failure.get_or_insert(error);
        }
        failure.map_or(Ok(()), Err)
    }

    async fn judge_by_rules(
        &mut self,
        end: &End,
        deadline: Deadline,
        out: &mut Recorder,
    ) -> Result<(), ProbeError> {
        if self.rules.are_none() {
            return Ok(());
        }
        let unread = match end {
            End::Closed => "http: read on closed response body".to_owned(),
            End::Complete => {
                let most_values = (self.settings.body_match_limit / 16).max(1_000) as usize;
                let body = std::mem::take(&mut self.kept);
                return self.rules.judge(body, most_values, deadline, out).await;
            }
            End::Failed(error) => error.chain(),
        };
        out.log(Severity::Error, "Error reading HTTP body", &[("err", &unread)]);
        Err(match end {
            End::Failed(error) => ProbeError::new(error.reason, error.phase, unread),
            _ => ProbeError::new(Reason::Expectation, Phase::Validate, "the redirect has no body to judge"),
        })
    }

    /// What follows is counted as it comes.
    fn give_up_decoding(&mut self, why: ProbeError) {
        self.opening = Some(why);
        self.decoder = Decoder::Identity;
        self.rules.stop_keeping();
    }

    fn take_undecoded(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        let skipped = self.uncounted.min(bytes.len() as u64);
        self.uncounted -= skipped;
        self.take(&bytes[skipped as usize..])
    }

    /// Counts decompressed bytes, and keeps them if there are rules.
    fn take(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        let limit = self.settings.body_size_limit;
        let room = if limit > 0 { (limit as u64).saturating_sub(self.uncompressed) } else { u64::MAX };
        let fits = room.min(bytes.len() as u64);
        self.uncompressed += fits;
        if fits < bytes.len() as u64 {
            let detail = format!("the body is longer than body_size_limit ({limit} bytes)");
            self.end = Some(End::Failed(ProbeError::new(Reason::Expectation, Phase::Transfer, detail)));
            return ControlFlow::Break(());
        }
        if !self.rules.need_body() {
            return ControlFlow::Continue(());
        }
        let most = self.settings.body_match_limit;
        if self.uncompressed > most {
            let detail = format!(
                "the rules need the whole body, and it is longer than body_match_limit ({most} bytes)"
            );
            self.end = Some(End::Failed(ProbeError::new(Reason::Limit, Phase::Transfer, detail)));
            return ControlFlow::Break(());
        }
        self.kept.extend_from_slice(bytes);
        ControlFlow::Continue(())
    }
}

fn not_opened(error: DecodeError) -> ProbeError {
    let reason = if error == DecodeError::Algorithm { Reason::Configuration } else { Reason::Protocol };
    ProbeError::new(reason, Phase::Transfer, "cannot decompress the body").caused_by(error)
}

fn broken(error: DecodeError) -> ProbeError {
    ProbeError::new(Reason::Protocol, Phase::Transfer, "cannot decompress the body").caused_by(error)
}
