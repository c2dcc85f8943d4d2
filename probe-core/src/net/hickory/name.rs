//! Host names as name servers know them.

use hickory_resolver::proto::rr::Name;
use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};

use crate::net::resolve::ResolveError;

/// A host name in its ASCII form, lower case, without the final dot.
pub(super) struct HostName {
    pub(super) ascii: String,
    /// Whether it was written with a final dot: no search domain is appended.
    pub(super) absolute: bool,
    /// The same for hickory.
    pub(super) name: Name,
}

impl HostName {
    /// Reads a name; an internationalized one becomes its punycode form (UTS 46, non-transitional).
    pub(super) fn parse(host: &str) -> Result<Self, ResolveError> {
        let not_a_name = |problem: String| ResolveError::NotAName { host: host.into(), problem };
        let (ascii, absolute) = to_ascii(host).ok_or_else(|| {
            not_a_name("empty or overlong labels, or characters that names cannot have".into())
        })?;
        let name = Name::from_ascii(&ascii).map_err(|error| not_a_name(error.to_string()))?;
        Ok(Self { ascii, absolute, name })
    }

    /// `localhost` and what is below it, which no name server is asked about (RFC 6761 section 6.3).
    pub(super) fn is_localhost(&self) -> bool {
        is_localhost(&self.ascii)
    }

    /// The dots inside the name, for comparison with `ndots`.
    pub(super) fn dots(&self) -> usize {
        self.ascii.bytes().filter(|byte| *byte == b'.').count()
    }
}

/// Whether a name in its ASCII form is `localhost` or below it.
pub(in crate::net) fn is_localhost(ascii: &str) -> bool {
    ascii == "localhost" || ascii.ends_with(".localhost")
}

/// The ASCII form without the final dot, and whether there was one.
///
/// Underscores and hyphens may stand anywhere: such names are in use.
pub(in crate::net) fn to_ascii(host: &str) -> Option<(String, bool)> {
    let uts46 = Uts46::new();
    let ascii = uts46
        .to_ascii(host.as_bytes(), AsciiDenyList::URL, Hyphens::Allow, DnsLength::VerifyAllowRootDot)
        .ok()?;
    Some(match ascii.strip_suffix('.') {
        Some(rest) => (rest.to_owned(), true),
        None => (ascii.into_owned(), false),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_ascii() {
        for (host, ascii, absolute) in [
            ("Web.Example", "web.example", false),
            ("web.example.", "web.example", true),
            ("_dmarc.web-.example", "_dmarc.web-.example", false),
            ("bücher.example", "xn--bcher-kva.example", false),
            ("BÜCHER。example", "xn--bcher-kva.example", false),
            ("faß.example", "xn--fa-hia.example", false),
        ] {
            assert_eq!(to_ascii(host), Some((ascii.into(), absolute)), "{host}");
        }
    }

    #[test]
    fn refuses_what_is_no_name() {
        let overlong = "a".repeat(64);
        for host in ["a b", "a/b", "a:80", "a..b", ".", ".a", "xn--\u{fc}", "user@host", overlong.as_str()] {
            let refused = HostName::parse(host).err();
            assert!(matches!(refused, Some(ResolveError::NotAName { .. })), "{host}: {refused:?}");
        }
    }

    #[test]
    fn localhost_has_subdomains() {
        for (host, expected) in [
            ("localhost", true),
            ("a.LocalHost.", true),
            ("notlocalhost", false),
            ("localhost.example", false),
        ] {
            assert_eq!(HostName::parse(host).expect("a name").is_localhost(), expected, "{host}");
        }
    }
}
