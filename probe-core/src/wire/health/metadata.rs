//! Metadata that a caller sends with a call: which names and values travel, and how (gRPC over HTTP/2, "Requests").

use thiserror::Error;

use crate::wire::base64;

/// Headers that belong to gRPC itself; metadata of these names is not sent, as by the client of the reference exporter.
const RESERVED: [&str; 8] = [
    "content-type",
    "grpc-encoding",
    "grpc-message",
    "grpc-message-type",
    "grpc-status",
    "grpc-timeout",
    "te",
    "user-agent",
];

/// The end of names whose values are bytes.
const BINARY: &str = "-bin";

/// Metadata as headers, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata(pub Vec<(String, String)>);

impl Metadata {
    /// Checks names and values, and writes binary values as base64.
    pub fn new<'a>(
        entries: impl IntoIterator<Item = (&'a str, &'a [String])>,
    ) -> Result<Self, MetadataError> {
        let mut headers = Vec::new();
        for (name, values) in entries {
            if name.starts_with(':') {
                continue;
            }
            if name.is_empty() || !name.bytes().all(is_of_a_name) {
                return Err(MetadataError::Name { name: name.into() });
            }
            let is_binary = name.ends_with(BINARY);
            if !is_binary && !values.iter().all(|value| value.bytes().all(|byte| matches!(byte, b' '..=b'~')))
            {
                return Err(MetadataError::Value { name: name.into() });
            }
            if RESERVED.contains(&name) {
                continue;
            }
            for value in values {
                let value = if is_binary {
                    base64::encode(value.as_bytes()).trim_end_matches('=').to_owned()
                } else {
                    value.clone()
                };
                headers.push((name.to_owned(), value));
            }
        }
        Ok(Self(headers))
    }

    /// Whether a header of an answer can be read: values of binary ones are base64, with padding or without.
    pub fn is_readable(name: &str, value: &[u8]) -> bool {
        !name.ends_with(BINARY) || base64::decode(value).is_some()
    }
}

fn is_of_a_name(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'z' | b'-' | b'_' | b'.')
}

/// Why metadata cannot be sent. Values are never repeated: they may be secret.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum MetadataError {
    /// The name has other characters than lower-case letters, digits, `-`, `_` and `.`.
    #[error("metadata {name:?} is not a name; lower-case letters, digits, '-', '_' and '.' make one")]
    Name {
        /// The name.
        name: String,
    },
    /// A value has other characters than those of printable ASCII.
    #[error("a value of metadata {name:?} is not printable ASCII; names that end in -bin take others")]
    Value {
        /// Its name.
        name: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &str, values: &[&str]) -> Result<Vec<(String, String)>, MetadataError> {
        let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
        Metadata::new([(name, values.as_slice())]).map(|metadata| metadata.0)
    }

    #[test]
    fn every_value_is_a_header() {
        let sent = headers("x-key.1_a", &["v1", "", " v 2 "]).expect("good metadata");
        assert_eq!(sent.iter().map(|(_, value)| value.as_str()).collect::<Vec<_>>(), ["v1", "", " v 2 "]);
        assert_eq!(headers("a", &[]), Ok(vec![]));
    }

    #[test]
    fn binary_values_are_base64_without_padding() {
        let sent = headers("k-bin", &["value", "ä"]).expect("good metadata");
        assert_eq!(sent, [("k-bin".into(), "dmFsdWU".into()), ("k-bin".into(), "w6Q".into())]);
    }

    #[test]
    fn what_belongs_to_grpc_is_left_out() {
        for name in ["user-agent", "te", "grpc-timeout", ":path", ":PATH"] {
            assert_eq!(headers(name, &["x"]), Ok(vec![]), "{name}");
        }
        assert_eq!(headers("grpc-foo", &["x"]).expect("not reserved").len(), 1);
    }

    #[test]
    fn bad_names_and_values_are_refused() {
        for name in ["", "K1", "k 1", "User-Agent", "ä", "a:b"] {
            assert_eq!(headers(name, &["x"]), Err(MetadataError::Name { name: name.into() }));
        }
        for value in ["ä", "a\tb", "a\nb", "\x7f"] {
            assert_eq!(headers("k", &[value]), Err(MetadataError::Value { name: "k".into() }), "{value:?}");
        }
    }

    #[test]
    fn binary_headers_of_an_answer_are_base64() {
        for (name, value, readable) in [
            ("x-bin", "dmFsdWU", true),
            ("x-bin", "dmFsdWU=", true),
            ("x-bin", "!!!", false),
            ("x", "!!!", true),
        ] {
            assert_eq!(Metadata::is_readable(name, value.as_bytes()), readable, "{name}: {value}");
        }
    }
}
