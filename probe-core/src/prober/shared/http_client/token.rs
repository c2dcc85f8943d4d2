//! What a token server gives out (RFC 6749 section 5).

use serde_json::Value;

use super::form;

/// A token.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Token {
    kind: String,
    access_token: String,
}

impl Token {
    /// Reads an answer: JSON, or a form where its media type says so. Otherwise, what is wrong with it.
    pub(super) fn read(status: u16, media_type: &str, body: &[u8]) -> Result<Self, String> {
        let media_type = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let is_form = matches!(media_type.as_str(), "application/x-www-form-urlencoded" | "text/plain");
        let is_good = (200..300).contains(&status);
        let refused = |code: &str| match code {
            "" => format!("the token server answered with status {status}"),
            code => format!("the token server answered with status {status} and the error {code:?}"),
        };
        let document = if is_form {
            let body = String::from_utf8_lossy(body);
            let field =
                |name: &str| (name.to_owned(), Value::from(form::value(&body, name).unwrap_or_default()));
            Value::Object(["access_token", "token_type", "error"].map(field).into_iter().collect())
        } else {
            match serde_json::from_slice(body) {
                Ok(document @ Value::Object(_)) => document,
                _ if is_good => return Err("the token server's answer is no JSON object".to_owned()),
                _ => return Err(refused("")),
            }
        };
        if is_good && let Some(name) = misfit(&document) {
            return Err(format!("the token server's answer has an unreadable {name}"));
        }
        let text = |name: &str| document[name].as_str().unwrap_or_default();
        if !is_good || !text("error").is_empty() {
            return Err(refused(text("error")));
        }
        if text("access_token").is_empty() {
            return Err("the token server's answer has no access_token".to_owned());
        }
        Ok(Self { kind: text("token_type").to_owned(), access_token: text("access_token").to_owned() })
    }

    /// The value of the `Authorization` header.
    pub(super) fn authorization(&self) -> String {
        let scheme = match self.kind.to_ascii_lowercase().as_str() {
            "" | "bearer" => "Bearer",
            "basic" => "Basic",
            "mac" => "MAC",
            _ => &self.kind,
        };
        format!("{scheme} {}", self.access_token)
    }
}

/// The field that is not of its kind, if there is one.
fn misfit(document: &Value) -> Option<&'static str> {
    let is_text = |name: &&str| document[*name].is_string() || document[*name].is_null();
    let is_number = match &document["expires_in"] {
        Value::Null => true,
        Value::String(digits) => digits.parse::<i64>().is_ok(),
        number => number.is_i64() || number.is_u64(),
    };
    let texts = ["access_token", "token_type", "refresh_token", "error"];
    texts.into_iter().find(|name| !is_text(name)).or(Some("expires_in").filter(|_| !is_number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_json_and_forms() {
        for (media_type, body, authorization) in [
            (
                "application/json",
                r#"{"access_token":"t","token_type":"bearer","expires_in":"9"}"#,
                "Bearer t",
            ),
            ("", r#"{"access_token":"t"}"#, "Bearer t"),
            ("text/plain; charset=utf-8", "access_token=t%2B&token_type=MAC", "MAC t+"),
            ("application/x-www-form-urlencoded", "access_token=t&token_type=Own", "Own t"),
        ] {
            let token = Token::read(200, media_type, body.as_bytes());
            assert_eq!(token.map(|token| token.authorization()), Ok(authorization.to_owned()), "{body}");
        }
    }

    #[test]
    fn says_what_is_wrong() {
        for (status, body, problem) in [
            (500, "oops", "the token server answered with status 500"),
            (
                401,
                r#"{"error":"invalid_client"}"#,
                "the token server answered with status 401 and the error \"invalid_client\"",
            ),
            (
                200,
                r#"{"error":"slow_down"}"#,
                "the token server answered with status 200 and the error \"slow_down\"",
            ),
            (200, "<html>", "the token server's answer is no JSON object"),
            (200, "[]", "the token server's answer is no JSON object"),
            (200, "{}", "the token server's answer has no access_token"),
            (200, r#"{"access_token":7}"#, "the token server's answer has an unreadable access_token"),
            (
                200,
                r#"{"access_token":"t","expires_in":"soon"}"#,
                "the token server's answer has an unreadable expires_in",
            ),
        ] {
            assert_eq!(
                Token::read(status, "application/json", body.as_bytes()).err().as_deref(),
                Some(problem)
            );
        }
    }
}
