//! SOCKS 5 as a client (RFC 1928), with user name and password (RFC 1929).

use std::net::IpAddr;

use thiserror::Error;

/// No authentication.
pub const NO_AUTHENTICATION: u8 = 0;
/// User name and password.
pub const USER_NAME: u8 = 2;

const VERSION: u8 = 5;
const SUCCEEDED: u8 = 0;

/// The greeting: which ways to authenticate we know.
pub fn greeting(with_user: bool) -> Vec<u8> {
    if with_user {
        vec![VERSION, 2, NO_AUTHENTICATION, USER_NAME]
    } else {
        vec![VERSION, 1, NO_AUTHENTICATION]
    }
}

/// Reads the answer to the greeting: the way the proxy chose.
pub fn choice(answer: [u8; 2]) -> Result<u8, SocksError> {
    match answer {
        [VERSION, method @ (NO_AUTHENTICATION | USER_NAME)] => Ok(method),
        [VERSION, _] => Err(SocksError::Authentication),
        [version, _] => Err(SocksError::Version(version)),
    }
}

/// User name and password, each of at most 255 bytes.
pub fn credentials(name: &str, password: &str) -> Result<Vec<u8>, SocksError> {
    let mut bytes = vec![1];
    push_short(&mut bytes, name)?;
    push_short(&mut bytes, password)?;
    Ok(bytes)
}

/// Whether the answer to user name and password accepts them.
pub fn accepted(answer: [u8; 2]) -> Result<(), SocksError> {
    if answer[1] == SUCCEEDED { Ok(()) } else { Err(SocksError::Credentials) }
}

/// Asks for a connection to a host, by address if it is one.
pub fn connect(host: &str, port: u16) -> Result<Vec<u8>, SocksError> {
    const CONNECT: u8 = 1;

    let mut bytes = vec![VERSION, CONNECT, 0];
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => {
            bytes.push(1);
            bytes.extend_from_slice(&ip.octets());
        }
        Ok(IpAddr::V6(ip)) => {
            bytes.push(4);
            bytes.extend_from_slice(&ip.octets());
        }
        Err(_) => {
            bytes.push(3);
            push_short(&mut bytes, host)?;
        }
    }
    bytes.extend_from_slice(&port.to_be_bytes());
    Ok(bytes)
}

/// Reads the beginning of the answer to [`connect`]: how many bytes follow it.
pub fn rest_of_answer(beginning: [u8; 5]) -> Result<usize, SocksError> {
    let [version, code, _, kind, first] = beginning;
    if version != VERSION {
        return Err(SocksError::Version(version));
    }
    if code != SUCCEEDED {
        return Err(SocksError::Refused(code));
    }
    // An address, of which one byte was read, and a port.
    match kind {
        1 => Ok(3 + 2),
        3 => Ok(usize::from(first) + 2),
        4 => Ok(15 + 2),
        _ => Err(SocksError::AddressKind(kind)),
    }
}

fn push_short(bytes: &mut Vec<u8>, text: &str) -> Result<(), SocksError> {
    bytes.push(text.len().try_into().map_err(|_| SocksError::TooLong)?);
    bytes.extend_from_slice(text.as_bytes());
    Ok(())
}

/// Why a SOCKS proxy does not connect us.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum SocksError {
    /// An address of a kind nobody knows.
    #[error("the answer has an address of the unknown kind {0}")]
    AddressKind(u8),
    /// No way to authenticate suits both.
    #[error("no acceptable authentication methods")]
    Authentication,
    /// User name or password is wrong.
    #[error("username/password authentication failed")]
    Credentials,
    /// The proxy will not or cannot connect.
    #[error("{}", refusal(*.0))]
    Refused(u8),
    /// A name, user name or password of more than 255 bytes.
    #[error("a name is longer than 255 bytes")]
    TooLong,
    /// Another version of the protocol, or another protocol.
    #[error("unexpected protocol version {0}")]
    Version(u8),
}

/// The words of RFC 1928 section 6.
fn refusal(code: u8) -> &'static str {
    match code {
        1 => "general SOCKS server failure",
        2 => "connection not allowed by ruleset",
        3 => "network unreachable",
        4 => "host unreachable",
        5 => "connection refused",
        6 => "TTL expired",
        7 => "command not supported",
        8 => "address type not supported",
        _ => "unknown code",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_addresses_or_names() {
        for (host, bytes) in [
            ("127.0.0.1", &b"\x05\x01\x00\x01\x7f\x00\x00\x01\x00\x50"[..]),
            ("::1", b"\x05\x01\x00\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x00\x50"),
            ("web", b"\x05\x01\x00\x03\x03web\x00\x50"),
        ] {
            assert_eq!(connect(host, 80).as_deref(), Ok(bytes), "{host}");
        }
        assert_eq!(connect(&"x".repeat(256), 80), Err(SocksError::TooLong));
    }

    #[test]
    fn answers_say_how_much_follows() {
        assert_eq!(rest_of_answer([5, 0, 0, 1, 127]), Ok(5));
        assert_eq!(rest_of_answer([5, 0, 0, 3, 9]), Ok(11));
        assert_eq!(rest_of_answer([5, 0, 0, 4, 0]), Ok(17));
        assert_eq!(rest_of_answer([5, 5, 0, 1, 0]), Err(SocksError::Refused(5)));
        assert_eq!(rest_of_answer([4, 0, 0, 1, 0]), Err(SocksError::Version(4)));
        assert_eq!(rest_of_answer([5, 0, 0, 2, 0]), Err(SocksError::AddressKind(2)));
    }

    #[test]
    fn a_user_is_offered_only_where_there_is_one() {
        assert_eq!((greeting(false), greeting(true)), (vec![5, 1, 0], vec![5, 2, 0, 2]));
        assert_eq!(credentials("u", "pw"), Ok(b"\x01\x01u\x02pw".to_vec()));
        assert_eq!(choice([5, 0xff]), Err(SocksError::Authentication));
        assert_eq!((choice([5, 2]), accepted([1, 1])), (Ok(USER_NAME), Err(SocksError::Credentials)));
    }
}
