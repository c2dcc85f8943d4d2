//! Lists of targets as they are sent.

use hyper::header::HeaderValue;
use serde_json::Value;
use thiserror::Error;

/// How a list is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// An array of strings, or an object that has one as `targets`.
    Json,
    /// One target a line; empty lines, and those that begin with `#`, are passed over.
    Lines,
}

/// Why it is no list of targets.
#[derive(Debug, Error)]
pub(super) enum TargetsError {
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error("an array of strings is wanted, or an object with one as \"targets\"")]
    Shape,
    #[error("target {0} is no string")]
    NoString(usize),
}

impl Form {
    /// By the media type of the body; `None` if it is none of ours. Forms of web pages are not, so that no page of
    /// somebody else can send one unasked.
    pub(super) fn of(media_type: Option<&HeaderValue>) -> Option<Self> {
        let Some(media_type) = media_type else { return Some(Self::Lines) };
        let essence = media_type.to_str().ok()?.split(';').next().unwrap_or_default().trim();
        if essence.eq_ignore_ascii_case("application/json") {
            Some(Self::Json)
        } else if essence.eq_ignore_ascii_case("text/plain") {
            Some(Self::Lines)
        } else {
            None
        }
    }
}

/// The targets in the order of the list.
pub(super) fn read(form: Form, list: &[u8]) -> Result<Vec<Vec<u8>>, TargetsError> {
    match form {
        Form::Lines => {
            let lines = list.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
            Ok(lines.filter(|line| !line.is_empty() && line[0] != b'#').map(<[u8]>::to_vec).collect())
        }
        Form::Json => {
            let array = match serde_json::from_slice(list)? {
                Value::Array(array) => array,
                Value::Object(mut object) => match object.remove("targets") {
                    Some(Value::Array(array)) => array,
                    _ => return Err(TargetsError::Shape),
                },
                _ => return Err(TargetsError::Shape),
            };
            let strings = array.into_iter().enumerate().map(|(at, value)| match value {
                Value::String(target) => Ok(target.into_bytes()),
                _ => Err(TargetsError::NoString(at + 1)),
            });
            strings.collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn targets(form: Form, list: &str) -> Result<Vec<String>, String> {
        let read = read(form, list.as_bytes()).map_err(|error| error.to_string())?;
        Ok(read.into_iter().map(|target| String::from_utf8(target).expect("it was text")).collect())
    }

    #[test]
    fn lists_are_read() {
        let lines = "a:1\r\n\n# none\n  b \n";
        assert_eq!(targets(Form::Lines, lines), Ok(vec!["a:1".to_owned(), "b".to_owned()]));
        for json in [r#"["a", "b"]"#, r#"{"x": 1, "targets": ["a", "b"]}"#] {
            assert_eq!(targets(Form::Json, json), Ok(vec!["a".to_owned(), "b".to_owned()]));
        }
    }

    #[test]
    fn what_is_no_list_is_named() {
        let shape = "an array of strings is wanted, or an object with one as \"targets\"";
        for json in ["1", "{}", r#"{"targets": "a"}"#] {
            assert_eq!(targets(Form::Json, json), Err(shape.to_owned()));
        }
        assert_eq!(targets(Form::Json, r#"["a", 2]"#), Err("target 2 is no string".to_owned()));
        assert!(targets(Form::Json, "[").expect_err("it is cut").contains("line 1 column 1"));
    }

    #[test]
    fn media_types_are_told_apart() {
        let form = |text: &'static str| Form::of(Some(&HeaderValue::from_static(text)));
        assert_eq!(Form::of(None), Some(Form::Lines));
        assert_eq!(form("Application/JSON; charset=utf-8"), Some(Form::Json));
        assert_eq!(form("text/plain"), Some(Form::Lines));
        assert_eq!(form("application/x-www-form-urlencoded"), None);
        assert_eq!(form("multipart/form-data; boundary=x"), None);
    }
}
