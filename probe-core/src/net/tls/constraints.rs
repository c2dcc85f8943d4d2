//! Which names the certificates below an authority may have (RFC 5280 section 4.2.1.10).

use x509_parser::extensions::{GeneralName, GeneralSubtree, NameConstraints as Parsed};

use super::certificate::Names;

/// Comparisons in one verification, as many as Go allows: a certificate may list thousands of names.
pub(super) const MOST_COMPARISONS: usize = 250_000;

/// What a certificate demands of the names in those below it.
#[derive(Debug)]
pub(super) struct NameConstraints {
    permitted: Subtrees,
    excluded: Subtrees,
}

#[derive(Debug, Default)]
struct Subtrees {
    dns: Vec<String>,
    networks: Vec<Network>,
    /// Whether there are some for e-mail addresses or URIs. Whoever has such names then is refused: they are nothing that a
    /// server is verified by.
    others: bool,
    /// Whether there is one of a kind that nobody here understands.
    unknown: bool,
}

#[derive(Debug)]
struct Network {
    address: Vec<u8>,
    mask: Vec<u8>,
}

impl NameConstraints {
    pub(super) fn read(parsed: &Parsed<'_>) -> Self {
        let read =
            |list: &Option<Vec<GeneralSubtree<'_>>>| Subtrees::read(list.as_deref().unwrap_or_default());
        Self { permitted: read(&parsed.permitted_subtrees), excluded: read(&parsed.excluded_subtrees) }
    }

    /// Whether all of it is understood.
    pub(super) fn is_complete(&self) -> bool {
        !self.permitted.unknown && !self.excluded.unknown
    }

    /// Whether a certificate below may have these names. Takes the comparisons from `left`; without any left it may not.
    pub(super) fn allow(&self, names: &Names, left: &mut usize) -> bool {
        let (permitted, excluded) = (&self.permitted, &self.excluded);
        let others = !names.emails.is_empty() || !names.uris.is_empty();
        if others && (permitted.others || excluded.others) {
            return false;
        }
        let dns = names.dns.iter().all(|name| {
            within(&permitted.dns, left, |domain| is_below(name, domain))
                && !any(&excluded.dns, left, |domain| overlap(name, domain))
        });
        dns && names.addresses.iter().all(|address| {
            within(&permitted.networks, left, |network| network.contains(address))
                && !any(&excluded.networks, left, |network| network.contains(address))
        }) && *left > 0
    }
}

impl Subtrees {
    fn read(list: &[GeneralSubtree<'_>]) -> Self {
        let mut subtrees = Self::default();
        for subtree in list {
            match &subtree.base {
                GeneralName::DNSName(domain) => subtrees.dns.push((*domain).to_owned()),
                GeneralName::IPAddress(bytes) => match Network::read(bytes) {
                    Some(network) => subtrees.networks.push(network),
                    None => subtrees.unknown = true,
                },
                GeneralName::RFC822Name(_) | GeneralName::URI(_) => subtrees.others = true,
                _ => subtrees.unknown = true,
            }
        }
        subtrees
    }
}

impl Network {
    /// An address and a mask of the same length, one behind the other.
    fn read(bytes: &[u8]) -> Option<Self> {
        let half = matches!(bytes.len(), 8 | 32).then_some(bytes.len() / 2)?;
        let (address, mask) = bytes.split_at(half);
        Some(Self { address: address.to_vec(), mask: mask.to_vec() })
    }

    fn contains(&self, address: &[u8]) -> bool {
        let bytes = address.iter().zip(&self.address).zip(&self.mask);
        address.len() == self.address.len() && bytes.into_iter().all(|((a, b), mask)| a & mask == b & mask)
    }
}

/// No list permits everything.
fn within<T>(list: &[T], left: &mut usize, matches: impl Fn(&T) -> bool) -> bool {
    list.is_empty() || any(list, left, matches)
}

fn any<T>(list: &[T], left: &mut usize, matches: impl Fn(&T) -> bool) -> bool {
    *left = left.saturating_sub(list.len());
    *left > 0 && list.iter().any(matches)
}

/// Whether a name is the domain or below it; a domain with a dot before it is only what is below.
fn is_below(name: &str, domain: &str) -> bool {
    let (domain, below_only) = match domain.strip_prefix('.') {
        Some(rest) => (rest, true),
        None => (domain, false),
    };
    let Some(at) = name.len().checked_sub(domain.len()) else { return false };
    let (Some(front), Some(end)) = (name.get(..at), name.get(at..)) else { return false };
    let fits = domain.is_empty() || front.is_empty() || front.ends_with('.');
    end.eq_ignore_ascii_case(domain) && fits && !(below_only && front.is_empty())
}

/// Whether a name may stand for something in the domain, which one with a wildcard also does for what is below its parent.
fn overlap(name: &str, domain: &str) -> bool {
    is_below(name, domain) || name.strip_prefix("*.").is_some_and(|parent| is_below(domain, parent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_contain_themselves_and_what_is_below() {
        for (name, domain, below) in [
            ("example.com", "example.com", true),
            ("a.EXAMPLE.com", "example.com", true),
            ("aexample.com", "example.com", false),
            ("example.com", ".example.com", false),
            ("a.example.com", ".example.com", true),
            ("com", "example.com", false),
            ("anything.test", "", true),
            ("*.example.com", "example.com", true),
            ("é.com", "com", true),
            ("aé", "\u{a9}", false),
        ] {
            assert_eq!(is_below(name, domain), below, "{name} in {domain:?}");
        }
    }

    #[test]
    fn a_wildcard_is_excluded_with_what_it_could_stand_for() {
        assert!(overlap("*.example.com", "secret.example.com"));
        assert!(!overlap("*.example.com", "secret.example.org"));
        assert!(!overlap("a.example.com", "b.example.com"));
    }

    fn constraints(permitted: Subtrees, excluded: Subtrees) -> NameConstraints {
        NameConstraints { permitted, excluded }
    }

    fn names(dns: &[&str], addresses: &[&[u8]]) -> Names {
        Names {
            dns: dns.iter().map(|name| (*name).to_owned()).collect(),
            addresses: addresses.iter().map(|address| address.to_vec()).collect(),
            ..Names::default()
        }
    }

    fn domains(domains: &[&str]) -> Subtrees {
        Subtrees { dns: domains.iter().map(|name| (*name).to_owned()).collect(), ..Subtrees::default() }
    }

    fn network(bytes: &[u8]) -> Subtrees {
        Subtrees { networks: vec![Network::read(bytes).expect("a network")], ..Subtrees::default() }
    }

    #[test]
    fn every_name_must_be_permitted_and_none_excluded() {
        let limits = constraints(domains(&["a.test", "b.test"]), domains(&["x.b.test"]));
        for (dns, allowed) in [
            (vec!["a.test", "c.b.test"], true),
            (vec!["a.test", "c.test"], false),
            (vec!["x.b.test"], false),
            (vec![], true),
        ] {
            assert_eq!(limits.allow(&names(&dns, &[]), &mut 100), allowed, "{dns:?}");
        }
    }

    #[test]
    fn addresses_are_compared_under_the_mask() {
        let limits = constraints(network(&[10, 0, 0, 0, 255, 0, 0, 0]), Subtrees::default());
        assert!(limits.allow(&names(&["any.test"], &[&[10, 1, 2, 3]]), &mut 100));
        assert!(!limits.allow(&names(&[], &[&[11, 1, 2, 3]]), &mut 100));
        assert!(!limits.allow(&names(&[], &[&[0; 16]]), &mut 100), "of the other family");
        assert!(Network::read(&[10, 0, 0, 0]).is_none());
    }

    #[test]
    fn without_comparisons_left_nothing_is_allowed() {
        let limits = constraints(domains(&["test"; 10]), Subtrees::default());
        let mut left = 15;
        assert!(!limits.allow(&names(&["a.test", "b.test"], &[]), &mut left));
    }

    #[test]
    fn names_that_are_limited_but_not_compared_are_refused() {
        let limits = constraints(Subtrees { others: true, ..Subtrees::default() }, Subtrees::default());
        let with_email = Names { emails: vec!["a@b.test".into()], ..Names::default() };
        assert!(!limits.allow(&with_email, &mut 100));
        assert!(limits.allow(&names(&["a.test"], &[]), &mut 100));
    }
}
