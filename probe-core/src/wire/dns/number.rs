//! Names of the numbers that IANA assigns: types, classes and response codes.

use std::fmt;

/// The type of a record or of a question (RFC 1035 section 3.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordType(pub u16);

impl RecordType {
    /// An IPv4 address.
    pub const A: Self = Self(1);
    /// The start of a zone.
    pub const SOA: Self = Self(6);
    /// An IPv6 address.
    pub const AAAA: Self = Self(28);
    /// The pseudo record of EDNS (RFC 6891).
    pub const OPT: Self = Self(41);
    /// A question for every type.
    pub const ANY: Self = Self(255);

    /// The type with this name, in upper case.
    pub fn from_name(name: &str) -> Option<Self> {
        number_of(TYPES, name).map(Self)
    }

    /// Its name, if it has one.
    pub fn name(self) -> Option<&'static str> {
        name_of(TYPES, self.0)
    }
}

impl fmt::Display for RecordType {
    /// The name, or `TYPE` and the number (RFC 3597).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "TYPE{}", self.0),
        }
    }
}

/// The class of a record or of a question (RFC 1035 section 3.2.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Class(pub u16);

impl Class {
    /// The Internet.
    pub const IN: Self = Self(1);
    /// A question for every class.
    pub const ANY: Self = Self(255);

    /// The class with this name, in upper case.
    pub fn from_name(name: &str) -> Option<Self> {
        number_of(CLASSES, name).map(Self)
    }

    /// Its name, if it has one.
    pub fn name(self) -> Option<&'static str> {
        name_of(CLASSES, self.0)
    }
}

impl fmt::Display for Class {
    /// As records show it: the name, or `CLASS` and the number (RFC 3597). No record is of class ANY, so it has no name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) if *self != Self::ANY => f.write_str(name),
            _ => write!(f, "CLASS{}", self.0),
        }
    }
}

/// The response code, the bits that EDNS adds included (RFC 6891 section 6.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Rcode(pub u16);

impl Rcode {
    /// No error.
    pub const NOERROR: Self = Self(0);
    /// The name does not exist.
    pub const NXDOMAIN: Self = Self(3);

    /// The code with this name, in upper case.
    pub fn from_name(name: &str) -> Option<Self> {
        number_of(RCODES, name).map(Self)
    }
}

impl fmt::Display for Rcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match name_of(RCODES, self.0) {
            Some(name) => f.write_str(name),
            None => write!(f, "RCODE{}", self.0),
        }
    }
}

fn number_of(names: &[(u16, &str)], name: &str) -> Option<u16> {
    names.iter().find(|(_, known)| *known == name).map(|(number, _)| *number)
}

fn name_of(names: &[(u16, &'static str)], number: u16) -> Option<&'static str> {
    names.iter().find(|(known, _)| *known == number).map(|(_, name)| *name)
}

const CLASSES: &[(u16, &str)] = &[(1, "IN"), (2, "CS"), (3, "CH"), (4, "HS"), (254, "NONE"), (255, "ANY")];

const RCODES: &[(u16, &str)] = &[
    (0, "NOERROR"),
    (1, "FORMERR"),
    (2, "SERVFAIL"),
    (3, "NXDOMAIN"),
    (4, "NOTIMP"),
    (4, "NOTIMPL"),
    (5, "REFUSED"),
    (6, "YXDOMAIN"),
    (7, "YXRRSET"),
    (8, "NXRRSET"),
    (9, "NOTAUTH"),
    (10, "NOTZONE"),
    (11, "DSOTYPENI"),
    (16, "BADSIG"),
    (17, "BADKEY"),
    (18, "BADTIME"),
    (19, "BADMODE"),
    (20, "BADNAME"),
    (21, "BADALG"),
    (22, "BADTRUNC"),
    (23, "BADCOOKIE"),
];

/// The names that the reference exporter accepts and prints. What IANA has besides is `TYPE` and a number there, so it is
/// here.
#[rustfmt::skip]
const TYPES: &[(u16, &str)] = &[
    (0, "None"), (1, "A"), (2, "NS"), (3, "MD"), (4, "MF"), (5, "CNAME"), (6, "SOA"), (7, "MB"), (8, "MG"),
    (9, "MR"), (10, "NULL"), (12, "PTR"), (13, "HINFO"), (14, "MINFO"), (15, "MX"), (16, "TXT"), (17, "RP"),
    (18, "AFSDB"), (19, "X25"), (20, "ISDN"), (21, "RT"), (23, "NSAP-PTR"), (24, "SIG"), (25, "KEY"),
    (26, "PX"), (27, "GPOS"), (28, "AAAA"), (29, "LOC"), (30, "NXT"), (31, "EID"), (32, "NIMLOC"),
    (33, "SRV"), (34, "ATMA"), (35, "NAPTR"), (36, "KX"), (37, "CERT"), (39, "DNAME"), (41, "OPT"),
    (42, "APL"), (43, "DS"), (44, "SSHFP"), (45, "IPSECKEY"), (46, "RRSIG"), (47, "NSEC"), (48, "DNSKEY"),
    (49, "DHCID"), (50, "NSEC3"), (51, "NSEC3PARAM"), (52, "TLSA"), (53, "SMIMEA"), (55, "HIP"),
    (56, "NINFO"), (57, "RKEY"), (58, "TALINK"), (59, "CDS"), (60, "CDNSKEY"), (61, "OPENPGPKEY"),
    (62, "CSYNC"), (63, "ZONEMD"), (64, "SVCB"), (65, "HTTPS"), (99, "SPF"), (100, "UINFO"), (101, "UID"),
    (102, "GID"), (103, "UNSPEC"), (104, "NID"), (105, "L32"), (106, "L64"), (107, "LP"), (108, "EUI48"),
    (109, "EUI64"), (128, "NXNAME"), (249, "TKEY"), (250, "TSIG"), (251, "IXFR"), (252, "AXFR"),
    (253, "MAILB"), (254, "MAILA"), (255, "ANY"), (256, "URI"), (257, "CAA"), (258, "AVC"),
    (260, "AMTRELAY"), (261, "RESINFO"), (32768, "TA"), (32769, "DLV"), (65535, "Reserved"),
];
