//! Rules about ports.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use super::rules::RuleError;

/// A port, or all ports from one to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortRange(RangeInclusive<u16>);

impl PortRange {
    pub(super) fn contains(&self, port: u16) -> bool {
        self.0.contains(&port)
    }
}

impl FromStr for PortRange {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let range = port(first)?..=port(last)?;
        if range.is_empty() { Err(RuleError::Port) } else { Ok(Self(range)) }
    }
}

impl fmt::Display for PortRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0.start(), self.0.end()) {
            (first, last) if first == last => first.fmt(f),
            (first, last) => write!(f, "{first}-{last}"),
        }
    }
}

fn port(text: &str) -> Result<u16, RuleError> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|port| digits && *port > 0).ok_or(RuleError::Port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_has_both_its_ends() {
        let range: PortRange = "8000-8999".parse().expect("a range");
        assert_eq!([7999, 8000, 8999, 9000].map(|port| range.contains(port)), [false, true, true, false]);
        assert_eq!(range.to_string(), "8000-8999");
        let single: PortRange = "22".parse().expect("a port");
        assert_eq!(
            ([21, 22, 23].map(|port| single.contains(port)), single.to_string()),
            ([false, true, false], "22".into())
        );
    }

    #[test]
    fn what_is_no_port_is_refused() {
        for text in ["", "0", "65536", "-1", "2-1", "ssh", "+22", "1-", "1-2-3", " 1"] {
            assert_eq!(text.parse::<PortRange>(), Err(RuleError::Port), "{text}");
        }
    }
}
