//! The types whose data is more than a list of fields.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::Fields;
use super::encode::{push_base32, push_base64, push_hex, push_upper_hex};
use super::escape::push_raw;
use super::layout::{Field, push, write_fields};
use super::types;
use crate::wire::dns::DnsError;

/// A; nothing without an address.
pub(super) fn ipv4_address(data: &mut Fields<'_>, text: &mut String) -> Result<(), DnsError> {
    data.ipv4()?.into_iter().for_each(|address| push(text, address));
    Ok(())
}

/// AAAA; nothing without an address.
pub(super) fn ipv6_address(data: &mut Fields<'_>, text: &mut String) -> Result<(), DnsError> {
    data.ipv6()?.into_iter().for_each(|address| push(text, address));
    Ok(())
}

/// NULL: anything, as it is.
#[expect(clippy::unnecessary_wraps, reason = "the shape of `Layout::Own`")]
pub(super) fn null(data: &mut Fields<'_>, text: &mut String) -> Result<(), DnsError> {
    push_raw(text, data.rest());
    Ok(())
}

/// CERT (RFC 4398).
pub(super) fn certificate(data: &mut Fields<'_>, text: &mut String) -> Result<(), DnsError> {
    const KINDS: [(u16, &str); 10] = [
        (1, "PKIX"),
        (2, "SPKI"),
        (3, "PGP"),
        (4, "IPIX"),
        (5, "ISPKI"),
        (6, "IPGP"),
        (7, "ACPKIX"),
        (8, "IACPKIX"),
        (253, "URI"),
        (254, "OID"),
    ];
    let kind = data.u16()?;
    match KINDS.iter().find(|(known, _)| *known == kind) {
        Some((_, name)) => text.push_str(name),
        None => push(text, kind),
    }
    push(text, format_args!(" {} ", data.u16()?));
    push_algorithm(text, data.u8()?);
    text.push(' ');
    push_base64(text, data.rest());
    Ok(())
}

/// Writes an algorithm of DNSSEC by name, or by number where it has no name.
pub(super) fn push_algorithm(text: &mut String, number: u8) {
    let name = match number {
        1 => "RSAMD5",
        2 => "DH",
        3 => "DSA",
        5 => "RSASHA1",
        6 => "DSA-NSEC3-SHA1",
        7 => "RSASHA1-NSEC3-SHA1",
        8 => "RSASHA256",
        10 => "RSASHA512",
        12 => "ECC-GOST",
        13 => "ECDSAP256SHA256",
        14 => "ECDSAP384SHA384",
        15 => "ED25519",
        16 => "ED448",
        252 => "INDIRECT",
        253 => "PRIVATEDNS",
        254 => "PRIVATEOID",
        _ => return push(text, number),
    };
    text.push_str(name);
}

/// APL: prefixes of addresses (RFC 3123).
pub(super) fn address_prefixes(data: &mut Fields<'_>, text: &mut String) -> Result<(), DnsError> {
    let malformed = DnsError::Value { what: "address prefix" };
    let mut separator = "";
    while !data.is_at_end() {
        let [high, low, prefix, length] = *data.take(4)? else { return Err(malformed) };
        let family = u16::from_be_bytes([high, low]);
        let negated = if length & 0x80 != 0 { "!" } else { "" };
        let octets = data.take((length & 0x7f).into())?;
        let longest = match family {
            1 => 4,
            2 => 16,
            _ => return Err(malformed),
        };
        // Zeros at the end are left out.
        if octets.len() > longest || usize::from(prefix) > longest * 8 || octets.last() == Some(&0) {
            return Err(malformed);
        }
        let mut address = [0; 16];
        address[..octets.len()].copy_from_slice(octets);
        push(text, format_args!("{separator}{negated}{family}:"));
        match address {
            [a, b, c, d, ..] if family == 1 => push(text, Ipv4Addr::from([a, b, c, d])),
            _ => push(text, Ipv6Addr::from(address)),
        }
        push(text, format_args!("/{prefix}"));
        separator = " ";
    }
    Ok(())
}

/// IPSECKEY (RFC 4025).
pub(super) fn ipsec_key(data: &mut Fields<'_>, text: &mut String) -> Result<(), DnsError> {
    let (precedence, gateway, algorithm) = (data.u8()?, data.u8()?, data.u8()?);
    push(text, format_args!("{precedence} {gateway} {algorithm} "));
    push_gateway(text, gateway, data)?;
    text.push(' ');
    push_base64(text, data.rest());
    Ok(())
}

/// AMTRELAY (RFC 8777).
pub(super) fn multicast_relay(data: &mut Fields<'_>, text: &mut String) -> Result<(), DnsError> {
    let (precedence, octet) = (data.u8()?, data.u8()?);
    let (discovery, relay) = (octet >> 7, octet & 0x7f);
    push(text, format_args!("{precedence} {discovery} {relay} "));
    push_gateway(text, relay, data)
}

/// Writes an address or a name, as the number before it says.
fn push_gateway(text: &mut String, kind: u8, data: &mut Fields<'_>) -> Result<(), DnsError> {
    match kind {
        1 | 2 if data.is_at_end() => text.push_str("<nil>"),
        1 => ipv4_address(data, text)?,
        2 => data.ipv6()?.into_iter().for_each(|address| push(text, address.to_canonical())),
        3 => text.push_str(&data.name()?),
        _ => text.push('.'),
    }
    Ok(())
}

/// NSEC3 (RFC 5155 section 3).
pub(super) fn hashed_denial(data: &mut Fields<'_>, text: &mut String) -> Result<(), DnsError> {
    let salt = push_hash_parameters(text, data)?;
    text.push(' ');
    if data.is_at_end() && !salt.is_empty() {
        return Err(DnsError::Truncated { within: "a record" });
    }
    let length = data.u8()?;
    push_base32(text, data.take(length.into())?);
    types::write(data, text)
}

/// NSEC3PARAM (RFC 5155 section 4).
pub(super) fn hash_parameters(data: &mut Fields<'_>, text: &mut String) -> Result<(), DnsError> {
    push_hash_parameters(text, data).map(|_| ())
}

/// Writes how names are hashed, and returns the salt.
fn push_hash_parameters<'m>(text: &mut String, data: &mut Fields<'m>) -> Result<&'m [u8], DnsError> {
    write_fields(&[Field::U8, Field::U8, Field::U16], data, text)?;
    let length = data.u8()?;
    let salt = if data.is_at_end() { &[] } else { data.take(length.into())? };
    if salt.is_empty() {
        text.push_str(" -");
    } else {
        text.push(' ');
        push_upper_hex(text, salt);
    }
    Ok(salt)
}

/// HIP (RFC 8005): algorithm, host identity tag, key, rendezvous servers.
pub(super) fn host_identity(data: &mut Fields<'_>, text: &mut String) -> Result<(), DnsError> {
    let (tag_length, algorithm, key_length) = (data.u8()?, data.u8()?, data.u16()?);
    push(text, format_args!("{algorithm} "));
    if data.is_at_end() {
        text.push(' ');
        return Ok(());
    }
    push_hex(text, data.take(tag_length.into())?);
    text.push(' ');
    push_base64(text, data.take(key_length.into())?);
    while !data.is_at_end() {
        push(text, format_args!(" {}", data.name()?));
    }
    Ok(())
}

/// NID (RFC 6742 section 2.1).
pub(super) fn node_identifier(data: &mut Fields<'_>, text: &mut String) -> Result<(), DnsError> {
    let (preference, number) = (data.u16()?, u64::from_be_bytes(data.octets()?));
    push(text, format_args!("{preference} "));
    push_quarters(text, &format!("{number:016x}"));
    Ok(())
}

/// L64 (RFC 6742 section 2.3), in upper case unlike NID.
pub(super) fn locator64(data: &mut Fields<'_>, text: &mut String) -> Result<(), DnsError> {
    let (preference, number) = (data.u16()?, u64::from_be_bytes(data.octets()?));
    push(text, format_args!("{preference} "));
    push_quarters(text, &format!("{number:016X}"));
    Ok(())
}

fn push_quarters(text: &mut String, digits: &str) {
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && index % 4 == 0 {
            text.push(':');
        }
        text.push(digit);
    }
}

/// L32 (RFC 6742 section 2.2).
pub(super) fn locator32(data: &mut Fields<'_>, text: &mut String) -> Result<(), DnsError> {
    push(text, data.u16()?);
    data.ipv4()?.into_iter().for_each(|address| push(text, format_args!(" {address}")));
    Ok(())
}

/// EUI48 (RFC 7043).
pub(super) fn eui48(data: &mut Fields<'_>, text: &mut String) -> Result<(), DnsError> {
    push_address(text, data.octets::<6>()?);
    Ok(())
}

/// EUI64 (RFC 7043).
pub(super) fn eui64(data: &mut Fields<'_>, text: &mut String) -> Result<(), DnsError> {
    push_address(text, data.octets::<8>()?);
    Ok(())
}

fn push_address<const N: usize>(text: &mut String, octets: [u8; N]) {
    for (index, octet) in octets.into_iter().enumerate() {
        push(text, format_args!("{}{octet:02x}", if index > 0 { "-" } else { "" }));
    }
}
