//! How long a probe may take: the scrape's timeout, the module's, and what is kept back for the way home.

use std::time::Duration;

/// Seconds of a scrape that names no timeout.
const WITHOUT_HEADER: f64 = 120.0;
/// Nanoseconds that Go's longest duration has one less of.
const GO_DURATION_END: f64 = 9_223_372_036_854_775_808.0;

/// Seconds that a probe may take, by the reference exporter's rule; may be negative or no number at all.
///
/// `header` is the scrape's timeout. It wins over the module's where it is shorter, less the `offset`; where the
/// offset leaves less than nothing, the module's holds.
pub(crate) fn seconds(module: Option<Duration>, header: Option<f64>, offset: f64) -> f64 {
    let module = module.unwrap_or_default().as_secs_f64();
    let scrape = header.filter(|seconds| *seconds != 0.0).unwrap_or(WITHOUT_HEADER);
    let limit = scrape - offset;
    if (module < limit && module > 0.0) || limit < 0.0 { module } else { limit }
}

/// Seconds as a length of time. As in the reference, what is negative, no number, or too long for Go is no time at all.
pub(crate) fn length(seconds: f64) -> Duration {
    let nanoseconds = seconds * 1e9;
    if nanoseconds > 0.0 && nanoseconds < GO_DURATION_END {
        Duration::from_nanos(nanoseconds as u64)
    } else {
        Duration::ZERO
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNSET: f64 = 0.0;

    #[test]
    fn is_what_the_reference_computes() {
        for (module, header, offset, expected) in [
            (UNSET, Some(15.0), 0.5, 14.5),
            (UNSET, Some(15.0), 0.0, 15.0),
            (20.0, Some(15.0), 0.5, 14.5),
            (20.0, Some(15.0), 0.0, 15.0),
            (5.0, Some(15.0), 0.0, 5.0),
            (5.0, Some(15.0), 0.5, 5.0),
            (10.0, None, 0.5, 10.0),
            (10.0, Some(10.0), 0.5, 9.5),
            (9.5, None, 0.5, 9.5),
            (9.5, None, 1.0, 9.5),
            (UNSET, None, 0.5, 119.5),
            (UNSET, None, 0.0, 120.0),
            (UNSET, Some(0.0), 0.5, 119.5),
            (UNSET, Some(-0.0), 0.5, 119.5),
            (2.0, Some(0.3), 0.5, 2.0),
            (UNSET, Some(0.3), 0.5, 0.0),
            (UNSET, Some(0.5), 0.5, 0.0),
            (2.0, Some(0.5), 0.5, 0.0),
            (2.0, Some(-5.0), 0.5, 2.0),
            (2.0, Some(f64::INFINITY), 0.5, 2.0),
            (UNSET, None, -1.0, 121.0),
        ] {
            let module = Some(Duration::from_secs_f64(module)).filter(|length| !length.is_zero());
            let computed = seconds(module, header, offset);
            assert!(
                (computed - expected).abs() < 1e-12,
                "{module:?} {header:?} {offset}: {computed} instead of {expected}"
            );
        }
    }

    #[test]
    fn no_number_stays_no_number() {
        assert!(seconds(Some(Duration::from_secs(2)), Some(f64::NAN), 0.5).is_nan());
    }

    #[test]
    fn what_is_no_length_is_no_time() {
        for seconds in
            [0.0, -0.0, -1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300, 9_223_372_036.854_776]
        {
            assert_eq!(length(seconds), Duration::ZERO, "{seconds}");
        }
        assert_eq!(length(14.5), Duration::from_millis(14_500));
        assert_eq!(length(9_223_372_036.0), Duration::from_secs(9_223_372_036));
    }
}
