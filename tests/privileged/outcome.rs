//! What a probe came to, read back from its JSON.

use std::fmt;

use serde_json::Value;

/// The report of one probe, with the figures of its engine.
pub(crate) struct Outcome {
    document: Value,
}

impl Outcome {
    pub(crate) fn parse(text: &str) -> Self {
        let document = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text:?}"));
        Self { document }
    }

    fn report(&self) -> &Value {
        &self.document["reports"][0]
    }

    fn text(&self, field: &str) -> &str {
        self.report()[field].as_str().unwrap_or_default()
    }

    pub(crate) fn succeeded(&self) -> bool {
        self.report()["success"] == true
    }

    pub(crate) fn error(&self) -> &str {
        self.text("error")
    }

    pub(crate) fn elapsed(&self) -> f64 {
        self.report()["elapsed_seconds"].as_f64().expect("a number")
    }

    /// Whether the probe took less than half of what it was allowed to.
    pub(crate) fn was_quick(&self) -> bool {
        self.elapsed() < self.report()["timeout_seconds"].as_f64().expect("a number") / 2.0
    }

    /// The value of the first note of this name.
    pub(crate) fn note(&self, name: &str) -> Option<&str> {
        let notes = self.report()["notes"].as_array()?;
        notes.iter().find(|note| note["name"] == name)?["value"].as_str()
    }

    /// The rungs that were refused, in order.
    pub(crate) fn refused(&self) -> Vec<&str> {
        self.refusals().filter_map(|refusal| refusal["rung"].as_str()).collect()
    }

    fn refusals(&self) -> impl Iterator<Item = &Value> {
        let notes = self.report()["notes"].as_array().expect("notes");
        notes.iter().map(|note| &note["refusal"]).filter(|refusal| !refusal.is_null())
    }

    /// The first cause of each refusal.
    pub(crate) fn causes(&self) -> String {
        self.refusals().map(|refusal| refusal["causes"].to_string()).collect()
    }

    /// The lines that would lift the refusal of `rung`: situation and line.
    pub(crate) fn remedies(&self, rung: &str) -> Vec<(&str, &str)> {
        let refusal = self.refusals().find(|refusal| refusal["rung"] == rung);
        let remedies = refusal.and_then(|refusal| refusal["remedies"].as_array());
        let pair = |remedy| -> Option<(&str, &str)> {
            let remedy: &Value = remedy;
            Some((remedy["situation"].as_str()?, remedy["line"].as_str()?))
        };
        remedies.map(|remedies| remedies.iter().filter_map(pair).collect()).unwrap_or_default()
    }

    /// A measurement without labels.
    pub(crate) fn measured(&self, name: &str) -> Option<f64> {
        self.report()["measurements"][name].as_f64()
    }

    /// The values of a label in a family with labels.
    pub(crate) fn labels(&self, name: &str, label: &str) -> Vec<&str> {
        let series = self.report()["measurements"][name].as_array();
        let series = series.map(Vec::as_slice).unwrap_or_default();
        series.iter().filter_map(|series| series["labels"][label].as_str()).collect()
    }

    /// How many packets came to this.
    pub(crate) fn packets(&self, outcome: &str) -> usize {
        let exchanges = self.report()["exchanges"].as_array().map(Vec::as_slice).unwrap_or_default();
        exchanges.iter().filter(|exchange| exchange["outcome"] == outcome).count()
    }

    /// One of the engine's own figures.
    pub(crate) fn figure(&self, name: &str) -> u64 {
        self.document["engine"][name].as_u64().expect("a figure")
    }

    /// Panics unless the probe succeeded over this kind of socket.
    pub(crate) fn assert_success(&self, socket: &str) {
        assert!(self.succeeded(), "{self}");
        assert_eq!(self.note("socket"), Some(socket), "{self}");
    }

    /// Panics unless the probe failed for this reason in this phase.
    pub(crate) fn assert_failure(&self, reason: &str, phase: &str) {
        assert!(!self.succeeded(), "{self}");
        assert_eq!((self.text("reason"), self.text("phase")), (reason, phase), "{self}");
        assert!(!self.error().is_empty(), "{self}");
    }

    /// Panics unless the error's text has all of these words.
    pub(crate) fn assert_says(&self, words: &[&str]) {
        for word in words {
            assert!(self.error().contains(word), "no {word:?} in the error: {self}");
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.document)
    }
}
