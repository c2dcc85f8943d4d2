//! DNS messages (RFC 1035): a query to send, the sections of what came back, and its records as text.
//!
//! Records read as the reference exporter prints them, since the regular expressions of its configurations were written
//! against that text. Decoders are total, and what they make of a message is bounded by [`LONGEST_TEXT`].

mod message;
mod name;
mod number;
mod query;
mod show;
mod text;

use thiserror::Error;

pub use message::{Message, Question, Record};
pub use name::Name;
pub use number::{Class, Rcode, RecordType};
pub use query::Query;

/// Bytes of the header, which every message has (RFC 1035 section 4.1.1).
pub const HEADER_LENGTH: usize = 12;
/// What an answer over UDP may have without EDNS (RFC 1035 section 4.2.1).
pub const LARGEST_WITHOUT_EDNS: u16 = 512;
/// Most text that the records of one message may come to, in bytes. Names that point to each other, and lists of types,
/// grow a message of 64 KiB to many megabytes; no honest one comes near.
pub const LONGEST_TEXT: usize = 4 << 20;

/// Why bytes are not a message, text is not a name, or a message not the answer.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum DnsError {
    /// A label without a character inside a name.
    #[error("empty label in a name")]
    EmptyLabel,
    /// A label that is neither text nor a pointer.
    #[error("unknown kind of label {octet:#04x}")]
    LabelKind {
        /// Its first octet.
        octet: u8,
    },
    /// A label over 63 bytes.
    #[error("label of more than 63 bytes in a name")]
    LabelLength,
    /// A name over 255 bytes.
    #[error("name of more than 255 bytes")]
    NameLength,
    /// The message is a query, not an answer.
    #[error("not a response: a query came back")]
    NotAResponse,
    /// The answer is to another question.
    #[error("the response is to another question")]
    OtherQuestion,
    /// More pointers in one name than a name can have labels.
    #[error("too many compression pointers in a name")]
    Pointers,
    /// The data of a record goes on after its last field.
    #[error("malformed {kind} record: {length} bytes too many")]
    RecordLength {
        /// Its type.
        kind: RecordType,
        /// How many bytes are left.
        length: usize,
    },
    /// The records come to more text than [`LONGEST_TEXT`].
    #[error("the records come to too much text")]
    TextLength,
    /// The bytes end before the value does.
    #[error("truncated in {within}")]
    Truncated {
        /// In what.
        within: &'static str,
    },
    /// A backslash at the end of a name.
    #[error("backslash at the end of a name")]
    UnfinishedEscape,
    /// A field has a value that it cannot have.
    #[error("malformed {what}")]
    Value {
        /// The field.
        what: &'static str,
    },
}

#[cfg(test)]
mod tests;
