//! Which fields the data of a type has. Most types are a list of them with blanks between.

use std::fmt::{Display, Write};

use super::encode::{push_base64, push_date, push_hex, push_upper_hex};
use super::escape::push_escaped;
use super::{Fields, data, location, service, types};
use crate::wire::dns::{DnsError, RecordType};

/// How the data of a type is laid out.
pub(super) enum Layout {
    /// Fields with blanks between.
    Fields(&'static [Field]),
    /// Something of its own.
    Own(fn(&mut Fields<'_>, &mut String) -> Result<(), DnsError>),
}

/// A kind of field.
#[derive(Clone, Copy)]
pub(super) enum Field {
    /// Everything that is left, in base64.
    Base64,
    /// A length of two octets, and so many octets as hexadecimal digits.
    Counted,
    /// The same in upper case.
    CountedUpper,
    /// Seconds since 1970, in four octets.
    Date,
    /// The same in six octets.
    Date48,
    /// Everything that is left, in quotes, taken as escaped already.
    Escaped,
    /// Everything that is left, as hexadecimal digits.
    Hex,
    /// The same in upper case.
    HexUpper,
    /// A domain name.
    Name,
    /// No field: what follows has a blank before it.
    Nothing,
    /// A string in quotes.
    Quoted,
    /// Any number of strings in quotes.
    Strings,
    /// A type of record.
    Type,
    /// A list of types as a bit map, each with a blank before it.
    Types,
    /// A number of one octet.
    U8,
    /// A number of two octets.
    U16,
    /// A number of four octets.
    U32,
    /// A string without quotes.
    Unquoted,
}

impl Layout {
    /// The layout of a type; `None` where the reference exporter knows none either.
    pub(super) fn of(kind: RecordType) -> Option<Self> {
        use Field::{
            Base64, Counted, CountedUpper, Date, Date48, Escaped, Hex, HexUpper, Name, Nothing, Quoted,
            Strings, Type, Types, U8, U16, U32, Unquoted,
        };
        Some(Self::Fields(match kind.0 {
            // NS, MD, MF, CNAME, MB, MG, MR, PTR, NSAP-PTR, DNAME
            2..=5 | 7..=9 | 12 | 23 | 39 => &[Name],
            // SOA
            6 => &[Name, Name, U32, U32, U32, U32, U32],
            // HINFO, ISDN
            13 | 20 => &[Quoted, Quoted],
            // MINFO, RP, TALINK
            14 | 17 | 58 => &[Name, Name],
            // MX, AFSDB, RT, KX, LP
            15 | 18 | 21 | 36 | 107 => &[U16, Name],
            // TXT, NINFO, SPF, AVC, RESINFO
            16 | 56 | 99 | 258 | 261 => &[Strings],
            // X25
            19 => &[Unquoted],
            // SIG, RRSIG
            24 | 46 => &[Type, U8, U8, U32, Date, Date, U16, Name, Base64],
            // KEY, DNSKEY, RKEY, CDNSKEY
            25 | 48 | 57 | 60 => &[U16, U8, U8, Base64],
            // PX
            26 => &[U16, Name, Name],
            // GPOS
            27 => &[Unquoted, Unquoted, Unquoted],
            // NXT, NSEC
            30 | 47 => &[Name, Types],
            // EID, NIMLOC
            31 | 32 => &[HexUpper],
            // SRV
            33 => &[U16, U16, U16, Name],
            // NAPTR
            35 => &[U16, U16, Quoted, Quoted, Quoted, Name],
            // DS, CDS, TA, DLV
            43 | 59 | 32_768 | 32_769 => &[U16, U8, U8, HexUpper],
            // SSHFP
            44 => &[U8, U8, HexUpper],
            // DHCID, OPENPGPKEY
            49 | 61 => &[Base64],
            // TLSA, SMIMEA
            52 | 53 => &[U8, U8, U8, Hex],
            // CSYNC
            62 => &[U32, U16, Types],
            // ZONEMD
            63 => &[U32, U8, U8, Hex],
            // UINFO
            100 => &[Quoted],
            // UID, GID
            101 | 102 => &[U32],
            // NXNAME, ANY: never with data
            128 | 255 => &[],
            // TKEY
            249 => &[Nothing, Name, Date, Date, U16, U16, Counted, Counted],
            // TSIG
            250 => &[Nothing, Name, Date48, U16, CountedUpper, U16, U16, Counted],
            // URI
            256 => &[U16, U16, Escaped],
            // CAA
            257 => &[U8, Unquoted, Escaped],
            _ => return Self::own(kind),
        }))
    }

    fn own(kind: RecordType) -> Option<Self> {
        Some(Self::Own(match kind.0 {
            1 => data::ipv4_address,
            10 => data::null,
            28 => data::ipv6_address,
            29 => location::write,
            37 => data::certificate,
            42 => data::address_prefixes,
            45 => data::ipsec_key,
            50 => data::hashed_denial,
            51 => data::hash_parameters,
            55 => data::host_identity,
            64 | 65 => service::write,
            104 => data::node_identifier,
            105 => data::locator32,
            106 => data::locator64,
            108 => data::eui48,
            109 => data::eui64,
            260 => data::multicast_relay,
            _ => return None,
        }))
    }

    /// Writes the data. What is left of it belongs to no field.
    pub(super) fn write(&self, data: &mut Fields<'_>, text: &mut String) -> Result<(), DnsError> {
        match self {
            Self::Fields(fields) => write_fields(fields, data, text),
            Self::Own(write) => write(data, text),
        }
    }
}

/// Writes fields with blanks between. A list of types brings its own.
pub(super) fn write_fields(
    fields: &[Field],
    data: &mut Fields<'_>,
    text: &mut String,
) -> Result<(), DnsError> {
    for (index, field) in fields.iter().enumerate() {
        if index > 0 && !matches!(field, Field::Types) {
            text.push(' ');
        }
        write_field(*field, data, text)?;
    }
    Ok(())
}

fn write_field(field: Field, data: &mut Fields<'_>, text: &mut String) -> Result<(), DnsError> {
    match field {
        Field::Base64 => push_base64(text, data.rest()),
        Field::Counted => {
            let octets = counted(data, text)?;
            push_hex(text, octets);
        }
        Field::CountedUpper => {
            let octets = counted(data, text)?;
            push_upper_hex(text, octets);
        }
        Field::Date => push_date(text, data.u32()?.into()),
        Field::Date48 => {
            let octets: [u8; 6] = data.octets()?;
            push_date(text, octets.iter().fold(0, |number, octet| number << 8 | u64::from(*octet)));
        }
        Field::Escaped => push_escaped(text, data.rest()),
        Field::Hex => push_hex(text, data.rest()),
        Field::HexUpper => push_upper_hex(text, data.rest()),
        Field::Name => text.push_str(&data.name()?),
        Field::Nothing => {}
        Field::Quoted => push(text, format_args!("\"{}\"", data.string()?)),
        Field::Strings => {
            let mut separator = "";
            while !data.is_at_end() {
                push(text, format_args!("{separator}\"{}\"", data.string()?));
                separator = " ";
            }
        }
        Field::Type => push(text, RecordType(data.u16()?)),
        Field::Types => types::write(data, text)?,
        Field::U8 => push(text, data.u8()?),
        Field::U16 => push(text, data.u16()?),
        Field::U32 => push(text, data.u32()?),
        Field::Unquoted => text.push_str(&data.string()?),
    }
    Ok(())
}

/// Writes a length and a blank, and takes so many octets; none where the data ends with the length.
fn counted<'m>(data: &mut Fields<'m>, text: &mut String) -> Result<&'m [u8], DnsError> {
    let length = data.u16()?;
    push(text, format_args!("{length} "));
    if data.is_at_end() { Ok(&[]) } else { data.take(length.into()) }
}

/// Writes what can be displayed.
pub(super) fn push(text: &mut String, value: impl Display) {
    // Writing to a string cannot fail.
    let _ = write!(text, "{value}");
}
