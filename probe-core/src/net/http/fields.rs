//! The header fields of a request: names as they were written, in order.

use http::{HeaderMap, HeaderName, HeaderValue};

use super::HttpError;
use crate::wire::http1::{is_token, is_value};

/// The header fields of a request. Names keep their case; comparing them ignores it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Fields(Vec<(String, Vec<u8>)>);

impl Fields {
    /// Sets a field to one value, in place of all others.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<Vec<u8>>) {
        let name = name.into();
        self.remove(&name);
        self.0.push((name, value.into()));
    }

    /// Adds a value to a field.
    pub fn add(&mut self, name: impl Into<String>, value: impl Into<Vec<u8>>) {
        self.0.push((name.into(), value.into()));
    }

    /// Removes a field.
    pub fn remove(&mut self, name: &str) {
        self.retain(|other| !other.eq_ignore_ascii_case(name));
    }

    /// Keeps the fields whose name `keep` approves.
    pub fn retain(&mut self, mut keep: impl FnMut(&str) -> bool) {
        self.0.retain(|(name, _)| keep(name));
    }

    /// The first value of a field.
    pub fn first(&self, name: &str) -> Option<&[u8]> {
        self.values(name).next()
    }

    /// Every value of a field.
    pub fn values(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        let named = self.0.iter().filter(move |(other, _)| other.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_slice())
    }

    /// Names and values, in order.
    pub fn as_slice(&self) -> &[(String, Vec<u8>)] {
        &self.0
    }

    /// Fails at a name or a value that would break the message around it.
    pub(super) fn check(&self) -> Result<(), HttpError> {
        for (name, value) in &self.0 {
            if !is_token(name.as_bytes()) {
                return Err(HttpError::FieldName(name.clone()));
            }
            if !is_value(value) {
                return Err(HttpError::FieldValue(name.clone()));
            }
        }
        Ok(())
    }

    /// Fails at what HTTP/2 has no place for and a server is bound to refuse; the reference exporter's client does so.
    pub(super) fn check_for_http2(&self) -> Result<(), HttpError> {
        let only = |name: &str, good: &[&str]| {
            let mut values = self.values(name);
            let is_good = values
                .next()
                .is_none_or(|value| good.iter().any(|good| value.eq_ignore_ascii_case(good.as_bytes())));
            if is_good && values.next().is_none() {
                Ok(())
            } else {
                Err(HttpError::FieldValue(name.to_owned()))
            }
        };
        only("Upgrade", &[""])?;
        only("Transfer-Encoding", &["", "chunked"])?;
        only("Connection", &["", "close", "keep-alive"])
    }

    /// The fields for HTTP/2 and HTTP/3, without those that speak of a connection or that the message itself implies.
    pub(super) fn to_map(&self) -> Result<HeaderMap, HttpError> {
        const LEFT_OUT: [&str; 7] = [
            "connection",
            "content-length",
            "host",
            "keep-alive",
            "proxy-connection",
            "transfer-encoding",
            "upgrade",
        ];

        let mut map = HeaderMap::with_capacity(self.0.len());
        for (name, value) in &self.0 {
            let invalid = || HttpError::FieldName(name.clone());
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| invalid())?;
            let is_empty_agent = name == http::header::USER_AGENT && value.is_empty();
            // The one value of TE that HTTP/2 allows (RFC 9113 section 8.2.2).
            let is_foreign_te = name == http::header::TE && value != b"trailers";
            if LEFT_OUT.contains(&name.as_str()) || is_empty_agent || is_foreign_te {
                continue;
            }
            // Cookies go in fields of their own, which compresses better (RFC 9113 section 8.2.3).
            let separator = (name == http::header::COOKIE).then_some(b';');
            for part in value.split(|byte| Some(*byte) == separator) {
                let value = HeaderValue::from_bytes(part.trim_ascii()).map_err(|_| invalid())?;
                map.try_append(name.clone(), value).map_err(|_| HttpError::HeadTooLarge)?;
            }
        }
        Ok(map)
    }
}

/// Shows names only: values may be secret.
impl std::fmt::Debug for Fields {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_compare_in_any_case_and_keep_theirs() {
        let mut fields = Fields::default();
        fields.add("X-One", "1");
        fields.add("x-one", "2");
        assert_eq!(fields.values("X-ONE").collect::<Vec<_>>(), [b"1", b"2"]);
        fields.set("x-ONE", "3");
        assert_eq!(fields.as_slice(), [("x-ONE".to_owned(), b"3".to_vec())]);
    }

    #[test]
    fn what_breaks_a_message_is_refused() {
        for (name, value, good) in
            [("X-A", "b\tc", true), ("X A", "b", false), ("", "b", false), ("X-A", "b\nc", false)]
        {
            let mut fields = Fields::default();
            fields.add(name, value);
            assert_eq!(fields.check().is_ok(), good, "{name:?}: {value:?}");
        }
    }

    #[test]
    fn what_speaks_of_a_connection_stays_out_of_http2() {
        let mut fields = Fields::default();
        for (name, value) in
            [("Connection", "close"), ("TE", "gzip"), ("te", "trailers"), ("Host", "h"), ("X-A", "b")]
        {
            fields.add(name, value);
        }
        let map = fields.to_map().expect("fields");
        assert_eq!(map.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["te", "x-a"]);
    }

    #[test]
    fn an_upgrade_has_no_place_in_http2() {
        for (name, value, good) in [
            ("Upgrade", "x", false),
            ("Transfer-Encoding", "gzip", false),
            ("Transfer-Encoding", "Chunked", true),
            ("Connection", "Keep-Alive", true),
            ("Connection", "upgrade", false),
        ] {
            let mut fields = Fields::default();
            fields.add(name, value);
            assert_eq!(fields.check_for_http2().is_ok(), good, "{name}: {value}");
        }
    }

    #[test]
    fn values_are_not_shown() {
        let mut fields = Fields::default();
        fields.set("Authorization", "Bearer hush");
        assert_eq!(format!("{fields:?}"), "[\"Authorization\"]");
    }
}
