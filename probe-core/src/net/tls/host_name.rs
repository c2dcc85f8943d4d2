//! Whether a certificate is for a name, as Go decides it: by its alternative names, never by its common name.

use std::net::IpAddr;

use super::certificate::Names;

/// Whether the names are for this host: a name, or an address that may be in brackets.
pub(super) fn are_for(names: &Names, host: &str) -> bool {
    if let Some(ip) = literal(host) {
        return names.addresses.iter().any(|bytes| address(bytes) == Some(ip));
    }
    let host = host.to_ascii_lowercase();
    let is_regular = is_valid(&host, false);
    names.dns.iter().any(|name| {
        let name = name.to_ascii_lowercase();
        // Whatever it is, what is spelled alike is alike; wildcards and final dots are for good names only.
        if is_regular && is_valid(&name, true) { matches(&name, &host) } else { is_exactly(&name, &host) }
    })
}

/// The address that a host name is, if it is one.
pub(super) fn literal(host: &str) -> Option<IpAddr> {
    let inner = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    inner.parse::<IpAddr>().ok().map(|ip| ip.to_canonical())
}

/// An address as certificates have it: its 4 or 16 bytes.
pub(super) fn address(bytes: &[u8]) -> Option<IpAddr> {
    let ip: Option<IpAddr> = match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(Into::into),
        16 => <[u8; 16]>::try_from(bytes).ok().map(Into::into),
        _ => None,
    };
    ip.map(|ip| ip.to_canonical())
}

/// Label by label; a first label `*` in the pattern stands for any one.
fn matches(pattern: &str, host: &str) -> bool {
    let mut patterns = pattern.split('.');
    let mut labels = host.strip_suffix('.').unwrap_or(host).split('.');
    let mut first = true;
    loop {
        match (patterns.next(), labels.next()) {
            (None, None) => return true,
            (Some(pattern), Some(label)) if pattern == label || (first && pattern == "*") => {}
            _ => return false,
        }
        first = false;
    }
}

fn is_exactly(name: &str, host: &str) -> bool {
    !["", "."].contains(&name) && name == host
}

/// Letters, digits, `-` but not first in a label, and `_`; in a pattern the first label may be `*` if more follow.
fn is_valid(name: &str, is_pattern: bool) -> bool {
    let name = if is_pattern { name } else { name.strip_suffix('.').unwrap_or(name) };
    if name == "*" {
        return false;
    }
    name.split('.').enumerate().all(|(index, label)| {
        let is_wildcard = is_pattern && index == 0 && label == "*";
        let is_regular = |(at, byte): (usize, u8)| {
            byte.is_ascii_alphanumeric() || byte == b'_' || (byte == b'-' && at > 0)
        };
        is_wildcard || (!label.is_empty() && label.bytes().enumerate().all(is_regular))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dns(names: &[&str]) -> Names {
        Names { dns: names.iter().map(|name| (*name).to_owned()).collect(), ..Names::default() }
    }

    #[test]
    fn names_match_as_in_go() {
        for (name, host, expected) in [
            ("target.test", "target.test", true),
            ("target.test", "TARGET.test", true),
            ("TARGET.test", "target.test", true),
            ("target.test", "target.test.", true),
            ("target.test.", "target.test", false),
            ("target.test.", "target.test.", true),
            ("*.wild.test", "a.wild.test", true),
            ("*.wild.test", "b.a.wild.test", false),
            ("*.wild.test", "wild.test", false),
            ("a*.wild.test", "ab.wild.test", false),
            ("a*.wild.test", "a*.wild.test", true),
            ("x.*.test", "x.y.test", false),
            ("*", "test", false),
            ("*", "*", true),
            ("under_score.test", "under_score.test", true),
            ("-odd.test", "-odd.test", true),
            ("*.odd name.test", "a.odd name.test", false),
            ("", "", false),
            (".", ".", false),
            ("127.0.0.1", "127.0.0.1", false),
        ] {
            assert_eq!(are_for(&dns(&[name]), host), expected, "{name:?} for {host:?}");
        }
    }

    #[test]
    fn one_name_of_several_is_enough() {
        assert!(are_for(&dns(&["a.test", "b.test"]), "b.test"));
        assert!(!are_for(&dns(&[]), "b.test"));
    }

    #[test]
    fn addresses_match_addresses_only() {
        let names = Names { addresses: vec![vec![127, 0, 0, 1], vec![0; 3]], ..dns(&["127.0.0.2"]) };
        for (host, expected) in [
            ("127.0.0.1", true),
            ("[127.0.0.1]", true),
            ("::ffff:127.0.0.1", true),
            ("127.0.0.2", false),
            ("::1", false),
        ] {
            assert_eq!(are_for(&names, host), expected, "{host}");
        }
    }
}
