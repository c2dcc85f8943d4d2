//! How single arguments are read. Every refusal says what would be right.

mod escapes;
mod http;
mod sweep;

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use probe_core::model::{HostPort, Target};
use probe_core::net::tls::TlsVersion;
use probe_core::render::threshold::Thresholds;
use probe_core::settings::{Pattern, duration};
use probe_core::sink::textfile::Textfile;

use super::common::Limits;

pub(crate) use escapes::{Text, text};
pub(crate) use http::{Statuses, expression, header, header_pattern, statuses, url, user, websocket_url};
pub(crate) use sweep::{Ports, ports, rate, shard, sweep_socket};

/// Longer than anybody waits, short enough that no clock overflows.
const LONGEST: Duration = Duration::from_secs(86_400);
const SHORTEST_INTERVAL: Duration = Duration::from_millis(1);

/// A length of time that is not zero.
pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    let length = length(text)?;
    if length.is_zero() { Err("must be longer than zero, for example 0.5".to_owned()) } else { Ok(length) }
}

/// A length of time that may be none.
pub(crate) fn any_length(text: &str) -> Result<Duration, String> {
    length(text)
}

/// A list of limits: `rtt=200ms,loss=20%`.
pub(crate) fn limits(text: &str) -> Result<Limits, String> {
    Thresholds::limits(text).map(Limits).map_err(|error| error.to_string())
}

/// A label of a group.
pub(crate) fn label(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').filter(|(name, _)| !name.is_empty());
    let pair = pair.map(|(name, value)| (name.to_owned(), value.to_owned()));
    pair.ok_or_else(|| "NAME=VALUE is wanted, for example instance=db1".to_owned())
}

/// A gauge of the user's own.
pub(crate) fn gauge(text: &str) -> Result<(String, f64), String> {
    let wrong = || "NAME=VALUE is wanted, for example backup_size_bytes=3.2e9".to_owned();
    let (name, value) = text.split_once('=').ok_or_else(wrong)?;
    let is_name = |(at, letter): (usize, char)| {
        letter.is_ascii_alphabetic() || letter == '_' || letter == ':' || (at > 0 && letter.is_ascii_digit())
    };
    if name.is_empty() || !name.chars().enumerate().all(is_name) {
        return Err(format!("{name:?} cannot be the name of a series"));
    }
    Ok((name.to_owned(), value.trim().parse().map_err(|_| wrong())?))
}

/// A file that the textfile collector reads.
pub(crate) fn textfile(text: &str) -> Result<Textfile, String> {
    Textfile::new(text).map_err(|error| error.to_string())
}

/// The time from one packet to the next.
pub(crate) fn interval(text: &str) -> Result<Duration, String> {
    let length = length(text)?;
    if length < SHORTEST_INTERVAL {
        return Err("too short, at least 1 ms is allowed: 0.001".to_owned());
    }
    Ok(length)
}

/// A whole number within `range`.
pub(crate) fn whole<N>(range: RangeInclusive<N>) -> impl Fn(&str) -> Result<N, String> + Clone
where
    N: FromStr + PartialOrd + Display + Clone + Send + Sync + 'static,
{
    move |text| {
        let number = text.parse().ok().filter(|number| range.contains(number));
        number.ok_or_else(|| format!("write a whole number from {} to {}", range.start(), range.end()))
    }
}

/// A share: `0.1` or `10%`.
pub(crate) fn ratio(text: &str) -> Result<f64, String> {
    let number = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite());
    let share = match text.strip_suffix('%') {
        Some(percent) => number(percent).map(|percent| percent / 100.0),
        None => number(text),
    };
    share
        .filter(|share| (0.0..=1.0).contains(share))
        .ok_or_else(|| "not a share; write a number from 0 to 1 (0.1) or a percentage (10%)".to_owned())
}

/// What to ping: a name or an address.
pub(crate) fn host(text: &str) -> Result<Target, String> {
    if text.is_empty() {
        return Err("empty; write a name or an address".to_owned());
    }
    match HostPort::parse(text) {
        Ok(parts) => Err(format!("ICMP knows no ports; write {}", parts.host)),
        Err(_) => Ok(text.into()),
    }
}

/// What to connect to: a name or an address, and a port.
pub(crate) fn host_and_port(text: &str) -> Result<Target, String> {
    HostPort::parse(text)
        .map(|_| text.into())
        .map_err(|error| format!("{}; write HOST:PORT, for example localhost:443 or [::1]:22", error.problem))
}

/// Anything, as long as it is something.
pub(crate) fn not_empty(text: &str) -> Result<Target, String> {
    if text.is_empty() { Err("empty; write what to probe".to_owned()) } else { Ok(text.into()) }
}

/// A regular expression in the dialect of the reference exporter.
pub(crate) fn pattern(text: &str) -> Result<Pattern, String> {
    Pattern::new(text).map_err(|error| format!("{error}; write an expression such as ^OK"))
}

/// What goes along with a call: `name=value`.
pub(crate) fn metadata(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE, for example x-tenant=blue")?;
    Ok((name.to_ascii_lowercase(), value.to_owned()))
}

/// A version of TLS: `1.2`.
pub(crate) fn tls_version(text: &str) -> Result<TlsVersion, String> {
    let number = |version: &TlsVersion| version.as_str().trim_start_matches("TLS ").to_owned();
    let known = TlsVersion::WORDS.iter().find(|(_, version)| number(version) == text);
    known.map(|(_, version)| *version).ok_or_else(|| "write 1.0, 1.1, 1.2 or 1.3".to_owned())
}

/// Seconds, decimals allowed, or a length with units as configurations have it.
fn length(text: &str) -> Result<Duration, String> {
    let is_plain = text.contains(|c: char| c.is_ascii_digit())
        && text.chars().all(|character| character.is_ascii_digit() || character == '.');
    let length = if is_plain {
        text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
    } else {
        duration::parse(text).ok().and_then(duration::Signed::not_negative)
    };
    let length = length.ok_or("not a length of time; write seconds (0.2) or a unit (200ms, 1.5s, 2m)")?;
    if length > LONGEST { Err("too long, at most one day is allowed: 86400".to_owned()) } else { Ok(length) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_seconds_and_units() {
        for (text, millis) in [
            ("0.2", 200),
            ("1", 1000),
            (".5", 500),
            ("3.", 3000),
            ("200ms", 200),
            ("1m30s", 90_000),
            ("86400", 86_400_000),
        ] {
            assert_eq!(seconds(text), Ok(Duration::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_length() {
        for text in
            ["", ".", "x", "1x", "1.2.3", "-1", "-1s", "inf", "nan", "1e3", "0", "0s", "86401", "99999999h"]
        {
            let problem = seconds(text).expect_err(text);
            assert!(problem.contains(|c: char| c.is_ascii_digit()), "{text}: {problem} shows nothing right");
        }
    }

    #[test]
    fn interval_has_a_floor() {
        assert_eq!(interval("0.001"), Ok(SHORTEST_INTERVAL));
        assert!(interval("0.0009").is_err() && interval("0").is_err());
    }

    #[test]
    fn whole_numbers_name_their_range() {
        let octet = whole(1..=255_u8);
        assert_eq!((octet("1"), octet("255")), (Ok(1), Ok(255)));
        for text in ["0", "256", "-1", "x", "1.5", ""] {
            assert_eq!(octet(text), Err("write a whole number from 1 to 255".to_owned()), "{text}");
        }
    }

    #[test]
    fn reads_shares_both_ways() {
        for (text, share) in [("0.1", 0.1), ("10%", 0.1), ("0", 0.0), ("100%", 1.0)] {
            assert!((ratio(text).expect(text) - share).abs() < 1e-12);
        }
        for text in ["", "%", "1.1", "101%", "-0.1", "nan", "x"] {
            assert!(ratio(text).is_err(), "{text}");
        }
    }

    #[test]
    fn versions_of_tls_are_numbers() {
        assert_eq!(tls_version("1.2"), Ok(TlsVersion::Tls12));
        for text in ["", "1", "12", "TLS12", "1.4"] {
            assert!(tls_version(text).is_err(), "{text}");
        }
    }

    #[test]
    fn metadata_has_a_name_in_lower_case() {
        assert_eq!(metadata("X-A=b=c"), Ok(("x-a".to_owned(), "b=c".to_owned())));
        assert!(metadata("x").is_err());
    }

    #[test]
    fn hosts_have_no_port_and_ports_need_a_host() {
        for text in ["localhost", "127.0.0.1", "::1", "fe80::1%eth0"] {
            assert_eq!(host(text), Ok(text.into()));
        }
        assert_eq!(host("localhost:80"), Err("ICMP knows no ports; write localhost".to_owned()));
        assert_eq!(host("[::1]:80"), Err("ICMP knows no ports; write ::1".to_owned()));
        assert_eq!(host_and_port("[::1]:22"), Ok("[::1]:22".into()));
        assert!(host_and_port("localhost").is_err_and(|problem| problem.starts_with("missing port")));
    }
}
