//! A form as it is posted (`application/x-www-form-urlencoded`).

/// The fields of a form, in the order of their names, each at most once.
#[derive(Clone, Default)]
pub(super) struct Form(std::collections::BTreeMap<String, String>);

impl Form {
    /// Sets a field.
    pub(super) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// Whether a field is set.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// As it is posted.
    pub(super) fn encode(&self) -> String {
        let pairs: Vec<_> =
            self.0.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect();
        pairs.join("&")
    }
}

/// Escapes what cannot stand in a form.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' ' => escaped.push('+'),
            byte if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) => escaped.push(byte.into()),
            byte => {
                let digit =
                    |half: u8| char::from_digit(half.into(), 16).unwrap_or_default().to_ascii_uppercase();
                escaped.extend(['%', digit(byte >> 4), digit(byte & 15)]);
            }
        }
    }
    escaped
}

/// The first value of a field of a form that somebody else sent.
pub(super) fn value(form: &str, name: &str) -> Option<String> {
    let (_, value) = form
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .find(|(key, _)| *key == name)?;
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((&first, others)) = rest.split_first() {
        let escaped = others.first_chunk::<2>().filter(|_| first == b'%').and_then(|digits| {
            let digits = str::from_utf8(digits).ok().filter(|digits| !digits.starts_with('+'))?;
            u8::from_str_radix(digits, 16).ok()
        });
        bytes.push(escaped.unwrap_or(if first == b'+' { b' ' } else { first }));
        rest = if escaped.is_some() { &others[2..] } else { others };
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_sorted_and_escaped() {
        let mut form = Form::default();
        form.set("scope", "x y");
        form.set("a&b", "é=");
        assert_eq!(form.encode(), "a%26b=%C3%A9%3D&scope=x+y");
    }

    #[test]
    fn values_are_found_and_unescaped() {
        assert_eq!(value("a=1&token=x%2Fy+z%", "token").as_deref(), Some("x/y z%"));
        assert_eq!(value("a=1&b", "b").as_deref(), Some(""));
        assert_eq!(value("a=1", "c"), None);
    }
}
