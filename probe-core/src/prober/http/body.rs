//! Takes the body of an answer as it arrives, and judges it at the end.

use std::ops::ControlFlow;

use super::settings::HttpSettings;
use crate::model::{Deadline, ProbeError, Recorder};

/// Takes the body of an answer as it comes off the wire: decompresses it, counts it, keeps what the rules need, and judges
/// it at the end. Memory is bounded by `body_match_limit` with rules, and to a few hundred KiB without.
pub(super) struct BodyJudge<'s> {
    settings: &'s HttpSettings,
}

impl<'s> BodyJudge<'s> {
    /// Ready for the first byte. The rules only count if all was well with the answer so far (`rules_apply`).
    /// Until [`judge`](Self::judge) says otherwise the rules count as failed in the series, so a deadline leaves the
    /// right numbers behind.
    pub(super) fn new(settings: &'s HttpSettings, rules_apply: bool, out: &mut Recorder) -> Self {
        let _ = (rules_apply, out);
        Self { settings }
    }

    /// Takes bytes as they came. After `Break` no more are wanted: the body is over its limit, broken, or at its end.
    /// Yields now and then, so that a deadline holds whatever the bytes unfold to.
    pub(super) async fn push(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        let _ = (bytes, &self.settings);
        todo!()
    }

    /// The body has come to its end.
    pub(super) fn finish(&mut self) {
        todo!()
    }

    /// The body ends here with an error: the connection broke, or the time is up.
    pub(super) fn fail(&mut self, error: ProbeError) {
        let _ = error;
        todo!()
    }

    /// There is no body to be read, since the answer is a redirect that was not followed. Rules that need it fail, as in
    /// the reference exporter.
    pub(super) fn close(&mut self) {
        todo!()
    }

    /// Bytes so far, as they came.
    pub(super) fn compressed_length(&self) -> u64 {
        todo!()
    }

    /// Bytes so far, decompressed; the limit if the body is over it.
    pub(super) fn uncompressed_length(&self) -> u64 {
        todo!()
    }

    /// Judges what came, with the lines of the reference exporter's log and the series of the rules. The first of the
    /// failures counts. Call it after `finish`, `fail` or `close`.
    pub(super) async fn judge(self, deadline: Deadline, out: &mut Recorder) -> Result<(), ProbeError> {
        let _ = (deadline, out);
        todo!()
    }
}
