//! Metric families and the typed handles through which values are recorded and read back.

use std::borrow::Cow;
use std::marker::PhantomData;
use std::time::Duration;

/// A label value; borrowed wherever it is known at compile time.
pub type LabelValue = Cow<'static, str>;

/// What a family's values measure; decides its name's suffix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unit {
    /// Seconds; names end in `_seconds`.
    Seconds,
    /// Bytes; names end in `_bytes`.
    Bytes,
    /// A share between 0 and 1; names end in `_ratio`.
    Ratio,
    /// Zero or one.
    Flag,
    /// A number of things.
    Count,
    /// Anything else: a protocol version, a hash.
    Number,
}

/// A metric family: name, help and label names, declared once as part of a [`Gauge`].
#[derive(Debug, PartialEq, Eq)]
pub struct Family {
    /// The full name, as Prometheus sees it.
    pub name: &'static str,
    /// One sentence for people.
    pub help: &'static str,
    /// Label names, in the order in which values are given; none if each series brings its own.
    pub labels: &'static [&'static str],
    /// What its values measure.
    pub unit: Unit,
}

/// A recorded value. Histograms will join it, hence non-exhaustive.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// One number, in the family's unit.
    Gauge(f64),
}

impl Value {
    /// The number of a gauge.
    pub fn as_f64(self) -> f64 {
        match self {
            Self::Gauge(number) => number,
        }
    }
}

/// A kind of quantity: its Rust type, its unit, and the conversion in between, written once.
pub trait Quantity {
    /// What callers record and read back.
    type Native: Copy;
    /// The unit of the exposed number.
    const UNIT: Unit;
    /// The exposed number.
    fn to_number(native: Self::Native) -> f64;
    /// The native value of an exposed number.
    fn from_number(number: f64) -> Self::Native;
}

macro_rules! quantities {
    ($($(#[$doc:meta])* $name:ident: $native:ty, $to:expr, $from:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name;
        impl Quantity for $name {
            type Native = $native;
            const UNIT: Unit = Unit::$name;
            fn to_number(native: $native) -> f64 { ($to)(native) }
            fn from_number(number: f64) -> $native { ($from)(number) }
        }
    )*};
}

quantities! {
    /// A length of time.
    Seconds: Duration, |d: Duration| d.as_secs_f64(), |n: f64| Duration::try_from_secs_f64(n).unwrap_or_default();
    /// A number of bytes.
    Bytes: u64, |n: u64| n as f64, |n: f64| n as u64;
    /// A share between 0 and 1.
    Ratio: f64, |n: f64| n, |n: f64| n;
    /// Yes or no.
    Flag: bool, |b: bool| f64::from(u8::from(b)), |n: f64| n != 0.0;
    /// A number of things.
    Count: u64, |n: u64| n as f64, |n: f64| n as u64;
    /// Any other number.
    Number: f64, |n: f64| n, |n: f64| n;
}

/// A typed handle on a family with `N` labels. Declare it as a `static`.
///
/// ```
/// use probe_core::model::{Gauge, Measurements, Seconds};
/// use std::time::Duration;
///
/// static QUEUE_WAIT: Gauge<Seconds, 1> =
///     Gauge::new("myapp_queue_wait_seconds", "How long the job waited, by queue.", &["queue"]);
///
/// let mut measurements = Measurements::default();
/// measurements.set(&QUEUE_WAIT, ["mail"], Duration::from_millis(1500));
/// assert_eq!(measurements.read(&QUEUE_WAIT, ["mail"]), Some(Duration::from_millis(1500)));
/// ```
#[derive(Debug)]
pub struct Gauge<Q: Quantity, const N: usize = 0> {
    family: Family,
    quantity: PhantomData<fn() -> Q>,
}

impl<Q: Quantity, const N: usize> Gauge<Q, N> {
    /// A family of gauges with its name, help and label names.
    pub const fn new(name: &'static str, help: &'static str, labels: &'static [&'static str; N]) -> Self {
        Self { family: Family { name, help, labels, unit: Q::UNIT }, quantity: PhantomData }
    }

    /// The family itself, for documentation and for [`Spec::families`](crate::prober::Spec).
    pub const fn family(&self) -> &Family {
        &self.family
    }
}

/// A handle on a family whose label names come from a configuration. Each of its series is 1.
/// Declare it as a `static`; record with [`Measurements::inform`](super::Measurements::inform).
#[derive(Debug)]
pub struct InfoGauge {
    family: Family,
}

impl InfoGauge {
    /// A family with its name and help.
    pub const fn new(name: &'static str, help: &'static str) -> Self {
        Self { family: Family { name, help, labels: &[], unit: Unit::Count } }
    }

    /// The family itself. It lists no labels: each series brings its own.
    pub const fn family(&self) -> &Family {
        &self.family
    }
}
