//! Plain data that every other module speaks: targets, deadlines, measurements, reports and errors.
//! No sockets, no clocks, no file formats.

mod deadline;
mod error;
mod label_names;
mod log;
mod measurements;
mod metric;
mod report;
mod rfc3339;
mod round_trips;
mod spread;
mod target;

pub use deadline::Deadline;
pub use error::{Explanation, Phase, ProbeError, Reason, Refusal, Remedy, Situation, chain};
pub use label_names::{LabelNameError, LabelNames};
pub use log::{LogLine, Severity};
pub use measurements::{Labels, Measurements, Observed, Observer, Recorder, Sample};
pub use metric::{
    Bytes, Count, Family, Flag, Gauge, InfoGauge, LabelValue, Number, Quantity, Ratio, Seconds, Unit, Value,
};
pub use report::{Exchange, Note, NoteContent, NoteField, NoteValue, Outcome, Report, Verdict};
pub use rfc3339::Rfc3339;
pub use round_trips::RoundTrips;
pub use spread::Spread;
pub use target::{HostPort, Target, TargetError};
