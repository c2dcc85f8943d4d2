//! What a probe measured, and the recorder that keeps it safe when the probe is cut short.

use std::borrow::Cow;
use std::fmt::Display;
use std::net::IpAddr;
use std::ops::{Deref, DerefMut};
use std::panic::Location;
use std::sync::Arc;

use super::label_names::{LabelNameError, LabelNames};
use super::log::{Log, LogLine, Severity};
use super::metric::{Family, Gauge, InfoGauge, LabelValue, Quantity, Value};
use super::report::{Exchange, Note, NoteContent, NoteField};
use super::{Explanation, Phase};

/// The label values of one sample. One label, the usual case, allocates nothing.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Labels {
    /// No labels.
    #[default]
    None,
    /// One label.
    One([LabelValue; 1]),
    /// Several labels.
    Many(Box<[LabelValue]>),
    /// Any number of labels with names of their own.
    Named(LabelNames, Box<[LabelValue]>),
}

impl Labels {
    /// The values in the order of the label names.
    pub fn values(&self) -> &[LabelValue] {
        match self {
            Self::None => &[],
            Self::One(value) => value,
            Self::Many(values) | Self::Named(_, values) => values,
        }
    }

    fn from_array<const N: usize>(values: [LabelValue; N]) -> Self {
        let mut values = values.into_iter();
        match (N, values.next()) {
            (1, Some(value)) => Self::One([value]),
            (_, Some(first)) => Self::Many(std::iter::once(first).chain(values).collect()),
            (_, None) => Self::None,
        }
    }
}

/// One number of one family.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// The family it belongs to.
    pub family: &'static Family,
    /// Its label values.
    pub labels: Labels,
    /// The number.
    pub value: Value,
}

impl Sample {
    /// Names and values of its labels.
    pub fn label_pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        let (fixed, own): (&[&str], &[String]) = match &self.labels {
            Labels::Named(names, _) => (&[], names.as_slice()),
            _ => (self.family.labels, &[]),
        };
        let names = fixed.iter().copied().chain(own.iter().map(String::as_str));
        names.zip(self.labels.values().iter().map(AsRef::as_ref))
    }
}

/// The samples of one probe, recorded and read through typed handles.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measurements {
    samples: Vec<Sample>,
}

impl Measurements {
    /// Makes a family without labels present with the value 0. A family with labels has no series until it is set.
    pub fn declare<Q: Quantity>(&mut self, gauge: &'static Gauge<Q, 0>) {
        let family = gauge.family();
        if self.find(family, &[]).is_none() {
            self.samples.push(Sample { family, labels: Labels::None, value: Value::Gauge(0.0) });
        }
    }

    /// Sets a series, replacing what it was.
    pub fn set<Q: Quantity, L: Into<LabelValue>, const N: usize>(
        &mut self,
        gauge: &'static Gauge<Q, N>,
        labels: [L; N],
        value: Q::Native,
    ) {
        let family = gauge.family();
        let labels = labels.map(Into::into);
        let value = Value::Gauge(Q::to_number(value));
        match self.find(family, &labels) {
            Some(at) => self.samples[at].value = value,
            None => self.samples.push(Sample { family, labels: Labels::from_array(labels), value }),
        }
    }

    /// Sets a family without labels.
    pub fn put<Q: Quantity>(&mut self, gauge: &'static Gauge<Q, 0>, value: Q::Native) {
        self.set::<Q, LabelValue, 0>(gauge, [], value);
    }

    /// Adds a series with labels of its own, each a name and a value.
    pub fn inform(
        &mut self,
        gauge: &'static InfoGauge,
        labels: &[(String, String)],
    ) -> Result<(), LabelNameError> {
        let names = LabelNames::new(labels.iter().map(|(name, _)| name.as_str()))?;
        let values = labels.iter().map(|(_, value)| LabelValue::from(value.clone())).collect();
        let sample =
            Sample { family: gauge.family(), labels: Labels::Named(names, values), value: Value::Gauge(1.0) };
        if !self.samples.contains(&sample) {
            self.samples.push(sample);
        }
        Ok(())
    }

    /// Reads a series back; `None` if it was never recorded.
    pub fn read<Q: Quantity, L: Into<LabelValue>, const N: usize>(
        &self,
        gauge: &'static Gauge<Q, N>,
        labels: [L; N],
    ) -> Option<Q::Native> {
        let at = self.find(gauge.family(), &labels.map(Into::into))?;
        Some(Q::from_number(self.samples[at].value.as_f64()))
    }

    /// Reads a family without labels.
    pub fn get<Q: Quantity>(&self, gauge: &'static Gauge<Q, 0>) -> Option<Q::Native> {
        self.read::<Q, LabelValue, 0>(gauge, [])
    }

    /// Takes back every series of a family.
    pub fn clear_family<Q: Quantity, const N: usize>(&mut self, gauge: &'static Gauge<Q, N>) {
        self.samples.retain(|sample| !std::ptr::eq(sample.family, gauge.family()));
    }

    /// Every sample, in the order of its first recording.
    pub fn samples(&self) -> &[Sample] {
        &self.samples
    }

    fn find(&self, family: &'static Family, labels: &[LabelValue]) -> Option<usize> {
        self.samples
            .iter()
            .position(|sample| std::ptr::eq(sample.family, family) && sample.labels.values() == labels)
    }
}

/// What an [`Observer`] is told while a probe runs.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Observed<'a> {
    /// The address to probe is chosen. With several attempts, once for each.
    Address(IpAddr),
    /// An exchange came to its end.
    Exchange(&'a Exchange),
}

/// Is told what happens the moment it happens; see [`Recorder::chosen`] and [`Recorder::exchange`].
pub type Observer = Arc<dyn Fn(Observed<'_>) + Send + Sync>;

/// Owned by the runner, lent to the prober, moved into the report: what was recorded survives a dropped future.
#[derive(Default)]
pub struct Recorder {
    /// The numbers. The recorder dereferences to them.
    pub measurements: Measurements,
    /// The address that was probed, once chosen.
    pub address: Option<IpAddr>,
    /// What people should know beside the numbers.
    pub notes: Vec<Note>,
    /// Where the probe is; a timeout is reported with it.
    pub phase: Phase,
    /// Single packets, kept only when asked for.
    pub exchanges: Vec<Exchange>,
    keep_exchanges: bool,
    keep_details: bool,
    observer: Option<Observer>,
    log: Log,
    step: Option<(Severity, &'static str, &'static Location<'static>)>,
}

impl Recorder {
    /// A recorder that keeps single exchanges and tells `observer` of each, and of the address.
    pub fn new(keep_exchanges: bool, observer: Option<Observer>) -> Self {
        Self { keep_exchanges, observer, ..Self::default() }
    }

    /// Keeps log lines of at least this severity.
    #[must_use]
    pub fn keeping_log(mut self, least: Option<Severity>) -> Self {
        self.log.least = least;
        self
    }

    /// Keeps notes that are told in parts.
    #[must_use]
    pub fn keeping_details(mut self, keep: bool) -> Self {
        self.keep_details = keep;
        self
    }

    /// Whether log lines of this severity are kept; spares making what nobody reads.
    pub fn keeps_log(&self, severity: Severity) -> bool {
        self.log.keeps(severity)
    }

    /// Whether anybody is told, or anything kept, of single packets.
    pub fn hears_packets(&self) -> bool {
        self.observer.is_some() || self.keep_exchanges || self.log.least.is_some()
    }

    /// Says something: a message of the reference exporter's, with what it is about.
    #[track_caller]
    pub fn log(
        &mut self,
        severity: Severity,
        message: &'static str,
        fields: &[(&'static str, &dyn Display)],
    ) {
        self.log.add(severity, message, fields, Location::caller());
    }

    /// Begins a step that is reported with this message should it fail, be it by the deadline: the runner adds the line, with
    /// the error as `err`. Ends the step before.
    #[track_caller]
    pub fn begin(&mut self, severity: Severity, message: &'static str) {
        self.step = Some((severity, message, Location::caller()));
    }

    /// Ends the step begun last: a failure from here on has been reported in lines of its own.
    pub fn end_step(&mut self) {
        self.step = None;
    }

    /// Adds the line of the step that failed.
    pub(crate) fn log_failure(&mut self, error: &dyn Display) {
        if let Some((severity, message, place)) = self.step.take() {
            self.log.add(severity, message, &[("err", error)], place);
        }
    }

    /// Takes the log lines out.
    pub(crate) fn take_log(&mut self) -> Vec<LogLine> {
        std::mem::take(&mut self.log.lines)
    }

    /// Adds a note.
    pub fn note(&mut self, name: &'static str, text: impl Into<Cow<'static, str>>) {
        self.notes.push(Note { name, content: NoteContent::Text(text.into()) });
    }

    /// Adds a note that is told in parts, if such are kept; otherwise they are never made.
    pub fn describe(&mut self, name: &'static str, fields: impl FnOnce() -> Vec<NoteField>) {
        if self.keep_details {
            self.notes.push(Note { name, content: NoteContent::Fields(fields()) });
        }
    }

    /// Adds a note about a socket that was refused.
    pub fn refused(&mut self, refusal: Explanation) {
        self.notes.push(Note { name: "refused", content: NoteContent::Refusal(refusal) });
    }

    /// Records the address to probe, and shows it to the observer if there is one.
    pub fn chosen(&mut self, address: IpAddr) {
        self.address = Some(address);
        if let Some(observer) = &self.observer {
            observer(Observed::Address(address));
        }
    }

    /// Records one packet's fate: kept if exchanges are kept, and shown to the observer if there is one.
    pub fn exchange(&mut self, exchange: Exchange) {
        if let Some(observer) = &self.observer {
            observer(Observed::Exchange(&exchange));
        }
        if self.keep_exchanges {
            self.exchanges.push(exchange);
        }
    }
}

impl Deref for Recorder {
    type Target = Measurements;

    fn deref(&self) -> &Measurements {
        &self.measurements
    }
}

impl DerefMut for Recorder {
    fn deref_mut(&mut self) -> &mut Measurements {
        &mut self.measurements
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Count, Flag, Seconds};
    use std::time::Duration;

    static PLAIN: Gauge<Flag> = Gauge::new("t_plain", "Plain.", &[]);
    static PHASES: Gauge<Seconds, 1> = Gauge::new("t_phases_seconds", "Phases.", &["phase"]);
    static PAIRS: Gauge<Count, 2> = Gauge::new("t_pairs", "Pairs.", &["a", "b"]);

    #[test]
    fn declared_gauge_is_zero_until_set() {
        let mut measurements = Measurements::default();
        measurements.declare(&PLAIN);
        assert_eq!(measurements.get(&PLAIN), Some(false));
        measurements.put(&PLAIN, true);
        measurements.declare(&PLAIN);
        assert_eq!(measurements.get(&PLAIN), Some(true));
        assert_eq!(measurements.samples().len(), 1);
    }

    #[test]
    fn labelled_series_are_kept_apart() {
        let mut measurements = Measurements::default();
        measurements.set(&PHASES, ["resolve"], Duration::from_millis(1));
        measurements.set(&PHASES, ["rtt"], Duration::from_millis(2));
        measurements.set(&PHASES, ["rtt"], Duration::from_millis(3));
        measurements.set(&PAIRS, ["x", "y"], 7);
        assert_eq!(measurements.read(&PHASES, ["rtt"]), Some(Duration::from_millis(3)));
        assert_eq!(measurements.read(&PHASES, ["setup"]), None);
        assert_eq!(measurements.read(&PAIRS, ["x", "y"]), Some(7));
        assert_eq!(measurements.samples().len(), 3);
    }

    #[test]
    fn info_series_bring_their_own_labels() {
        static FOUND: InfoGauge = InfoGauge::new("t_found_info", "Found.");
        let label = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let mut measurements = Measurements::default();
        for _ in 0..2 {
            measurements.inform(&FOUND, &[label("b", "x"), label("a", "y")]).expect("good names");
        }
        assert!(measurements.inform(&FOUND, &[label("", "x")]).is_err());
        let [sample] = measurements.samples() else { panic!("one series: {measurements:?}") };
        assert!(sample.label_pairs().eq([("b", "x"), ("a", "y")]));
        assert_eq!(sample.value, Value::Gauge(1.0));
    }
}
