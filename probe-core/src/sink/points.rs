//! Reports as single values of series, for receivers that keep time themselves.

use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::model::{Family, Report, Unit};
use crate::render::Escaping;

/// The bits of the value that ends a series ("stale marker", Prometheus remote write specification).
const STALE: u64 = 0x7ff0_0000_0000_0002;

/// One value of one series at one time.
#[derive(Clone, Debug)]
pub struct Point {
    /// The series.
    pub series: Series,
    /// Milliseconds since 1970.
    pub time: i64,
    /// The value; [`Point::is_stale`] says whether there is none any more.
    pub value: f64,
    /// What the family is about.
    pub help: String,
    /// `seconds`, `bytes` or `ratio`; empty for a number of things.
    pub unit: String,
}

/// What tells a series from all others.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Series {
    /// The name of the family, which every Prometheus reads.
    pub name: String,
    /// Names and values of its labels, sorted by name, none of them empty.
    pub labels: Vec<(String, String)>,
}

impl Point {
    /// The end of a series: what measured it is gone, and its last value must not be taken for the present one.
    pub fn stale(series: Series, time: i64) -> Self {
        Self { series, time, value: f64::from_bits(STALE), help: String::new(), unit: String::new() }
    }

    /// Whether it ends its series.
    pub fn is_stale(&self) -> bool {
        self.value.to_bits() == STALE
    }

    /// As it waits on a disk. The value is kept to its last bit.
    pub(super) fn to_json(&self) -> Value {
        json!({
            "name": self.series.name,
            "labels": self.series.labels,
            "time": self.time,
            "value": self.value.to_bits(),
            "help": self.help,
            "unit": self.unit,
        })
    }

    pub(super) fn from_json(value: &Value) -> Option<Self> {
        let text = |key: &str| value[key].as_str().map(str::to_owned);
        Some(Self {
            series: Series::from_json(value)?,
            time: value["time"].as_i64()?,
            value: f64::from_bits(value["value"].as_u64()?),
            help: text("help")?,
            unit: text("unit")?,
        })
    }
}

impl Series {
    pub(super) fn to_json(&self) -> Value {
        json!({ "name": self.name, "labels": self.labels })
    }

    pub(super) fn from_json(value: &Value) -> Option<Self> {
        let label = |pair: &Value| Some((pair[0].as_str()?.to_owned(), pair[1].as_str()?.to_owned()));
        let labels = value["labels"].as_array()?.iter().map(label).collect::<Option<_>>()?;
        Some(Self { name: value["name"].as_str()?.to_owned(), labels })
    }
}

/// The values of reports, each at the time when its probe ended. Every series has `module` and `target` and the labels of its
/// report, then those of `common`; where two have the same name the first in that order stays. Of two values of one series the
/// later report's stays.
pub fn points(reports: &[Report], common: &[(String, String)]) -> Vec<Point> {
    let mut points: Vec<Point> = Vec::new();
    let mut places: HashMap<Series, usize> = HashMap::new();
    for report in reports {
        let time = milliseconds(report.started + report.elapsed);
        for sample in report.measurements.samples() {
            let series = series(sample.family, sample.label_pairs(), report, common);
            let point = Point {
                series: series.clone(),
                time,
                value: sample.value.as_f64(),
                help: sample.family.help.to_owned(),
                unit: unit(sample.family.unit).to_owned(),
            };
            if let Some(place) = places.get(&series) {
                points[*place] = point;
            } else {
                places.insert(series, points.len());
                points.push(point);
            }
        }
    }
    points
}

fn series<'r>(
    family: &Family,
    own: impl Iterator<Item = (&'r str, &'r str)>,
    report: &'r Report,
    common: &'r [(String, String)],
) -> Series {
    let given = report.labels.iter().chain(common).map(|(name, value)| (name.as_str(), value.as_str()));
    let identity = [("module", &*report.module), ("target", report.target.as_str())];
    let mut labels: Vec<(String, String)> = Vec::new();
    for (name, value) in own.chain(given).chain(identity) {
        let name = Escaping::default().apply(name);
        if !labels.iter().any(|(present, _)| *present == name) {
            labels.push((name.into_owned(), value.to_owned()));
        }
    }
    labels.retain(|(_, value)| !value.is_empty());
    labels.sort_unstable();
    Series { name: family.name.to_owned(), labels }
}

fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Seconds => "seconds",
        Unit::Bytes => "bytes",
        Unit::Ratio => "ratio",
        _ => "",
    }
}

/// Milliseconds since 1970.
pub fn milliseconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples;

    #[test]
    fn labels_are_sorted_without_empty_ones_and_the_first_of_a_name_stays() {
        let mut report = samples::success();
        report.labels = vec![("site".into(), "a".into()), ("none".into(), String::new())];
        let common = [("site".to_owned(), "b".to_owned()), ("zone.x".to_owned(), "c".to_owned())];
        let points = points(&[report], &common);
        let phase = points.iter().find(|point| !point.unit.is_empty()).expect("there are seconds");
        let labels: Vec<String> =
            phase.series.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(labels, ["module=icmp", "phase=setup", "site=a", "target=localhost", "zone_x=c"]);
        assert_eq!((phase.unit.as_str(), phase.time), ("seconds", 1_709_208_000_000));
    }

    #[test]
    fn the_later_report_of_a_series_stays() {
        let mut again = samples::refused_connection();
        (again.module, again.target) = ("icmp".into(), "localhost".into());
        let points = points(&[samples::success(), again], &[]);
        let successes: Vec<f64> = points
            .iter()
            .filter(|point| point.series.name == "probe_success")
            .map(|point| point.value)
            .collect();
        assert_eq!(successes, [0.0]);
    }

    #[test]
    fn what_waits_on_a_disk_is_the_same_to_the_last_bit() {
        let points = points(&[samples::success()], &[]);
        let stale = Point::stale(points[0].series.clone(), 5);
        for point in points.iter().chain([&stale]) {
            let read = Point::from_json(&point.to_json()).expect("ours");
            assert_eq!(read.value.to_bits(), point.value.to_bits());
            assert_eq!(
                (read.series, read.time, read.unit),
                (point.series.clone(), point.time, point.unit.clone())
            );
        }
        assert!(stale.is_stale() && !points[0].is_stale());
    }
}
