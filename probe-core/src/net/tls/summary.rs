//! Certificates for people.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustls::pki_types::CertificateDer;

use super::certificate::{Certificate, Names};
use super::facts::Leaf;

/// A certificate for people: what they compare and wait for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateSummary {
    /// Its texts as series have them.
    pub texts: Leaf,
    /// The names and addresses it is for, in its order.
    pub names: Vec<String>,
    /// From when on it holds.
    pub not_before: SystemTime,
    /// Until when.
    pub not_after: SystemTime,
}

impl CertificateSummary {
    /// Reads a certificate; `None` if it cannot be read.
    pub fn read(der: &CertificateDer<'_>) -> Option<Self> {
        let certificate = Certificate::read(der).ok()?;
        Some(Self {
            texts: Leaf::read(der)?,
            names: names(&certificate.extensions.names),
            not_before: instant(certificate.validity.not_before),
            not_after: instant(certificate.validity.not_after),
        })
    }
}

fn names(names: &Names) -> Vec<String> {
    let address = |bytes: &Vec<u8>| {
        let v4 = <[u8; 4]>::try_from(bytes.as_slice()).map(|octets| IpAddr::from(Ipv4Addr::from(octets)));
        let v6 = <[u8; 16]>::try_from(bytes.as_slice()).map(|octets| IpAddr::from(Ipv6Addr::from(octets)));
        v4.or(v6).ok().map(|address| address.to_string())
    };
    names.dns.iter().cloned().chain(names.addresses.iter().filter_map(address)).collect()
}

/// Years of four digits are all that a certificate can say; both ends are well within what an instant can be.
fn instant(seconds: i64) -> SystemTime {
    let distance = Duration::from_secs(seconds.unsigned_abs());
    let instant =
        if seconds < 0 { UNIX_EPOCH.checked_sub(distance) } else { UNIX_EPOCH.checked_add(distance) };
    instant.unwrap_or(UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::tls::testing::{Issued, in_days, params};

    #[test]
    fn names_addresses_and_both_ends_are_read() {
        let issued =
            Issued::authority("Root", 90).issue(params("web.test", &["web.test", "192.0.2.1", "::1"], 9));
        let summary = CertificateSummary::read(&issued.der).expect("a certificate");
        assert_eq!(summary.names, ["web.test", "192.0.2.1", "::1"]);
        assert_eq!(
            (summary.texts.subject.as_str(), summary.texts.issuer.as_str()),
            ("CN=web.test", "CN=Root")
        );
        let end = summary.not_after.duration_since(UNIX_EPOCH).expect("it is later than 1970").as_secs();
        assert!(end.cast_signed().abs_diff(in_days(9)) <= 60, "{end}");
        assert!(summary.not_before < summary.not_after);
    }

    #[test]
    fn what_is_no_certificate_has_no_summary() {
        assert_eq!(CertificateSummary::read(&CertificateDer::from(&b"\x30\x00"[..])), None);
    }

    #[test]
    fn instants_may_lie_before_the_epoch() {
        assert_eq!(instant(-1), UNIX_EPOCH - Duration::from_secs(1));
        assert_eq!(instant(1), UNIX_EPOCH + Duration::from_secs(1));
    }
}
