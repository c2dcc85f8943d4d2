//! SVCB and HTTPS: where a service is and how to speak to it (RFC 9460).

use std::net::{Ipv4Addr, Ipv6Addr};

use super::Fields;
use super::encode::push_base64;
use super::escape::push_octet;
use super::layout::push;
use crate::wire::dns::DnsError;

/// Never used (RFC 9460 section 14.3.1).
const RESERVED: u16 = 65_535;
/// Names of the keys, by number.
const KEYS: [&str; 9] =
    ["mandatory", "alpn", "no-default-alpn", "port", "ipv4hint", "ech", "ipv6hint", "dohpath", "ohttp"];

pub(super) fn write(data: &mut Fields<'_>, text: &mut String) -> Result<(), DnsError> {
    push(text, format_args!("{} {}", data.u16()?, data.name()?));
    let mut last = None;
    while !data.is_at_end() {
        let [a, b, c, d] = *data.take(4)? else { return Err(malformed("service parameter")) };
        let key = u16::from_be_bytes([a, b]);
        if key == RESERVED || last.is_some_and(|last| key <= last) {
            return Err(malformed("order of service parameters"));
        }
        last = Some(key);
        let value = data.take(u16::from_be_bytes([c, d]).into())?;
        text.push(' ');
        push_key(text, key);
        text.push_str("=\"");
        push_value(text, key, value)?;
        text.push('"');
    }
    Ok(())
}

fn push_key(text: &mut String, key: u16) {
    match KEYS.get(usize::from(key)) {
        Some(name) => text.push_str(name),
        None => push(text, format_args!("key{key}")),
    }
}

fn push_value(text: &mut String, key: u16, value: &[u8]) -> Result<(), DnsError> {
    match key {
        0 => push_mandatory(text, value),
        1 => push_protocols(text, value),
        2 | 8 if value.is_empty() => Ok(()),
        2 | 8 => Err(malformed("service parameter: a value where there is none")),
        3 => {
            let port = value.try_into().map_err(|_| malformed("service parameter port"))?;
            push(text, u16::from_be_bytes(port));
            Ok(())
        }
        4 => push_list(text, value, |octets: [u8; 4]| Some(Ipv4Addr::from(octets))),
        5 => {
            push_base64(text, value);
            Ok(())
        }
        6 => push_list(text, value, |octets: [u8; 16]| {
            Some(Ipv6Addr::from(octets)).filter(|address| address.to_ipv4_mapped().is_none())
        }),
        _ => {
            push_escaped(text, value);
            Ok(())
        }
    }
}

/// Keys that a client must know. The reserved one has no name.
fn push_mandatory(text: &mut String, value: &[u8]) -> Result<(), DnsError> {
    let (keys, rest) = value.as_chunks();
    if !rest.is_empty() {
        return Err(malformed("service parameter mandatory"));
    }
    for (index, key) in keys.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        let key = u16::from_be_bytes(*key);
        if key != RESERVED {
            push_key(text, key);
        }
    }
    Ok(())
}

/// Protocols. Commas divide the list, so those inside are escaped, and once more since the list stands in quotes.
fn push_protocols(text: &mut String, mut value: &[u8]) -> Result<(), DnsError> {
    let mut separator = "";
    while let Some((&length, rest)) = value.split_first() {
        let (protocol, rest) =
            rest.split_at_checked(length.into()).ok_or_else(|| malformed("service parameter alpn"))?;
        text.push_str(separator);
        for &octet in protocol {
            match octet {
                b',' => text.push_str("\\\\\\044"),
                b'\\' => text.push_str("\\\\\\092"),
                _ => push_escaped(text, &[octet]),
            }
        }
        separator = ",";
        value = rest;
    }
    Ok(())
}

/// Addresses of `N` octets, at least one.
fn push_list<const N: usize, A: std::fmt::Display>(
    text: &mut String,
    value: &[u8],
    read: impl Fn([u8; N]) -> Option<A>,
) -> Result<(), DnsError> {
    let (addresses, rest) = value.as_chunks();
    if addresses.is_empty() || !rest.is_empty() {
        return Err(malformed("service parameter with addresses"));
    }
    for (index, octets) in addresses.iter().enumerate() {
        let address = read(*octets).ok_or_else(|| malformed("service parameter with addresses"))?;
        push(text, format_args!("{}{address}", if index > 0 { "," } else { "" }));
    }
    Ok(())
}

fn push_escaped(text: &mut String, octets: &[u8]) {
    for &octet in octets {
        if b"\"; \\".contains(&octet) {
            text.push('\\');
        }
        push_octet(text, octet);
    }
}

fn malformed(what: &'static str) -> DnsError {
    DnsError::Value { what }
}
