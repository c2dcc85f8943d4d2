//! Whether a peer is who it should be.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use rustls::pki_types::CertificateDer;

use super::chain::{Chain, Presented};
use super::fault::{Fault, date};
use super::host_name;
use super::roots::Authorities;
use super::{Leaf, TlsError};

/// Longest part of a peer's words that an error repeats, in characters.
const LONGEST_SHOWN: usize = 200;

/// Whether a peer is who it should be.
#[derive(Clone, Debug)]
pub(super) struct Judge {
    /// Whom to trust; nobody is asked where any certificate will do.
    pub(super) authorities: Option<Arc<Authorities>>,
    /// Who the peer should be.
    pub(super) host: String,
}

impl Judge {
    /// Every chain that holds now. None, and no error, where any certificate will do.
    pub(super) fn judge(&self, presented: &Presented) -> Result<Vec<Chain>, Fault> {
        let Some(authorities) = &self.authorities else { return Ok(Vec::new()) };
        let chains = presented.chains(authorities, now());
        let names = &presented.leaf().extensions.names;
        match chains {
            // Time is told first, then the name, then what is wrong with the chains, as in Go.
            Err(fault @ (Fault::Expired { .. } | Fault::NotYetValid { .. })) => Err(fault),
            chains if host_name::are_for(names, &self.host) => chains,
            _ => {
                let addresses = names.addresses.iter().filter_map(|bytes| host_name::address(bytes));
                let found: Vec<String> =
                    names.dns.iter().cloned().chain(addresses.map(|ip| ip.to_string())).collect();
                let found = if found.is_empty() { "nobody".to_owned() } else { shown(&found.join(", ")) };
                Err(Fault::Name { host: self.host.clone(), found })
            }
        }
    }

    /// The error for a fault, with what is known of the certificates.
    pub(super) fn refuse(&self, fault: &Fault, presented: &[CertificateDer<'_>]) -> TlsError {
        let mut text = fault.to_string();
        if *fault == Fault::Unknown && self.authorities.as_ref().is_some_and(|known| known.is_empty()) {
            text.push_str(", and no authority at all is known here");
        }
        if let Some((leaf, until)) = presented.first().and_then(|der| Some((Leaf::read(der)?, der))) {
            let until = super::certificate::Certificate::read(until).ok();
            let until = until.map_or_else(String::new, |read| date(read.validity.not_after));
            let (subject, issuer) = (shown(&leaf.subject), shown(&leaf.issuer));
            let count = presented.len();
            text += &format!(
                " (subject \"{subject}\", issuer \"{issuer}\", valid until {until}, {count} presented)"
            );
        }
        TlsError::Certificate(text)
    }
}

/// Seconds of Unix time.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// A peer's words, short and without control characters: they end up in logs.
fn shown(text: &str) -> String {
    text.chars().take(LONGEST_SHOWN).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
