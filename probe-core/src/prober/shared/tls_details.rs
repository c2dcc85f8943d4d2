//! A connection over TLS for people: version, cipher suite, and every certificate presented.

use crate::model::{NoteField, Recorder};
use crate::net::tls::{CertificateSummary, TlsFacts};

/// Certificates that are told of; a peer may send any number.
const MOST_CERTIFICATES: usize = 10;
/// Names of a certificate that are told.
const MOST_NAMES: usize = 20;

/// Notes what was negotiated and presented, if details are kept.
pub(crate) fn describe_tls(facts: &TlsFacts, out: &mut Recorder) {
    out.describe("tls", || connection(facts));
    for der in facts.presented.iter().take(MOST_CERTIFICATES) {
        out.describe("certificate", || match CertificateSummary::read(der) {
            Some(summary) => certificate(summary),
            None => vec![NoteField::text("problem", "it cannot be read")],
        });
    }
}

fn connection(facts: &TlsFacts) -> Vec<NoteField> {
    let mut fields = vec![
        NoteField::text("version", facts.version.as_str()),
        NoteField::text("cipher", facts.cipher_name()),
    ];
    if let Some(protocol) = &facts.alpn {
        fields.push(NoteField::text("alpn", String::from_utf8_lossy(protocol)));
    }
    let trusted = match facts.chains.len() {
        0 => "not verified".to_owned(),
        1 => "verified by one chain".to_owned(),
        count => format!("verified by {count} chains"),
    };
    fields.push(NoteField::text("trust", trusted));
    fields
}

fn certificate(summary: CertificateSummary) -> Vec<NoteField> {
    let CertificateSummary { texts, mut names, not_before, not_after } = summary;
    let more = names.len().saturating_sub(MOST_NAMES);
    names.truncate(MOST_NAMES);
    if more > 0 {
        names.push(format!("and {more} more"));
    }
    let mut fields = vec![NoteField::text("subject", texts.subject), NoteField::text("issuer", texts.issuer)];
    if !names.is_empty() {
        fields.push(NoteField::text("names", names.join(", ")));
    }
    fields.push(NoteField::time("begins", not_before));
    fields.push(NoteField::time("ends", not_after));
    fields.push(NoteField::text("sha256", texts.fingerprint_sha256));
    fields
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::net::tls::TlsVersion;
    use crate::net::tls::testing::{Issued, params};

    fn facts() -> TlsFacts {
        let authority = Issued::authority("Root", 90);
        let names: Vec<String> = (0..25).map(|number| format!("n{number}.test")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let leaf = authority.issue(params("n0.test", &names, 9)).der;
        TlsFacts {
            version: TlsVersion::Tls13,
            cipher: 0x1301,
            alpn: Some(b"h2".to_vec()),
            presented: vec![leaf.clone(), authority.der.clone()],
            chains: vec![vec![leaf, authority.der]],
            elapsed: Duration::ZERO,
        }
    }

    #[test]
    fn every_certificate_is_a_note_in_parts() {
        let mut out = Recorder::default().keeping_details(true);
        describe_tls(&facts(), &mut out);
        let names: Vec<&str> = out.notes.iter().map(|note| note.name).collect();
        assert_eq!(names, ["tls", "certificate", "certificate"]);
        let tls = "version TLS 1.3, cipher TLS_AES_128_GCM_SHA256, alpn h2, trust verified by one chain";
        assert_eq!(out.notes[0].text(), tls);
        let leaf = out.notes[1].text();
        assert!(leaf.starts_with("subject CN=n0.test, issuer CN=Root, names n0.test, n1.test, "), "{leaf}");
        assert!(leaf.contains("n19.test, and 5 more, begins 20"), "{leaf}");
    }

    #[test]
    fn nothing_is_noted_unless_details_are_kept() {
        let mut out = Recorder::default();
        describe_tls(&facts(), &mut out);
        assert!(out.notes.is_empty());
    }
}
