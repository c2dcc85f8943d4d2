//! The data of a record, field by field.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::escape::push_string;
use crate::wire::dns::{DnsError, LONGEST_TEXT, name};

/// Reads the data of a record from its start to its end.
///
/// Where the data ends between two fields, all fields after it are zero or empty, as they are in the library of the
/// reference exporter. Where it ends within a field, the record is malformed.
#[derive(Clone)]
pub(in crate::wire::dns) struct Fields<'m> {
    /// The message until the end of the data: what names may point to.
    message: &'m [u8],
    position: usize,
    names_left: usize,
}

impl<'m> Fields<'m> {
    /// The data from `start` to the end of `message`.
    pub(in crate::wire::dns) fn new(message: &'m [u8], start: usize) -> Self {
        Self { message, position: start, names_left: LONGEST_TEXT }
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.position >= self.message.len()
    }

    /// A number or an address in network order.
    pub(super) fn octets<const N: usize>(&mut self) -> Result<[u8; N], DnsError> {
        if self.is_at_end() {
            return Ok([0; N]);
        }
        let mut octets = [0; N];
        octets.copy_from_slice(self.take(N)?);
        Ok(octets)
    }

    pub(super) fn u8(&mut self) -> Result<u8, DnsError> {
        self.octets().map(u8::from_be_bytes)
    }

    pub(super) fn u16(&mut self) -> Result<u16, DnsError> {
        self.octets().map(u16::from_be_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, DnsError> {
        self.octets().map(u32::from_be_bytes)
    }

    /// The address, or `None` at the end.
    pub(super) fn ipv4(&mut self) -> Result<Option<Ipv4Addr>, DnsError> {
        if self.is_at_end() { Ok(None) } else { self.octets().map(|octets: [u8; 4]| Some(octets.into())) }
    }

    /// The address, or `None` at the end.
    pub(super) fn ipv6(&mut self) -> Result<Option<Ipv6Addr>, DnsError> {
        if self.is_at_end() { Ok(None) } else { self.octets().map(|octets: [u8; 16]| Some(octets.into())) }
    }

    /// A name as text, with a final dot.
    pub(super) fn name(&mut self) -> Result<String, DnsError> {
        if self.is_at_end() {
            return Ok(String::new());
        }
        let (text, after) = name::decode(self.message, self.position)?;
        self.position = after;
        self.names_left = self.names_left.checked_sub(text.len()).ok_or(DnsError::TextLength)?;
        Ok(text)
    }

    /// A string with its length before it, escaped, without quotes.
    pub(super) fn string(&mut self) -> Result<String, DnsError> {
        let length = self.u8()?;
        let mut text = String::new();
        push_string(&mut text, self.take(length.into())?);
        Ok(text)
    }

    /// Exactly so many bytes.
    pub(super) fn take(&mut self, length: usize) -> Result<&'m [u8], DnsError> {
        let end = self.position + length;
        let bytes = self.message.get(self.position..end).ok_or(DnsError::Truncated { within: "a record" })?;
        self.position = end;
        Ok(bytes)
    }

    /// Everything that is left.
    pub(super) fn rest(&mut self) -> &'m [u8] {
        let rest = self.message.get(self.position..).unwrap_or_default();
        self.position = self.message.len();
        rest
    }
}
