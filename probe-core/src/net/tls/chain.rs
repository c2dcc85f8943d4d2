//! Chains of trust, all of them: from a server's certificate over those that it sent to an authority.
//!
//! The reference exporter shows when the last chain that holds ends, so one chain is not enough, and what makes a chain good
//! has to be what Go thinks. Each link is checked before the search goes on behind it, so that what an evil peer makes us
//! search is bounded by the number of signatures.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;

use super::certificate::{Certificate, PublicKey, Unreadable};
use super::constraints::MOST_COMPARISONS;
use super::fault::Fault;
use super::roots::Authorities;
use super::signature::{BadSignature, check_signed_by};

/// Signatures that are checked in one search, as many as Go checks.
const MOST_SIGNATURES: usize = 100;

/// The certificates of a chain, the server's first, the authority last.
pub(super) type Chain = Vec<CertificateDer<'static>>;

/// The certificates that a server sent, its own first.
#[derive(Debug)]
pub(super) struct Presented {
    certificates: Vec<Arc<Certificate>>,
}

impl Presented {
    pub(super) fn read<'a>(
        list: impl IntoIterator<Item = &'a CertificateDer<'a>>,
    ) -> Result<Self, Unreadable> {
        let read = list.into_iter().map(|der| Certificate::read(der).map(Arc::new));
        let certificates = read.collect::<Result<Vec<_>, _>>()?;
        if certificates.is_empty() { Err(Unreadable) } else { Ok(Self { certificates }) }
    }

    pub(super) fn leaf(&self) -> &Arc<Certificate> {
        // `read` refuses an empty list.
        &self.certificates[0]
    }

    /// Every chain to an authority that holds at `now`, in seconds of Unix time.
    pub(super) fn chains(&self, authorities: &Authorities, now: i64) -> Result<Vec<Chain>, Fault> {
        let leaf = self.leaf();
        check_alone(leaf, now)?;
        if authorities.contain(leaf) {
            return if leaf.is_for_servers() {
                Ok(vec![vec![leaf.der.clone()]])
            } else {
                Err(Fault::Purpose)
            };
        }
        let mut search = Search {
            authorities,
            intermediates: &self.certificates[1..],
            now,
            signatures: MOST_SIGNATURES,
            comparisons: MOST_COMPARISONS,
            found: Vec::new(),
            first_fault: None,
        };
        search.extend(&mut vec![leaf.clone()]);
        search.result()
    }
}

struct Search<'a> {
    authorities: &'a Authorities,
    intermediates: &'a [Arc<Certificate>],
    now: i64,
    /// How many more may be checked.
    signatures: usize,
    comparisons: usize,
    found: Vec<Chain>,
    /// Why the first chain that came to anything did not hold.
    first_fault: Option<Fault>,
}

impl Search<'_> {
    /// Finds every chain that goes on from `path`.
    fn extend(&mut self, path: &mut Vec<Arc<Certificate>>) {
        let Some(last) = path.last().cloned() else { return };
        let authorities = self.authorities;
        for authority in best_first(authorities.named(&last.issuer), &last) {
            if self.is_link(authority, path) {
                path.push(authority.clone());
                self.judge(path);
                path.pop();
            }
        }
        let intermediates = self.intermediates.iter().filter(|candidate| candidate.subject == last.issuer);
        for candidate in best_first(intermediates, &last) {
            if !self.is_link(candidate, path) {
                continue;
            }
            if candidate.extensions.basic_constraints.is_none() {
                self.note(Fault::NoAuthority);
                continue;
            }
            path.push(candidate.clone());
            self.extend(path);
            path.pop();
        }
    }

    /// Whether a certificate may follow in the path: it signed what is last in it, and holds.
    fn is_link(&mut self, candidate: &Certificate, path: &[Arc<Certificate>]) -> bool {
        if path.iter().any(|earlier| is_same(earlier, candidate)) {
            return false;
        }
        match self.check_link(candidate, path) {
            Ok(()) => true,
            Err(fault) => {
                self.note(fault);
                false
            }
        }
    }

    fn check_link(&mut self, candidate: &Certificate, path: &[Arc<Certificate>]) -> Result<(), Fault> {
        let Some(last) = path.last() else { return Err(Fault::Unknown) };
        if !candidate.may_sign() {
            return Err(Fault::NoAuthority);
        }
        self.signatures = self.signatures.checked_sub(1).ok_or(Fault::TooManySignatures)?;
        check_signed_by(last, &candidate.key).map_err(|problem| match problem {
            BadSignature::Invalid => Fault::Signature,
            BadSignature::Unsupported => Fault::SignatureAlgorithm,
        })?;
        check_alone(candidate, self.now)?;
        let most = candidate.extensions.basic_constraints.and_then(|basic| basic.path_length);
        if most.is_some_and(|most| path.len() - 1 > most as usize) {
            return Err(Fault::PathLength);
        }
        Ok(())
    }

    /// Judges a whole chain by what its certificates say about each other.
    fn judge(&mut self, path: &[Arc<Certificate>]) {
        if !path.iter().all(|certificate| certificate.is_for_servers()) {
            return self.note(Fault::Purpose);
        }
        for (place, certificate) in path.iter().enumerate() {
            let Some(constraints) = &certificate.extensions.constraints else { continue };
            let below = &path[..place];
            let left = &mut self.comparisons;
            if !below.iter().all(|certificate| constraints.allow(&certificate.extensions.names, left)) {
                return self.note(Fault::Constraints);
            }
        }
        self.found.push(path.iter().map(|certificate| certificate.der.clone()).collect());
    }

    fn note(&mut self, fault: Fault) {
        self.first_fault.get_or_insert(fault);
    }

    fn result(self) -> Result<Vec<Chain>, Fault> {
        if self.found.is_empty() { Err(self.first_fault.unwrap_or(Fault::Unknown)) } else { Ok(self.found) }
    }
}

/// What a certificate has to fulfil wherever it stands.
fn check_alone(certificate: &Certificate, now: i64) -> Result<(), Fault> {
    if certificate.extensions.has_unknown_critical {
        return Err(Fault::UnknownExtension);
    }
    let validity = certificate.validity;
    if validity.contains(now) {
        Ok(())
    } else if now < validity.not_before {
        Err(Fault::NotYetValid { from: validity.not_before })
    } else {
        Err(Fault::Expired { at: validity.not_after })
    }
}

/// The same authority, even if it was issued twice.
fn is_same(a: &Certificate, b: &Certificate) -> bool {
    let same_key = |a: &PublicKey, b: &PublicKey| a == b;
    a.subject == b.subject && same_key(&a.key, &b.key) && a.extensions.raw_names == b.extensions.raw_names
}

/// Those first whose key is the one that `child` names, then those of which that cannot be said, as in Go.
fn best_first<'a>(
    candidates: impl Iterator<Item = &'a Arc<Certificate>>,
    child: &Certificate,
) -> Vec<&'a Arc<Certificate>> {
    let wanted = &child.extensions.authority_key_id;
    let mut candidates: Vec<_> = candidates.collect();
    candidates.sort_by_key(|candidate| match (wanted, &candidate.extensions.subject_key_id) {
        (Some(wanted), Some(id)) if wanted == id => 0,
        (Some(_), Some(_)) => 2,
        _ => 1,
    });
    candidates
}
