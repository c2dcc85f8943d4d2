//! Rules about names.

use std::fmt;
use std::str::FromStr;

use super::host::Host;
use super::rules::RuleError;

/// A name, or all names below it. Written and compared in the form that name servers know: ASCII, lower case, without
/// the final dot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameRule {
    name: String,
    below: bool,
}

impl NameRule {
    /// Whether it covers a name in that form. `*.example` covers `a.example` and `a.b.example`, but not `example`.
    pub(super) fn contains(&self, name: &str) -> bool {
        if !self.below {
            return name == self.name;
        }
        name.strip_suffix(&self.name).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
    }
}

impl FromStr for NameRule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        let (below, rest) = match text.strip_prefix("*.") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        match Host::read(rest) {
            Host::Name(name) if !name.is_empty() && !name.contains(['*', '/', ':', '@']) => {
                Ok(Self { name, below })
            }
            _ => Err(RuleError::Name),
        }
    }
}

impl fmt::Display for NameRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.below { "*." } else { "" }, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers(rule: &str, host: &str) -> bool {
        let Host::Name(name) = Host::read(host) else { panic!("{host} is a name") };
        rule.parse::<NameRule>().expect(rule).contains(&name)
    }

    #[test]
    fn a_name_covers_itself_and_a_star_what_is_below() {
        for (rule, host, expected) in [
            ("db.example", "db.example", true),
            ("DB.Example.", "db.EXAMPLE", true),
            ("db.example", "db.example.", true),
            ("db.example", "a.db.example", false),
            ("*.example", "a.example", true),
            ("*.example", "a.b.example", true),
            ("*.example", "example", false),
            ("*.example", "anexample", false),
            ("*.example", "example.org", false),
        ] {
            assert_eq!(covers(rule, host), expected, "{rule} {host}");
        }
    }

    #[cfg(feature = "resolver")]
    #[test]
    fn names_are_compared_in_their_ascii_form() {
        assert!(covers("*.bücher.example", "WWW.BÜCHER。example"));
        assert!(covers("xn--bcher-kva.example", "bücher.example"));
    }

    #[test]
    fn addresses_and_stars_elsewhere_are_refused() {
        for text in
            ["", "*", "*.", "a.*", "a*.example", "192.0.2.1", "[::1]", "127.1", "http://a", "a:80", "."]
        {
            assert_eq!(text.parse::<NameRule>(), Err(RuleError::Name), "{text}");
        }
    }
}
