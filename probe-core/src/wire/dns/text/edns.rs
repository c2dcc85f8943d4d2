//! OPT: the pseudo record of EDNS (RFC 6891), printed over several lines.

use std::net::{IpAddr, Ipv6Addr};

use super::Fields;
use super::data::push_algorithm;
use super::encode::push_hex;
use super::escape::push_raw;
use super::layout::push;
use crate::wire::dns::{Class, DnsError, name};

/// DNSSEC answers are welcome (RFC 3225).
const DNSSEC_OK: u32 = 0x8000;
/// Short answers about names that do not exist are welcome.
const COMPACT_OK: u32 = 0x4000;

/// The record. Its class is the largest size over UDP, its time to live holds version and flags.
pub(super) fn record(ttl: u32, class: Class, data: &mut Fields<'_>) -> Result<String, DnsError> {
    let version = ttl >> 16 & 0xff;
    let mut text = format!("\n;; OPT PSEUDOSECTION:\n; EDNS: version {version}; flags:");
    if ttl & DNSSEC_OK != 0 {
        text.push_str(" do");
    }
    if ttl & COMPACT_OK != 0 {
        text.push_str(" co");
    }
    text.push_str("; ");
    let must_be_zero = ttl & 0xffff & !(DNSSEC_OK | COMPACT_OK);
    if must_be_zero != 0 {
        push(&mut text, format_args!("MBZ: {must_be_zero:#06x}, "));
    }
    push(&mut text, format_args!("udp: {}", class.0));
    while !data.is_at_end() {
        let &[a, b, c, d] = data.take(4)? else { return Err(malformed("EDNS option")) };
        let value = data.take(u16::from_be_bytes([c, d]).into())?;
        text.push_str("\n; ");
        push_option(&mut text, u16::from_be_bytes([a, b]), value)?;
    }
    Ok(text)
}

fn push_option(text: &mut String, code: u16, value: &[u8]) -> Result<(), DnsError> {
    match code {
        1 => push_long_lived_query(text, value)?,
        2 => push_update_lease(text, value)?,
        3 => push_server_identifier(text, value),
        4 => {
            text.push_str("ESU: ");
            push_raw(text, value);
        }
        5 => push_understood(text, "DNSSEC ALGORITHM", value, push_algorithm),
        6 => push_understood(text, "DS HASH", value, push_hash),
        7 => push_understood(text, "NSEC3 HASH", value, push_hash),
        8 => push_client_subnet(text, value)?,
        9 => push_expiry(text, value)?,
        10 => {
            text.push_str("COOKIE: ");
            push_hex(text, value);
        }
        11 => push_keep_alive(text, value)?,
        12 => {
            text.push_str("PADDING: ");
            push_hex(text, value);
        }
        15 => push_extended_error(text, value)?,
        18 => push(text, format_args!("REPORT-CHANNEL: {}", name::decode(value, 0)?.0)),
        19 => {
            text.push_str("ZONEVERSION: ");
            push_raw(text, value.get(2..).ok_or_else(|| malformed("EDNS zone version"))?);
        }
        _ => {
            push(text, format_args!("LOCAL OPT: {code}:0x"));
            push_hex(text, value);
        }
    }
    Ok(())
}

/// RFC 8764 section 3.
fn push_long_lived_query(text: &mut String, value: &[u8]) -> Result<(), DnsError> {
    let mut fields = whole(value, 18, "EDNS long-lived query")?;
    let (version, opcode, error) = (fields.u16()?, fields.u16()?, fields.u16()?);
    let (identifier, lease) = (u64::from_be_bytes(fields.octets()?), fields.u32()?);
    push(text, format_args!("LONG LIVED QUERIES: {version} {opcode} {error} {identifier} {lease}"));
    Ok(())
}

/// RFC 9664 section 4: one lease, or one more for the key.
fn push_update_lease(text: &mut String, value: &[u8]) -> Result<(), DnsError> {
    if ![4, 8].contains(&value.len()) {
        return Err(malformed("EDNS update lease"));
    }
    let mut fields = Fields::new(value, 0);
    let (lease, key_lease) = (fields.u32()?, fields.u32()?);
    push(text, format_args!("UPDATE LEASE: {lease} {key_lease}"));
    Ok(())
}

/// RFC 5001: digits, and then each octet as a character.
fn push_server_identifier(text: &mut String, value: &[u8]) {
    text.push_str("NSID: ");
    push_hex(text, value);
    text.push_str("  ");
    for octet in value {
        push(text, format_args!("({})", char::from(*octet)));
    }
}

/// RFC 6975.
fn push_understood(text: &mut String, what: &str, value: &[u8], push_number: fn(&mut String, u8)) {
    push(text, format_args!("{what} UNDERSTOOD: "));
    for number in value {
        text.push(' ');
        push_number(text, *number);
    }
}

fn push_hash(text: &mut String, number: u8) {
    match number {
        1 => text.push_str("SHA1"),
        2 => text.push_str("SHA256"),
        3 => text.push_str("GOST94"),
        4 => text.push_str("SHA384"),
        5 => text.push_str("SHA512"),
        _ => push(text, number),
    }
}

/// RFC 7871 section 6. Octets beyond the address are ignored, missing ones are zero.
fn push_client_subnet(text: &mut String, value: &[u8]) -> Result<(), DnsError> {
    let malformed = malformed("EDNS client subnet");
    let &[high, low, source, scope, ref octets @ ..] = value else { return Err(malformed) };
    let family = u16::from_be_bytes([high, low]);
    let (length, most_bits) = match family {
        0 => (0, 0),
        1 => (4, 32),
        2 => (16, 128),
        _ => return Err(malformed),
    };
    if source > most_bits || (scope > most_bits && family != 0) {
        return Err(malformed);
    }
    let mut address = [0; 16];
    let given = octets.len().min(length);
    address[..given].copy_from_slice(&octets[..given]);
    text.push_str("SUBNET: ");
    match (family, Ipv6Addr::from(address).to_canonical()) {
        (2, IpAddr::V6(address)) => push(text, format_args!("[{address}]")),
        (2, IpAddr::V4(address)) => push(text, address),
        _ => push(text, format_args!("{}.{}.{}.{}", address[0], address[1], address[2], address[3])),
    }
    push(text, format_args!("/{source}/{scope}"));
    Ok(())
}

/// RFC 7314: empty in queries.
fn push_expiry(text: &mut String, value: &[u8]) -> Result<(), DnsError> {
    text.push_str("EXPIRE: ");
    if !value.is_empty() {
        push(text, whole(value, 4, "EDNS expiry")?.u32()?);
    }
    Ok(())
}

/// RFC 7828. The reference exporter's library multiplies in 16 bits, so long times come out short.
fn push_keep_alive(text: &mut String, value: &[u8]) -> Result<(), DnsError> {
    text.push_str("KEEPALIVE: use tcp keep-alive, timeout ");
    match *value {
        [] => text.push_str("omitted"),
        [high, low] => {
            let tenths = u16::from_be_bytes([high, low]);
            push(text, format_args!("{}ms", tenths.wrapping_mul(100)));
        }
        _ => return Err(malformed("EDNS keep-alive")),
    }
    Ok(())
}

/// RFC 8914.
fn push_extended_error(text: &mut String, value: &[u8]) -> Result<(), DnsError> {
    let (code, details) = value.split_first_chunk().ok_or_else(|| malformed("EDNS extended error"))?;
    let code = u16::from_be_bytes(*code);
    push(text, format_args!("EDE: {code}"));
    if let Some(purpose) = EXTENDED_ERRORS.get(usize::from(code)) {
        push(text, format_args!(" ({purpose})"));
    }
    text.push_str(": (");
    push_raw(text, details);
    text.push(')');
    Ok(())
}

/// By number (RFC 8914 section 5.2 and later).
const EXTENDED_ERRORS: [&str; 31] = [
    "Other",
    "Unsupported DNSKEY Algorithm",
    "Unsupported DS Digest Type",
    "Stale Answer",
    "Forged Answer",
    "DNSSEC Indeterminate",
    "DNSSEC Bogus",
    "Signature Expired",
    "Signature Not Yet Valid",
    "DNSKEY Missing",
    "RRSIGs Missing",
    "No Zone Key Bit Set",
    "NSEC Missing",
    "Cached Error",
    "Not Ready",
    "Blocked",
    "Censored",
    "Filtered",
    "Prohibited",
    "Stale NXDOMAIN Answer",
    "Not Authoritative",
    "Not Supported",
    "No Reachable Authority",
    "Network Error",
    "Invalid Data",
    "Signature Expired Before Valid",
    "Too Early",
    "Unsupported NSEC3 Iterations Value",
    "Unable To Conform To Policy",
    "Synthesized",
    "Invalid Query Type",
];

/// Fields of a value that has at least `length` octets.
fn whole<'v>(value: &'v [u8], length: usize, what: &'static str) -> Result<Fields<'v>, DnsError> {
    if value.len() < length { Err(malformed(what)) } else { Ok(Fields::new(value, 0)) }
}

fn malformed(what: &'static str) -> DnsError {
    DnsError::Value { what }
}
