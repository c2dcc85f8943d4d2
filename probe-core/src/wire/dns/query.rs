//! The one question of a probe.

use super::{Class, DnsError, HEADER_LENGTH, Message, Name, RecordType};

/// Recursion desired (RFC 1035 section 4.1.1).
const RECURSION_DESIRED: u16 = 0x0100;

/// A query with one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Tells its answer from others.
    pub id: u16,
    /// The name asked about.
    pub name: Name,
    /// The type asked for.
    pub kind: RecordType,
    /// The class asked for.
    pub class: Class,
    /// Whether the server shall ask others.
    pub recursion_desired: bool,
    /// The largest answer over UDP to announce by EDNS, in bytes; no EDNS if absent.
    pub edns_udp_size: Option<u16>,
}

impl Query {
    /// The bytes to send, without the length that TCP wants before them.
    pub fn emit(&self) -> Vec<u8> {
        let flags = if self.recursion_desired { RECURSION_DESIRED } else { 0 };
        let additional = u16::from(self.edns_udp_size.is_some());
        let mut bytes = Vec::with_capacity(HEADER_LENGTH + self.name.as_bytes().len() + 15);
        for number in [self.id, flags, 1, 0, 0, additional] {
            bytes.extend_from_slice(&number.to_be_bytes());
        }
        bytes.extend_from_slice(self.name.as_bytes());
        bytes.extend_from_slice(&self.kind.0.to_be_bytes());
        bytes.extend_from_slice(&self.class.0.to_be_bytes());
        if let Some(size) = self.edns_udp_size {
            // The root, type OPT, the size as class, no flags, no options (RFC 6891 section 6.1.2).
            bytes.push(0);
            bytes.extend_from_slice(&RecordType::OPT.0.to_be_bytes());
            bytes.extend_from_slice(&size.to_be_bytes());
            bytes.extend_from_slice(&[0; 6]);
        }
        bytes
    }

    /// Whether a message is an answer, and to this question. Case does not count in names.
    ///
    /// A message without any question is taken as an answer, as the reference exporter does: servers leave the question
    /// out of a refusal.
    pub fn check(&self, message: &Message) -> Result<(), DnsError> {
        if !message.is_response {
            return Err(DnsError::NotAResponse);
        }
        let name = self.name.to_string();
        let is_ours = message.questions.iter().all(|question| {
            question.kind == self.kind
                && question.class == self.class
                && question.name.eq_ignore_ascii_case(&name)
        });
        if is_ours && message.id == self.id { Ok(()) } else { Err(DnsError::OtherQuestion) }
    }
}
