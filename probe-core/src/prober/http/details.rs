//! An answer for people: its status and its headers.

use http::HeaderMap;

use crate::model::{NoteField, Recorder};
use crate::wire::http1::Version;

/// Headers that are told of; a server may send any number.
const MOST: usize = 100;

/// Notes status and headers, if details are kept.
pub(super) fn describe(version: Version, status: u16, headers: &HeaderMap, out: &mut Recorder) {
    out.describe("answer", || vec![NoteField::text("status", format!("{version} {status}"))]);
    if !headers.is_empty() {
        out.describe("headers", || fields(headers));
    }
}

fn fields(headers: &HeaderMap) -> Vec<NoteField> {
    let told = headers.iter().take(MOST);
    let mut fields: Vec<NoteField> = told
        .map(|(name, value)| {
            NoteField::text(name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()))
        })
        .collect();
    if headers.len() > MOST {
        fields.push(NoteField::text("more", format!("{} headers", headers.len() - MOST)));
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_told_in_their_order_up_to_a_limit() {
        let mut headers = HeaderMap::new();
        headers.append("server", "a".parse().expect("a value"));
        for number in 0..120 {
            headers.append("x-many", number.into());
        }
        let mut out = Recorder::default().keeping_details(true);
        describe(Version::HTTP_11, 200, &headers, &mut out);
        assert_eq!(out.notes[0].text(), "status HTTP/1.1 200");
        let told = out.notes[1].text();
        assert!(
            told.starts_with("server a, x-many 0, x-many 1, ") && told.ends_with(", more 21 headers"),
            "{told}"
        );
    }

    #[test]
    fn nothing_is_told_unless_details_are_kept() {
        let mut out = Recorder::default();
        describe(Version::HTTP_11, 200, &HeaderMap::new(), &mut out);
        assert!(out.notes.is_empty());
    }
}
