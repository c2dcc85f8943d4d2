//! `rate_limit` and `client_rate_limit`: how often, and how much at once.

use std::time::Duration;

use probe_core::settings::{Errors, Section, duration};

use crate::web::rate::Rate;

/// Reads a limit; `None` if there is none, which an interval of zero means too.
pub(super) fn read(top: &mut Section<'_>, key: &'static str, errors: &mut Errors) -> Option<Rate> {
    let mut section = top.section(key, errors)?;
    let interval = read_interval(&mut section, errors);
    let burst = section.integer("burst", i64::MIN..=i64::MAX, errors).unwrap_or_default();
    section.finish(errors);
    let interval = interval.filter(|interval| !interval.is_zero())?;
    Some(Rate { interval, burst: u32::try_from(burst.max(0)).unwrap_or(u32::MAX) })
}

/// A duration with a unit, or nanoseconds without one. Below zero means no limit, as in the reference.
fn read_interval(section: &mut Section<'_>, errors: &mut Errors) -> Option<Duration> {
    let text = section.string("interval", errors)?;
    if let Ok(nanoseconds) = text.parse::<i64>() {
        return u64::try_from(nanoseconds).ok().map(Duration::from_nanos);
    }
    match duration::parse(&text) {
        Ok(interval) => interval.not_negative(),
        Err(error) => {
            section.problem("interval", format!("not a duration such as 500ms or 2.5s: {error}"), errors);
            None
        }
    }
}
