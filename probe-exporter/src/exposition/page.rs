//! A page of families before it is written.

use std::borrow::Cow;

use probe_core::model::Report;
use probe_core::render::Escaping;

/// What a family's numbers are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Counter,
    Gauge,
    Histogram,
}

impl Kind {
    /// The word of the text format.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// What declares a family.
pub(crate) trait Described {
    /// Its name, its help, and what its numbers are.
    fn describe(&self) -> (&'static str, &'static str, Kind);
}

macro_rules! families {
    ($($(#[$doc:meta])* $name:ident: $kind:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub(crate) struct $name { name: &'static str, help: &'static str }
        impl $name {
            /// A family of this name.
            pub(crate) const fn new(name: &'static str, help: &'static str) -> Self {
                Self { name, help }
            }
        }
        impl Described for $name {
            fn describe(&self) -> (&'static str, &'static str, Kind) {
                (self.name, self.help, Kind::$kind)
            }
        }
    )*};
}

families! {
    /// A family whose numbers only grow.
    Counter: Counter;
    /// A family of numbers with a unit.
    Gauge: Gauge;
    /// A family that counts what falls into which range.
    Histogram: Histogram;
    /// A family of numbers of things.
    IntGauge: Gauge;
}

/// What a series holds.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// How many were not above each bound, the last bound being without end; and their sum.
    Histogram {
        buckets: Vec<(f64, u64)>,
        sum: f64,
    },
    Number(f64),
}

/// A name and a value of a label.
pub(crate) type Label<'a> = (Cow<'a, str>, Cow<'a, str>);

/// One series.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Series<'a> {
    pub(super) labels: Vec<Label<'a>>,
    pub(super) value: Value,
}

/// One family with its series.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Family<'a> {
    pub(super) name: &'a str,
    pub(super) help: &'a str,
    pub(super) kind: Kind,
    pub(super) series: Vec<Series<'a>>,
}

impl<'a> Family<'a> {
    /// Adds a series with one number. Labels are given in the order of their names.
    pub(crate) fn number<N: Into<Cow<'a, str>>>(
        &mut self,
        labels: impl IntoIterator<Item = (N, Cow<'a, str>)>,
        number: f64,
    ) {
        let labels = labels.into_iter().map(|(name, value)| (name.into(), value)).collect();
        self.series.push(Series { labels, value: Value::Number(number) });
    }

    /// Adds a series of a histogram.
    pub(crate) fn histogram<N: Into<Cow<'a, str>>>(
        &mut self,
        labels: impl IntoIterator<Item = (N, Cow<'a, str>)>,
        buckets: Vec<(f64, u64)>,
        sum: f64,
    ) {
        let labels = labels.into_iter().map(|(name, value)| (name.into(), value)).collect();
        let value = Value::Histogram { buckets, sum };
        self.series.push(Series { labels, value });
    }
}

/// Families in any order; they are written in that of their names.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Page<'a>(Vec<Family<'a>>);

impl<'a> Page<'a> {
    /// The series of probes, with the labels that their reports have.
    pub(super) fn of(reports: &[&'a Report], escaping: Escaping) -> Self {
        let mut page = Self::default();
        let samples = reports
            .iter()
            .flat_map(|report| report.measurements.samples().iter().map(|sample| (sample, &report.labels)));
        for (sample, own) in samples {
            let family = match page.0.iter().position(|family| family.name == sample.family.name) {
                Some(at) => &mut page.0[at],
                None => page.push(sample.family.name, sample.family.help, Kind::Gauge),
            };
            let mut labels: Vec<Label<'_>> = sample
                .label_pairs()
                .map(|(name, value)| (escaping.apply(name), Cow::Borrowed(value)))
                .collect();
            for (name, value) in own {
                let name = escaping.apply(name);
                if labels.iter().all(|(present, _)| *present != name) {
                    labels.push((name, Cow::Borrowed(value)));
                }
            }
            labels.sort_unstable();
            family.number(labels, sample.value.as_f64());
        }
        page
    }

    /// Adds a family without a series.
    pub(crate) fn family(&mut self, described: &impl Described) -> &mut Family<'a> {
        let (name, help, kind) = described.describe();
        self.push(name, help, kind)
    }

    /// Adds a family of one series without labels.
    pub(crate) fn add(&mut self, described: &impl Described, number: f64) {
        self.family(described).number::<&str>([], number);
    }

    /// The families with a series, in the order of their names, and their series in that of their labels.
    pub(super) fn sorted(&self) -> Vec<(&Family<'a>, Vec<&Series<'a>>)> {
        let mut families: Vec<_> = self.0.iter().filter(|family| !family.series.is_empty()).collect();
        families.sort_by_key(|family| family.name);
        let sorted = families.into_iter().map(|family| {
            let mut series: Vec<_> = family.series.iter().collect();
            series.sort_by(|one, other| {
                let values = |series: &&Series<'a>| {
                    series.labels.iter().map(|label| label.1.clone()).collect::<Vec<_>>()
                };
                one.labels.len().cmp(&other.labels.len()).then_with(|| values(one).cmp(&values(other)))
            });
            (family, series)
        });
        sorted.collect()
    }

    fn push(&mut self, name: &'a str, help: &'a str, kind: Kind) -> &mut Family<'a> {
        self.0.push(Family { name, help, kind, series: Vec::new() });
        let last = self.0.len() - 1;
        &mut self.0[last]
    }
}
