//! Walks over the sections of a message.

use std::net::IpAddr;

use super::name;
use super::text::{self, Fields};
use super::{Class, DnsError, HEADER_LENGTH, LONGEST_TEXT, Rcode, RecordType};

/// This is a response (RFC 1035 section 4.1.1).
const RESPONSE: u16 = 0x8000;
/// There was more than fitted.
const TRUNCATED: u16 = 0x0200;
/// The response code.
const RCODE: u16 = 0x000f;

/// A message, read to its end. Bytes after its last record are ignored, as the reference exporter does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The id of the query it answers.
    pub id: u16,
    /// The second word of the header.
    pub(super) flags: u16,
    /// Whether it says that it is an answer.
    pub is_response: bool,
    /// Whether the server had more to say than fitted.
    pub is_truncated: bool,
    /// The response code, the bits of EDNS included.
    pub rcode: Rcode,
    /// What was asked.
    pub questions: Vec<Question>,
    /// The answer section.
    pub answer: Vec<Record>,
    /// The authority section.
    pub authority: Vec<Record>,
    /// The additional section.
    pub additional: Vec<Record>,
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The name, with a final dot.
    pub name: String,
    /// The type.
    pub kind: RecordType,
    /// The class.
    pub class: Class,
}

/// A record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its type.
    pub kind: RecordType,
    /// Its time to live. EDNS keeps other things here.
    pub ttl: u32,
    /// The serial number of a SOA record.
    pub serial: Option<u32>,
    /// The address of an A or AAAA record.
    pub address: Option<IpAddr>,
    /// The whole record as the reference exporter prints it: name, time to live, class, type and data, tabs between.
    pub text: String,
}

impl Message {
    /// Reads a message.
    ///
    /// The counts in the header are upper bounds: a message that ends after a whole record ends there. The reference
    /// exporter takes such messages too.
    pub fn parse(bytes: &[u8]) -> Result<Self, DnsError> {
        let (header, _) = bytes
            .split_first_chunk::<HEADER_LENGTH>()
            .ok_or(DnsError::Truncated { within: "the header of a message" })?;
        let [id, flags, questions, answers, authorities, additionals] =
            std::array::from_fn(|index| u16::from_be_bytes([header[2 * index], header[2 * index + 1]]));
        let mut walk = Walk { bytes, position: HEADER_LENGTH, text_left: LONGEST_TEXT };
        let questions = walk.section(questions, Walk::question)?;
        let answer = walk.section(answers, Walk::record)?;
        let authority = walk.section(authorities, Walk::record)?;
        let additional = walk.section(additionals, Walk::record)?;
        Ok(Self {
            id,
            flags,
            is_response: flags & RESPONSE != 0,
            is_truncated: flags & TRUNCATED != 0,
            rcode: Rcode(flags & RCODE | extended_rcode(&additional)),
            questions,
            answer,
            authority,
            additional,
        })
    }
}

/// The upper bits of the response code, which EDNS keeps in the first octet of a time to live (RFC 6891 section 6.1.3).
fn extended_rcode(additional: &[Record]) -> u16 {
    let edns = additional.iter().rfind(|record| record.kind == RecordType::OPT);
    edns.map_or(0, |record| (record.ttl >> 24) as u16) << 4
}

/// The address of a host; records without data, as in updates, have none.
fn address(kind: RecordType, class: Class, until_end: &[u8], start: usize) -> Option<IpAddr> {
    let data = until_end.get(start..)?;
    match kind {
        RecordType::A if class == Class::IN => Some(IpAddr::from(<[u8; 4]>::try_from(data).ok()?)),
        RecordType::AAAA if class == Class::IN => Some(IpAddr::from(<[u8; 16]>::try_from(data).ok()?)),
        _ => None,
    }
}

/// Where the walk over a message is.
struct Walk<'m> {
    bytes: &'m [u8],
    position: usize,
    text_left: usize,
}

impl Walk<'_> {
    /// Reads `count` items, or as many as there are until the message ends.
    fn section<T>(
        &mut self,
        count: u16,
        read: impl Fn(&mut Self) -> Result<T, DnsError>,
    ) -> Result<Vec<T>, DnsError> {
        let mut items = Vec::new();
        for _ in 0..count {
            if self.position == self.bytes.len() {
                break;
            }
            items.push(read(self)?);
        }
        Ok(items)
    }

    fn question(&mut self) -> Result<Question, DnsError> {
        let name = self.name()?;
        let kind = RecordType(u16::from_be_bytes(self.take("a question")?));
        let class = Class(u16::from_be_bytes(self.take("a question")?));
        Ok(Question { name, kind, class })
    }

    fn record(&mut self) -> Result<Record, DnsError> {
        const WITHIN: &str = "a record";
        let owner = self.name()?;
        let kind = RecordType(u16::from_be_bytes(self.take(WITHIN)?));
        let class = Class(u16::from_be_bytes(self.take(WITHIN)?));
        let ttl = u32::from_be_bytes(self.take(WITHIN)?);
        let length = usize::from(u16::from_be_bytes(self.take(WITHIN)?));
        let start = self.position;
        self.position += length;
        // Names in the data may point back, never past its end.
        let until_end = self.bytes.get(..self.position).ok_or(DnsError::Truncated { within: WITHIN })?;
        let data = Fields::new(until_end, start);
        let text = text::record(&owner, ttl, class, kind, data.clone())?;
        self.text_left = self.text_left.checked_sub(text.len()).ok_or(DnsError::TextLength)?;
        let serial = if kind == RecordType::SOA { Some(text::serial(data)?) } else { None };
        Ok(Record { kind, ttl, serial, address: address(kind, class, until_end, start), text })
    }

    fn name(&mut self) -> Result<String, DnsError> {
        let (name, after) = name::decode(self.bytes, self.position)?;
        self.position = after;
        Ok(name)
    }

    fn take<const N: usize>(&mut self, within: &'static str) -> Result<[u8; N], DnsError> {
        let bytes = self.bytes.get(self.position..).and_then(|rest| rest.first_chunk());
        let bytes = *bytes.ok_or(DnsError::Truncated { within })?;
        self.position += N;
        Ok(bytes)
    }
}
