//! Records as text, in the form of the library that the reference exporter uses. Where that form is odd it is kept:
//! regular expressions rely on it.

mod data;
mod edns;
mod encode;
pub(super) mod escape;
mod fields;
mod layout;
mod location;
mod service;
mod types;

pub(super) use fields::Fields;

use super::{Class, DnsError, RecordType};
use encode::push_hex;
use layout::{Layout, push};

/// The pseudo record of transaction signatures (RFC 8945).
const TSIG: RecordType = RecordType(250);
/// Types that are shown as a comment, since zone files cannot have them.
const COMMENTS: [RecordType; 2] = [RecordType(10), RecordType(249)];

/// The whole record. An error if its data is not what its type wants.
pub(super) fn record(
    owner: &str,
    ttl: u32,
    class: Class,
    kind: RecordType,
    mut data: Fields<'_>,
) -> Result<String, DnsError> {
    if kind == RecordType::OPT {
        return edns::record(ttl, class, &mut data);
    }
    let Some(layout) = Layout::of(kind) else {
        return Ok(unknown(owner, ttl, class, kind, &mut data));
    };
    let mut text = String::new();
    if COMMENTS.contains(&kind) {
        text.push(';');
    } else if kind == TSIG {
        text.push_str("\n;; TSIG PSEUDOSECTION:\n; ");
    }
    push(&mut text, format_args!("{owner}\t{ttl}\t{class}\t{kind}\t"));
    layout.write(&mut data, &mut text)?;
    match data.rest().len() {
        0 => Ok(text),
        length => Err(DnsError::RecordLength { kind, length }),
    }
}

/// The serial number in the data of a SOA record.
pub(super) fn serial(mut data: Fields<'_>) -> Result<u32, DnsError> {
    data.name()?;
    data.name()?;
    data.u32()
}

/// A type without a layout: RFC 3597, with the class as a number even where it has a name.
fn unknown(owner: &str, ttl: u32, class: Class, kind: RecordType, data: &mut Fields<'_>) -> String {
    let data = data.rest();
    let mut text = format!("{owner}\t{ttl}\tCLASS{}\tTYPE{}\t\\# {} ", class.0, kind.0, data.len());
    push_hex(&mut text, data);
    text
}
