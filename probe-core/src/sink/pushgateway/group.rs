//! Grouping keys: the labels that name a group, and how they are written into a path.

use std::fmt;
use std::time::{Duration, UNIX_EPOCH};

use serde_json::Value;
use thiserror::Error;

use super::{Held, TTL};
use crate::net::http::base64_for_url;

/// The labels of a group: `job`, then others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    job: String,
    labels: Vec<(String, String)>,
}

/// Why labels name no group.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum GroupError {
    /// The gateway wants a job.
    #[error("the job of a group cannot be empty")]
    Job,
    /// What cannot be the name of a label, or is there twice.
    #[error("{0:?} cannot be the name of a label of a group, or is there twice")]
    Label(String),
}

impl Group {
    /// A group of this job with further labels.
    pub fn new(job: impl Into<String>, labels: Vec<(String, String)>) -> Result<Self, GroupError> {
        let job = job.into();
        if job.is_empty() {
            return Err(GroupError::Job);
        }
        for (index, (name, _)) in labels.iter().enumerate() {
            let is_twice = name == "job" || labels[..index].iter().any(|(before, _)| before == name);
            if is_twice || !crate::render::is_classic(name) || name.starts_with("__") {
                return Err(GroupError::Label(name.clone()));
            }
        }
        Ok(Self { job, labels })
    }

    /// The job.
    pub fn job(&self) -> &str {
        &self.job
    }

    /// The other labels.
    pub fn labels(&self) -> &[(String, String)] {
        &self.labels
    }

    /// The path of the group. A value that is empty or has a slash is written in base64, as no path could hold it.
    pub(super) fn path(&self) -> String {
        let mut path = String::from("/metrics");
        let job = ("job".to_owned(), self.job.clone());
        for (name, value) in std::iter::once(&job).chain(&self.labels) {
            path.push('/');
            path.push_str(name);
            if value.is_empty() || value.contains('/') {
                path.push_str("@base64/");
                let encoded = base64_for_url(value.as_bytes());
                path.push_str(if encoded.is_empty() { "=" } else { &encoded });
            } else {
                path.push('/');
                escape(value, &mut path);
            }
        }
        path
    }
}

/// As people write it: `job="backup",instance="db1"`.
impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "job={:?}", self.job)?;
        self.labels.iter().try_for_each(|(name, value)| write!(f, ",{name}={value:?}"))
    }
}

fn escape(value: &str, path: &mut String) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            path.push(byte.into());
        } else {
            path.push_str(&format!("%{byte:02X}"));
        }
    }
}

/// Reads what `/api/v1/metrics` answers.
pub(super) fn read_list(text: &str) -> Result<Vec<Held>, String> {
    let answer: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let groups = answer["data"].as_array().ok_or("there is no data in it")?;
    groups.iter().map(|group| read_group(group).ok_or_else(|| format!("a group is {group}"))).collect()
}

fn read_group(group: &Value) -> Option<Held> {
    let mut job = None;
    let mut labels = Vec::new();
    for (name, value) in group["labels"].as_object()? {
        let value = value.as_str()?.to_owned();
        match name.as_str() {
            "job" => job = Some(value),
            // The gateway adds it where a group has none.
            "instance" if value.is_empty() => {}
            _ => labels.push((name.clone(), value)),
        }
    }
    let number =
        |family: &str| -> Option<f64> { group[family]["metrics"][0]["value"].as_str()?.parse().ok() };
    let time = |family: &str| number(family).unwrap_or_default();
    let latest = time("push_time_seconds").max(time("push_failure_time_seconds"));
    let seconds = |seconds: f64| Duration::try_from_secs_f64(seconds).ok();
    let own = ["labels", "last_push_successful", "push_time_seconds", "push_failure_time_seconds"];
    let families = group.as_object()?.keys().filter(|name| !own.contains(&name.as_str())).count();
    Some(Held {
        group: Group { job: job?, labels },
        pushed: UNIX_EPOCH + seconds(latest)?,
        ttl: number(TTL).and_then(seconds),
        families,
    })
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    fn path(labels: &[(&str, &str)]) -> String {
        let labels = labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Group::new("a b", labels).expect("good labels").path()
    }

    #[test]
    fn values_that_no_path_can_hold_are_in_base64() {
        assert_eq!(path(&[]), "/metrics/job/a%20b");
        assert_eq!(path(&[("instance", "h:9100")]), "/metrics/job/a%20b/instance/h%3A9100");
        assert_eq!(path(&[("path", "/var/tmp")]), "/metrics/job/a%20b/path@base64/L3Zhci90bXA");
        assert_eq!(path(&[("empty", "")]), "/metrics/job/a%20b/empty@base64/=");
        assert_eq!(path(&[("city", "Zürich")]), "/metrics/job/a%20b/city/Z%C3%BCrich");
    }

    #[test]
    fn what_names_no_group_is_refused() {
        assert_eq!(Group::new("", Vec::new()), Err(GroupError::Job));
        for name in ["job", "a-b", "", "__x"] {
            let refused = Group::new("j", vec![(name.into(), "x".into())]);
            assert_eq!(refused, Err(GroupError::Label(name.into())));
        }
    }

    #[test]
    fn lists_are_read() {
        let text = r#"{"status":"success","data":[{"labels":{"instance":"","job":"a","x":"y"},"last_push_successful":true,
            "probe_push_ttl_seconds":{"metrics":[{"labels":{},"value":"60"}]},
            "push_failure_time_seconds":{"metrics":[{"value":"0"}]},
            "push_time_seconds":{"metrics":[{"value":"1.7e+09"}]}}]}"#;
        let [held] = read_list(text).expect("a list").try_into().expect("one group");
        assert_eq!(held.group.to_string(), "job=\"a\",x=\"y\"");
        assert_eq!((held.families, held.ttl), (1, Some(Duration::from_secs(60))));
        let at = |seconds: u64| UNIX_EPOCH + Duration::from_secs(1_700_000_000 + seconds);
        assert!(!held.is_outdated(None, at(60)) && held.is_outdated(None, at(61)));
        assert!(held.is_outdated(Some(Duration::from_secs(5)), at(6)));
        let forever = Held { ttl: None, ..held };
        assert!(!forever.is_outdated(None, SystemTime::now()));
        assert!(read_list("{}").is_err() && read_list("x").is_err());
    }
}
